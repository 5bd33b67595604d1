// Writing what a command made to a file: a new one, for its owner only, never over something that exists.
import { mkdir, open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { TextFile } from '../contract/models.ts'
import { AppError } from '../core/app-error.ts'

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
    throw new AppError('input-invalid', {
      message: `${what} cannot be written to ${path}.`,
      nextStep: 'Name a file that does not exist yet, in a folder you may write to.',
      details: error instanceof Error && 'code' in error ? String(error.code) : undefined,
      cause: error,
    })
  }
}

/** Writes files into a folder, which is made where it is missing. Returns their paths. */
export async function writeNewFiles(folder: string, files: TextFile[]): Promise<string[]> {
  const paths: string[] = []
  for (const { name, text } of files) {
    const path = join(resolve(folder), name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    paths.push(await writeNewFile(path, { text, what: name }))
  }
  return paths
}
