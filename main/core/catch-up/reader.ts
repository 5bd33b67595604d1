// Reading from Graph what changed between two times: pages as they come, windows that fit into memory, oldest first.
import * as v from 'valibot'
import { hasStatus, type GraphClient } from '../entra/graph-client.ts'
import type { RateGate } from '../rate-gate.ts'
import { chatsIn, messagesIn, type ChannelIds, type Found } from './found.ts'

/** A time from and to, in ms since 1970 by Graph's clock; both ends count. */
export interface Window {
  from: number
  to: number
}

/** Takes what was found, in order. */
export type Take = (found: Found[]) => Promise<void>

export interface ReaderDeps {
  graph: Pick<GraphClient, 'get'>
  /** Shared with whoever else reads from Teams. */
  gate: RateGate
}

/** What is held at a time, without any text: some hundred bytes each. */
const MOST_HELD = 2_000
/** A window that cannot be made smaller is read as it is. */
const SMALLEST_MS = 1_000
const PAGE = '50'
/** While Graph asks to wait. */
const MOST_ATTEMPTS = 4
/** System events have types of their own only then. https://learn.microsoft.com/graph/system-messages */
const HEADERS = { Prefer: 'include-unknown-enum-members' }

const pageSchema = v.object({
  value: v.array(v.unknown()),
  '@odata.nextLink': v.optional(v.string()),
})

export class Reader {
  #graph: Pick<GraphClient, 'get'>
  #gate: RateGate

  constructor({ graph, gate }: ReaderDeps) {
    this.#graph = graph
    this.#gate = gate
  }

  /** Ids of everybody in the tenant. */
  async people(signal: AbortSignal): Promise<string[]> {
    const ids: string[] = []
    const query = { $select: 'id', $top: '999' }
    for await (const values of this.#pages('/users', { query, place: null, signal })) {
      for (const value of values) {
        const parsed = v.safeParse(v.object({ id: v.string() }), value)
        if (parsed.success) ids.push(parsed.output.id)
      }
    }
    return ids
  }

