// What can be subscribed to: the resources, who may, which changes, with data or not, and for how long.
// https://learn.microsoft.com/graph/change-notifications-overview
import { type Caller, GraphError } from './graph-call.ts'
import { findPerson } from './people.ts'
import { TEAM_ID, type TeamsChange } from './teams.ts'

export interface ResourceRules {
  readonly delegated: readonly string[]
  readonly application: readonly string[]
  readonly changeTypes: readonly string[]
  readonly withData: boolean
  readonly maxMinutes: number
  readonly isTeams: boolean
  /** At most one subscription of an application, whatever the changeType. */
  readonly single: boolean
  /** The change is told as “Created”, the data under “EncryptedContent”: chats and members. */
  readonly capitalised: boolean
}

export interface SubscribedResource {
  /** Equal for the same resource, however it was written. */
  readonly key: string
  readonly rules: ResourceRules
  matches(change: TeamsChange): boolean
}

const TEAMS_MINUTES = 4_320
/** Of a presence subscription, the shortest life of all. */
export const PRESENCE_MINUTES = 60
const USERS_MINUTES = 41_760

const CHAT_BASIC = ['Chat.ReadBasic', 'Chat.Read', 'Chat.ReadWrite']
const CHAT_BASIC_ALL = ['Chat.ReadBasic.All', 'Chat.Read.All', 'Chat.ReadWrite.All']
const ALL_CHANGES = ['created', 'updated', 'deleted']

const teams = {
  withData: true,
  maxMinutes: TEAMS_MINUTES,
  isTeams: true,
  single: true,
  capitalised: false,
}
const chats: ResourceRules = {
  ...teams,
  capitalised: true,
  delegated: [],
  application: CHAT_BASIC_ALL,
  changeTypes: ['created', 'updated'],
}
const oneChat: ResourceRules = { ...chats, delegated: CHAT_BASIC, changeTypes: ['updated'] }
const userChats: ResourceRules = { ...chats, delegated: CHAT_BASIC, single: false }
const allMessages: ResourceRules = {
  ...teams,
  delegated: [],
  application: ['Chat.Read.All'],
  changeTypes: ALL_CHANGES,
}
const chatMessages: ResourceRules = { ...allMessages, delegated: ['Chat.Read', 'Chat.ReadWrite'] }
const userMessages: ResourceRules = {
  ...chatMessages,
  application: ['Chat.Read.All', 'Chat.ReadWrite.All'],
  single: false,
}
const teamsMessages: ResourceRules = { ...allMessages, application: ['ChannelMessage.Read.All'] }
const channelMessages: ResourceRules = {
  ...teamsMessages,
  delegated: ['ChannelMessage.Read.All', 'Group.Read.All'],
}
const allMembers: ResourceRules = {
  ...chats,
  application: ['ChatMember.Read.All', ...CHAT_BASIC_ALL],
  changeTypes: ['created', 'deleted'],
}
const chatMembers: ResourceRules = { ...allMembers, delegated: ['ChatMember.Read', ...CHAT_BASIC] }
const presences: ResourceRules = {
  ...teams,
  delegated: ['Presence.Read.All'],
  application: [],
  changeTypes: ['updated'],
  maxMinutes: PRESENCE_MINUTES,
}
const users: ResourceRules = {
  delegated: ['User.Read.All'],
  application: ['User.Read.All'],
  changeTypes: ['updated', 'deleted'],
  withData: false,
  maxMinutes: USERS_MINUTES,
  isTeams: false,
  single: false,
  capitalised: false,
}

type Matches = (change: TeamsChange, id: string) => boolean

const inChats: Matches = (change) =>
  change.kind === 'message' && change.message.chat.kind === 'chat'
const inChannels: Matches = (change) =>
  change.kind === 'message' && change.message.chat.kind === 'channel'
const inRoom: Matches = (change, id) => change.kind === 'message' && change.message.chat.id === id
const ofPerson: Matches = (change, id) => change.kind === 'presence' && change.personId === id
const ofPeople: Matches = (change, ids) =>
  change.kind === 'presence' && ids.includes(`'${change.personId}'`)
// The practice tenant has no directory changes to tell of.
const never: Matches = () => false

/** The first group of a pattern is the id that matters: a chat, a channel or a person. */
const resources: readonly [RegExp, ResourceRules, Matches][] = [
  [/^chats$/i, chats, (change) => change.kind === 'chat'],
  [/^chats\/getAllMessages$/i, allMessages, inChats],
  [/^chats\/getAllMembers$/i, allMembers, (change) => change.kind === 'member'],
  [/^chats\/([^/]+)$/i, oneChat, (change, id) => change.kind === 'chat' && change.chat.id === id],
  [/^chats\/([^/]+)\/messages$/i, chatMessages, inRoom],
  [
    /^chats\/([^/]+)\/members$/i,
    chatMembers,
    (change, id) => change.kind === 'member' && change.chat.id === id,
  ],
  [
    /^users\/([^/]+)\/chats$/i,
    userChats,
    (change, id) => change.kind === 'chat' && change.chat.memberIds.includes(id),
  ],
  [
    /^users\/([^/]+)\/chats\/getAllMessages$/i,
    userMessages,
    (change, id) => inChats(change, id) && isMember(change, id),
  ],
  [/^teams\/getAllMessages$/i, teamsMessages, inChannels],
  [new RegExp(`^teams/${TEAM_ID}/channels/([^/]+)/messages$`, 'i'), channelMessages, inRoom],
  [/^communications\/presences\/([^/]+)$/i, presences, ofPerson],
  [/^communications\/presences\?\$filter=id in \((.+)\)$/i, presences, ofPeople],
  [/^users$/i, users, never],
  [/^users\/([^/]+)$/i, users, never],
]

/** Reads the resource of a subscription. @throws GraphError 400 for what cannot be subscribed to. */
export function readResource(text: string, caller: Caller): SubscribedResource {
  const path = text
    .replace(/^\//, '')
    .replace(/(?<=\w)\('([^']*)'\)/g, '/$1')
    .replace(/\(\)$/, '')
    .replace(/^me(?=\/|$)/i, () => `users/${signedInPerson(caller)}`)
  // A filter on messages narrows what is told; the practice tenant tells all, and keeps them apart.
  const query = path.includes('?') ? path.slice(path.indexOf('?')) : ''
  const isPresence = /^communications\//i.test(path)
  const plain = isPresence || query === '' ? path : path.slice(0, -query.length)
  for (const [pattern, rules, matches] of resources) {
    const match = pattern.exec(plain)
    if (!match) continue
    const id =
      rules === userChats || rules === userMessages ? personId(match[1] ?? '') : (match[1] ?? '')
    return {
      key: (plain.replace(match[1] ?? '', id) + (isPresence ? '' : query)).toLowerCase(),
      rules,
      matches: (change) => matches(change, id),
    }
  }
  throw new GraphError(
    400,
    'BadRequest',
    `Subscriptions are not supported for the resource '${text}'.`,
  )
}

function isMember(change: TeamsChange, id: string): boolean {
  return change.kind === 'message' && change.message.chat.memberIds.includes(id)
}

function signedInPerson(caller: Caller): string {
  if (caller.kind === 'delegated') return caller.person.id
  throw new GraphError(
    400,
    'BadRequest',
    '/me request is only valid with delegated authentication flow.',
  )
}

function personId(key: string): string {
  const person = findPerson(key)
  if (!person)
    throw new GraphError(404, 'ResourceNotFound', 'The user of this resource was not found.')
  return person.id
}
