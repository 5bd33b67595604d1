// Searching stored notifications by what is known about them; what a message says lies encrypted and is not searched.
import type { DeliveryFilter, DeliveryPage, FoundDelivery } from '../../contract/models/delivery.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { DeliveryQuery, DeliveryTerm } from '../ports/stored.ts'
import { describeDelivery } from './delivery-text.ts'

/** A step looks at so many rows; between two of them what comes in is stored. */
const ROWS_PER_STEP = 20_000

/** Then it is said how far the search came, and the person decides whether it goes on. */
const SEARCH_FOR_MS = 120

/** More people and places than this with one name are no help. */
const MOST_NAMES = 50

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export interface DeliverySearchDeps {
  database: Pick<Database, 'searchDeliveries' | 'findNames' | 'findChannels' | 'readNames'>
  clock: Pick<Clock, 'now'>
  /** The ids in a resource, and its chat or channel. */
  readResource: (resource: string) => ResourceParts
}

export interface ResourceParts {
  place: string | null
  /** Of the message, the member or the person that it ends with. */
  resourceId: string | null
}

/** The newest that match, at most `limit`, older than `beforeId`. */
export async function searchDeliveries(
  filter: DeliveryFilter & { beforeId?: number | undefined; limit: number },
  deps: DeliverySearchDeps,
): Promise<DeliveryPage> {
  const { database, clock } = deps
  const { text, beforeId, limit, ...exact } = filter
  const words = (text ?? '').trim()
  const { tooManyNames, ...terms } = words === '' ? noTerms : await termsOf(words, deps)
  const startedAt = clock.now().getTime()
  const found: FoundRow[] = []
  let next: number | null = beforeId ?? null
  let searchedBackTo: string | null
  do {
    const query: DeliveryQuery = {
      ...exact,
      ...terms,
      ...{ limit: limit - found.length, scan: ROWS_PER_STEP },
      ...(next !== null && { beforeId: next }),
    }
    const matches = await database.searchDeliveries(query)
    found.push(...matches.found)
    next = matches.reachedId
    searchedBackTo = matches.reachedAt
  } while (
    next !== null &&
    found.length < limit &&
    clock.now().getTime() - startedAt < SEARCH_FOR_MS
  )
  return {
    found: await withNames(found, database),
    nextBeforeId: next,
    searchedBackTo: found.length < limit ? searchedBackTo : null,
    tooManyNames,
  }
}

type FoundRow = Awaited<ReturnType<Database['searchDeliveries']>>['found'][number]

const noTerms = { tooManyNames: false }

/** What a text may stand for: a resource, an id of any kind, a name. */
async function termsOf(
  text: string,
  { database, readResource }: DeliverySearchDeps,
): Promise<{
  anyOf?: DeliveryTerm[]
  place?: string
  resourcePrefix?: string
  tooManyNames: boolean
}> {
  if (/^\/?(?:chats|teams|users|communications)\b.*[/('"]/i.test(text)) {
    const { place, resourceId } = readResource(text)
    if (resourceId !== null) {
      return { anyOf: [{ resourceId }], ...(place !== null && { place }), tooManyNames: false }
    }
    if (place !== null) return { anyOf: [{ place }], tooManyNames: false }
    return { resourcePrefix: text, tooManyNames: false }
  }
  const ids: DeliveryTerm[] = [
    { resourceId: text },
    { subscriptionId: text },
    { place: `chat:${text}` },
    ...(GUID.test(text) ? [{ senderId: text }] : []),
  ]
  if (text.startsWith('19:')) {
    const channels = await database.findChannels(text, MOST_NAMES)
    return { anyOf: [...ids, ...channels.map((place) => ({ place }))], tooManyNames: false }
  }
  const keys = GUID.test(text) ? [] : await database.findNames(text, MOST_NAMES + 1)
  const named = keys.slice(0, MOST_NAMES).flatMap((key): DeliveryTerm[] => {
    if (!key.startsWith('user:')) return [{ place: key }]
    const id = key.slice('user:'.length)
    return [{ senderId: id }, { resourceId: id }]
  })
  return { anyOf: [...ids, ...named], tooManyNames: keys.length > MOST_NAMES }
}

async function withNames(
  rows: FoundRow[],
  database: Pick<Database, 'readNames'>,
): Promise<FoundDelivery[]> {
  const keys = rows.flatMap((row) => [row.place, senderKey(row)].filter((key) => key !== null))
  const names = await database.readNames([...new Set(keys)])
  const nameOf = new Map(names.map(({ key, name }) => [key, name]))
  return rows.map((row) => ({
    ...row,
    summary: describeDelivery(row),
    placeName: nameOf.get(row.place ?? '') ?? null,
    senderName: nameOf.get(senderKey(row) ?? '') ?? null,
  }))
}

function senderKey({ senderId }: { senderId: string | null }): string | null {
  return senderId === null ? null : `user:${senderId}`
}
