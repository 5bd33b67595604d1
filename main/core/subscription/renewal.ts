// When a subscription is renewed, and when something that failed is tried again.
import type { Random } from '../ports/clock.ts'

/** Renewal is due when half of the life is left, and up to a tenth of it earlier, so that not all come at once. */
const SPREAD = 0.1

/** The longest life that Graph grants Teams subscriptions; a longer one comes from a clock that was wrong. */
const LONGEST_LIFE_MS = 4_320 * 60_000

/** Without new consent the answer stays the same, so a refusal is not asked about again soon. */
const REFUSED_AGAIN_MS = 60 * 60_000

const FIRST_WAIT_MS = 10_000

/** No waiting time is longer, so one that seems to be comes from a clock that was set back. */
export const LONGEST_WAIT_MS = REFUSED_AGAIN_MS

/** When to renew, in ms since 1970. `fraction` is a random number below 1. */
export function renewalTime(life: {
  issuedAt: string
  expiresAt: string
  fraction: number
}): number {
  const issued = Date.parse(life.issuedAt)
  const expires = Date.parse(life.expiresAt)
  const lifeMs = Math.min(Math.max(0, expires - issued), LONGEST_LIFE_MS)
  return expires - lifeMs * (0.5 + life.fraction * SPREAD)
}

/** Milliseconds before attempt number `attempt` + 1 at a subscription that failed. */
export function retryDelayMs(
  attempt: number,
  { random, refused }: { random: Random; refused: boolean },
): number {
  if (refused) return REFUSED_AGAIN_MS
  return backoffMs(attempt, { random, maxMs: 10 * 60_000 })
}

/** A limit that doubles with each attempt; at least half of it is waited, so that chance makes no storm. */
export function backoffMs(
  attempt: number,
  { random, maxMs }: { random: Random; maxMs: number },
): number {
  const limit = Math.min(maxMs, FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 20))
  return Math.round(limit * (0.5 + random.fraction() / 2))
}
