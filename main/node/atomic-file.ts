// Writes a small file whole or not at all, and words the failures of the disk.
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../core/app-error.ts'

/**
 * Replaces a file's content: after a crash at any moment the file holds the old or the new content.
 * One writer at a time. Throws AppError disk-full or data-folder-unwritable.
 */
export async function writeFileAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.tmp`
  try {
    // A rest of a killed writer may be there, with who knows which mode.
    await rm(temporary, { force: true })
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    await syncFolder(path.dirname(file))
  } catch (error) {
    // What was written so far is of no use; if even this fails, the next write removes it.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw diskError(error, file)
  }
}

/** The failure of a write in words. Returns the error itself when it is not the disk's. */
export function diskError(error: unknown, file: string): Error {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk-full', {
      message: `There is no room left on the disk to write ${file}.`,
      nextStep: 'Free some space on that disk, then try again. Nothing that was there is lost.',
      details: code,
      cause: error,
    })
  }
  if (code !== undefined && NOT_WRITABLE.has(code)) {
    return new AppError('data-folder-unwritable', {
      message: `${file} cannot be written.`,
      nextStep: `Let the user who runs EMI Tray write to ${path.dirname(file)}, or name another folder with --data.`,
      details: code,
      cause: error,
    })
  }
  return error instanceof Error ? error : new Error(String(error))
}

/** The code of a system error, such as ENOENT. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

const NOT_WRITABLE = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ERR_FS_EISDIR',
  'EIO',
])

/** Makes the rename itself durable. Windows has no such call: there a folder cannot be opened. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
