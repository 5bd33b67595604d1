// How far Teams was compared with what is stored, and when it is to be compared again.
import { ARRIVES_WITHIN_MS, silentCheck, type SilentCheckDeps } from './silent-check.ts'
import type { CatchUpRecord } from './record.ts'
import type { Hole } from './gap.ts'

const EVERY_MS = 60 * 60_000

export class Comparison {
  #deps: SilentCheckDeps
  #checkedAt: string | null = null
  #comparedUntil: string | null = null
  #startedAt = 0
  #triedAt = 0

  constructor(deps: SilentCheckDeps) {
    this.#deps = deps
  }

  /** What is kept of it. */
  get record(): Pick<CatchUpRecord, 'checkedAt' | 'comparedUntil'> {
    return { checkedAt: this.#checkedAt, comparedUntil: this.#comparedUntil }
  }

  load({ checkedAt, comparedUntil }: Pick<CatchUpRecord, 'checkedAt' | 'comparedUntil'>): void {
    this.#checkedAt = checkedAt
    this.#comparedUntil = comparedUntil
  }

  start(): void {
    this.#startedAt = this.#deps.now()
    this.#triedAt = this.#startedAt
  }

  get isDue(): boolean {
    return this.#deps.now() - this.#triedAt >= EVERY_MS
  }

  /** Compares now. Returns the hole when something is missing. Throws what Graph's client throws. */
  async run(signal: AbortSignal): Promise<Hole | null> {
    const startedAt = this.#deps.now()
    this.#triedAt = startedAt
    // What was before the first start was never promised.
    const since = this.#comparedUntil === null ? this.#startedAt : Date.parse(this.#comparedUntil)
    const hole = await silentCheck(this.#deps, { since, signal })
    this.#checkedAt = new Date(startedAt).toISOString()
    // A gap is read up to now. Otherwise the next look takes what was too young for this one.
    const until = hole ? startedAt : Math.max(since, startedAt - ARRIVES_WITHIN_MS)
    this.#comparedUntil = new Date(until).toISOString()
    return hole
  }
}
