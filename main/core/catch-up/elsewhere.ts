// Times in which another server had the place of a subscription: noted beside the gaps, and not caught up by themselves.
import type { GapHolder } from '../../contract/models/gaps.ts'
import type { Subscription, SubscriptionKey } from '../../contract/models/subscription.ts'
import { SEEN_LATELY_MS } from './free-places.ts'
import { areaOf, bounded, openGap, type CatchUpArea, type GapRecord } from './gap.ts'
import { TICK_MS } from './receiving.ts'

export interface HolderFacts {
  subscriptions: readonly Subscription[]
  /** When ours surely lived, in ms since 1970; null where that is not known. */
  aliveAt: (key: SubscriptionKey) => number | null
  now: number
}

type Elsewhere = GapRecord & { elsewhere: GapHolder }

/** Notes which places other servers have now. Returns the gaps with what began, went on and ended. */
export function noteHolders(gaps: readonly GapRecord[], facts: HolderFacts): GapRecord[] {
  const { subscriptions, aliveAt, now } = facts
  const seenAt = new Date(now).toISOString()
  let noted = gaps.map((gap) => (goesOn(gap) ? goneOn(gap, facts) : gap))
  for (const { key, heldBy } of subscriptions.filter(isSeenHeld)) {
    const host = heldBy?.host ?? ''
    if (noted.some((gap) => goesOn(gap) && isOf(gap, { host, key }))) continue
    const lostAt = aliveAt(key)
    const since = lostAt !== null && now - lostAt <= SEEN_LATELY_MS ? Math.min(lostAt, now) : now
    const gap = openGap({ since, reason: 'held-elsewhere', areas: [areaOf(key)] }, noted)
    noted = bounded([{ ...gap, phase: 'elsewhere', elsewhere: { host, key }, seenAt }, ...noted])
  }
  return noted
}

/** The ids of those that go on. */
export function ongoingIds(gaps: readonly GapRecord[]): string {
  return gaps
    .filter(goesOn)
    .map(({ id }) => id)
    .join()
}

/** Until when, in ms since 1970, another server had something of this area: Infinity while it has, -Infinity if none did. */
export function elsewhereUntil(gaps: readonly GapRecord[], area: CatchUpArea): number {
  const ends = gaps
    .filter(isElsewhere)
    .filter(({ elsewhere }) => areaOf(elsewhere.key) === area)
    .map(({ until }) => (until === null ? Infinity : Date.parse(until)))
  return Math.max(-Infinity, ...ends)
}

/**
 * What of a gap is to be read: not what other servers had from its beginning to its end, since the contact center may
 * have it from them. Where that is not sure, rather told twice than not at all.
 */
export function areasToRead(
  gap: GapRecord,
  { gaps, subscriptions }: { gaps: readonly GapRecord[]; subscriptions: readonly Subscription[] },
): CatchUpArea[] {
  const until = gap.until ?? ''
  const hadAll = (key: SubscriptionKey) =>
    gaps
      .filter(isElsewhere)
      .some(
        (one) =>
          one.elsewhere.key === key &&
          one.since <= gap.since &&
          (one.until ?? one.seenAt ?? '') >= until,
      )
  return gap.areas.filter((area) => {
    const keys = subscriptions.map(({ key }) => key).filter((key) => areaOf(key) === area)
    return keys.length === 0 || !keys.every(hadAll)
  })
}

/** One that went on until now: seen again, over, or not to be told yet. */
function goneOn(gap: Elsewhere, { subscriptions, now }: HolderFacts): GapRecord {
  const subscription = subscriptions.find(({ key }) => key === gap.elsewhere.key)
  if (subscription && isUnknown(subscription)) return gap
  const at = new Date(now).toISOString()
  const { heldBy } = subscription ?? {}
  if (heldBy && heldBy.host === gap.elsewhere.host) return { ...gap, seenAt: at }
  // What became of it while nobody looked is not known.
  const wasSeen = now - Date.parse(gap.seenAt ?? gap.since) <= 2 * TICK_MS
  return { ...gap, until: wasSeen ? at : gap.seenAt }
}

/** True where Graph's list said so: a failed look leaves what the one before it found. */
function isSeenHeld({ heldBy, error }: Subscription): boolean {
  return heldBy !== null && (error === null || error.code === 'subscription-held-elsewhere')
}

/** Not looked at yet, or without an answer. */
function isUnknown(subscription: Subscription): boolean {
  const { status, heldBy, error } = subscription
  if (heldBy) return !isSeenHeld(subscription)
  if (status === 'observed') return error?.code !== 'subscription-place-free'
  return status === 'waiting'
}

/** False for one that a person chose to read. */
function isElsewhere(gap: GapRecord): gap is Elsewhere {
  return gap.elsewhere !== null && gap.phase === 'elsewhere'
}

function goesOn(gap: GapRecord): gap is Elsewhere {
  return isElsewhere(gap) && gap.until === null
}

function isOf({ elsewhere }: Elsewhere, { host, key }: GapHolder): boolean {
  return elsewhere.host === host && elsewhere.key === key
}
