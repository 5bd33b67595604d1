// Who goes next: lanes side by side and each in order, probes alone while the endpoint is down, and the wait between.
import type { Clock, Random } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import { LONGEST_REST_MS, type Attempts } from './attempts.ts'
import { jitteredMs } from './circuit.ts'
import { Lanes, type Turn } from './lanes.ts'
import type { Target } from './target.ts'

const LANES_PER_PAGE = 256
/** Attempts under way may end by themselves when the app stops; then they need not be repeated. */
const STOP_GRACE_MS = 2_000
/** A timer may come a little early; earlier than this, the clock was set back. */
const SET_BACK_MS = 1_000

export interface CourierDeps {
  database: Database
  clock: Clock
  random: Random
  attempts: Attempts
  /** null while nothing may go out. */
  target: () => Target | null
}

export class Courier {
  #deps: CourierDeps
  #lanes: Lanes
  #running = false
  #stopped = new AbortController()
  #active = new Set<Promise<void>>()
  /** Where the listing of lanes goes on; null when every lane is known. */
  #listAfter: string | null = null
  /** A lane found no room behind the place where the listing is. */
  #missed = false
  #listing = false
  /** When the listing is tried again after a failure, in milliseconds since 1970. */
  #listAgainAt: number | null = null
  #cancelTimer: (() => void) | null = null

  constructor(deps: CourierDeps, lanes = new Lanes()) {
    this.#deps = deps
    this.#lanes = lanes
  }

  get signal(): AbortSignal {
    return this.#stopped.signal
  }

  /** True while lanes wait after a failure. */
  get isResting(): boolean {
    return this.#lanes.resting > 0
  }

  /** When the next attempt after a failure is due, in milliseconds since 1970; null when there is none. */
  get nextAttemptAt(): number | null {
    if (!this.#running || this.#lanes.isEmpty) return null
    return this.#deps.attempts.circuit.openUntil ?? this.#lanes.nextDueAt()
  }

  start(): void {
    this.#running = true
    this.#listAfter = ''
    this.wake()
  }

  /** Something was stored in these lanes. */
  add(lanes: string[]): void {
    if (!this.#running) return
    for (const lane of lanes) if (!this.#lanes.add(lane)) this.#missed = true
    if (this.#missed) this.#listAfter ??= ''
    this.wake()
  }

  /** Tries everything now, whatever was known about failures. */
  startOver(): void {
    this.#lanes.wakeAll()
    if (this.#running) this.#listAfter = ''
    this.wake()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#cancelTimer?.()
    const cancelGrace = this.#deps.clock.after(STOP_GRACE_MS, () => this.#stopped.abort())
    await Promise.all(this.#active)
    cancelGrace()
    this.#stopped.abort()
  }

  /** Lets whoever's turn it is go, and sets the alarm for the next one. */
  wake(): void {
    if (!this.#running) return
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const target = this.#deps.target()
    if (!target) return
    if (this.#listAgainAt !== null && this.#listAgainAt <= this.#now()) this.#listAfter = ''
    if (this.#listAfter !== null && !this.#listing && !this.#lanes.isFull) void this.#listLanes()
    for (let turn = this.#nextTurn(target); turn; turn = this.#nextTurn(target)) {
      const work: Promise<void> = this.#takeTurn(turn, target).finally(() => {
        this.#active.delete(work)
        this.wake()
      })
      this.#active.add(work)
    }
    this.#setTimer()
  }

  #nextTurn(target: Target): Turn | null {
    const now = this.#now()
    const { openUntil } = this.#deps.attempts.circuit
    if (openUntil === null) {
      return this.#active.size < target.lanes ? this.#lanes.take(now) : null
    }
    // A probe: one alone, of whichever lane is next.
    if (this.#active.size > 0 || openUntil > now) return null
    return this.#lanes.take(now, { force: true })
  }

  #setTimer(): void {
    const { openUntil } = this.#deps.attempts.circuit
    // While a probe is under way, its end wakes us.
    const isProbing = openUntil !== null && this.#active.size > 0
    const due = this.#lanes.isEmpty || isProbing ? null : (openUntil ?? this.#lanes.nextDueAt())
    const at = Math.min(due ?? Infinity, this.#listAgainAt ?? Infinity)
    if (at === Infinity) return
    const waitMs = Math.max(at - this.#now(), 1)
    this.#cancelTimer = this.#deps.clock.after(waitMs, () => {
      // A timer does not follow a clock that is set back: what it waited for is over all the same.
      if (this.#now() < at - SET_BACK_MS) this.#endWaits()
      this.wake()
    })
  }

  /** Fills up the lanes from the database, a page at a time. */
  async #listLanes(): Promise<void> {
    this.#listing = true
    this.#listAgainAt = null
    try {
      while (this.#running && this.#listAfter !== null && !this.#lanes.isFull) {
        const after = this.#listAfter
        if (after === '') this.#missed = false
        const names = await this.#deps.database.handOnLanes(after, LANES_PER_PAGE)
        // Somebody may have asked for a new start meanwhile.
        if (this.#listAfter !== after) continue
        const known = names.findIndex((name) => !this.#lanes.add(name))
        const added = known === -1 ? names : names.slice(0, known)
        this.#listAfter = added.at(-1) ?? after
        if (known === -1 && names.length < LANES_PER_PAGE) {
          this.#listAfter = this.#missed ? '' : null
        }
      }
    } catch (error) {
      this.#deps.attempts.fail('What waits to be handed on cannot be read.', error)
      this.#listAfter = null
      this.#listAgainAt = this.#deps.attempts.circuit.openUntil
    } finally {
      this.#listing = false
    }
    this.wake()
  }

  #endWaits(): void {
    const now = this.#now()
    this.#lanes.wakeAll()
    this.#deps.attempts.circuit.endPause(now)
    if (this.#listAgainAt !== null) this.#listAgainAt = Math.min(this.#listAgainAt, now)
  }

  /** One event of one lane. Never rejects. */
  async #takeTurn({ name, isWoken }: Turn, target: Target): Promise<void> {
    const { database, attempts } = this.#deps
    try {
      const row = await database.nextHandOn(name)
      if (!row) {
        this.#lanes.finish(name)
        // Retention may have taken what was counted.
        if (this.#lanes.isEmpty && attempts.waiting > 0) await attempts.recount()
        return
      }
      const dueAt = row.nextAttemptAt === null ? 0 : Date.parse(row.nextAttemptAt)
      if (!isWoken && dueAt > this.#now()) {
        this.#lanes.rest(name, dueAt)
        return
      }
      const { restUntil, endsOutage } = await attempts.run({
        ...{ row, lane: name, target },
        signal: this.#stopped.signal,
      })
      if (restUntil === null) this.#lanes.queue(name)
      else this.#lanes.rest(name, restUntil)
      if (endsOutage) this.#lanes.wakeAll()
      if (!this.isResting && restUntil === null) attempts.error = null
    } catch (error) {
      this.#lanes.rest(name, this.#now() + jitteredMs(1, { ...this.#deps, maxMs: LONGEST_REST_MS }))
      if (!this.#stopped.signal.aborted) attempts.fail('Handing on was interrupted.', error)
    }
  }

  #now(): number {
    return this.#deps.clock.now().getTime()
  }
}
