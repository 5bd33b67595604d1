// Folders that belong to somebody else, or in which nothing can be made, also for tests that run as root.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A user that no system gives to anybody, and that a container knows nevertheless. */
export const otherUid = 54_321

/** True for root that may give files away, which root of a small container may not. */
export const isRoot = process.geteuid?.() === 0 && mayGiveAway()

/** Gives the folder and all in it to that user. */
export function giveAway(folder: string): void {
  for (const file of allIn(folder)) chownSync(file, otherUid, otherUid)
}

/** Everything in the folder with its owner, time and content: equal only where nothing was touched. */
export function traceOf(folder: string): string[] {
  return allIn(folder).map((file) => {
    const { uid, mtimeMs } = lstatSync(file)
    const isFile = lstatSync(file).isFile()
    const sum = isFile ? createHash('sha256').update(readFileSync(file)).digest('hex') : ''
    return [path.relative(folder, file), uid, mtimeMs, sum].join(' ')
  })
}

function mayGiveAway(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-test-'))
  try {
    chownSync(folder, otherUid, otherUid)
    return true
  } catch {
    // No such user here, or no right to it.
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function allIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return [folder, ...names.map((name) => path.join(folder, name))]
}

/**
 * Makes a folder one in which nothing can be made, also by root. Returns its own undo; undefined where that takes more
 * rights than there are.
 */
export function makeReadOnly(folder: string): (() => void) | undefined {
  if (process.getuid?.() !== 0) {
    chmodSync(folder, 0o500)
    return () => chmodSync(folder, 0o700)
  }
  const mount = (...args: string[]) => spawnSync('mount', [...args, folder]).status === 0
  if (!mount('--bind', folder)) return undefined
  const undo = () => void spawnSync('umount', [folder])
  if (mount('-o', 'remount,ro,bind')) return undo
  undo()
  return undefined
}
