// Graph's Teams: chats, channel messages, replies, pictures, and sending on behalf of a person.
import {
  type Access,
  type GraphAnswer,
  type GraphCall,
  GraphError,
  param,
  type Route,
} from './graph-call.ts'
import { isObject, type JsonObject, stringOf } from './json.ts'
import { channelDelta, messagePage, page } from './message-page.ts'
import { contextUrl, entity } from './odata.ts'
import { findPerson } from './people.ts'
import { drawPng } from './png.ts'
import { exifOf } from './exif.ts'
import {
  type ChatRecord,
  hostedContentId,
  type MessageRecord,
  TEAM_ID,
  type Teams,
  type TeamsChange,
} from './teams.ts'
import { chatJson, memberJson, messageJson, wantsSystemEvents } from './teams-json.ts'

const READ_CHATS: Access = {
  wording: 'teams',
  delegated: ['Chat.ReadBasic', 'Chat.Read', 'Chat.ReadWrite'],
  application: ['Chat.ReadBasic.All', 'Chat.Read.All', 'Chat.ReadWrite.All'],
}
const READ_MESSAGES: Access = {
  wording: 'teams',
  delegated: ['Chat.Read', 'Chat.ReadWrite'],
  application: ['Chat.Read.All', 'Chat.ReadWrite.All'],
}
const READ_MEMBERS: Access = {
  wording: 'teams',
  delegated: ['ChatMember.Read', ...READ_CHATS.delegated],
  application: ['ChatMember.Read.All', ...READ_CHATS.application],
}
const READ_CHANNELS: Access = {
  wording: 'teams',
  delegated: ['ChannelMessage.Read.All', 'Group.Read.All'],
  application: ['ChannelMessage.Read.All'],
}
const SEND_CHAT: Access = {
  wording: 'teams',
  delegated: ['ChatMessage.Send', 'Chat.ReadWrite'],
  application: ['Teamwork.Migrate.All'],
}
const SEND_CHANNEL: Access = {
  wording: 'teams',
  delegated: ['ChannelMessage.Send'],
  application: ['Teamwork.Migrate.All'],
}
const IMAGE_SIZE = 64
const CHANNEL = 'teams/:team/channels/:chat'

