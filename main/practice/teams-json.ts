// Chats, members and messages as Graph writes them.
import type { JsonObject } from './json.ts'
import { findPerson } from './people.ts'
import {
  type ChatRecord,
  hostedContentId,
  messagePath,
  type MessageRecord,
  TEAM_ID,
} from './teams.ts'
import type { Tenant } from './tenant.ts'

const IMAGE_SIZE = 64

/** A chat. */
export function chatJson(tenant: Tenant, chat: ChatRecord): JsonObject {
  return {
    id: chat.id,
    topic: chat.topic,
    createdDateTime: iso(chat.createdAt),
    lastUpdatedDateTime: iso(chat.updatedAt),
    chatType: chat.chatType,
    webUrl: `https://teams.microsoft.com/l/chat/${encodeURIComponent(chat.id)}/0?tenantId=${tenant.id}`,
    tenantId: tenant.id,
    onlineMeetingInfo: null,
    viewpoint: null,
  }
}

/** A member of a chat. */
export function memberJson(tenant: Tenant, chat: ChatRecord, personId: string): JsonObject {
  const person = findPerson(personId)
  return {
    '@odata.type': '#microsoft.graph.aadUserConversationMember',
    id: Buffer.from(`0##${tenant.id}##${chat.id}##${personId}`).toString('base64'),
    roles: chat.memberIds[0] === personId || chat.chatType === 'oneOnOne' ? ['owner'] : [],
    displayName: person?.displayName ?? null,
    visibleHistoryStartDateTime: '0001-01-01T00:00:00Z',
    userId: personId,
    email: person?.userPrincipalName ?? null,
    tenantId: tenant.id,
  }
}

/** A message; `systemEvents` is the Prefer header include-unknown-enum-members. */
export function messageJson(
  tenant: Tenant,
  message: MessageRecord,
  systemEvents: boolean,
): JsonObject {
  const { chat, replyToId } = message
  const isChannel = chat.kind === 'channel'
  return {
    id: message.id,
    replyToId,
    etag: String(message.modifiedAt),
    messageType: messageType(message, systemEvents),
    createdDateTime: iso(message.createdAt),
    lastModifiedDateTime: iso(message.modifiedAt),
    lastEditedDateTime: message.editedAt === null ? null : iso(message.editedAt),
    deletedDateTime: message.deletedAt === null ? null : iso(message.deletedAt),
    subject: null,
    summary: null,
    chatId: isChannel ? null : chat.id,
    importance: 'normal',
    locale: 'en-us',
    webUrl: isChannel
      ? `https://teams.microsoft.com/l/message/${encodeURIComponent(chat.id)}/${message.id}` +
        `?groupId=${TEAM_ID}&tenantId=${tenant.id}&createdTime=${message.id}` +
        `&parentMessageId=${replyToId ?? message.id}`
      : null,
    channelIdentity: isChannel ? { teamId: TEAM_ID, channelId: chat.id } : null,
    policyViolation: null,
    eventDetail: message.eventDetail,
    from: message.personId === null ? null : fromUser(message.personId),
    body: body(tenant, message),
    attachments: [],
    mentions: [],
    reactions: message.reactions.map((reaction) => ({
      reactionType: reaction.reactionType,
      createdDateTime: iso(reaction.at),
      user: fromUser(reaction.personId),
    })),
  }
}

/** Whether an answer may name system events. */
export function wantsSystemEvents(headers: Readonly<Record<string, string>>): boolean {
  return (headers['prefer'] ?? '').includes('include-unknown-enum-members')
}

function messageType(message: MessageRecord, systemEvents: boolean): string {
  if (message.eventDetail === null) return 'message'
  return systemEvents ? 'systemEventMessage' : 'unknownFutureValue'
}

function body(tenant: Tenant, message: MessageRecord): JsonObject {
  if (message.eventDetail !== null) return { contentType: 'html', content: '<systemEventMessage/>' }
  if (message.deletedAt !== null) return { contentType: 'html', content: '' }
  if (message.imageSeed === null) return { contentType: 'text', content: message.text }
  const path = messagePath(message).replace(/\('([^']*)'\)/g, '/$1')
  const source = `${tenant.origin}/v1.0/${path}/hostedContents/${hostedContentId(message)}/$value`
  const size = `height="${IMAGE_SIZE}"`
  const image = `<img ${size} src="${source}" width="${IMAGE_SIZE}" style="vertical-align:bottom; width:${IMAGE_SIZE}px; height:${IMAGE_SIZE}px">`
  return {
    contentType: 'html',
    content: `<div><div>${escapeHtml(message.text)}</div><div><span>${image}</span></div></div>`,
  }
}

function fromUser(personId: string): JsonObject {
  const displayName = findPerson(personId)?.displayName ?? null
  return {
    application: null,
    device: null,
    conversation: null,
    user: { id: personId, displayName, userIdentityType: 'aadUser' },
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
