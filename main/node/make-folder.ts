// Making a folder that may be anywhere on this computer, for its owner only.
import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from './atomic-file.ts'

/**
 * Makes the folder and those above it that are missing. Not by Node's recursive mkdir: that never ends where the parent
 * exists and the system still answers ENOENT, such as below /proc. Throws the system's error.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  const parent = path.dirname(folder)
  if (parent !== folder) await makeFolder(parent)
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    // Another program that starts at the same time may have made it; a file of this name is no folder.
    if (errorCode(error) !== 'EEXIST' || !(await isFolder(folder))) throw error
  }
}

async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory()
  } catch {
    // Missing, or out of reach: making it tells which.
    return false
  }
}
