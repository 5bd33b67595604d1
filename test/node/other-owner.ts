// A data folder that belongs to somebody else, for tests that run as root.
import { createHash } from 'node:crypto'
import { chownSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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
