// When a subscription is renewed, and when something that failed is tried again.
import { fullJitterMs } from '../backoff.ts'
import type { Random } from '../ports.ts'

/** Renewal is due when half of the life is left, and up to a tenth of it earlier, so that not all come at once. */
const SPREAD = 0.1

/** Without new consent the answer stays the same, so a refusal is not asked about again soon. */
const REFUSED_AGAIN_MS = 60 * 60_000

/** The least time between two attempts, whatever chance says. */
const LEAST_WAIT_MS = 2_000

/** When to renew, in ms since 1970. `fraction` is a random number below 1. */
export function renewalTime(life: {
  issuedAt: string
  expiresAt: string
  fraction: number
}): number {
  const issued = Date.parse(life.issuedAt)
  const expires = Date.parse(life.expiresAt)
  const lifeMs = Math.max(0, expires - issued)
  return expires - lifeMs * (0.5 + life.fraction * SPREAD)
}

/** Milliseconds before attempt number `attempt` + 1 at something that failed. */
export function retryDelayMs(
  attempt: number,
  { random, refused }: { random: Random; refused: boolean },
): number {
  if (refused) return REFUSED_AGAIN_MS
  return LEAST_WAIT_MS + fullJitterMs(attempt, { random, baseMs: 5_000, maxMs: 10 * 60_000 })
}
