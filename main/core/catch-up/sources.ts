// What is read for a gap: the chats of people, chats one by one, the channels that notifications came from.
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import type { Database } from '../ports/database.ts'
import { channelOf } from './found.ts'
import type { CatchUpArea, CatchUpStep } from './gap.ts'
import type { Reader, Take, Window } from './reader.ts'

export interface Source {
  step: CatchUpStep
  /** Sources of a step are read in the order of their names. */
  name: string
  /** What is lost when it cannot be read. */
  what: string
  /** What it means when Graph does not know it; null where nothing is lost by that. */
  whenGone: string | null
  read: (window: Window, signal: AbortSignal) => Promise<void>
}

export interface SourceDeps {
  reader: Reader
  database: Pick<Database, 'knownPlaces'>
  /** Sign-in names where only some people are watched; none for everybody. */
  peopleWatched: () => string[]
  /** Takes what is found for the subscription that would have told of it. */
  take: (key: SubscriptionKey) => Take
}

interface Person {
  id: string
  name: string
  key: SubscriptionKey
  /** What is read of this person. */
  messages: boolean
  chats: boolean
}

const PLACES_AT_ONCE = 256
const GONE = 'It was deleted, so Microsoft Graph does not show it any more.'

/** Everybody whose chats are read; nobody where the gap is about channels alone. */
export async function peopleSources(
  areas: readonly CatchUpArea[],
  deps: SourceDeps,
  signal: AbortSignal,
): Promise<Source[]> {
  const { reader, take, peopleWatched } = deps
  const watched = peopleWatched()
  const wantsMessages = areas.includes('chat-messages')
  const wantsChats = areas.includes('chats')
  if (!wantsMessages && !wantsChats) return []
  const all = wantsChats || watched.length === 0 ? await reader.people(signal) : []
  const readers: Person[] = all.map((id) => ({
    ...{ id, name: id },
    key: 'chat-messages',
    messages: wantsMessages && watched.length === 0,
    chats: wantsChats,
  }))
  for (const name of wantsMessages ? watched : []) {
    readers.push({
      id: name,
      name: `watched:${name}`,
      key: `user:${name.toLowerCase()}`,
      messages: true,
      chats: false,
    })
  }
  return readers
    .map(({ id, name, key, messages, chats }) => ({
      ...{ step: 'people' as const, name, what: `Chats of the person ${id}.` },
      // Somebody who left, or has no Teams.
      whenGone: null,
      read: async (window: Window, end: AbortSignal) => {
        if (chats) await reader.chatsOfPerson(id, window, take('chats'), end)
        if (messages) await reader.messagesOfPerson(id, window, take(key), end)
      },
    }))
    .sort(byName)
}

/** The chats that notifications came from: for where people's messages may not be listed. */
export async function knownChatSources({
  reader,
  database,
  take,
}: Pick<SourceDeps, 'reader' | 'database' | 'take'>): Promise<Source[]> {
  return (await allPlaces(database, 'chat:')).map((place) => {
    const chatId = place.slice('chat:'.length)
    return {
      ...{ step: 'chats', name: place, what: `The chat ${chatId}.`, whenGone: GONE },
      read: (window, signal) =>
        reader.messagesOfChat(chatId, window, take('chat-messages'), signal),
    }
  })
}

/** The channels that notifications came from; with these permissions no others can be found. */
export async function channelSources(
  areas: readonly CatchUpArea[],
  { reader, database, take }: Pick<SourceDeps, 'reader' | 'database' | 'take'>,
): Promise<Source[]> {
  if (!areas.includes('channel-messages')) return []
  return (await allPlaces(database, 'channel:')).map((place) => {
    const channel = channelOf(place)
    return {
      ...{
        step: 'channels',
        name: place,
        what: `The channel ${channel.channelId}.`,
        whenGone: GONE,
      },
      read: (window, signal) =>
        reader.messagesOfChannel(channel, window, take('channel-messages'), signal),
    }
  })
}

async function allPlaces(
  database: Pick<Database, 'knownPlaces'>,
  prefix: 'chat:' | 'channel:',
): Promise<string[]> {
  const places: string[] = []
  for (let after = prefix as string; ;) {
    const page = await database.knownPlaces(prefix, after, PLACES_AT_ONCE)
    places.push(...page)
    const last = page.at(-1)
    if (page.length < PLACES_AT_ONCE || last === undefined) return places
    after = last
  }
}

function byName(a: Source, b: Source): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
