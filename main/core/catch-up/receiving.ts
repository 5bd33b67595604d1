// Whether notifications can arrive, looked at again and again: what keeps them away becomes a hole with its reason.
import type { GapReason } from '../../contract/models/gaps.ts'
import type { Subscription, SubscriptionKey } from '../../contract/models/subscription.ts'
import { FreePlaces, isLiving, LEAST_OF_SUBSCRIPTION_MS, type FreePlace } from './free-places.ts'
import { ALL_AREAS, areaOf, type CatchUpArea, type Hole } from './gap.ts'

/** What decides whether notifications arrive. */
export interface ReceivingFacts {
  running: boolean
  paused: boolean
  tunnelUp: boolean
  subscriptions: Subscription[]
  /** When Graph last showed a subscription of ours as living, in ms since 1970; 0 when it did not yet. */
  seenAt: (key: SubscriptionKey) => number
  /** When we took a place from another server, whose subscription lived until then; 0 where we did not. */
  takenAt: (key: SubscriptionKey) => number
}

/** What has to survive the end of the app. */
export interface ReceivingRecord {
  /** Until when notifications surely arrived. */
  receivingAt: string | null
  subscriptions: { key: SubscriptionKey; subscriptionId: string; aliveAt: string }[]
  /** Places that nobody has, neither we nor another server, and since when. */
  free?: FreePlace[]
}

/** A hole that goes on. */
export interface OpenHole {
  since: number
  reasons: GapReason[]
  areas: CatchUpArea[]
}

/** How often it is looked. */
export const TICK_MS = 30_000

/** A look that comes this much too late was not late: the computer slept. */
const SLEPT_MS = 60_000

/**
 * What is shorter is no hole: where an address answers with an error, Graph tries again for hours.
 * https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 */
const LEAST_MS = 90_000

/** How long a subscription goes on after Microsoft asked to reauthorize it, at least. */
const REAUTHORIZE_WITHIN_MS = 10 * 60_000

/** How far Graph may be behind with saying that it missed something. */
const MISSED_MS = 24 * 60 * 60_000

export class Receiving {
  #receivingAt: number | null = null
  #lastLookAt: number | null = null
  #known = new Map<SubscriptionKey, { subscriptionId: string; aliveAt: number }>()
  #places = new FreePlaces()
  #removed = new Set<string>()
  /** When Microsoft asked to reauthorize. */
  #asked = new Map<SubscriptionKey, number>()
  #notStoredSince: number | null = null
  #everything: OpenHole | null = null
  #over: Hole[] = []

  /** Takes up what an earlier run left: since then nothing was received. */
  load(record: ReceivingRecord): void {
    this.#receivingAt = record.receivingAt === null ? null : Date.parse(record.receivingAt)
    for (const { key, subscriptionId, aliveAt } of record.subscriptions) {
      this.#known.set(key, { subscriptionId, aliveAt: Date.parse(aliveAt) })
    }
    this.#places.load(record.free ?? [])
    if (this.#receivingAt !== null) {
      this.#everything = { since: this.#receivingAt, reasons: ['not-running'], areas: ALL_AREAS }
    }
  }

