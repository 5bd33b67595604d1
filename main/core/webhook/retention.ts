// How long stored notifications are kept: removes the old ones bit by bit, so that posts need not wait for it.
import { AppError } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'

/** At the start, and then so often. */
const RUN_EVERY_MS = 60 * 60_000

/** One step takes a few milliseconds; between two of them posts are stored. */
const ROWS_PER_STEP = 100
const BYTES_PER_STEP = 256 * 1024
const PAUSE_MS = 25

/** About a million and a half of notifications without content. */
const MAX_BYTES = 2 * 1024 ** 3

/** Room inside the file that the next notifications will use anyway. */
const SPARE_BYTES = 16 * 1024 ** 2

const DAY_MS = 24 * 60 * 60_000

/** Later than anything. */
const END_OF_TIME = '9999-12-31T23:59:59.999Z'

export interface RetentionDeps {
  database: Database
  settings: () => { keepDeliveriesDays: number }
  clock: Clock
  log: Log
  /** What the notifications may take of the disk; 2 GiB unless given. */
  maxBytes?: number
}

export class Retention {
  #deps: RetentionDeps
  #stopped = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #cancelTimer = () => {}

  constructor(deps: RetentionDeps) {
    this.#deps = deps
  }

  /** Cleans up now and every hour until stop(). */
  start(): void {
    this.#stopWaiting()
    this.#stopped = new AbortController()
    const { signal } = this.#stopped
    const round = () => {
      this.#running = this.#running
        .then(() => this.#run(signal))
        .then(() => {
          if (!signal.aborted) this.#cancelTimer = this.#deps.clock.after(RUN_EVERY_MS, round)
        })
    }
    round()
  }

  /** Ends the timer and, after its step, the run that is under way. */
  async stop(): Promise<void> {
    this.#stopWaiting()
    await this.#running
  }

  #stopWaiting(): void {
    this.#stopped.abort()
    this.#cancelTimer()
  }

  /** Never rejects: a disk that fails is told of by whoever stores. */
  async #run(signal: AbortSignal): Promise<void> {
    const { settings, clock, log, database, maxBytes = MAX_BYTES } = this.#deps
    try {
      const before = new Date(clock.now().getTime() - settings().keepDeliveriesDays * DAY_MS)
      const old = await this.#remove(signal, {
        before: before.toISOString(),
        goesOn: () => Promise.resolve(true),
      })
      const surplus = await this.#remove(signal, {
        before: END_OF_TIME,
        goesOn: async () => (await database.size()).used > maxBytes,
      })
      if (old > 0) log.info('inbox', 'Removed notifications that were old enough.', { items: old })
      if (surplus > 0) {
        log.warning('inbox', 'Removed the oldest notifications before their time, to save space.', {
          items: surplus,
        })
      }
      await this.#removeNames(signal)
      await this.#shrink(signal)
    } catch (error) {
      log.warning('inbox', 'Removing old notifications failed. It is tried again in an hour.', {
        code: error instanceof AppError ? error.code : 'unexpected',
      })
    }
  }

  /** Removes step by step, from the oldest on, what may go; returns how many. */
  async #remove(
    signal: AbortSignal,
    { before, goesOn }: { before: string; goesOn: () => Promise<boolean> },
  ): Promise<number> {
    let removed = 0
    let afterId: number | null = 0
    while (afterId !== null && !signal.aborted && (await goesOn())) {
      const step: { deleted: number; lastId: number | null } =
        await this.#deps.database.deleteDeliveries({ before, afterId, limit: ROWS_PER_STEP })
      removed += step.deleted
      afterId = step.lastId
      if (afterId !== null) await this.#pause(signal)
    }
    return removed
  }

  /** A name is somebody's data as well: it goes with the last notification that uses it. */
  async #removeNames(signal: AbortSignal): Promise<void> {
    const { clock, database } = this.#deps
    // A name may be written shortly before what uses it.
    const before = new Date(clock.now().getTime() - RUN_EVERY_MS).toISOString()
    let afterKey: string | null = ''
    while (afterKey !== null && !signal.aborted) {
      const step: { lastKey: string | null } = await database.deleteUnusedNames({
        ...{ before, afterKey, limit: ROWS_PER_STEP },
      })
      afterKey = step.lastKey
      if (afterKey !== null) await this.#pause(signal)
    }
  }

  async #shrink(signal: AbortSignal): Promise<void> {
    const { database } = this.#deps
    for (let before = Infinity; !signal.aborted;) {
      const { free } = await database.size()
      // A file of an older version gives nothing back: then the next notifications fill it.
      if (free <= SPARE_BYTES || free >= before) return
      before = free
      await database.giveBack(Math.min(BYTES_PER_STEP, free - SPARE_BYTES))
      await this.#pause(signal)
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const cancel = this.#deps.clock.after(PAUSE_MS, done)
      if (signal.aborted) done()
      else signal.addEventListener('abort', done)
    })
  }
}
