// Graph subscriptions as they are shown: how each stands, who holds it, what a person can choose.
import type { ErrorReport } from '../errors.ts'

export type SubscriptionKey =
  'chats' | 'chat-messages' | 'channel-messages' | 'presence' | `user:${string}`

export type SubscriptionStatus =
  | 'waiting'
  | 'creating'
  | 'active'
  | 'renewing'
  | 'held-elsewhere'
  | 'observed'
  | 'paused'
  | 'refused'
  | 'failed'

/** A way out that the person may choose. */
export type Remedy = 'add-chat-read-all' | 'per-user'

/** A place that is left to another server on purpose. */
export interface Observing {
  host: string
  since: string
  /** True when it was taken from that server first, and then handed back. */
  handedBack: boolean
  /** Ours is made as soon as nobody holds the place any more. */
  takeWhenFree: boolean
}

/** A Graph subscription that is wanted or found. */
export interface Subscription {
  key: SubscriptionKey
  resource: string
  changeTypes: string[]
  status: SubscriptionStatus
  subscriptionId: string | null
  expirationDateTime: string | null
  createdAt: string | null
  renewedAt: string | null
  lastNotificationAt: string | null
  /** Who holds it, when that is not us. */
  heldBy: { host: string; subscriptionId: string; expirationDateTime: string } | null
  /** Set when the place is left to another server on purpose. */
  observing: Observing | null
  /** The host that it was taken from, which it can be handed back to. */
  takenFrom: string | null
  remedies: Remedy[]
  error: ErrorReport | null
}
