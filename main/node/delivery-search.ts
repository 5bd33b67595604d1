// Searching stored notifications in SQLite: each call looks at so many rows at most, however many there are.
import type { DatabaseSync } from 'node:sqlite'
import type { FoundDelivery } from '../contract/models/delivery.ts'
import type { DeliveryMatches, DeliveryQuery, DeliveryTerm } from '../core/ports/stored.ts'
import { DELIVERY_COLUMNS, toDelivery, type Row } from './delivery-rows.ts'

/** Rows of one commit may have come in another order than their ids tell: so far around a time it is looked closely. */
const SLACK_ROWS = 2_000

/** Each of several terms gets at least this much of the rows that may be looked at. */
const LEAST_SCAN = 500

/** What a row shows in a list. */
const COLUMNS = `${DELIVERY_COLUMNS}, place, verdict, state AS handOnState, attempts,
  next_attempt_at AS nextAttemptAt, done_at AS doneAt, last_error AS lastError`

type Value = string | number

/** One condition; with `from`, an index has its rows in the order of their ids. */
interface Condition {
  sql: string
  values: Value[]
  from?: string
}

const DELIVERIES = (index: string) => `deliveries ${index}
  LEFT JOIN hand_on ON hand_on.delivery_id = deliveries.id`
const INDEXED = (name: string) => DELIVERIES(`INDEXED BY ${name}`)

/** In the order of the inbox itself: rows are found by their id. */
const ALL = DELIVERIES('NOT INDEXED')
/** Changes with a key stand in its order, not in that of the ids: these, a few for each resource, are read out first. */
const WITH_KEY = `id IN (SELECT id FROM deliveries INDEXED BY deliveries_by_resource
  WHERE resource_id = ? AND item_key IS NOT NULL)`
/** The few that were given up lead the way. */
const DEAD = 'hand_on INDEXED BY hand_on_dead CROSS JOIN deliveries ON id = delivery_id'

/** The rows found by one term, and the id down to which there are no more; 0 at the end. */
interface Branch {
  rows: Row[]
  reachedId: number
}

/** The newest first. `reachedId` is null once nothing older is left to look at. */
export function searchRows(sqlite: DatabaseSync, query: DeliveryQuery): DeliveryMatches {
  const range = rangeOf(sqlite, query)
  const filter = conditionsOf(query)
  const terms = query.anyOf?.flatMap(termConditions) ?? [null]
  const scan = Math.max(LEAST_SCAN, Math.floor(query.scan / Math.max(1, terms.length)))
  const branches = terms.map((term) =>
    searchBranch(sqlite, {
      conditions: term ? [term, ...filter] : filter,
      ...{ range, scan, limit: query.limit },
    }),
  )
  const reached = Math.max(0, ...branches.map(({ reachedId }) => reachedId))
  const rows = new Map(
    branches.flatMap((branch) => branch.rows).map((row) => [Number(row['id']), row]),
  )
  const sorted = [...rows]
    .filter(([id]) => id >= reached)
    .sort(([a], [b]) => b - a)
    .map(([, row]) => row)
  const found = sorted.slice(0, query.limit)
  const last = sorted.length > found.length ? Number(found.at(-1)?.['id']) : reached
  const isEnd = last <= range.fromId
  return {
    found: found.map(toFound),
    reachedId: isEnd ? null : last,
    reachedAt: isEnd ? null : timeAt(sqlite, last),
  }
}

/** The places of a channel, whose team is not known: jumps from place to place in the index. */
export function findChannels(sqlite: DatabaseSync, channelId: string, limit: number): string[] {
  return sqlite
    .prepare(
      `WITH RECURSIVE places (place) AS (
         SELECT min(place) FROM deliveries WHERE place > 'channel:' AND place < 'channel;'
         UNION ALL
         SELECT (SELECT min(place) FROM deliveries WHERE place > places.place AND place < 'channel;')
         FROM places WHERE places.place IS NOT NULL
       )
       SELECT place FROM places WHERE substr(place, -length(?1) - 1) = '/' || ?1 LIMIT ?2`,
    )
    .all(channelId, limit)
    .map((row) => String(row['place']))
}

