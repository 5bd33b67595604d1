// Since when nothing is taken any more, kept over restarts: only after three days of that is anything given up.
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'

const RECORD_NAME = 'handOnFailing'
/** A short failure is not worth writing down. */
const KEPT_AFTER_MS = 60_000

export class FailureRecord {
  #database: Database
  #clock: Clock
  #log: Log
  #kept: number | null = null

  constructor({ database, clock, log }: { database: Database; clock: Clock; log: Log }) {
    this.#database = database
    this.#clock = clock
    this.#log = log
  }

  /** Milliseconds since 1970; null when everything worked. */
  async read(): Promise<number | null> {
    const record = await this.#database.readRecord(RECORD_NAME)
    const since =
      record && typeof record === 'object' && 'since' in record ? Number(record.since) : NaN
    this.#kept = Number.isFinite(since) ? since : null
    return this.#kept
  }

  /** Notes since when it fails, or with null that it works. Never rejects. */
  async note(since: number | null): Promise<void> {
    if (since === this.#kept) return
    if (since !== null && this.#clock.now().getTime() - since < KEPT_AFTER_MS) return
    this.#kept = since
    try {
      if (since === null) await this.#database.deleteRecord(RECORD_NAME)
      else await this.#database.writeRecord(RECORD_NAME, { since })
    } catch (error) {
      // Costs at most that what is given up is given up later.
      this.#log.warning('hand-on', 'Could not write down since when handing on fails.', {
        reason: error instanceof Error ? error.message : typeof error,
      })
    }
  }
}
