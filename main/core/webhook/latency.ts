// How long Graph waits for our answers, over the window in which Graph itself judges an endpoint; in constant memory.
import type { WebhookLatency } from '../../contract/models/webhook.ts'
import type { Clock } from '../ports/clock.ts'

/**
 * Graph looks at ten minutes: above 10 % of answers slower than ten seconds it delays what is new, above 15 % it
 * drops it. https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 */
const WINDOW_MINUTES = 10
const SLOW_MS = 10_000
const DELAY_LIMIT = 0.1
const DROP_LIMIT = 0.15

const MINUTE_MS = 60_000

/** From 1/8 ms to 64 s in steps of 2^(1/4), so that what is read off is wrong by a fifth at most. */
const STEPS_PER_DOUBLING = 4
const SMALLEST_EXPONENT = -3
const BUCKETS = 19 * STEPS_PER_DOUBLING + 1

interface Minute {
  /** Minutes since 1970; a slot of another minute is of the past. */
  number: number
  slow: number
  counts: Uint32Array
}

export class LatencyHistogram {
  #clock: Clock
  #minutes: Minute[] = Array.from({ length: WINDOW_MINUTES }, () => ({
    number: -1,
    slow: 0,
    counts: new Uint32Array(BUCKETS),
  }))

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Adds the time one answer took. */
  note(durationMs: number): void {
    const number = this.#minuteNumber()
    const minute = this.#minutes[number % WINDOW_MINUTES]
    if (!minute) return
    if (minute.number !== number) {
      minute.number = number
      minute.slow = 0
      minute.counts.fill(0)
    }
    // A clock that was set back in between makes this negative.
    const taken = Math.max(0, durationMs)
    if (taken > SLOW_MS) minute.slow += 1
    const bucket = bucketOf(taken)
    minute.counts[bucket] = (minute.counts[bucket] ?? 0) + 1
  }

  /** What the last ten minutes look like; null when nothing was answered in them. */
  summary(): WebhookLatency | null {
    const now = this.#minuteNumber()
    const recent = this.#minutes.filter(
      ({ number }) => number > now - WINDOW_MINUTES && number <= now,
    )
    const counts = Array.from({ length: BUCKETS }, (_, bucket) => sum(recent, bucket))
    const answered = counts.reduce((total, count) => total + count, 0)
    if (answered === 0) return null
    const slow = recent.reduce((total, minute) => total + minute.slow, 0)
    return {
      answered,
      p50Ms: quantile(counts, answered * 0.5),
      p99Ms: quantile(counts, answered * 0.99),
      slowShare: slow / answered,
      delayLimit: DELAY_LIMIT,
      dropLimit: DROP_LIMIT,
    }
  }

  #minuteNumber(): number {
    return Math.max(0, Math.floor(this.#clock.now().getTime() / MINUTE_MS))
  }
}

function bucketOf(ms: number): number {
  const steps = Math.ceil((Math.log2(ms) - SMALLEST_EXPONENT) * STEPS_PER_DOUBLING)
  return Math.min(Math.max(steps, 0), BUCKETS - 1)
}

/** The upper end of the bucket in which the answer of this rank lies. */
function quantile(counts: number[], rank: number): number {
  let seen = 0
  const bucket = counts.findIndex((count) => {
    seen += count
    return seen >= rank && count > 0
  })
  const ms = 2 ** (SMALLEST_EXPONENT + bucket / STEPS_PER_DOUBLING)
  return ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)
}

function sum(minutes: Minute[], bucket: number): number {
  return minutes.reduce((total, { counts }) => total + (counts[bucket] ?? 0), 0)
}
