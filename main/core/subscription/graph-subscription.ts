// Graph's subscription resource: what we send, what we read, and whose it is.
import * as v from 'valibot'
import type { WriteNote } from '../entra/graph-client.ts'
import type { Clock } from '../ports/clock.ts'
import type { WantedSubscription } from './wanted.ts'

/** What the subscriptions need of a Graph client that uses the application's own token. */
export interface SubscriptionGraph {
  get(path: string, options?: SubscriptionGraphOptions): Promise<unknown>
  list(path: string, options?: SubscriptionGraphOptions): Promise<unknown[]>
  post(path: string, body: unknown, options?: SubscriptionGraphOptions): Promise<unknown>
  patch(path: string, body: unknown, options?: SubscriptionGraphOptions): Promise<unknown>
  delete(path: string, options?: SubscriptionGraphOptions): Promise<void>
  /** How far this computer's clock is ahead of Graph's, in ms; null or absent while that is not known. */
  readonly clockAheadMs?: number | null
}

export interface SubscriptionGraphOptions {
  query?: Record<string, string>
  signal?: AbortSignal
  /** For the audit trail. */
  note?: WriteNote
}

/** A subscription as Graph shows it. https://learn.microsoft.com/graph/api/resources/subscription */
export interface GraphSubscription {
  id: string
  resource: string
  changeType: string
  notificationUrl: string
  lifecycleNotificationUrl: string | null
  expirationDateTime: string
  /** Null where Graph does not say. */
  includeResourceData: boolean | null
  encryptionCertificateId: string | null
}

/** The public key that Graph encrypts the content for, and the name that it gives to each item. */
export interface Certificate {
  id: string
  /** Base64 DER, without armour. */
  base64: string
}

/** Where Graph shall post to. */
export interface WebhookUrls {
  notificationUrl: string
  lifecycleNotificationUrl: string
}

/**
 * Three days is the longest life of Teams subscriptions; a few minutes less, for the request's way to Graph.
 * https://learn.microsoft.com/graph/change-notifications-overview#subscription-lifetime
 */
const LIFE_MS = (4_320 - 5) * 60_000

const subscriptionSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  resource: v.string(),
  changeType: v.string(),
  notificationUrl: v.string(),
  lifecycleNotificationUrl: v.optional(v.nullable(v.string()), null),
  expirationDateTime: v.pipe(
    v.string(),
    v.check((text) => Number.isFinite(Date.parse(text)), 'is no time'),
  ),
  includeResourceData: v.optional(v.nullable(v.boolean()), null),
  encryptionCertificateId: v.optional(v.nullable(v.string()), null),
})

/** Reads one subscription; undefined when it is none. */
export function readSubscription(value: unknown): GraphSubscription | undefined {
  const parsed = v.safeParse(subscriptionSchema, value)
  if (!parsed.success) return undefined
  const { expirationDateTime, ...rest } = parsed.output
  // Graph writes seven digits of a second; everybody else reads plain ISO 8601.
  return { ...rest, expirationDateTime: new Date(expirationDateTime).toISOString() }
}

/** The body that creates a subscription. Above one hour the lifecycleNotificationUrl is required. */
export function creationBody(
  wanted: WantedSubscription,
  {
    urls,
    clientState,
    certificate,
    now,
  }: { urls: WebhookUrls; clientState: string; certificate: Certificate | null; now: Date },
): Record<string, string | boolean> {
  return {
    changeType: wanted.changeTypes.join(','),
    resource: wanted.resource,
    ...urls,
    clientState,
    ...(certificate && { includeResourceData: true, ...certificateBody(certificate) }),
    ...renewalBody(now),
  }
}

/** Exchanges the certificate of a subscription, with its renewal; or goes with its creation. */
export function certificateBody({ id, base64 }: Certificate): Record<string, string> {
  return { encryptionCertificate: base64, encryptionCertificateId: id }
}

/** The body that renews a subscription, which also reauthorizes it. */
export function renewalBody(now: Date): { expirationDateTime: string } {
  return { expirationDateTime: new Date(now.getTime() + LIFE_MS).toISOString() }
}

/**
 * Now, by Graph's clock, also where this one is wrong by days: an expiry of more than three days from Graph's now is
 * refused, and what has expired is decided there.
 */
export function graphNow(graph: SubscriptionGraph, clock: Clock): Date {
  return new Date(clock.now().getTime() - (graph.clockAheadMs ?? 0))
}

/** True if both watch the same thing, however it is written. */
export function isSameResource(left: string, right: string): boolean {
  return plainResource(left) === plainResource(right)
}

/** True if the subscription tells of the changes that are wanted. */
export function hasChangeTypes(found: GraphSubscription, changeTypes: string[]): boolean {
  const plain = (types: string[]) =>
    types
      .map((type) => type.trim().toLowerCase())
      .sort()
      .join(',')
  return plain(found.changeType.split(',')) === plain(changeTypes)
}

/** True if the content comes along as it is wanted; where Graph does not say, our own note counts. */
export function hasContentAs(
  found: GraphSubscription,
  { withContent, noted }: { withContent: boolean; noted: boolean },
): boolean {
  return (found.includeResourceData ?? noted) === withContent
}

/** True if Graph posts to exactly our addresses. */
export function pointsHere(found: GraphSubscription, urls: WebhookUrls): boolean {
  return (
    found.notificationUrl === urls.notificationUrl &&
    found.lifecycleNotificationUrl === urls.lifecycleNotificationUrl
  )
}

/** The host that receives a subscription's notifications; never the path, which may hold a key. */
export function hostOf(found: Pick<GraphSubscription, 'notificationUrl'>): string {
  return URL.canParse(found.notificationUrl)
    ? new URL(found.notificationUrl).host || found.notificationUrl.split(':')[0] || 'unknown'
    : 'unknown'
}

function plainResource(resource: string): string {
  return resource.replace(/^\/+/, '').replace(/\?.*$/, '').replace(/\/+$/, '').toLowerCase()
}
