// Whether the whole endpoint is down: then one probe at a time goes out instead of every lane's next attempt.
import type { Random } from '../ports/clock.ts'

/** A single chat may fail over and over because of what is in it; this many in a row are no coincidence. */
const LANES_TO_OPEN = 3
const FIRST_PAUSE_MS = 5_000
/** Shorter than an event's own limit: one probe is no burden, and the contact center should not wait once it is back. */
const LONGEST_PAUSE_MS = 5 * 60_000

export class Circuit {
  #random: Random
  #failedLanes = new Set<string>()
  #failingSince: number | null = null
  #pauses = 0
  #openUntil: number | null = null

  constructor(random: Random) {
    this.#random = random
  }

  /** Since when nothing was taken any more, in milliseconds since 1970; null after a success. */
  get failingSince(): number | null {
    return this.#failingSince
  }

  /** While open: when the next probe is due. null means that everything flows. */
  get openUntil(): number | null {
    return this.#openUntil
  }

  /** Takes up what an earlier run knew. */
  restore(failingSince: number | null): void {
    this.#failingSince = failingSince
  }

  /** Forgets everything: the place or a person's wish has changed. */
  reset(): void {
    this.#failedLanes.clear()
    this.#failingSince = null
    this.#pauses = 0
    this.#openUntil = null
  }

  /** Notes a success; true when it ends an outage. */
  succeeded(): boolean {
    const wasOpen = this.#openUntil !== null
    this.reset()
    return wasOpen
  }

  /** Notes a failed attempt; true when everything is held back from now on. */
  failed({
    lane,
    now,
    retryAfterMs,
    holdAll,
  }: {
    lane: string
    now: number
    retryAfterMs: number | null
    holdAll: boolean
  }): boolean {
    this.#failingSince ??= now
    const wasOpen = this.#openUntil !== null
    // Attempts that were under way when it opened say nothing new.
    if (wasOpen && !holdAll && now < (this.#openUntil ?? 0)) return false
    if (this.#failedLanes.size < LANES_TO_OPEN) this.#failedLanes.add(lane)
    if (!wasOpen && !holdAll && this.#failedLanes.size < LANES_TO_OPEN) return false
    this.#pause(now, retryAfterMs ?? 0)
    return !wasOpen
  }

  /** A probe came to nothing for a reason of its event: while everything is held back, the next one waits as well. */
  postpone(now: number): void {
    if (this.#openUntil !== null) this.#pause(now, 0)
  }

  /** Holds everything back for a reason of our own, such as a database that cannot be read. */
  hold(now: number): void {
    if (this.#openUntil === null || this.#openUntil <= now) this.#pause(now, 0)
  }

  /** The pause is over, whatever the clock says. */
  endPause(now: number): void {
    if (this.#openUntil !== null) this.#openUntil = Math.min(this.#openUntil, now)
  }

  #pause(now: number, atLeastMs: number): void {
    this.#pauses += 1
    const pauseMs = jitteredMs(this.#pauses, { random: this.#random, maxMs: LONGEST_PAUSE_MS })
    this.#openUntil = Math.max(now + Math.max(pauseMs, atLeastMs), this.#openUntil ?? 0)
  }
}

/** The time before attempt `failures + 1`: 5 s, doubling up to `maxMs`, up to a fifth more or less. */
export function jitteredMs(
  failures: number,
  { random, maxMs }: { random: Random; maxMs: number },
): number {
  const limit = Math.min(maxMs, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 30))
  return Math.round(limit * (0.8 + 0.4 * random.fraction()))
}