/** The routes over one tenant's Teams; `announce` hears of each message that is sent through Graph. */
export function teamsRoutes(teams: Teams, announce: (change: TeamsChange) => void): Route[] {
  const checkRate = oneReadASecond()
  const chatOf = (call: GraphCall, kind: 'chat' | 'channel'): ChatRecord => {
    const chat = teams.findChat(param(call, 'chat'))
    const isHere = chat?.kind === kind && (kind === 'chat' || param(call, 'team') === TEAM_ID)
    if (!isHere)
      throw new GraphError(404, 'NotFound', 'No chat or channel found with the given id.')
    if (call.caller.kind === 'delegated' && !chat.memberIds.includes(call.caller.person.id)) {
      throw new GraphError(403, 'Forbidden', 'The signed-in user is not a member of this chat.')
    }
    return chat
  }
  const messageOf = (call: GraphCall, kind: 'chat' | 'channel'): MessageRecord => {
    const chat = chatOf(call, kind)
    const parent = call.params['reply'] === undefined ? undefined : param(call, 'message')
    const id = call.params['reply'] ?? param(call, 'message')
    const found = chat.messages.find((message) => message.id === id)
    const isInPlace = kind === 'chat' || (found?.replyToId ?? undefined) === parent
    if (!found || !isInPlace) throw new GraphError(404, 'NotFound', 'Message not found.')
    return found
  }
  const one = (call: GraphCall, message: MessageRecord) =>
    entity(call, messageJson(call.tenant, message, wantsSystemEvents(call.headers)), {
      context: 'chats/messages',
    })
  const send = (call: GraphCall, target: { chat: ChatRecord; replyToId?: string }): GraphAnswer => {
    if (call.caller.kind !== 'delegated') {
      throw new GraphError(
        403,
        'Forbidden',
        'Messages can be sent in application context for import only.',
      )
    }
    const body = isObject(call.body['body']) ? call.body['body'] : {}
    const text = stringOf(body, 'content')
    if (text === undefined || text === '')
      throw new GraphError(400, 'BadRequest', 'Missing body content')
    const message = teams.post({ ...target, personId: call.caller.person.id, text })
    announce({ kind: 'message', changeType: 'created', message })
    const answer = one(call, message)
    return { ...answer, status: 201 }
  }
  const userChats = (call: GraphCall): ChatRecord[] => {
    const person = personOf(call)
    return teams.chats.filter((chat) => chat.kind === 'chat' && chat.memberIds.includes(person))
  }
  const listChats = (call: GraphCall) =>
    page(
      call,
      userChats(call).map((chat) => withMembers(call, chat)),
      { context: 'chats' },
    )

  const pictures = (kind: 'chat' | 'channel', path: string, access: Access): Route[] => [
    {
      method: 'GET',
      path: `${path}/hostedContents`,
      access,
      handle: (call) => {
        const message = messageOf(call, kind)
        const ids = hasPicture(message) ? [hostedContentId(message)] : []
        const value = ids.map((id) => ({ id, contentBytes: null, contentType: null }))
        return {
          status: 200,
          body: {
            '@odata.context': contextUrl(call, 'hostedContents'),
            '@odata.count': value.length,
            value,
          },
        }
      },
    },
    {
      method: 'GET',
      path: `${path}/hostedContents/:content/$value`,
      access,
      handle: (call) => {
        const message = messageOf(call, kind)
        if (!hasPicture(message) || hostedContentId(message) !== param(call, 'content')) {
          throw new GraphError(404, 'NotFound', 'Hosted content not found.')
        }
        return {
          status: 200,
          headers: { 'content-type': 'image/png' },
          body: drawPng(message.imageSeed ?? 0, IMAGE_SIZE, exifOfSeed(message.imageSeed ?? 0)),
        }
      },
    },
  ]

  return [
    { method: 'GET', path: 'chats', access: { ...READ_CHATS, application: [] }, handle: listChats },
    {
      method: 'GET',
      path: 'me/chats',
      access: { ...READ_CHATS, application: [] },
      handle: listChats,
    },
    { method: 'GET', path: 'users/:user/chats', access: READ_CHATS, handle: listChats },
    {
      method: 'GET',
      path: 'users/:user/chats/getAllMessages',
      access: { ...READ_MESSAGES, delegated: [] },
      handle: (call) => {
        const messages = userChats(call).flatMap((chat) => chat.messages)
        return messagePage(call, messages, { order: 'ascending', trap: false })
      },
    },
    {
      method: 'GET',
      path: 'chats/:chat',
      access: READ_CHATS,
      handle: (call) => entity(call, withMembers(call, chatOf(call, 'chat')), { context: 'chats' }),
    },
    {
      method: 'GET',
      path: 'chats/:chat/members',
      access: READ_MEMBERS,
      handle: (call) => {
        const chat = chatOf(call, 'chat')
        const members = chat.memberIds.map((id) => memberJson(call.tenant, chat, id))
        return page(call, members, { context: `chats('${chat.id}')/members` })
      },
    },
    {
      method: 'GET',
      path: 'chats/:chat/messages',
      access: READ_MESSAGES,
      handle: (call) => {
        checkRate(call)
        return messagePage(call, chatOf(call, 'chat').messages, { order: 'descending', trap: true })
      },
    },
    {
      method: 'POST',
      path: 'chats/:chat/messages',
      access: SEND_CHAT,
      handle: (call) => send(call, { chat: chatOf(call, 'chat') }),
    },
    {
      method: 'GET',
      path: 'chats/:chat/messages/:message',
      access: READ_MESSAGES,
      handle: (call) => {
        checkRate(call)
        return one(call, messageOf(call, 'chat'))
      },
    },
    ...pictures('chat', 'chats/:chat/messages/:message', READ_MESSAGES),
    {
      method: 'GET',
      path: `${CHANNEL}/messages`,
      access: READ_CHANNELS,
      handle: (call) => {
        checkRate(call)
        const roots = chatOf(call, 'channel').messages.filter(
          (message) => message.replyToId === null,
        )
        return messagePage(call, roots, { order: 'descending', trap: false })
      },
    },
    {
      method: 'GET',
      path: `${CHANNEL}/messages/delta`,
      access: READ_CHANNELS,
      handle: (call) => {
        checkRate(call)
        return channelDelta(call, chatOf(call, 'channel').messages)
      },
    },
    {
      method: 'POST',
      path: `${CHANNEL}/messages`,
      access: SEND_CHANNEL,
      handle: (call) => send(call, { chat: chatOf(call, 'channel') }),
    },
    {
      method: 'GET',
      path: `${CHANNEL}/messages/:message`,
      access: READ_CHANNELS,
      handle: (call) => one(call, messageOf(call, 'channel')),
    },
    {
      method: 'GET',
      path: `${CHANNEL}/messages/:message/replies`,
      access: READ_CHANNELS,
      handle: (call) => {
        checkRate(call)
        const parent = messageOf(call, 'channel')
        const replies = parent.chat.messages.filter((message) => message.replyToId === parent.id)
        return messagePage(call, replies, { order: 'descending', trap: false })
      },
    },
    {
      method: 'POST',
      path: `${CHANNEL}/messages/:message/replies`,
      access: SEND_CHANNEL,
      handle: (call) => {
        const parent = messageOf(call, 'channel')
        return send(call, { chat: parent.chat, replyToId: parent.id })
      },
    },
    {
      method: 'GET',
      path: `${CHANNEL}/messages/:message/replies/:reply`,
      access: READ_CHANNELS,
      handle: (call) => one(call, messageOf(call, 'channel')),
    },
    ...pictures('channel', `${CHANNEL}/messages/:message`, READ_CHANNELS),
    ...pictures('channel', `${CHANNEL}/messages/:message/replies/:reply`, READ_CHANNELS),
  ]
}

