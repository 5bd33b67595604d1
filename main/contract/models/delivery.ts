// Stored notifications: as they lie in the inbox, as they are looked for, as they are found.
import type { SubscriptionKey } from './subscription.ts'

/** A name that became known for a stored notification. */
export interface DeliveryNames {
  deliveryId: number
  senderName: string | null
  placeName: string | null
}

export type DeliveryKind = 'changeNotification' | 'lifecycleNotification'

/** How it came: posted by Graph, read from Graph later because the post was missed, or sent by us as a test. */
export type DeliveryOrigin = 'graph' | 'catch-up' | 'test'

/** One item that Graph posted and that is ours, as it lies in the inbox. */
export interface Delivery {
  id: number
  receivedAt: string
  kind: DeliveryKind
  subscriptionKey: SubscriptionKey | null
  subscriptionId: string
  tenantId: string
  /** In lower case; for a lifecycle notification its lifecycleEvent. */
  changeType: string
  resource: string
  resourceId: string | null
  /** True when the content came encrypted. */
  rich: boolean
  origin: DeliveryOrigin
  /** Entra id of the person who sent the message; null until the content was read. */
  senderId: string | null
}

export interface DeliveryDetail extends Delivery {
  /** The item as JSON text, without clientState, tokens and content. */
  itemJson: string
  /** The chat or channel it is about, as `chat:<chatId>` or `channel:<teamId>/<channelId>`. */
  place: string | null
  /** Of the post, as far as they are kept; null where none were. */
  headers: Record<string, string> | null
  /** True where it is about a message, which can then be read. */
  hasMessage: boolean
}

export type HandOnProgress = 'waiting' | 'done' | 'dead'

/** Which stored notifications are looked for; what is absent does not matter. */
export interface DeliveryFilter {
  /** Received at this time or later. */
  from?: string | undefined
  /** Received before this time. */
  to?: string | undefined
  kind?: DeliveryKind | undefined
  origin?: DeliveryOrigin | undefined
  changeType?: string | undefined
  subscriptionId?: string | undefined
  /** `chat:<chatId>` or `channel:<teamId>/<channelId>`. */
  place?: string | undefined
  senderId?: string | undefined
  /** `none` means that it was never to be handed on. */
  handOn?: HandOnProgress | 'none' | undefined
  /** Of the content; `none` means that it came without. */
  verdict?: 'none' | 'waiting' | 'valid' | 'refused' | undefined
  /** An id of a message, chat, person or subscription, a resource, or a part of a name. */
  text?: string | undefined
}

/** A stored notification in the list of those that were found. */
export interface FoundDelivery extends Delivery {
  /** Such as “New chat message”. */
  summary: string
  place: string | null
  /** Where they are known already. */
  placeName: string | null
  senderName: string | null
  verdict: 'waiting' | 'valid' | 'refused' | null
  handOn: {
    state: HandOnProgress
    attempts: number
    nextAttemptAt: string | null
    doneAt: string | null
    lastError: string | null
  } | null
}

/** JSON lines, or an HTTP archive (HAR 1.2). */
export type DeliveryExportFormat = 'jsonl' | 'har'

export interface DeliveryPage {
  /** The newest first. */
  found: FoundDelivery[]
  /** Search before this id to go on; null when there is nothing older. */
  nextBeforeId: number | null
  /** Set when the search ended before the page was full: it has not looked further back than this. */
  searchedBackTo: string | null
  /** True when more people and places have such a name than were looked for. */
  tooManyNames: boolean
}