/** Which index leads, then what its rows must fulfil besides. */
function searchBranch(
  sqlite: DatabaseSync,
  {
    conditions,
    range,
    scan,
    limit,
  }: {
    conditions: Condition[]
    range: IdRange
    scan: number
    limit: number
  },
): Branch {
  const driver = conditions.find(({ from }) => from !== undefined)
  const rest = conditions.filter((condition) => condition !== driver)
  const from = driver?.from ?? ALL
  // As the leading index has it, or SQLite would sort.
  const id = from === DEAD ? 'delivery_id' : 'id'
  const inRange = [driver?.sql ?? 'TRUE', `${id} >= ?`, `${id} < ?`].join(' AND ')
  const values = driver?.values ?? []
  const { fromId, toId } = range
  const bound =
    rest.length === 0
      ? fromId
      : driver === undefined
        ? Math.max(fromId, toId - scan)
        : Number(
            sqlite
              .prepare(
                `SELECT id FROM ${from} WHERE ${inRange} ORDER BY ${id} DESC LIMIT 1 OFFSET ?`,
              )
              .get(...values, fromId, toId, scan - 1)?.['id'] ?? fromId,
          )
  const exactTime = range.times
  const rows = sqlite
    .prepare(
      `SELECT ${COLUMNS} FROM ${from}
       WHERE ${[inRange, ...[...rest, ...exactTime].map(({ sql }) => sql)].join(' AND ')}
       ORDER BY ${id} DESC LIMIT ?`,
    )
    .all(
      ...values,
      ...[bound, toId],
      ...[...rest, ...exactTime].flatMap((condition) => condition.values),
      limit,
    )
  const reachedId = rows.length < limit ? bound : Number(rows.at(-1)?.['id'])
  return { rows, reachedId: reachedId <= fromId ? 0 : reachedId }
}

/** Those with an index come first, the rarest of them at the very front. */
function conditionsOf(query: DeliveryQuery): Condition[] {
  const { place, senderId, subscriptionId, origin, kind, verdict, handOn, changeType } = query
  const { resourcePrefix } = query
  const conditions: (Condition | null)[] = [
    place === undefined ? null : termCondition({ place }),
    senderId === undefined ? null : termCondition({ senderId }),
    // The indexes of these are made for one value each, which must stand in the statement.
    origin === 'catch-up'
      ? { sql: `origin = 'catch-up'`, values: [], from: INDEXED('deliveries_catch_up') }
      : null,
    origin === 'test'
      ? { sql: `origin = 'test'`, values: [], from: INDEXED('deliveries_test') }
      : null,
    handOn === 'dead' ? { sql: `state = 'dead'`, values: [], from: DEAD } : null,
    verdict === 'refused'
      ? { sql: `verdict = 'refused'`, values: [], from: INDEXED('deliveries_refused') }
      : null,
    verdict === 'waiting'
      ? { sql: `verdict = 'waiting'`, values: [], from: INDEXED('deliveries_unjudged') }
      : null,
    kind === 'lifecycleNotification'
      ? {
          sql: `kind = 'lifecycleNotification'`,
          values: [],
          from: INDEXED('deliveries_lifecycle'),
        }
      : null,
    subscriptionId === undefined ? null : termCondition({ subscriptionId }),
    origin === 'graph' ? { sql: `origin = 'graph'`, values: [] } : null,
    kind === 'changeNotification' ? { sql: `kind = 'changeNotification'`, values: [] } : null,
    verdict === 'valid' ? { sql: `verdict = 'valid'`, values: [] } : null,
    verdict === 'none' ? { sql: 'verdict IS NULL', values: [] } : null,
    handOn === 'none' ? { sql: 'state IS NULL', values: [] } : null,
    handOn === 'waiting' || handOn === 'done' ? { sql: 'state = ?', values: [handOn] } : null,
    changeType === undefined ? null : { sql: 'change_type = ?', values: [changeType] },
    resourcePrefix === undefined
      ? null
      : {
          sql: 'substr(resource, 1, length(?)) = ?',
          values: [resourcePrefix, resourcePrefix],
        },
  ]
  return conditions.filter((condition) => condition !== null)
}

