// Places of subscriptions that nobody has, neither we nor another server: what would have been told then is missed.
import type { Subscription, SubscriptionKey } from '../../contract/models/subscription.ts'
import { areaOf, type Hole } from './gap.ts'

/** A place that is free, as it is kept. */
export interface FreePlace {
  key: SubscriptionKey
  since: string
}

/** Of a subscription nobody holds anything back, so that seconds count. */
export const LEAST_OF_SUBSCRIPTION_MS = 2_000

/** Who has a place is looked at each minute: what was seen longer ago may have been nobody's in between. */
const SEEN_EVERY_MS = 60_000
export const SEEN_LATELY_MS = 3 * SEEN_EVERY_MS

export class FreePlaces {
  /** When another server was last seen to have a place, in ms since 1970. */
  #heldAt = new Map<SubscriptionKey, number>()
  /** Since when nobody has a place. */
  #free = new Map<SubscriptionKey, number>()
  /** Ours that are gone while no other could be made. */
  #lost = new Set<SubscriptionKey>()

  /** Takes up what an earlier run left. */
  load(places: readonly FreePlace[]): void {
    for (const { key, since } of places) this.#free.set(key, Date.parse(since))
  }

  get record(): FreePlace[] {
    return [...this.#free].map(([key, since]) => ({ key, since: new Date(since).toISOString() }))
  }

  /**
   * Looks at one place while the webhook runs; `aliveAt` is when ours surely lived, `takenAt` when we ended that of another
   * server. Returns the hole that has ended, by ours or by that of another server.
   */
  look(
    subscription: Subscription,
    { aliveAt, takenAt, now }: { aliveAt: number | undefined; takenAt: number; now: number },
  ): Hole[] {
    const { key, heldBy, status } = subscription
    if (heldBy) {
      // Shorter is counted to the other server, from where ours was last seen.
      const isLost = this.#lost.has(key) && aliveAt !== undefined && now - aliveAt > SEEN_LATELY_MS
      this.#heldAt.set(key, now)
      return this.#end(key, { since: this.#free.get(key) ?? (isLost ? aliveAt : now), now })
    }
    if (isLiving(subscription)) {
      this.#heldAt.delete(key)
      // One of ours that was gone is told by its successor.
      return this.#end(key, { since: this.#free.get(key) ?? now, now })
    }
    if (!isFree(subscription) || this.#free.has(key)) return []
    const heldAt = this.#heldAt.get(key)
    const ownAt = status === 'observed' ? aliveAt : undefined
    const since = heldAt === undefined ? ownAt : Math.max(heldAt - SEEN_EVERY_MS, takenAt)
    if (since === undefined) this.#lost.add(key)
    else this.#free.set(key, since)
    this.#heldAt.delete(key)
    return []
  }

  #end(key: SubscriptionKey, { since, now }: { since: number; now: number }): Hole[] {
    this.#free.delete(key)
    this.#lost.delete(key)
    if (now - since < LEAST_OF_SUBSCRIPTION_MS) return []
    return [{ since, until: now, reason: 'place-free', areas: [areaOf(key)] }]
  }
}

/** True for one of ours that lives. */
export function isLiving({ subscriptionId, status }: Subscription): boolean {
  return subscriptionId !== null && (status === 'active' || status === 'renewing')
}

/** True where a look at Graph's list has found nobody. While it waits, nobody has looked yet. */
function isFree({ status, error }: Subscription): boolean {
  if (status === 'observed') return error?.code === 'subscription-place-free'
  return status === 'creating' || status === 'refused' || status === 'failed'
}
