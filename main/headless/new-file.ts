// Writing what a command made to a file: a new one, for its owner only, never over something that exists.
import { open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { TextFile } from '../contract/models/handover.ts'
import { AppError } from '../core/app-error.ts'
import { makeFolder } from '../node/make-folder.ts'

/** In characters. */
const WRITTEN_AT_ONCE = 256 * 1024

/** Writes a new file of mode 0600; never follows a link or replaces a file. Throws AppError input-invalid. */
export async function writeNewFile(
  file: string,
  { text, what }: { text: string; what: string },
): Promise<string> {
  const path = resolve(file)
  try {
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile(text)
    } finally {
      await handle.close()
    }
    return path
  } catch (error) {
    throw unwritten(error, { what, path })
  }
}

/** As writeNewFile, piece by piece: however long it gets, it is never whole in memory. */
export async function writeNewFileInPieces(
  file: string,
  { pieces, what }: { pieces: AsyncIterable<string>; what: string },
): Promise<string> {
  const path = await writeNewFile(file, { text: '', what })
  const handle = await open(path, 'a', 0o600)
  try {
    let waiting = ''
    for await (const piece of pieces) {
      waiting += piece
      if (waiting.length < WRITTEN_AT_ONCE) continue
      await handle.writeFile(waiting)
      waiting = ''
    }
    await handle.writeFile(waiting)
  } finally {
    await handle.close()
  }
  return path
}

/** Writes new files into a folder, which is made where it is missing. Returns their paths. Throws as writeNewFile. */
export async function writeNewFiles(folder: string, files: TextFile[]): Promise<string[]> {
  const paths: string[] = []
  for (const { name, text } of files) {
    const path = join(resolve(folder), name)
    try {
      await makeFolder(dirname(path))
    } catch (error) {
      throw unwritten(error, { what: name, path })
    }
    paths.push(await writeNewFile(path, { text, what: name }))
  }
  return paths
}

function unwritten(error: unknown, { what, path }: { what: string; path: string }): AppError {
  return new AppError('input-invalid', {
    message: `${what} cannot be written to ${path}.`,
    nextStep: 'Name a file or folder that does not exist yet, where you may write.',
    details: error instanceof Error && 'code' in error ? String(error.code) : undefined,
    cause: error,
  })
}