function termConditions(term: DeliveryTerm): Condition[] {
  if (!('resourceId' in term)) return [termCondition(term)]
  const values = [term.resourceId]
  const without = { sql: 'resource_id = ? AND item_key IS NULL', values }
  return [
    { sql: WITH_KEY, values, from: DELIVERIES('') },
    { ...without, from: INDEXED('deliveries_by_resource') },
  ]
}

function termCondition(term: Exclude<DeliveryTerm, { resourceId: string }>): Condition {
  if ('place' in term) {
    return { sql: 'place = ?', values: [term.place], from: INDEXED('deliveries_by_place') }
  }
  if ('senderId' in term) {
    return { sql: 'sender_id = ?', values: [term.senderId], from: INDEXED('deliveries_by_sender') }
  }
  return {
    sql: 'subscription_id = ?',
    values: [term.subscriptionId],
    from: INDEXED('deliveries_by_subscription'),
  }
}

interface IdRange {
  fromId: number
  /** Not part of it. */
  toId: number
  times: Condition[]
}

function rangeOf(sqlite: DatabaseSync, { from, to, beforeId }: DeliveryQuery): IdRange {
  const ends = sqlite
    .prepare('SELECT (SELECT min(id) FROM deliveries) AS a, (SELECT max(id) FROM deliveries) AS b')
    .get()
  const first = Number(ends?.['a'] ?? 1)
  const end = Number(ends?.['b'] ?? 0) + 1
  const idAt = (time: string) => firstIdAt(sqlite, { time, first, end })
  return {
    fromId: from === undefined ? first : Math.max(first, idAt(from) - SLACK_ROWS),
    toId: Math.min(beforeId ?? end, to === undefined ? end : Math.min(end, idAt(to) + SLACK_ROWS)),
    times: [
      ...(from === undefined ? [] : [{ sql: 'received_at >= ?', values: [from] }]),
      ...(to === undefined ? [] : [{ sql: 'received_at < ?', values: [to] }]),
    ],
  }
}

/** The id from which on items were received at a time or later, by halving: ids follow time. */
function firstIdAt(
  sqlite: DatabaseSync,
  { time, first, end }: { time: string; first: number; end: number },
): number {
  const next = sqlite.prepare(
    'SELECT id, received_at FROM deliveries WHERE id >= ? ORDER BY id LIMIT 1',
  )
  let [low, high] = [first, end]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const row = next.get(middle)
    if (row && String(row['received_at']) < time) low = Number(row['id']) + 1
    else high = middle
  }
  return low
}

function timeAt(sqlite: DatabaseSync, id: number): string | null {
  const row = sqlite
    .prepare('SELECT received_at FROM deliveries WHERE id >= ? ORDER BY id LIMIT 1')
    .get(id)
  return row ? String(row['received_at']) : null
}

function toFound(row: Row): Omit<FoundDelivery, 'summary' | 'placeName' | 'senderName'> {
  const text = (name: string) => (typeof row[name] === 'string' ? row[name] : null)
  const state = text('handOnState') as 'waiting' | 'done' | 'dead' | null
  return {
    ...toDelivery(row),
    place: text('place'),
    verdict: text('verdict') as FoundDelivery['verdict'],
    handOn: state && {
      state,
      attempts: Number(row['attempts']),
      nextAttemptAt: text('nextAttemptAt'),
      doneAt: text('doneAt'),
      lastError: text('lastError'),
    },
  }
}
