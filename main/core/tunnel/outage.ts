// After a failed connection: whether another attempt can help, and how long to wait for it.
import { fullJitterMs } from '../backoff.ts'
import type { Clock, Random } from '../ports/clock.ts'

/** Trying again cannot help with these: a person must change something first. */
const FATAL = new Set<string>([
  'tunnel-auth',
  'tunnel-host-key',
  'tunnel-taken-over',
  'tunnel-config',
  'public-url-invalid',
  'proxy-auth',
  'proxy-unsupported',
])

/** No wait between two attempts is longer than the outage so far and this, nor than the second. */
const SHORTEST_LIMIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000

/** True for an error code that no further attempt helps against. */
export function isFatal(code: string): boolean {
  return FATAL.has(code)
}

/** The time without a working connection, from the first failure on. */
export class Outage {
  #clock: Clock
  #random: Random
  /** In ms since 1970; null while there is none. */
  #sinceMs: number | null = null

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock
    this.#random = random
  }

  /** It works again, or is begun anew on purpose: the next failure begins another outage. */
  end(): void {
    this.#sinceMs = null
  }

  /** Notes that attempt number `attempt` (1-based) failed. Returns the milliseconds to wait before the next. */
  noteFailure(attempt: number): number {
    const nowMs = this.#clock.now().getTime()
    this.#sinceMs ??= nowMs
    // Jitter lets several attempts follow each other closely; a short outage must not cause a long wait by that.
    const lastedMs = Math.max(0, nowMs - this.#sinceMs)
    const maxMs = Math.min(LONGEST_WAIT_MS, SHORTEST_LIMIT_MS + lastedMs)
    return fullJitterMs(Math.max(1, attempt), { random: this.#random, maxMs })
  }
}
