// What is kept beside a stored notification: where it came from, its place, sender, headers, and the names it uses.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../main/core/ports/database.ts'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { openDatabase } from '../../main/node/database.ts'
import { MIGRATIONS } from '../../main/node/sqlite-file.ts'

let folder = ''
let file = ''
let database: Database

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-delivery-rows-'))
  file = path.join(folder, 'emi.db')
  database = await openDatabase(file)
})

afterEach(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

const AT = '2026-03-02T09:00:00.000Z'
const LATER = '2026-03-02T10:00:00.000Z'

function message(given: Partial<NewDelivery> = {}): NewDelivery {
  return {
    receivedAt: AT,
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: 'subscription',
    tenantId: 'tenant',
    changeType: 'created',
    resource: "chats('19:a@thread.v2')/messages('1615971548136')",
    resourceId: '1615971548136',
    place: 'chat:19:a@thread.v2',
    rich: false,
    itemJson: '{}',
    ...given,
  }
}

/** Removes names written before LATER, a few at a time; returns how many went. */
async function removeNames(limit: number): Promise<number> {
  let removed = 0
  for (let afterKey: string | null = ''; afterKey !== null;) {
    const step: { deleted: number; lastKey: string | null } = await database.deleteUnusedNames({
      ...{ before: LATER, afterKey, limit },
    })
    removed += step.deleted
    afterKey = step.lastKey
  }
  return removed
}

const keysLeft = async (...keys: string[]) => (await database.readNames(keys)).map(({ key }) => key)

test('keeps where an item came from, who sent it and the headers of its post', async () => {
  const headers = { 'user-agent': 'Graph', 'client-request-id': 'c-1' }
  const added = await database.addDeliveries([
    message({ headers }),
    message({ headers, origin: 'catch-up', senderId: 'person-1' }),
    message(),
  ])
  expect(added).toMatchObject([
    { origin: 'graph', senderId: null },
    { origin: 'catch-up', senderId: 'person-1' },
    { origin: 'graph' },
  ])
  const stored = await Promise.all(added.map(({ id }) => database.getDelivery(id)))
  expect(stored.map((delivery) => delivery?.headers)).toEqual([headers, headers, null])
  expect(await database.latestDeliveries(3)).toEqual(added.toReversed())
})

test('notes who sent a message once its content was read', async () => {
  const [first, second] = await database.addDeliveries([message(), message()])
  await database.noteSenders([{ deliveryId: second?.id ?? 0, senderId: 'person-2' }])
  expect(await database.latestDeliveries(2)).toMatchObject([
    { id: second?.id, senderId: 'person-2' },
    { id: first?.id, senderId: null },
  ])
})

test('reads names that are known, and their latest', async () => {
  await database.writeNames([{ key: 'user:1', name: 'Ana', at: AT }])
  await database.writeNames([{ key: 'user:1', name: 'Ana Lima', at: LATER }])
  expect(await database.readNames(['user:2', 'user:1'])).toEqual([
    { key: 'user:1', name: 'Ana Lima', at: LATER },
  ])
})

test('names go when no stored notification uses them any more', async () => {
  await database.addDeliveries([
    message({ senderId: 'sender' }),
    message({ place: null, resourceId: 'present' }),
    message({ place: 'channel:t/19:c', resourceId: '7' }),
  ])
  const used = ['user:sender', 'user:present', 'chat:19:a@thread.v2', 'channel:t/19:c']
  const unused = ['user:gone', 'chat:19:gone', 'channel:t/19:gone', 'user:19:a@thread.v2']
  const names = [...used, ...unused].map((key) => ({ key, name: `name of ${key}`, at: AT }))
  await database.writeNames([...names, { key: 'user:just-written', name: 'New', at: LATER }])
  expect(await removeNames(2)).toBe(unused.length)
  expect(await keysLeft(...used, ...unused, 'user:just-written')).toEqual([
    ...used,
    'user:just-written',
  ])
  await database.deleteDeliveries({ before: LATER, afterId: 0, limit: 10 })
  await removeNames(100)
  expect(await keysLeft(...used)).toEqual([])
})

test('erasing the notifications erases the names', async () => {
  await database.writeNames([{ key: 'user:1', name: 'Ana', at: AT }])
  await database.erase('deliveries')
  expect(await keysLeft('user:1')).toEqual([])
})

test('a file of before keeps its notifications, which then count as sent by Graph', async () => {
  const older = path.join(folder, 'older.db')
  const sqlite = new DatabaseSync(older)
  const before = MIGRATIONS.slice(0, 5)
  for (const step of before) sqlite.exec(step)
  sqlite.exec(`PRAGMA user_version = ${before.length};
    INSERT INTO deliveries (received_at, kind, subscription_id, tenant_id, change_type, resource,
      rich, item_json)
    VALUES ('${AT}', 'changeNotification', 's', 't', 'created', 'chats(''19:a'')', 0, '{}')`)
  sqlite.close()
  const opened = await openDatabase(older)
  expect(await opened.getDelivery(1)).toMatchObject({
    ...{ receivedAt: AT, origin: 'graph', senderId: null, headers: null, place: null },
  })
  await opened.close()
})
