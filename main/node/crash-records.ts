// What is kept of a crash, on this computer only: one small file each, and no more than the latest ones.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder's name in the data folder. */
export const CRASH_FOLDER = 'crashes'
const KEPT = 20

export interface Crash {
  /** Which part it was, such as `main`, `window` or the name of a helper process. */
  part: string
  reason: string
  /** Where in the code, as far as that is known. */
  stack?: string | undefined
}

export interface CrashPlace {
  /** The data folder. */
  folder: string
  now: () => Date
  /** Hides what looks like a secret. */
  redact: (text: string) => string
}

/** Writes the record at once, for the process may be about to end. Never throws. */
export function recordCrash({ folder, now, redact }: CrashPlace, crash: Crash): void {
  const at = now()
  try {
    const own = join(folder, CRASH_FOLDER)
    mkdirSync(own, { recursive: true, mode: 0o700 })
    const name = `${at.toISOString().replace(/[:.]/g, '-')}-${crash.part.replace(/\W+/g, '-')}.json`
    const text = JSON.stringify({ at: at.toISOString(), ...crash }, null, 2)
    writeFileSync(join(own, name), redact(text), { mode: 0o600 })
    const records = readdirSync(own).filter((one) => one.endsWith('.json'))
    for (const old of records.sort().slice(0, -KEPT)) rmSync(join(own, old), { force: true })
  } catch {
    // A disk that takes nothing: the crash itself is told by whatever ends the process.
  }
}

/** Records what ends this process unexpectedly, and changes nothing else about it. Returns its own undo. */
export function recordUncaught(place: CrashPlace): () => void {
  const record = (error: unknown, origin: string) => {
    const known = error instanceof Error ? error : new Error(String(error))
    const reason = `${origin}: ${known.name}: ${known.message}`
    recordCrash(place, { part: 'main', reason, stack: known.stack })
  }
  process.on('uncaughtExceptionMonitor', record)
  return () => {
    process.off('uncaughtExceptionMonitor', record)
  }
}
