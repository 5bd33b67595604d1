// Searching stored notifications in a real file: what is found, in which order, page by page, and at what cost.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryFilter } from '../../main/contract/models/delivery.ts'
import { placeOf, searchedParts } from '../../main/core/hand-on/resource.ts'
import type { Database } from '../../main/core/ports/database.ts'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { searchDeliveries } from '../../main/core/webhook/delivery-search.ts'
import { openDatabase } from '../../main/node/database.ts'

const START = Date.parse('2026-03-02T09:00:00.000Z')
const COUNT = 60_000
const RARE = 40
const CHANNEL = '19:channel@thread.tacv2'
const PERSON = 'a1b2c3d4-0000-4000-8000-000000000001'
const OLD_SUBSCRIPTION = 'a1b2c3d4-0000-4000-8000-0000000000aa'

let folder = ''
let database: Database
/** Stands still: each call looks at one step only. */
const clock = { ms: 0, now: () => new Date((clock.ms += 1_000)) }

const at = (number: number) => new Date(START + number * 1_000).toISOString()

/** One a second; of the first 40, and of these only, each is the only one of its kind. */
function item(number: number): NewDelivery {
  const id = String(1_600_000_000_000 + number)
  const resource = `chats('19:${number % 500}@thread.v2')/messages('${id}')`
  return {
    receivedAt: at(number),
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: 'subscription',
    tenantId: 'tenant',
    changeType: 'created',
    ...{ resource, resourceId: id, place: placeOf(resource) },
    rich: false,
    itemJson: '{}',
    ...special(number),
  }
}

function special(number: number): Partial<NewDelivery> {
  const channel = `teams('team')/channels('${CHANNEL}')/messages('7')`
  const rare: Record<number, Partial<NewDelivery>> = {
    1: { kind: 'lifecycleNotification', changeType: 'missed', resource: '', resourceId: null },
    2: { origin: 'test' },
    3: { origin: 'catch-up', senderId: PERSON },
    4: { resource: channel, resourceId: '7', place: placeOf(channel) },
    5: { changeType: 'deleted' },
    6: { content: { sealedTokens: 'x', certificateId: 'c' }, rich: true },
    7: { content: { sealedTokens: 'x', certificateId: 'c' }, rich: true },
    8: { handOnLane: 'a' },
    9: { handOnLane: 'b' },
    10: { subscriptionId: OLD_SUBSCRIPTION },
    11: { resource: 'odd/thing', resourceId: null, place: null },
  }
  return rare[number] ?? {}
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-delivery-search-'))
  database = await openDatabase(path.join(folder, 'emi.db'))
  const PER_COMMIT = 5_000
  for (let from = 0; from < COUNT; from += PER_COMMIT) {
    await database.addDeliveries(
      Array.from({ length: PER_COMMIT }, (_, index) => item(from + index)),
    )
  }
  // Ids begin with 1, numbers with 0.
  await database.setVerdicts([{ ids: [8], verdict: 'refused', reason: 'issuer' }])
  await database.noteHandOn([
    { deliveryId: 9, state: 'dead', attempts: 3, lastError: 'refused' },
    { deliveryId: 10, state: 'done', at: at(12) },
  ])
  await database.writeNames([
    { key: `user:${PERSON}`, name: 'Özlem Yıldız', at: at(0) },
    { key: 'chat:19:77@thread.v2', name: 'Front desk', at: at(0) },
  ])
})

afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

function search(filter: DeliveryFilter & { beforeId?: number; limit?: number }) {
  return searchDeliveries(
    { limit: 50, ...filter },
    { database, clock, readResource: searchedParts },
  )
}

/** Goes on until there is nothing older, as a person does who presses “further back”; the numbers found. */
async function searchAll(filter: DeliveryFilter, limit = 500): Promise<number[]> {
  const numbers: number[] = []
  for (let beforeId: number | null | undefined; beforeId !== null;) {
    const page = await search({ ...filter, limit, ...(beforeId !== undefined && { beforeId }) })
    numbers.push(...page.found.map(({ id }) => id - 1))
    beforeId = page.nextBeforeId
  }
  return numbers
}

describe('what is rare is found at once, however far back', () => {
  test.each<[string, DeliveryFilter, number]>([
    ['a lifecycle notification', { kind: 'lifecycleNotification' }, 1],
    ['a test', { origin: 'test' }, 2],
    ['what was caught up', { origin: 'catch-up' }, 3],
    ['a sender', { senderId: PERSON }, 3],
    ['a channel', { place: `channel:team/${CHANNEL}` }, 4],
    ['an unproven content', { verdict: 'waiting' }, 6],
    ['a refused content', { verdict: 'refused' }, 7],
    ['an event that was given up', { handOn: 'dead' }, 8],
    ['an earlier subscription', { subscriptionId: OLD_SUBSCRIPTION }, 10],
    ['the id of a message', { text: '1600000000005' }, 5],
    ['the id of a channel', { text: CHANNEL }, 4],
    ['the id of a person', { text: PERSON }, 3],
    ['the id of a subscription', { text: OLD_SUBSCRIPTION }, 10],
    ['a part of a name, in any case', { text: 'özlem' }, 3],
    ['a resource', { text: `/teams/team/channels/${CHANNEL}/messages/7` }, 4],
    ['a place and a change', { place: 'chat:19:5@thread.v2', changeType: 'deleted' }, 5],
    ['a time', { from: at(5), to: at(6) }, 5],
    ['a time with what has no index', { from: at(0), to: at(60), changeType: 'deleted' }, 5],
    ['a time with a state', { from: at(0), to: at(60), handOn: 'done' }, 9],
  ])('%s', async (_, filter, number) => {
    const { found } = await search(filter)
    expect(found.map(({ id }) => id - 1)).toEqual([number])
  })
})