  /** Messages in all chats of one person. https://learn.microsoft.com/graph/api/chats-getallmessages */
  messagesOfPerson(userId: string, window: Window, take: Take, signal: AbortSignal): Promise<void> {
    const path = `/users/${encodeURIComponent(userId)}/chats/getAllMessages`
    const read = (part: Window) =>
      this.#collect(path, {
        window: part,
        query: {},
        place: null,
        find: (values) => messagesIn(values, { chatId: null }),
        signal,
      })
    return this.#inWindows(window, read, take)
  }

  /** Chats of one person that were made or changed. They cannot be filtered by that, so all are listed. */
  async chatsOfPerson(
    userId: string,
    { from, to }: Window,
    take: Take,
    signal: AbortSignal,
  ): Promise<void> {
    const path = `/users/${encodeURIComponent(userId)}/chats`
    for await (const values of this.#pages(path, { query: { $top: PAGE }, place: null, signal })) {
      const found = chatsIn(values, from - 1)
      await take(sorted(found.filter((one) => Date.parse(one.lastModifiedDateTime) <= to)))
    }
  }

  /**
   * Messages of one chat. $filter is silently ignored unless $orderby names the same property.
   * https://learn.microsoft.com/graph/api/chat-list-messages
   */
  messagesOfChat(chatId: string, window: Window, take: Take, signal: AbortSignal): Promise<void> {
    const path = `/chats/${encodeURIComponent(chatId)}/messages`
    const $orderby = 'lastModifiedDateTime desc'
    const read = (part: Window) =>
      this.#collect(path, {
        window: part,
        query: { $orderby },
        place: `chat:${chatId}`,
        find: (values) => messagesIn(values, { chatId }),
        signal,
      })
    return this.#inWindows(window, read, take)
  }

  /** Posts and replies of one channel. https://learn.microsoft.com/graph/api/chatmessage-delta */
  async messagesOfChannel(
    channel: ChannelIds,
    { from, to }: Window,
    take: Take,
    signal: AbortSignal,
  ): Promise<void> {
    const { teamId, channelId } = channel
    const path = `/teams/${encodeURIComponent(teamId)}/channels/${encodeURIComponent(channelId)}/messages/delta`
    const $filter = `lastModifiedDateTime gt ${iso(from - 1)}`
    const pages = this.#pages(path, {
      query: { $top: PAGE, $filter, $expand: 'replies' },
      place: `channel:${teamId}/${channelId}`,
      signal,
    })
    let held: Found[] = []
    for await (const values of pages) {
      // A post that only has a new reply brings its older replies along.
      held.push(...messagesIn(values, channel).filter((one) => isWithin(one, { from, to })))
      // Only from some time on, never up to one: so it cannot be cut into windows.
      if (held.length < MOST_HELD) continue
      await take(sorted(held))
      held = []
    }
    await take(sorted(held))
  }

  /** The newest message of a chat, or the newest post of a channel with its replies. */
  async latest(place: { chatId: string } | ChannelIds, signal: AbortSignal): Promise<Found[]> {
    const path =
      'chatId' in place
        ? `/chats/${encodeURIComponent(place.chatId)}/messages`
        : `/teams/${encodeURIComponent(place.teamId)}/channels/${encodeURIComponent(place.channelId)}/messages`
    const name =
      'chatId' in place ? `chat:${place.chatId}` : `channel:${place.teamId}/${place.channelId}`
    const answer = await this.#get(path, { query: { $top: '5' }, place: name, signal })
    return messagesIn(v.parse(pageSchema, answer).value, place)
  }

  async #inWindows(
    { from, to }: Window,
    read: (window: Window) => Promise<Found[] | 'too-many'>,
    take: Take,
  ): Promise<void> {
    const waiting = [{ from, to }]
    for (let window = waiting.pop(); window; window = waiting.pop()) {
      const found = await read(window)
      if (found !== 'too-many') {
        await take(sorted(found))
        continue
      }
      const middle = Math.floor((window.from + window.to) / 2)
      // The earlier half is read first.
      waiting.push({ from: middle + 1, to: window.to }, { from: window.from, to: middle })
    }
  }

  /** `too-many` where the window has to be made smaller first. */
  async #collect(
    path: string,
    {
      window: { from, to },
      find,
      query,
      ...rest
    }: {
      window: Window
      query: Record<string, string>
      place: string | null
      find: (values: unknown[]) => Found[]
      signal: AbortSignal
    },
  ): Promise<Found[] | 'too-many'> {
    const held: Found[] = []
    const $filter = `lastModifiedDateTime gt ${iso(from - 1)} and lastModifiedDateTime lt ${iso(to + 1)}`
    for await (const values of this.#pages(path, {
      query: { ...query, $top: PAGE, $filter },
      ...rest,
    })) {
      held.push(...find(values))
      if (held.length > MOST_HELD && to - from > SMALLEST_MS) return 'too-many'
    }
    return held
  }

  async *#pages(
    path: string,
    {
      query,
      place,
      signal,
    }: { query: Record<string, string>; place: string | null; signal: AbortSignal },
  ): AsyncGenerator<unknown[]> {
    let next: string | undefined = path
    let isFirst = true
    while (next !== undefined) {
      // A nextLink is followed as it came.
      const given = isFirst ? { query } : {}
      const answer = await this.#get(next, { ...given, place, signal })
      const page = v.parse(pageSchema, answer)
      yield page.value
      next = page['@odata.nextLink']
      isFirst = false
    }
  }

  /** Each attempt in its turn: what Graph refuses counts against its limits as well. */
  async #get(
    path: string,
    {
      place,
      signal,
      query,
    }: { place: string | null; signal: AbortSignal; query?: Record<string, string> },
  ): Promise<unknown> {
    const options = { headers: HEADERS, signal, attempts: 1, ...(query && { query }) }
    for (let attempt = 1; ; attempt += 1) {
      try {
        // One at a time: nobody waits long behind it, and it does not wait for ever behind others.
        return await this.#gate.run({ key: place, priority: 'now', signal }, () =>
          this.#graph.get(path, options),
        )
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !hasStatus(error, 429, 503, 504)) throw error
      }
    }
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isWithin({ lastModifiedDateTime }: Found, { from, to }: Window): boolean {
  const at = Date.parse(lastModifiedDateTime)
  return at >= from && at <= to
}

function sorted(found: Found[]): Found[] {
  return [...found].sort(
    (a, b) => Date.parse(a.lastModifiedDateTime) - Date.parse(b.lastModifiedDateTime),
  )
}
