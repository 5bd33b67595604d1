// Chats and messages as Graph's reads show them → items for the inbox, in the form of notifications; never their text.
import * as v from 'valibot'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import type { NewDelivery } from '../ports/stored.ts'

/** One version of a message or chat that was read. */
export interface Found {
  resource: string
  resourceId: string
  type: 'chatMessage' | 'chat'
  etag: string | null
  createdDateTime: string
  lastModifiedDateTime: string
  isDeleted: boolean
}

/** What becomes the same for all items of one catch-up. */
export interface FoundContext {
  tenantId: string
  subscriptionKey: SubscriptionKey
  subscriptionId: string
  /** What was made before this time is not new; in ms since 1970, by Graph's clock. */
  newSince: number
  /** How far this computer's clock is ahead of Graph's, in ms. */
  aheadMs: number
  receivedAt: string
}

const time = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text)), 'is no time'),
)

const messageSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  replyToId: v.optional(v.nullable(v.string()), null),
  etag: v.optional(v.nullable(v.string()), null),
  messageType: v.optional(v.nullable(v.string()), 'message'),
  createdDateTime: time,
  lastModifiedDateTime: v.optional(v.nullable(time), null),
  deletedDateTime: v.optional(v.nullable(v.string()), null),
  chatId: v.optional(v.nullable(v.string()), null),
  replies: v.optional(v.nullable(v.array(v.unknown())), null),
})

const chatSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  createdDateTime: v.optional(v.nullable(time), null),
  lastUpdatedDateTime: v.optional(v.nullable(time), null),
})

export interface ChannelIds {
  teamId: string
  channelId: string
}

/** The ids in `channel:<teamId>/<channelId>`. */
export function channelOf(place: string): ChannelIds {
  const [teamId = '', channelId = ''] = place.slice('channel:'.length).split(/\/(.*)/s)
  return { teamId, channelId }
}

/**
 * The messages in what one read gave, replies included. System events are left out: the subscriptions to all chats and
 * all channels do not tell of them either. https://learn.microsoft.com/graph/system-messages
 */
export function messagesIn(
  values: readonly unknown[],
  place: { chatId: string | null } | ChannelIds,
  rootId: string | null = null,
): Found[] {
  return values.flatMap((value) => {
    const parsed = v.safeParse(messageSchema, value)
    if (!parsed.success) return []
    const message = parsed.output
    const replies = 'teamId' in place ? messagesIn(message.replies ?? [], place, message.id) : []
    const resource = resourceOf(message, place, rootId)
    if (resource === null || message.messageType !== 'message') return replies
    const { id, etag, createdDateTime } = message
    const found: Found = {
      ...{ resource, resourceId: id, type: 'chatMessage', etag, createdDateTime },
      lastModifiedDateTime: message.lastModifiedDateTime ?? createdDateTime,
      isDeleted: message.deletedDateTime !== null,
    }
    return [found, ...replies]
  })
}

/** The chats in what one read gave that were made or changed after a time (ms since 1970). */
export function chatsIn(values: readonly unknown[], after: number): Found[] {
  return values.flatMap((value) => {
    const parsed = v.safeParse(chatSchema, value)
    if (!parsed.success) return []
    const { id, createdDateTime: created, lastUpdatedDateTime: updated } = parsed.output
    const lastModifiedDateTime = updated ?? created
    if (lastModifiedDateTime === null || Date.parse(lastModifiedDateTime) <= after) return []
    return {
      ...{ resource: `chats(${quoted(id)})`, resourceId: id, type: 'chat', etag: null },
      ...{ createdDateTime: created ?? lastModifiedDateTime, lastModifiedDateTime },
      isDeleted: false,
    }
  })
}

/** The item for the inbox, as a notification would have told of it. */
export function deliveryOf(found: Found, context: FoundContext): NewDelivery {
  const { resource, resourceId, etag, lastModifiedDateTime } = found
  const { tenantId, subscriptionKey, subscriptionId, receivedAt, aheadMs } = context
  const isNew = Date.parse(found.createdDateTime) >= context.newSince
  const changeType = found.isDeleted ? 'deleted' : isNew ? 'created' : 'updated'
  const modifiedAt = new Date(Date.parse(lastModifiedDateTime) + aheadMs).toISOString()
  const resourceData = {
    id: resourceId,
    '@odata.type': `#Microsoft.Graph.${found.type}`,
    '@odata.id': resource,
    ...(etag === null ? {} : { '@odata.etag': etag }),
    lastModifiedDateTime,
  }
  return {
    ...{ receivedAt, kind: 'changeNotification', subscriptionKey, subscriptionId, tenantId },
    ...{ changeType, resource, resourceId, rich: false, origin: 'catch-up' },
    itemJson: JSON.stringify({ changeType, resource, resourceData, tenantId }),
    caughtUp: { etag, lastModifiedDateTime, modifiedAt },
  }
}

function resourceOf(
  { id, chatId, replyToId }: v.InferOutput<typeof messageSchema>,
  place: { chatId: string | null } | ChannelIds,
  rootId: string | null,
): string | null {
  if (!('teamId' in place)) {
    const chat = place.chatId ?? chatId
    return chat === null ? null : `chats(${quoted(chat)})/messages(${quoted(id)})`
  }
  const channel = `teams(${quoted(place.teamId)})/channels(${quoted(place.channelId)})`
  const root = rootId ?? replyToId
  return root === null
    ? `${channel}/messages(${quoted(id)})`
    : `${channel}/messages(${quoted(root)})/replies(${quoted(id)})`
}

function quoted(key: string): string {
  return `'${key.replaceAll("'", "''")}'`
}
