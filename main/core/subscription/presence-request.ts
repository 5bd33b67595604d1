// A presence subscription as Graph wants it, and as it is noted: resource, life, record.
import * as v from 'valibot'
import type { Clock } from '../ports/clock.ts'
import {
  type Certificate,
  certificateBody,
  graphNow,
  type SubscriptionGraph,
} from './graph-subscription.ts'

export const PRESENCE_RECORD = 'presence'

/** An hour is the longest life of presence subscriptions; a little less, for the request's way. */
const LIFE_MS = (60 - 3) * 60_000

/** Half of the hour that Microsoft grants. */
export const RENEW_PRESENCE_EVERY_MS = 30 * 60_000

const recordSchema = v.object({
  version: v.literal(1),
  subscriptionId: v.string(),
  account: v.string(),
  resource: v.string(),
  notificationUrl: v.string(),
  expirationDateTime: v.string(),
  createdAt: v.string(),
  renewedAt: v.nullable(v.string()),
  encryptionCertificateId: v.string(),
})

/** The subscription as it was noted, with whose it is. No clientState. */
export type PresenceRecord = Omit<v.InferOutput<typeof recordSchema>, 'version'>

/** Reads the record; null for none, and for what cannot be read. */
export function readPresenceRecord(value: unknown): PresenceRecord | null {
  const parsed = v.safeParse(recordSchema, value)
  return parsed.success ? parsed.output : null
}

/** The resource for people by their ids, up to 650. https://learn.microsoft.com/graph/changenotifications-for-presence */
export function presenceResource(ids: string[]): string {
  const [first = ''] = ids
  if (ids.length === 1) return `/communications/presences/${first}`
  return `/communications/presences?$filter=id in (${ids.map((id) => `'${id}'`).join(',')})`
}

/** True for the presence of anybody. */
export function isPresenceResource(resource: string): boolean {
  return /^\/?communications\/presences/i.test(resource)
}

/** What Graph is asked for. Presence comes with its content; below an hour it needs no lifecycleNotificationUrl. */
export function presenceBody({
  resource,
  url,
  clientState,
  certificate,
  expirationDateTime,
}: {
  resource: string
  url: string
  clientState: string
  certificate: Certificate
  expirationDateTime: string
}): object {
  return {
    changeType: 'updated',
    resource,
    notificationUrl: url,
    clientState,
    includeResourceData: true,
    ...certificateBody(certificate),
    expirationDateTime,
  }
}

/** When it shall end, by Graph's clock. */
export function presenceExpiry({
  graph,
  clock,
}: {
  graph: SubscriptionGraph
  clock: Clock
}): string {
  return new Date(graphNow(graph, clock).getTime() + LIFE_MS).toISOString()
}
