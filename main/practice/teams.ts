// The Teams of the practice organization: its chats, its channels and what was said in them.
import { createHash } from 'node:crypto'
import type { JsonObject } from './json.ts'
import { openingLines, rooms } from './conversations.ts'
import { people, practiceOrganization } from './people.ts'

export interface ChatRecord {
  readonly id: string
  readonly kind: 'chat' | 'channel'
  readonly chatType: 'oneOnOne' | 'group'
  topic: string | null
  readonly createdAt: number
  /** When it was renamed, or its members changed: messages do not count. */
  updatedAt: number
  readonly memberIds: string[]
  readonly messages: MessageRecord[]
}

export interface MessageRecord {
  readonly id: string
  readonly chat: ChatRecord
  readonly replyToId: string | null
  /** null for what Teams itself says: system events. */
  readonly personId: string | null
  readonly createdAt: number
  modifiedAt: number
  editedAt: number | null
  deletedAt: number | null
  text: string
  readonly imageSeed: number | null
  readonly reactions: { personId: string; reactionType: string; at: number }[]
  readonly eventDetail: JsonObject | null
}

export type TeamsChange =
  | { kind: 'message'; changeType: 'created' | 'updated' | 'deleted'; message: MessageRecord }
  | { kind: 'chat'; changeType: 'created' | 'updated'; chat: ChatRecord }
  | { kind: 'member'; changeType: 'created'; chat: ChatRecord; personId: string }
  | { kind: 'presence'; changeType: 'updated'; personId: string; availability: string }

export interface Teams {
  readonly chats: readonly ChatRecord[]
  findChat(id: string): ChatRecord | undefined
  post(message: {
    chat: ChatRecord
    personId: string
    text: string
    image?: boolean
    replyToId?: string
  }): MessageRecord
  edit(message: MessageRecord, text: string): void
  remove(message: MessageRecord): void
  react(message: MessageRecord, reaction: { personId: string; reactionType: string }): void
  rename(chat: ChatRecord, topic: string): void
  /** Adds somebody who is not in a chat yet; undefined when they are. */
  join(chat: ChatRecord, personId: string): TeamsChange | undefined
  startChat(chat: { memberIds: readonly string[]; topic: string }): ChatRecord
}

export const TEAM_ID = 'c7a1e5d2-48b3-4f0a-9d6e-2b8f13c50a94'
export const TEAM_NAME = 'Customer care'

const MAX_MESSAGES = 500
const OPENING_PAUSE_MS = 7 * 60_000

/** Teams as it was before anybody chats: the rooms, each with a few earlier messages. */
export function createTeams(options: { startedAt: number; now: () => number }): Teams {
  const { startedAt, now } = options
  const chats = rooms.map((room, index) => openRoom(room, startedAt - index * 60_000))

  const freeId = (chat: ChatRecord): number => {
    const last = chat.messages.reduce((latest, message) => Math.max(latest, Number(message.id)), 0)
    return Math.max(now(), last + 1)
  }
  const touch = (message: MessageRecord): void => {
    message.modifiedAt = Math.max(now(), message.modifiedAt + 1)
  }
  return {
    chats,
    findChat: (id) => chats.find((chat) => chat.id.toLowerCase() === id.toLowerCase()),
    post: ({ chat, personId, text, image, replyToId }) => {
      const at = freeId(chat)
      const message: MessageRecord = {
        ...newMessage(chat, { personId, text, at }),
        replyToId: replyToId ?? null,
        imageSeed: image === true ? at % 997 : null,
      }
      chat.messages.push(message)
      if (chat.messages.length > MAX_MESSAGES) chat.messages.shift()
      return message
    },
    edit: (message, text) => {
      touch(message)
      message.text = text
      message.editedAt = message.modifiedAt
    },
    remove: (message) => {
      touch(message)
      message.deletedAt = message.modifiedAt
    },
    react: (message, { personId, reactionType }) => {
      touch(message)
      message.reactions.push({ personId, reactionType, at: message.modifiedAt })
    },
    rename: (chat, topic) => {
      const at = freeId(chat)
      chat.topic = topic
      chat.updatedAt = at
      chat.messages.push(systemMessage(chat, at, 'chatRenamed', { chatDisplayName: topic }))
    },
    join: (chat, personId) => {
      if (chat.memberIds.includes(personId)) return undefined
      chat.memberIds.push(personId)
      chat.updatedAt = Math.max(now(), chat.updatedAt + 1)
      return { kind: 'member', changeType: 'created', chat, personId }
    },
    startChat: ({ memberIds, topic }) => {
      const chat = newChat({ kind: 'chat', topic, memberIds, createdAt: now(), oneOnOne: false })
      chats.push(chat)
      return chat
    },
  }
}

