// Asks Graph, seldom, for the latest messages of places that were active of late: is one missing that nobody told of?
import type { Delivery } from '../../contract/models/delivery.ts'
import { hasStatus } from '../entra/graph-client.ts'
import type { Database } from '../ports/database.ts'
import { channelOf, deliveryOf, type ChannelIds, type Found } from './found.ts'
import { ALL_AREAS, type CatchUpArea, type Hole } from './gap.ts'
import type { Reader } from './reader.ts'

export interface SilentCheckDeps {
  reader: Reader
  database: Pick<Database, 'latestDeliveries' | 'unseenOf'>
  placeOf: (resource: string) => string | null
  /** Until when another server received something of an area, in ms since 1970: that is not missing. */
  elsewhereUntil: (area: CatchUpArea) => number
  now: () => number
  /** How far this computer's clock is ahead of Graph's, in ms. */
  aheadMs: () => number
}

/** Places that are looked at, one read each. */
const PLACES = 5
/** Enough to find that many places among what came last. */
const DELIVERIES_LOOKED_AT = 200
/** A notification has this long to arrive before its message counts as missing. */
export const ARRIVES_WITHIN_MS = 5 * 60_000
/** How far a check looks back at most. */
const FURTHEST_MS = 24 * 60 * 60_000

/**
 * Compares a few chats and channels with what is stored. Returns the hole when something is missing, null when all is
 * there. `since` is how far the last check came, or the start before the first one. Throws what Graph's client throws.
 */
export async function silentCheck(
  { reader, database, placeOf, elsewhereUntil, now, aheadMs }: SilentCheckDeps,
  { since, signal }: { since: number; signal: AbortSignal },
): Promise<Hole | null> {
  const startedAt = now()
  // What the other server was still told, and what came to us soon after, cannot be told apart.
  const fromOf = (area: CatchUpArea) =>
    Math.max(since, startedAt - FURTHEST_MS, elsewhereUntil(area) + ARRIVES_WITHIN_MS)
  const places = placesOf(await database.latestDeliveries(DELIVERIES_LOOKED_AT), placeOf)
  for (const place of places) {
    const from = fromOf('chatId' in place ? 'chat-messages' : 'channel-messages')
    if (from > startedAt - ARRIVES_WITHIN_MS) continue
    const found = (await latestOf(reader, place, signal)).filter((one) => {
      const at = Date.parse(one.lastModifiedDateTime)
      return at >= from && at <= startedAt - ARRIVES_WITHIN_MS
    })
    const items = found.map((one) =>
      deliveryOf(one, {
        ...{ tenantId: '', subscriptionKey: 'chat-messages', subscriptionId: '' },
        ...{ newSince: 0, aheadMs: aheadMs() },
        receivedAt: new Date(startedAt).toISOString(),
      }),
    )
    const missing = await database.unseenOf(items)
    if (missing.length === 0) continue
    // What else is missing is not known from a few places.
    const areas = ALL_AREAS.filter((area) => fromOf(area) <= from)
    return { since: from, until: startedAt, reason: 'silent', areas }
  }
  return null
}

/** A place that is gone or closed to us says nothing about notifications. */
async function latestOf(
  reader: Reader,
  place: { chatId: string } | ChannelIds,
  signal: AbortSignal,
): Promise<Found[]> {
  try {
    return await reader.latest(place, signal)
  } catch (error) {
    if (hasStatus(error, 403, 404, 410)) return []
    throw error
  }
}

/** The places of the latest messages, each once, the latest first. */
function placesOf(
  deliveries: readonly Delivery[],
  placeOf: (resource: string) => string | null,
): ({ chatId: string } | ChannelIds)[] {
  const places = deliveries
    .filter(({ resource, origin }) => origin !== 'test' && resource.includes('/messages('))
    .flatMap(({ resource }) => placeOf(resource) ?? [])
  return [...new Set(places)]
    .slice(0, PLACES)
    .map((place) =>
      place.startsWith('chat:') ? { chatId: place.slice('chat:'.length) } : channelOf(place),
    )
}
