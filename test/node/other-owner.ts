// A data folder that belongs to somebody else, for tests that run as root.
import { createHash } from 'node:crypto'
import { chownSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const isRoot = process.platform !== 'win32' && process.geteuid?.() === 0

/** A user that no system gives to anybody. */
export const otherUid = 424_242

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

function allIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return [folder, ...names.map((name) => path.join(folder, name))]
}
