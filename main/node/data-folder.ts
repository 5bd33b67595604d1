// Where data lives on each system, and the lock that keeps two programs off one folder.
import { accessSync, existsSync } from 'node:fs'
import { access, constants, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../core/app-error.ts'
import { diskError, errorCode } from './atomic-file.ts'
import { isOfOtherThanRoot, refuseRoot } from './folder-owner.ts'
import { makeFolder } from './make-folder.ts'

const LOCK_NAME = 'lock'
const HOLDER_NAME = 'in-use.json'

export interface DataFolder {
  path: string
  /** The full path of a file in the folder. */
  file(name: string): string
  /** Lets another program use the folder. */
  release(): Promise<void>
}

/** The folder that is used when none is named. */
export function defaultDataFolder(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  homedir: string,
): string {
  if (platform === 'win32') {
    const roaming = env.APPDATA ?? path.win32.join(homedir, 'AppData', 'Roaming')
    return path.win32.join(roaming, 'EMI Tray')
  }
  if (platform === 'darwin') {
    return path.posix.join(homedir, 'Library', 'Application Support', 'EMI Tray')
  }
  // A relative XDG path must be ignored. https://specifications.freedesktop.org/basedir-spec/latest/
  const data = env.XDG_DATA_HOME?.startsWith('/')
    ? env.XDG_DATA_HOME
    : path.posix.join(homedir, '.local', 'share')
  return path.posix.join(data, 'emi-tray')
}

/**
 * Makes the folder if needed and takes it for this process alone, so that tray and headless never run on the
 * same data. Throws AppError data-folder-in-use, data-folder-unwritable; the latter also to root where the folder belongs
 * to another user.
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const full = path.resolve(folder)
  const file = (name: string) => path.join(full, name)
  try {
    await makeFolder(full)
    await access(full, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unwritable(full, error)
  }
  // Beside an app that runs, it matters more that it does.
  if (isOfOtherThanRoot(full) && isHeld(full)) throw inUse(full, await readHolder(full))
  refuseRoot(full)
  const unlock = await takeLock(full)
  return {
    path: full,
    file,
    async release() {
      await rm(file(HOLDER_NAME), { force: true })
      unlock()
    },
  }
}

/**
 * The lock is the operating system's own on an (always empty) SQLite file: it ends with the process that
 * holds it, however that ends. So there is never a stale one to judge by a process id that may be reused.
 */
async function takeLock(folder: string): Promise<() => void> {
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(path.join(folder, LOCK_NAME), { timeout: 0 })
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    if (!isBusy(error)) throw unwritable(folder, error)
    throw inUse(folder, await readHolder(folder))
  }
  const held = lock
  try {
    const holder = { pid: process.pid, since: new Date().toISOString() }
    await writeFile(path.join(folder, HOLDER_NAME), `${JSON.stringify(holder)}\n`, { mode: 0o600 })
  } catch (error) {
    held.close()
    throw unwritable(folder, error)
  }
  return () => {
    held.close()
  }
}

/** Who holds the folder, as far as it says so: only for the message. */
async function readHolder(folder: string): Promise<string> {
  try {
    const holder = JSON.parse(await readFile(path.join(folder, HOLDER_NAME), 'utf8')) as unknown
    const pid = holder && typeof holder === 'object' && 'pid' in holder ? holder.pid : undefined
    return typeof pid === 'number' ? `process ${pid}` : 'process unknown'
  } catch {
    // The other program has the lock and is about to write its name.
    return 'process unknown'
  }
}

function inUse(folder: string, holder: string): AppError {
  return new AppError('data-folder-in-use', {
    message: `EMI Tray is already running with this data folder (${holder}): ${folder}`,
    nextStep:
      'Use the window or the page of the one that is running, or stop it first and try again. Without a window it ' +
      'prints a new address of its page on Enter in its terminal, or on the signal SIGUSR2. To run a second one beside it, give that one a folder of its own with --data.',
    details: holder,
  })
}

function unwritable(folder: string, error: unknown): Error {
  if (errorCode(error) === 'ENOSPC') return diskError(error, folder)
  return new AppError('data-folder-unwritable', {
    message: `The data folder ${folder} cannot be created or written.`,
    nextStep:
      'Run EMI Tray as the user it belongs to, let this one write to that folder, or name another one with --data.',
    details: errorCode(error),
    cause: error,
  })
}

/** True where a file is there to read, false where there is none. Throws AppError data-folder-unwritable where it may not be read. */
export function isThereToRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw new AppError('data-folder-unwritable', {
      message: `The user who runs this command may not read ${file}.`,
      nextStep:
        'Run it as the user who runs EMI Tray, such as with “sudo -u”: the data is for that user only.',
      details: errorCode(error),
      cause: error,
    })
  }
}

/** True where no program ever took the folder, and nobody has put settings there for it. Throws as isThereToRead. */
export function isNew(folder: string): boolean {
  return ![LOCK_NAME, 'settings.json'].some((name) => isThereToRead(path.join(folder, name)))
}

/** True while a program has taken the folder. Writes nothing, so it also tells whoever may only read the folder. */
export function isHeld(folder: string): boolean {
  const file = path.join(folder, LOCK_NAME)
  if (!existsSync(file)) return false
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(file, { readOnly: true, timeout: 0 })
    lock.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    return isBusy(error)
  } finally {
    lock?.close()
  }
}

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}
