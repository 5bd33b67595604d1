// Teams as Graph's reads show it, in memory: people, chats, channels, pages, limits, and refusals where a test wants them.
export interface MemoryMessage {
  id: string
  /** `chat:…` or `channel:team/channel`. */
  place: string
  replyToId?: string
  createdAt: number
  modifiedAt: number
  deleted?: boolean
  type?: string
}

export interface MemoryTeams {
  people: Record<string, string[]>
  messages: MemoryMessage[]
  chats: { id: string; createdAt: number; updatedAt: number }[]
  /** Paths that were asked for, decoded, in order. */
  asked: string[]
  /** Answers instead of Teams where it gives one. */
  refuse: (path: string) => { status: number; retryAfter?: number } | null
  fetch: typeof fetch
}

/** An empty Teams; pages hold `pageSize` messages. */
export function memoryTeams({ pageSize = 2 } = {}): MemoryTeams {
  const teams: MemoryTeams = {
    ...{ people: {}, messages: [], chats: [], asked: [] },
    refuse: () => null,
    fetch: (input) => {
      const url = new URL(input instanceof Request ? input.url : input)
      const path = decodeURIComponent(url.pathname.replace('/v1.0', ''))
      const query = new URLSearchParams(url.search)
      teams.asked.push(`${path}${decodeURIComponent(url.search)}`)
      const refusal = teams.refuse(path)
      if (refusal) {
        const { status, retryAfter } = refusal
        const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
        const body = { error: { code: `Status${status}`, message: 'No.' } }
        return Promise.resolve(Response.json(body, { status, headers }))
      }
      const all = answer(teams, path, query)
      const skip = Number(query.get('$skiptoken') ?? 0)
      const size = path === '/users' || query.get('$top') === '5' ? 999 : pageSize
      url.searchParams.set('$skiptoken', String(skip + size))
      return Promise.resolve(
        Response.json({
          value: all.slice(skip, skip + size),
          ...(skip + size < all.length ? { '@odata.nextLink': url.href } : {}),
        }),
      )
    },
  }
  return teams
}

function answer(teams: MemoryTeams, path: string, query: URLSearchParams): object[] {
  const [, kind, id = '', part, inner = '', ...rest] = path.split('/')
  if (kind === 'users' && id === '') return Object.keys(teams.people).map((one) => ({ id: one }))
  const chats = teams.people[id] ?? []
  if (kind === 'users' && inner === 'getAllMessages') {
    const mine = teams.messages.filter(({ place }) => chats.includes(place.slice(5)))
    return filtered(mine, query).map(json)
  }
  if (kind === 'users' && part === 'chats') {
    return teams.chats
      .filter((chat) => chats.includes(chat.id))
      .map(({ id: chatId, createdAt, updatedAt }) => ({
        id: chatId,
        createdDateTime: iso(createdAt),
        lastUpdatedDateTime: iso(updatedAt),
      }))
  }
  if (kind === 'chats') {
    const mine = teams.messages.filter(({ place }) => place === `chat:${id}`)
    // The trap: without an order by the same property, the filter does not count.
    const isOrdered = (query.get('$orderby') ?? '').startsWith('lastModifiedDateTime')
    return (isOrdered ? filtered(mine, query) : mine)
      .sort((a, b) => b.modifiedAt - a.modifiedAt)
      .map(json)
  }
  const mine = teams.messages.filter(({ place }) => place === `channel:${id}/${inner}`)
  const posts = mine.filter(({ replyToId }) => replyToId === undefined)
  const isDelta = rest.includes('delta')
  return posts
    .map((post) => ({ post, replies: mine.filter(({ replyToId }) => replyToId === post.id) }))
    .filter(({ post, replies }) => !isDelta || filtered([post, ...replies], query).length > 0)
    .map(({ post, replies }) => ({
      ...json(post),
      ...(query.get('$expand') === 'replies' ? { replies: replies.map(json) } : {}),
    }))
}

function filtered(messages: MemoryMessage[], query: URLSearchParams): MemoryMessage[] {
  const filter = query.get('$filter') ?? ''
  const after = Date.parse(/gt (\S+)/.exec(filter)?.[1] ?? '1970-01-01T00:00:00Z')
  const before = Date.parse(/lt (\S+)/.exec(filter)?.[1] ?? '2100-01-01T00:00:00Z')
  return messages.filter(({ modifiedAt }) => modifiedAt > after && modifiedAt < before)
}

function json({ id, place, replyToId, createdAt, modifiedAt, deleted, type }: MemoryMessage) {
  return {
    id,
    etag: String(modifiedAt),
    messageType: type ?? 'message',
    replyToId: replyToId ?? null,
    chatId: place.startsWith('chat:') ? place.slice(5) : null,
    createdDateTime: iso(createdAt),
    lastModifiedDateTime: iso(modifiedAt),
    deletedDateTime: deleted ? iso(modifiedAt) : null,
    body: { contentType: 'text', content: 'words that nobody may keep' },
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
