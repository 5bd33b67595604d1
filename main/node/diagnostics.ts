// The bundle for whoever is asked for help: logs, crash records, settings and facts of this computer, without secrets and names.
import { open, readdir, readFile, statfs } from 'node:fs/promises'
import { arch, cpus, homedir, release, totalmem, type } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { AppError } from '../core/app-error.ts'
import { CRASH_FOLDER } from './crash-records.ts'
import { refuseRoot } from './folder-owner.ts'
import { makeFolder } from './make-folder.ts'
import { STATUS_FILE_NAME } from './status-file.ts'
import { zipOf, type ZipEntry } from './zip.ts'

/** The folder's name in the data folder. */
export const DIAGNOSTICS_FOLDER = 'diagnostics'
/** The end of each log file: what led to the present state is there. */
const LOG_TAIL_BYTES = 2 * 1024 * 1024
const LOG_FILE = /^emi-tray(?:\.\d+)?\.log$/

const readMe = `What EMI Tray collected for whoever helps you. Look it over before you send it.

In it: the log, records of crashes, the settings, what the app last said of itself, and facts of this computer.
Hidden: secrets, tokens, sign-in names and e-mail addresses (the same one is the same number everywhere), and
the name of your home folder. Never in it: the vault, notifications, and messages. Ids of your tenant and of
the application, and names of hosts, are in it: without them nobody can help.
`

export interface DiagnosticsOptions {
  /** The data folder. It is only read, so that this also works while the app runs, or cannot start. */
  folder: string
  version: string
  host: string
  now: Date
  /** Hides what looks like a secret. */
  redact: (text: string) => string
  /** A new file; in the data folder when left out. */
  to?: string | undefined
}

/** Writes the bundle and returns its path. Throws AppError data-folder-unwritable. */
export async function saveDiagnostics(options: DiagnosticsOptions): Promise<string> {
  const { folder, now } = options
  if (options.to === undefined) refuseRoot(folder)
  const hide = hider(homedir(), options.redact)
  const entries: ZipEntry[] = [
    { name: 'README.txt', bytes: Buffer.from(readMe) },
    { name: 'computer.json', bytes: Buffer.from(hide(await computerText(options))) },
  ]
  for (const name of await filesToSend(folder)) {
    const text = await tailOf(join(folder, name))
    if (text === null) continue
    const shown = name === STATUS_FILE_NAME ? withoutAccount(text) : text
    entries.push({ name, bytes: Buffer.from(hide(shown)) })
  }
  const time = now.toISOString().slice(0, 19).replace(/[:T]/g, '-')
  const file = options.to ?? join(folder, DIAGNOSTICS_FOLDER, `emi-tray-diagnostics-${time}.zip`)
  return writeNew(resolve(file), zipOf(entries, now))
}

/** Hides secrets, home folder and people; the same person gets the same number throughout one bundle. */
function hider(home: string, redact: (text: string) => string): (text: string) => string {
  const people = new Map<string, number>()
  return (text) =>
    redact(text)
      .replaceAll(JSON.stringify(home).slice(1, -1), '~')
      .replaceAll(home, '~')
      .replace(/[\w.+'-]+@[\w-]+(?:\.[\w-]+)+/g, (address) => {
        const key = address.toLowerCase()
        const number = people.get(key) ?? people.size + 1
        people.set(key, number)
        return `person-${number}@hidden`
      })
}

/** The status names the person who signed in. */
function withoutAccount(text: string): string {
  try {
    const value = JSON.parse(text) as { status?: { account?: unknown } } | null
    if (value?.status) value.status.account = null
    return JSON.stringify(value, null, 2)
  } catch {
    return '"This file is no JSON."'
  }
}

async function filesToSend(folder: string): Promise<string[]> {
  const namesIn = (path: string) => readdir(path).catch(() => [])
  const logs = (await namesIn(folder)).filter((name) => LOG_FILE.test(name))
  const crashes = (await namesIn(join(folder, CRASH_FOLDER))).filter((one) => one.endsWith('.json'))
  return [
    ...logs.sort(),
    'settings.json',
    STATUS_FILE_NAME,
    ...crashes.sort().map((name) => join(CRASH_FOLDER, name)),
  ]
}

/** The end of a text file, from the start of a line; null for one that is not there. */
async function tailOf(file: string): Promise<string | null> {
  try {
    const bytes = await readFile(file)
    if (bytes.length <= LOG_TAIL_BYTES) return bytes.toString()
    const tail = bytes.subarray(-LOG_TAIL_BYTES)
    return tail.subarray(tail.indexOf('\n') + 1).toString()
  } catch {
    // Such as settings of an app that never started.
    return null
  }
}

async function computerText({ folder, version, host, now }: DiagnosticsOptions): Promise<string> {
  const disk = await statfs(folder).catch(() => null)
  const facts = {
    at: now.toISOString(),
    version,
    host,
    folder,
    system: `${type()} ${release()} ${arch()}`,
    versions: { node: process.versions.node, electron: process.versions['electron'] },
    cores: cpus().length,
    memoryBytes: totalmem(),
    freeDiskBytes: disk ? disk.bavail * disk.bsize : null,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
  return `${JSON.stringify(facts, null, 2)}\n`
}

async function writeNew(file: string, bytes: Buffer): Promise<string> {
  try {
    await makeFolder(dirname(file))
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
    }
    return file
  } catch (error) {
    throw new AppError('data-folder-unwritable', {
      message: `The diagnostics file cannot be written to ${file}.`,
      nextStep: 'Name a file that does not exist yet, in a folder you may write to.',
      details: error instanceof Error && 'code' in error ? String(error.code) : undefined,
      cause: error,
    })
  }
}
