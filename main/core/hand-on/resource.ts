// What a notification's resource names: the chat or channel, the message, the member; and the lane that keeps order.
import type { Delivery } from '../../contract/models/delivery.ts'

/** The ids in a resource; null for what it does not name. */
export interface ResourceIds {
  chatId: string | null
  teamId: string | null
  channelId: string | null
  messageId: string | null
  /** Of a reply: the message that it answers. */
  replyToId: string | null
  memberId: string | null
  userId: string | null
}

export type ResourceKind = 'chat' | 'channel' | 'message' | 'member' | 'presence' | 'other'

type Collection =
  'chats' | 'teams' | 'channels' | 'messages' | 'replies' | 'members' | 'users' | 'presences'

const KINDS: Partial<Record<string, ResourceKind>> = {
  chats: 'chat',
  channels: 'channel',
  messages: 'message',
  replies: 'message',
  members: 'member',
  presences: 'presence',
}

/** `name('key')`, where a quote inside the key is written twice. */
const KEYED = /^([A-Za-z]+)\('((?:[^']|'')*)'\)$/

/**
 * Reads a resource such as `chats('19:…')/messages('161…')`, or with keys as path segments, `/chats/19:…/messages/161…`.
 * https://learn.microsoft.com/graph/teams-changenotifications-chatmessage
 */
export function readResource(resource: string): { kind: ResourceKind; ids: ResourceIds } {
  const { keys, last } = segmentsOf(resource)
  const key = (name: Collection) => keys.get(name) ?? null
  const messageId = key('messages')
  const replyId = key('replies')
  return {
    kind: KINDS[last] ?? 'other',
    ids: {
      chatId: key('chats'),
      teamId: key('teams'),
      channelId: key('channels'),
      messageId: replyId ?? messageId,
      replyToId: replyId === null ? null : messageId,
      memberId: key('members'),
      userId: key('users') ?? key('presences'),
    },
  }
}

/** What a resource that somebody typed or pasted is searched by. */
export function searchedParts(resource: string): {
  place: string | null
  /** Of the message, the member or the person that it ends with. */
  resourceId: string | null
} {
  const { messageId, memberId, userId } = readResource(resource).ids
  return { place: placeOf(resource), resourceId: messageId ?? memberId ?? userId }
}

/** Where it happened, as the documented events say it. */
export function whereOf({ chatId, channelId }: ResourceIds): 'chat' | 'channel' | null {
  if (chatId !== null) return 'chat'
  return channelId === null ? null : 'channel'
}

/** Events of one lane are handed on in order: those of one chat, of one channel, else of one subscription. */
export function laneOf({
  resource,
  subscriptionId,
}: Pick<Delivery, 'resource' | 'subscriptionId'>): string {
  return placeOf(resource) ?? `subscription:${subscriptionId}`
}

/** The chat or channel of a resource, as `chat:<chatId>` or `channel:<teamId>/<channelId>`; null for others. */
export function placeOf(resource: string): string | null {
  const { chatId, teamId, channelId } = readResource(resource).ids
  if (chatId !== null) return `chat:${chatId}`
  return channelId === null ? null : `channel:${teamId ?? ''}/${channelId}`
}

/** Keys by the collection they belong to, and the name of the last collection. */
function segmentsOf(resource: string): { keys: Map<string, string>; last: string } {
  const keys = new Map<string, string>()
  let last = ''
  let isKey = false
  for (const segment of splitPath(resource)) {
    const keyed = KEYED.exec(segment)
    if (keyed) {
      last = keyed[1] ?? ''
      keys.set(last, (keyed[2] ?? '').replaceAll("''", "'"))
      isKey = false
    } else if (isKey) {
      keys.set(last, decoded(segment))
      isKey = false
    } else {
      last = segment
      // `communications/presences/…`: this one is a path, not a collection with keys.
      isKey = segment !== 'communications'
    }
  }
  return { keys, last }
}

/** The parts between slashes that are not inside quotes, without a query. */
function splitPath(resource: string): string[] {
  const parts = resource.match(/(?:'(?:[^']|'')*'|[^/'?]|'(?=[^']*$))+|\?.*$/g) ?? []
  return parts.filter((part) => !part.startsWith('?'))
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // Not percent-encoded after all: it stands for itself.
    return segment
  }
}
