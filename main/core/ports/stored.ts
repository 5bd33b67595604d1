// What is stored of notifications, and what they are searched for by.
import type {
  Delivery,
  DeliveryFilter,
  DeliveryOrigin,
  FoundDelivery,
} from '../../contract/models/delivery.ts'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'

/** What goes with an item that was read from Graph: which version of the resource it is. */
export interface CaughtUp {
  etag: string | null
  lastModifiedDateTime: string
  /** lastModifiedDateTime by this computer's clock: a notification that came at this time or later told of it. */
  modifiedAt: string
}

/** An item that is to be stored. */
export interface NewDelivery extends Omit<Delivery, 'id' | 'origin' | 'senderId'> {
  /** The item as it came, as JSON, without its clientState. */
  itemJson: string
  /** Equal for items that tell of one and the same change; absent where that cannot be told. */
  identity?: string | undefined
  /** Set for an item with content: what it takes to prove and to read that. */
  content?: { sealedTokens: string; certificateId: string }
  /** Set for an item that is to be handed on: it waits there in the order of its lane. */
  handOnLane?: string
  /** `graph` unless given. */
  origin?: DeliveryOrigin
  /** The chat or channel it is about, as KnownName has it; the inbox sets it. */
  place?: string | null
  /** Where it is known before the content was read. */
  senderId?: string | null
  /** Set for an item that was read from Graph: it is stored only where nothing stored tells of this version. */
  caughtUp?: CaughtUp
  /** Of the post, as far as they help to find out what happened on the way; never what proves or authorises. */
  headers?: Record<string, string>
}

/** A notification with what only its detail shows. */
export interface StoredDelivery extends Delivery {
  itemJson: string
  place: string | null
  /** null where none were kept. */
  headers: Record<string, string> | null
}

/** What one text may mean. */
export type DeliveryTerm =
  { resourceId: string } | { subscriptionId: string } | { place: string } | { senderId: string }

export interface DeliveryQuery extends Omit<DeliveryFilter, 'text'> {
  /** At least one of them fits. */
  anyOf?: DeliveryTerm[]
  /** What the resource begins with. */
  resourcePrefix?: string
  /** Only smaller ids. */
  beforeId?: number
  limit: number
  /** About how many rows may be looked at. */
  scan: number
}

export interface DeliveryMatches {
  /** The newest first. */
  found: Omit<FoundDelivery, 'summary' | 'placeName' | 'senderName'>[]
  /** Everything from this id on was looked at; null when nothing older is left. */
  reachedId: number | null
  reachedAt: string | null
}

/** The name of a person (`user:<id>`) or of a place (`chat:<chatId>`, `channel:<teamId>/<channelId>`). */
export interface KnownName {
  key: string
  name: string
  /** When Graph said so. */
  at: string
}

/** Whether Microsoft was proven to have sent an item's content; `waiting` until somebody has looked. */
export type ContentVerdict = 'waiting' | 'valid' | 'refused'

/** An item with content that nobody has judged yet. Items of one post have the same sealed tokens. */
export interface UnjudgedDelivery {
  id: number
  receivedAt: string
  tenantId: string
  subscriptionKey: SubscriptionKey | null
  sealedTokens: string
}

export interface JudgedDeliveries {
  ids: number[]
  verdict: 'valid' | 'refused'
  /** Why it was refused; null for valid ones. */
  reason: string | null
}

/** What the stored notifications take of the disk, in bytes. */
export interface DatabaseSize {
  used: number
  /** Inside the file, for the next ones. */
  free: number
}
