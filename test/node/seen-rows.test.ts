// What was caught up and what comes late, against what SQLite holds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placeOf } from '../../main/core/hand-on/resource.ts'
import type { Database } from '../../main/core/ports/database.ts'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { openDatabase } from '../../main/node/database.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 9, minute)).toISOString()

let folder = ''
let database: Database

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-seen-'))
  database = await openDatabase(path.join(folder, 'emi.db'))
})

afterEach(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

function notified(id: string, change: Partial<NewDelivery> = {}): NewDelivery {
  const resource = `chats('19:a')/messages('${id}')`
  return {
    ...{ receivedAt: at(0), kind: 'changeNotification', subscriptionKey: 'chat-messages' },
    ...{ subscriptionId: 'sub', tenantId: 'tenant', changeType: 'created', resource },
    ...{ resourceId: id, place: placeOf(resource), rich: false, itemJson: '{}' },
    ...change,
  }
}

/** A version that was read from Graph. */
function read(id: string, version: number, change: Partial<NewDelivery> = {}): NewDelivery {
  const etag = `"${version}"`
  const resourceData = { id, '@odata.etag': etag, lastModifiedDateTime: at(version) }
  return notified(id, {
    ...{ receivedAt: at(30), origin: 'catch-up' },
    itemJson: JSON.stringify({ resourceData }),
    caughtUp: { etag, lastModifiedDateTime: at(version), modifiedAt: at(version) },
    ...change,
  })
}

const kinds = async (items: NewDelivery[]) =>
  (await database.addDeliveries(items)).map(
    ({ changeType, resourceId }) => `${changeType} ${resourceId}`,
  )

test('a version is stored once, however it came, and counts as new only where nothing told of it', async () => {
  await database.addDeliveries([notified('1', { receivedAt: at(5) }), notified('2')])
  expect(await kinds([read('1', 5), read('2', 5), read('3', 5), read('3', 5)])).toEqual([
    'updated 2',
    'created 3',
  ])
  expect(await kinds([read('3', 6), read('1', 5)])).toEqual(['updated 3'])
  expect(await database.unseenOf([read('3', 6), read('4', 5)])).toHaveLength(1)
})

test('what comes late is left out for some hours; what may be new, or was forged, is not believed', async () => {
  await database.addDeliveries([read('1', 5), read('2', 5, { changeType: 'deleted' })])
  const late = (id: string, change: Partial<NewDelivery>) =>
    notified(id, { receivedAt: at(60), subscriptionId: 'another', ...change })
  const again = JSON.stringify({ resourceData: { '@odata.etag': 'W/"5"' } })
  expect(
    await kinds([
      late('1', {}),
      late('2', { changeType: 'deleted' }),
      late('1', { changeType: 'updated', itemJson: again }),
      late('1', { changeType: 'updated' }),
      late('1', { changeType: 'deleted' }),
      late('2', { changeType: 'deleted', receivedAt: at(60 * 7) }),
    ]),
  ).toEqual(['updated 1', 'deleted 1', 'deleted 2'])
  const [forged] = await database.addDeliveries([
    notified('9', {
      ...{ receivedAt: at(9), rich: true },
      content: { sealedTokens: 'sealed', certificateId: 'c' },
    }),
  ])
  await database.setVerdicts([{ ids: [forged?.id ?? 0], verdict: 'refused', reason: 'forged' }])
  expect(await kinds([read('9', 5)])).toEqual(['created 9'])
})

test('known places are listed by kind, page by page', async () => {
  const items = ['b', 'a', 'a', 'c'].map((chat) => {
    const resource = `chats('19:${chat}')/messages('${chat}')`
    return notified(chat, { resource, place: placeOf(resource) })
  })
  const channel = `teams('t')/channels('19:x')/messages('1')`
  await database.addDeliveries([
    ...items,
    notified('1', { resource: channel, place: placeOf(channel) }),
  ])
  expect(await database.knownPlaces('chat:', 'chat:', 2)).toEqual(['chat:19:a', 'chat:19:b'])
  expect(await database.knownPlaces('chat:', 'chat:19:b', 2)).toEqual(['chat:19:c'])
  expect(await database.knownPlaces('channel:', 'channel:', 9)).toEqual(['channel:t/19:x'])
})
