// Keeps root off the data folder of another user, who could not write the files that root would leave there.
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../core/app-error.ts'

/** True where this program runs as root and the folder is there and belongs to another user; never on Windows. */
export function isOfOtherThanRoot(folder: string): boolean {
  return otherOwner(folder) !== null
}

/** Throws AppError data-folder-unwritable, which names the command to use instead, where isOfOtherThanRoot. */
export function refuseRoot(folder: string): void {
  const uid = otherOwner(folder)
  if (uid === null) return
  const name = nameOf(uid)
  const owner = name ?? `the user ${uid}`
  const full = path.resolve(folder)
  const command = ['sudo', '-u', name ?? `#${uid}`, ...commandOf(full)].map(quoted).join(' ')
  throw new AppError('data-folder-unwritable', {
    message: `The data folder ${full} belongs to ${owner}, who could not write what root leaves there.`,
    nextStep: `Run “${command}”. Only where EMI Tray itself is to run as root, give it the folder: “chown -R root ${quoted(full)}”.`,
    details: `uid ${uid}`,
  })
}

function otherOwner(folder: string): number | null {
  if (process.geteuid?.() !== 0) return null
  const uid = statSync(folder, { throwIfNoEntry: false })?.uid ?? 0
  return uid === 0 ? null : uid
}

/** Users may come from a directory service, so the system is asked. */
function nameOf(uid: number): string | null {
  try {
    const told = execFileSync('/usr/bin/id', ['-un', String(uid)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return told.toString().trim() || null
  } catch {
    // Nobody has that number any more, as in a container: sudo takes it, too.
    return null
  }
}

/** What was typed, with the folder, since another user has another usual one. */
function commandOf(folder: string): string[] {
  const [node = 'node', program = '', ...args] = process.argv
  const isNamed = args.some((arg) => arg === '--data' || arg.startsWith('--data='))
  return [
    ...(path.basename(program) === 'emi-tray' ? ['emi-tray'] : [node, program]),
    ...args,
    ...(isNamed ? [] : ['--data', folder]),
  ]
}

/** As a POSIX shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