test('what is rare and has no index is looked for bit by bit, and it is said how far', async () => {
  const first = await search({ changeType: 'deleted' })
  expect(first.found).toEqual([])
  expect(first.nextBeforeId).toBe(COUNT + 1 - 20_000)
  expect(first.searchedBackTo).toBe(at(COUNT - 20_000))
  expect(await searchAll({ changeType: 'deleted' })).toEqual([5])
  expect(await searchAll({ handOn: 'done', changeType: 'created' })).toEqual([9])
  expect(await searchAll({ text: 'chats-and/things' })).toEqual([])
})

test('pages follow each other without a gap or a repetition', async () => {
  const ofChat = Array.from({ length: COUNT / 500 }, (_, index) => 77 + index * 500).reverse()
  expect(await searchAll({ place: 'chat:19:77@thread.v2' }, 7)).toEqual(ofChat)
  // By its name, along with whatever else “front” could be the id of.
  expect(await searchAll({ text: 'front' }, 50)).toEqual(ofChat)
  expect(await searchAll({ from: at(100), to: at(1_100) }, 300)).toEqual(
    Array.from({ length: 1_000 }, (_, index) => 1_099 - index),
  )
})

test('several meanings of one text are found together, the newest first', async () => {
  await database.writeNames([{ key: 'chat:19:100@thread.v2', name: 'Özlem and you', at: at(0) }])
  const found = await searchAll({ text: 'Özlem', to: at(1_000) }, 1)
  expect(found).toEqual([600, 100, 3])
})

test('what one meaning finds far back waits until the others were looked for as far', async () => {
  const key = 'chat:19:5@thread.v2'
  await database.writeNames([{ key, name: 'About a subscription', at: at(0) }])
  // It is the chat’s and the subscription’s: found once, though the chat’s few are through much sooner.
  expect(await searchAll({ text: 'subscription', changeType: 'deleted' })).toEqual([5])
})

test('shows names, hand-on and verdict with each', async () => {
  const [caughtUp] = (await search({ senderId: PERSON })).found
  expect(caughtUp).toMatchObject({
    ...{ senderName: 'Özlem Yıldız', placeName: null, origin: 'catch-up', handOn: null },
    summary: 'New chat message',
  })
  const [dead] = (await search({ handOn: 'dead' })).found
  expect(dead?.handOn).toMatchObject({ state: 'dead', attempts: 3, lastError: 'refused' })
  expect((await search({ verdict: 'refused' })).found[0]?.verdict).toBe('refused')
  const [named] = (await search({ place: 'chat:19:77@thread.v2', limit: 1 })).found
  expect(named?.placeName).toBe('Front desk')
})

test('says when too many have such a name', async () => {
  const names = Array.from({ length: RARE + 20 }, (_, n) => ({
    ...{ key: `user:many-${n}`, name: `Sam ${n}`, at: at(0) },
  }))
  await database.writeNames(names)
  expect((await search({ text: 'sam' })).tooManyNames).toBe(true)
  expect((await search({ text: 'Sam 59' })).tooManyNames).toBe(false)
})

test('an empty inbox has nothing, whatever is asked', async () => {
  const empty = await openDatabase(path.join(folder, 'empty.db'))
  const deps = { database: empty, clock, readResource: searchedParts }
  for (const filter of [{}, { text: 'x' }, { from: at(0) }, { handOn: 'none' as const }]) {
    const page = await searchDeliveries({ ...filter, limit: 10 }, deps)
    expect(page).toMatchObject({ found: [], nextBeforeId: null, searchedBackTo: null })
  }
  await empty.close()
})

test('no search reads the table from end to end, or sorts', async () => {
  // What the searches really ask for, seen by a connection that writes them down.
  const asked: string[] = []
  const sqlite = new DatabaseSync(path.join(folder, 'emi.db'), { readOnly: true })
  const prepare = sqlite.prepare.bind(sqlite)
  sqlite.prepare = (sql) => {
    asked.push(sql)
    return prepare(sql)
  }
  const { searchRows } = await import('../../main/node/delivery-search.ts')
  const filters: DeliveryFilter[] = [
    ...[{}, { place: 'p' }, { senderId: 's' }, { subscriptionId: 's' }, { changeType: 'c' }],
    ...[{ kind: 'lifecycleNotification' } as const, { kind: 'changeNotification' } as const],
    ...(['graph', 'catch-up', 'test'] as const).map((origin) => ({ origin })),
    ...(['none', 'waiting', 'valid', 'refused'] as const).map((verdict) => ({ verdict })),
    ...(['none', 'waiting', 'done', 'dead'] as const).map((handOn) => ({ handOn })),
  ]
  for (const one of filters) {
    for (const other of filters) {
      searchRows(sqlite, { ...one, ...other, limit: 5, scan: 100, from: at(0) })
    }
  }
  const plans = new Set(
    [...new Set(asked)].flatMap((sql) =>
      prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((step) => String(step['detail'])),
    ),
  )
  const bad = [...plans].filter((step) => /^SCAN (?!CONSTANT)|TEMP B-TREE/.test(step))
  expect(bad).toEqual([])
  sqlite.close()
})