/**
 * One read a second of each chat or channel, for each application.
 * https://learn.microsoft.com/graph/throttling-limits#microsoft-teams-service-limits
 */
function oneReadASecond(): (call: GraphCall) => void {
  const lastAt = new Map<string, number>()
  return (call) => {
    const { tenant, caller } = call
    if (!tenant.faults.isOn('one-read-a-second')) return
    const name = `${caller.appId} ${param(call, 'chat')}`
    const now = tenant.now()
    if (now - (lastAt.get(name) ?? -Infinity) < 1_000) {
      throw new GraphError(429, 'TooManyRequests', 'Please retry again later.', {
        'retry-after': '1',
      })
    }
    lastAt.set(name, now)
  }
}

function personOf(call: GraphCall): string {
  const key = call.params['user']
  if (call.caller.kind === 'delegated') {
    const { person } = call.caller
    if (key !== undefined && findPerson(key)?.id !== person.id) {
      throw new GraphError(403, 'Forbidden', 'A person can list their own chats only.')
    }
    return person.id
  }
  const found = findPerson(key ?? '')
  if (!found) throw new GraphError(404, 'NotFound', 'User not found.')
  return found.id
}

function withMembers(call: GraphCall, chat: ChatRecord): JsonObject {
  const json = chatJson(call.tenant, chat)
  if (!(call.query.get('$expand') ?? '').split(',').includes('members')) return json
  return { ...json, members: chat.memberIds.map((id) => memberJson(call.tenant, chat, id)) }
}

/** Every second picture comes from a phone that wrote down where it was. */
function exifOfSeed(seed: number): Buffer | undefined {
  if (seed % 2 === 1) return undefined
  return exifOf({
    latitude: [52, 22, seed % 60],
    north: true,
    longitude: [4, 53, (seed * 7) % 60],
    east: true,
  })
}

function hasPicture(message: MessageRecord): boolean {
  return message.imageSeed !== null && message.deletedAt === null
}