  get record(): ReceivingRecord {
    return {
      receivingAt: this.#receivingAt === null ? null : new Date(this.#receivingAt).toISOString(),
      subscriptions: [...this.#known].map(([key, { subscriptionId, aliveAt }]) => ({
        ...{ key, subscriptionId },
        aliveAt: new Date(aliveAt).toISOString(),
      })),
      free: this.#places.record,
    }
  }

  /** The hole that goes on right now, once it is long enough to count. */
  openHole(now: number): OpenHole | null {
    const open = this.#everything
    return open && now - open.since >= LEAST_MS ? open : null
  }

  /** True while notifications can arrive. */
  get isReceiving(): boolean {
    return this.#everything === null
  }

  /** When our subscription of a key surely lived, in ms since 1970; null where none is known. */
  aliveAt(key: SubscriptionKey): number | null {
    return this.#known.get(key)?.aliveAt ?? null
  }

  /** Looks once; returns the holes that ended, each only once. */
  look(facts: ReceivingFacts, now: number): Hole[] {
    const late = this.#lastLookAt === null ? 0 : now - this.#lastLookAt - TICK_MS
    this.#lastLookAt = now
    if (late > SLEPT_MS && this.#receivingAt !== null && !this.#everything) {
      this.#everything = { since: this.#receivingAt, reasons: ['sleep'], areas: ALL_AREAS }
    }
    const reasons = this.#blockers(facts)
    if (reasons.length > 0) this.#open(reasons)
    else this.#goOn(now)
    this.#lookAtSubscriptions(facts, now)
    return this.#over.splice(0)
  }

  /** Ends the hole that goes on at this moment, for a catch-up that does not wait; a new one begins. */
  cut(now: number): Hole[] {
    const open = this.#everything
    if (!open) return []
    this.#close(open, now)
    this.#everything = { ...open, since: now }
    this.#receivingAt = now
    return this.#over.splice(0)
  }

  /** The app ends in order: what comes from now on is missed. */
  noteStopping(now: number): void {
    if (!this.#everything && this.#receivingAt !== null) this.#receivingAt = now
  }

  /** Microsoft said something about a subscription of ours. */
  noteLifecycle(
    { subscriptionId, lifecycleEvent }: { subscriptionId: string; lifecycleEvent: string },
    now: number,
  ): void {
    const key = this.#keyOf(subscriptionId)
    if (!key) return
    if (lifecycleEvent === 'subscriptionRemoved') this.#removed.add(subscriptionId)
    if (lifecycleEvent === 'reauthorizationRequired' && !this.#asked.has(key)) {
      this.#asked.set(key, now)
    }
    if (lifecycleEvent === 'missed') {
      const areas = [areaOf(key)]
      this.#over.push({ since: now - MISSED_MS, until: now, reason: 'missed', areas })
    }
  }

  /** Notifications could not be stored, and Graph was told so. */
  noteNotStored(now: number): void {
    this.#notStoredSince ??= now
  }

  noteStored(): void {
    this.#notStoredSince = null
  }

  #blockers(facts: ReceivingFacts): GapReason[] {
    const reasons: GapReason[] = []
    if (facts.paused) reasons.push('paused')
    else if (!facts.running) reasons.push('not-running')
    else if (!facts.tunnelUp) reasons.push('tunnel')
    if (this.#notStoredSince !== null) reasons.push('not-stored')
    return reasons
  }

  #open(reasons: GapReason[]): void {
    // Before anything was ever received, nothing is missed.
    const since = this.#everything?.since ?? this.#notStoredSince ?? this.#receivingAt
    if (this.#receivingAt === null || since === null) return
    const earlier = this.#everything?.reasons ?? []
    this.#everything = {
      since: Math.min(since, this.#receivingAt),
      reasons: [...new Set([...earlier, ...reasons])],
      areas: ALL_AREAS,
    }
  }

  #goOn(now: number): void {
    if (this.#everything) this.#close(this.#everything, now)
    this.#everything = null
    this.#receivingAt = now
  }

  #close({ since, reasons, areas }: OpenHole, now: number): void {
    if (now - since < LEAST_MS) return
    for (const reason of reasons) this.#over.push({ since, until: now, reason, areas })
  }

  #lookAtSubscriptions(facts: ReceivingFacts, now: number): void {
    for (const subscription of facts.subscriptions) {
      const { key, subscriptionId, status } = subscription
      if (facts.running) {
        const aliveAt = this.#known.get(key)?.aliveAt
        const takenAt = facts.takenAt(key)
        this.#over.push(...this.#places.look(subscription, { aliveAt, takenAt, now }))
      }
      // Another server receives instead, or is left the place.
      if (status === 'held-elsewhere' || status === 'observed') this.#known.delete(key)
      if (subscriptionId === null || !isLiving(subscription)) continue
      const aliveAt = Math.max(lastSignOf(subscription), facts.seenAt(key))
      const known = this.#known.get(key)
      if (known && known.subscriptionId !== subscriptionId) {
        this.#noteSuccessor(key, { known, now })
      }
      this.#known.set(key, {
        subscriptionId,
        aliveAt:
          known?.subscriptionId === subscriptionId ? Math.max(known.aliveAt, aliveAt) : aliveAt,
      })
      this.#noteReauthorized(subscription, now)
    }
  }

  #noteSuccessor(
    key: SubscriptionKey,
    { known, now }: { known: { subscriptionId: string; aliveAt: number }; now: number },
  ): void {
    const reason = this.#removed.delete(known.subscriptionId)
      ? 'subscription-removed'
      : 'subscription-gone'
    this.#asked.delete(key)
    if (now - known.aliveAt < LEAST_OF_SUBSCRIPTION_MS) return
    this.#over.push({ since: known.aliveAt, until: now, reason, areas: [areaOf(key)] })
  }

  #noteReauthorized({ key, renewedAt }: Subscription, now: number): void {
    const askedAt = this.#asked.get(key)
    if (askedAt === undefined || renewedAt === null || Date.parse(renewedAt) < askedAt) return
    this.#asked.delete(key)
    if (Date.parse(renewedAt) - askedAt <= REAUTHORIZE_WITHIN_MS) return
    this.#over.push({ since: askedAt, until: now, reason: 'reauthorization', areas: [areaOf(key)] })
  }

  #keyOf(subscriptionId: string): SubscriptionKey | undefined {
    return [...this.#known].find(([, known]) => known.subscriptionId === subscriptionId)?.[0]
  }
}

function lastSignOf({ createdAt, renewedAt, lastNotificationAt }: Subscription): number {
  const times = [createdAt, renewedAt, lastNotificationAt].map((at) => Date.parse(at ?? '') || 0)
  return Math.max(...times)
}