/** The path of a message below v1.0, in the form notifications use. */
export function messagePath(message: MessageRecord): string {
  const { chat, id, replyToId } = message
  if (chat.kind === 'chat') return `chats('${chat.id}')/messages('${id}')`
  const root = `teams('${TEAM_ID}')/channels('${chat.id}')/messages`
  return replyToId === null ? `${root}('${id}')` : `${root}('${replyToId}')/replies('${id}')`
}

/** The id of the picture in a message: opaque, as Teams makes it from the picture's address. */
export function hostedContentId(message: MessageRecord): string {
  const object = `0-wus-d1-${createHash('md5').update(`${message.chat.id} ${message.id}`).digest('hex')}`
  return Buffer.from(
    `id=x_${object},type=1,url=https://practice.invalid/v1/objects/${object}/views/imgo`,
  ).toString('base64url')
}

interface Room {
  kind: 'chat' | 'channel'
  topic: string | null
  members: readonly string[]
}

function openRoom(room: Room, startedAt: number): ChatRecord {
  const memberIds = people
    .filter((person) => room.members.length === 0 || room.members.includes(person.displayName))
    .map((person) => person.id)
  const lines = openingLines(room.topic)
  const createdAt = startedAt - (lines.length + 1) * OPENING_PAUSE_MS
  const chat = newChat({
    kind: room.kind,
    topic: room.topic,
    memberIds,
    createdAt,
    oneOnOne: room.topic === null,
  })
  if (chat.chatType === 'group' && chat.kind === 'chat') {
    const members = memberIds.map((id) => ({ id, displayName: null, userIdentityType: 'aadUser' }))
    const detail = { visibleHistoryStartDateTime: '0001-01-01T00:00:00Z', members }
    chat.messages.push(systemMessage(chat, createdAt, 'membersAdded', detail))
  }
  for (const [index, text] of lines.entries()) {
    const at = createdAt + (index + 1) * OPENING_PAUSE_MS
    const personId = memberIds[index % memberIds.length] ?? ''
    chat.messages.push(newMessage(chat, { personId, text, at }))
  }
  return chat
}

function newChat(about: {
  kind: 'chat' | 'channel'
  topic: string | null
  memberIds: readonly string[]
  createdAt: number
  oneOnOne: boolean
}): ChatRecord {
  const { kind, topic, memberIds, createdAt, oneOnOne } = about
  const name = `${kind} ${topic ?? ''} ${memberIds.join(' ')}`
  const hash = createHash('md5').update(name).digest('hex')
  const ending = kind === 'channel' ? 'thread.tacv2' : 'thread.v2'
  return {
    id: oneOnOne ? `19:${[...memberIds].sort().join('_')}@unq.gbl.spaces` : `19:${hash}@${ending}`,
    kind,
    chatType: oneOnOne ? 'oneOnOne' : 'group',
    topic,
    createdAt,
    updatedAt: createdAt,
    memberIds: [...memberIds],
    messages: [],
  }
}

function newMessage(
  chat: ChatRecord,
  about: { personId: string; text: string; at: number },
): MessageRecord {
  return {
    id: String(about.at),
    chat,
    replyToId: null,
    personId: about.personId,
    createdAt: about.at,
    modifiedAt: about.at,
    editedAt: null,
    deletedAt: null,
    text: about.text,
    imageSeed: null,
    reactions: [],
    eventDetail: null,
  }
}

function systemMessage(
  chat: ChatRecord,
  at: number,
  event: string,
  detail: JsonObject,
): MessageRecord {
  const initiator = chat.memberIds[0] ?? practiceOrganization.tenantId
  return {
    ...newMessage(chat, { personId: '', text: '', at }),
    personId: null,
    eventDetail: {
      '@odata.type': `#microsoft.graph.${event}EventMessageDetail`,
      ...detail,
      initiator: {
        application: null,
        device: null,
        user: { id: initiator, displayName: null, userIdentityType: 'aadUser' },
      },
    },
  }
}
