// Pages of chats and messages: order, the $filter trap, limits, nextLink and deltaLink.
import { badRequest, type GraphAnswer, type GraphCall } from './graph-call.ts'
import { type JsonObject, stringOf } from './json.ts'
import { contextUrl, expanded, meets, nextLink, parseFilter, readSkip, readTop } from './odata.ts'
import type { MessageRecord } from './teams.ts'
import { messageJson, wantsSystemEvents } from './teams-json.ts'

const DEFAULT_PAGE = 20
const MAX_PAGE = 50

/**
 * A page of messages. With `trap`, $filter counts only when $orderby names the same property, and is
 * otherwise silently ignored. https://learn.microsoft.com/graph/api/chat-list-messages
 */
export function messagePage(
  call: GraphCall,
  messages: readonly MessageRecord[],
  options: { order: 'ascending' | 'descending'; trap: boolean; delta?: boolean },
): GraphAnswer {
  const orderBy = readOrder(call.query.get('$orderby'))
  const filter = call.query.get('$filter')
  const all = filter === null ? [] : parseFilter(filter)
  for (const { property, operator } of all) {
    const isKnown =
      (property === 'lastModifiedDateTime' && operator !== 'eq') ||
      (property === 'createdDateTime' && operator === 'lt')
    if (!isKnown)
      throw badRequest(`The filter on '${property}' with '${operator}' is not supported.`)
  }
  const isOrderedBy = (property: string) => call.query.has('$orderby') && property === orderBy
  const conditions = options.trap ? all.filter(({ property }) => isOrderedBy(property)) : all
  const systemEvents = wantsSystemEvents(call.headers)
  const items = messages
    .map((message) => messageJson(call.tenant, message, systemEvents))
    .filter((item) => meets(item, conditions))
  const sign = options.order === 'ascending' ? 1 : -1
  const time = (item: JsonObject) => Date.parse(stringOf(item, orderBy) ?? '')
  items.sort((a, b) => sign * (time(a) - time(b)))
  return page(call, items, {
    context: 'Collection(chatMessage)',
    ...(options.delta === true ? { delta: true } : {}),
  })
}

/**
 * A page of what changed in a channel: posts that changed, or whose replies did. Replies come along only with
 * $expand=replies; $filter takes lastModifiedDateTime gt alone. https://learn.microsoft.com/graph/api/chatmessage-delta
 */
export function channelDelta(call: GraphCall, messages: readonly MessageRecord[]): GraphAnswer {
  const filter = call.query.get('$filter')
  const conditions = filter === null ? [] : parseFilter(filter)
  for (const { property, operator } of conditions) {
    if (property !== 'lastModifiedDateTime' || operator !== 'gt') {
      throw badRequest(`The filter on '${property}' with '${operator}' is not supported.`)
    }
  }
  const json = (message: MessageRecord) =>
    messageJson(call.tenant, message, wantsSystemEvents(call.headers))
  const withReplies = expanded(call.query).includes('replies')
  const posts = messages
    .filter(({ replyToId }) => replyToId === null)
    .map((post) => {
      const replies = messages.filter(({ replyToId }) => replyToId === post.id)
      return { post, replies, changedAt: Math.max(...[post, ...replies].map((m) => m.modifiedAt)) }
    })
    .filter(({ post, replies }) => [post, ...replies].some((one) => meets(json(one), conditions)))
    .sort((a, b) => a.changedAt - b.changedAt)
  const items = posts.map(({ post, replies }) => ({
    ...json(post),
    ...(withReplies ? { replies: replies.map(json) } : {}),
  }))
  return page(call, items, { context: 'Collection(chatMessage)', delta: true })
}

function readOrder(text: string | null): 'lastModifiedDateTime' | 'createdDateTime' {
  const match = /^(lastModifiedDateTime|createdDateTime)\s+desc$/.exec(
    text ?? 'lastModifiedDateTime desc',
  )
  if (!match) throw badRequest(`QueryOptions to order by '${text ?? ''}' is not supported.`)
  return match[1] === 'createdDateTime' ? 'createdDateTime' : 'lastModifiedDateTime'
}

/** A page of anything, by $top and nextLink. @throws GraphError 400 for a page that is too large. */
export function page(
  call: GraphCall,
  items: readonly JsonObject[],
  options: { context: string; delta?: boolean },
): GraphAnswer {
  const top = readTop(call.query, { fallback: DEFAULT_PAGE, max: MAX_PAGE })
  const start = readSkip(call.query)
  const value = items.slice(start, start + top)
  const isLast = start + top >= items.length
  const links: JsonObject = {}
  if (!isLast) links['@odata.nextLink'] = nextLink(call, start + top)
  else if (options.delta === true) links['@odata.deltaLink'] = nextLink(call, items.length)
  return {
    status: 200,
    body: {
      '@odata.context': contextUrl(call, options.context),
      '@odata.count': value.length,
      ...links,
      value,
    },
  }
}
