import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { databaseError } from '../../main/node/database-error.ts'
import { openDatabase } from '../../main/node/database.ts'
import { MIGRATIONS } from '../../main/node/sqlite-file.ts'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-database-'))
  file = path.join(folder, 'emi.db')
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function delivery(given: Partial<NewDelivery> = {}): NewDelivery {
  return {
    receivedAt: '2026-03-02T09:00:00.000Z',
    kind: 'changeNotification',
    subscriptionKey: 'chats',
    subscriptionId: 'subscription',
    tenantId: 'tenant',
    changeType: 'created',
    resource: "chats('19:a')",
    resourceId: '19:a',
    rich: false,
    itemJson: '{"a":1}',
    ...given,
  }
}

/** Reads with a connection of its own, past everything the code under test keeps in memory. */
function count(): number {
  const sqlite = new DatabaseSync(file, { readOnly: true })
  try {
    return Number(sqlite.prepare('SELECT count(*) AS n FROM deliveries').get()?.['n'])
  } finally {
    sqlite.close()
  }
}

test('keeps records of JSON by name', async () => {
  const database = await openDatabase(file)
  expect(await database.readRecord('provisioning')).toBeUndefined()
  await database.writeRecord('provisioning', { appId: 'a', list: [1, null, 'Grüße'] })
  await database.writeRecord('other', null)
  await database.writeRecord('provisioning', { appId: 'b' })
  await database.close()
  const again = await openDatabase(file)
  expect(await again.readRecord('provisioning')).toEqual({ appId: 'b' })
  expect(await again.readRecord('other')).toBeNull()
  await again.deleteRecord('provisioning')
  expect(await again.readRecord('provisioning')).toBeUndefined()
  await again.close()
})

test('gives deliveries back as they were, the newest first', async () => {
  const database = await openDatabase(file)
  const items = [
    delivery(),
    delivery({
      kind: 'lifecycleNotification',
      subscriptionKey: null,
      resourceId: null,
      rich: true,
      itemJson: '{"text":"🙂 \\u0000"}',
    }),
  ]
  const stored = await database.addDeliveries(items)
  expect(stored.map(({ id }) => id)).toEqual([1, 2])
  expect(await database.getDelivery(2)).toEqual({
    ...{ id: 2, origin: 'graph', senderId: null, headers: null, place: null },
    ...items[1],
  })
  expect(await database.getDelivery(3)).toBeUndefined()
  expect(await database.latestDeliveries(10)).toEqual([...stored].reverse())
  expect(await database.latestDeliveries(1)).toEqual([stored[1]])
  expect(await database.countDeliveries()).toBe(2)
  await database.close()
})

test('never gives an id twice', async () => {
  const database = await openDatabase(file)
  await database.addDeliveries([delivery(), delivery()])
  await database.close()
  const sqlite = new DatabaseSync(file)
  sqlite.exec('DELETE FROM deliveries')
  sqlite.close()
  const again = await openDatabase(file)
  expect((await again.addDeliveries([delivery()]))[0]?.id).toBe(3)
  await again.close()
})

test('another connection sees a delivery as soon as it was promised', async () => {
  const database = await openDatabase(file)
  await database.addDeliveries([delivery(), delivery()])
  expect(count()).toBe(2)
  await database.close()
})

test('writes ahead and flushes each commit', async () => {
  const database = await openDatabase(file)
  await database.addDeliveries([delivery()])
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)
  await database.close()
  expect(readdirSync(folder)).toEqual(['emi.db'])
})

// Windows has no such modes: there the user’s profile folder protects the files.
if (process.platform !== 'win32') {
  test('only this user may read the files', async () => {
    const database = await openDatabase(path.join(folder, 'deep', 'emi.db'))
    await database.addDeliveries([delivery()])
    for (const name of ['emi.db', 'emi.db-wal', 'emi.db-shm']) {
      expect(statSync(path.join(folder, 'deep', name)).mode & 0o777).toBe(0o600)
    }
    expect(statSync(path.join(folder, 'deep')).mode & 0o777).toBe(0o700)
    await database.close()
  })
}

test('stores all items of a call or none', async () => {
  const database = await openDatabase(file)
  const broken = Object.assign(delivery(), { tenantId: null })
  await expect(database.addDeliveries([delivery(), broken])).rejects.toThrow()
  expect(await database.countDeliveries()).toBe(0)
  await database.addDeliveries([delivery()])
  expect(count()).toBe(1)
  await database.close()
})

test.each([
  ['of a resource with an id', '1615971548136'],
  ['of one that has none', null],
])('keeps a change once: %s', async (_, resourceId) => {
  const database = await openDatabase(file)
  const change = (identity: string) => delivery({ resourceId, identity })
  expect(await database.addDeliveries([change('a'), change('b'), change('a')])).toHaveLength(2)
  expect(await database.addDeliveries([change('b'), change('c')])).toHaveLength(1)
  // What has no identity may look the same and be another change.
  expect(await database.addDeliveries([delivery(), delivery()])).toHaveLength(2)
  expect(count()).toBe(5)
  await database.close()
})

test('a change that was refused does not keep out the genuine one', async () => {
  const database = await openDatabase(file)
  const content = { sealedTokens: 'sealed', certificateId: 'a' }
  const rich = delivery({ identity: 'a', rich: true, content })
  const ids = (await database.addDeliveries([rich])).map(({ id }) => id)
  await database.setVerdicts([{ ids, verdict: 'refused', reason: 'audience' }])
  expect(await database.addDeliveries([rich, rich])).toHaveLength(1)
  await database.close()
})

test('finds deliveries by place, sender, id, origin, kind and subscription without reading them all', async () => {
  await (await openDatabase(file)).close()
  const sqlite = new DatabaseSync(file)
  const plan = (where: string) =>
    JSON.stringify(
      sqlite.prepare(`EXPLAIN QUERY PLAN SELECT * FROM deliveries WHERE ${where}`).all(),
    )
  expect(plan("place = 'chat:19:1@thread.v2'")).toContain('USING INDEX')
  expect(plan("resource_id = '1615971548136'")).toContain('USING INDEX')
  expect(plan("sender_id = 'a'")).toContain('USING INDEX')
  expect(plan("origin = 'test'")).toContain('USING INDEX')
  expect(plan("kind = 'lifecycleNotification'")).toContain('USING INDEX')
  expect(plan("subscription_id = 'a'")).toContain('USING INDEX')
  sqlite.close()
})

test('brings an older file up to date and keeps what is in it', async () => {
  const first = await openDatabase(file)
  await first.writeRecord('provisioning', { appId: 'a' })
  await first.close()
  const added = 'ALTER TABLE records ADD COLUMN note TEXT'
  const second = await openDatabase(file, { migrations: [...MIGRATIONS, added] })
  expect(await second.readRecord('provisioning')).toEqual({ appId: 'a' })
  await second.close()
  const sqlite = new DatabaseSync(file)
  expect(sqlite.prepare('PRAGMA user_version').get()?.['user_version']).toBe(MIGRATIONS.length + 1)
  expect(sqlite.prepare('SELECT note FROM records').all()).toHaveLength(1)
  sqlite.close()
})

test('finds by its id what was stored before there was one index for ids and repeats', async () => {
  const before = await openDatabase(file, { migrations: MIGRATIONS.slice(0, 6) })
  await before.close()
  const sqlite = new DatabaseSync(file)
  const columns =
    'received_at, kind, subscription_id, tenant_id, change_type, resource, resource_id'
  const insert = sqlite.prepare(
    `INSERT INTO deliveries (${columns}, rich, item_json, item_key)
     VALUES ('2026-03-02T09:00:00.000Z', 'changeNotification', 's', 't', 'created', ?, ?, 0, '{}', ?)`,
  )
  insert.run("chats('19:a')/messages('1615971548136')", '1615971548136', Buffer.alloc(22, 1))
  insert.run("chats('19:a')", '19:a', Buffer.alloc(22, 2))
  insert.run("chats('19:b')", null, Buffer.alloc(22, 3))
  sqlite.close()

  const database = await openDatabase(file)
  const query = { limit: 10, scan: 1_000 }
  const found = async (resourceId: string) =>
    (await database.searchDeliveries({ ...query, anyOf: [{ resourceId }] })).found
  expect(await found('1615971548136')).toHaveLength(1)
  expect(await found('19:a')).toHaveLength(1)
  expect(await database.countDeliveries()).toBe(3)
  await database.close()
})

test('a migration that fails leaves the file as it was', async () => {
  await (await openDatabase(file)).close()
  const migrations = [...MIGRATIONS, 'CREATE TABLE half (a TEXT); CREATE TABLE records (a TEXT);']
  await expect(openDatabase(file, { migrations })).rejects.toThrow()
  const sqlite = new DatabaseSync(file)
  const tables = sqlite.prepare("SELECT name FROM sqlite_master WHERE name = 'half'").all()
  expect(tables).toEqual([])
  sqlite.close()
  await (await openDatabase(file)).close()
})

test('does not touch a file of a newer version, and says so', async () => {
  const migrations = [...MIGRATIONS, 'CREATE TABLE later (a TEXT)']
  await (await openDatabase(file, { migrations })).close()
  await expect(openDatabase(file)).rejects.toMatchObject({
    name: 'AppError',
    code: 'database-unreadable',
  })
  await (await openDatabase(file, { migrations })).close()
})

test.each([
  ['a file that is no database', writeText],
  ['a damaged database', damage],
])('says what to do about %s', async (_name, prepare) => {
  await prepare()
  const before = readFileSync(file)
  await expect(openDatabase(file)).rejects.toMatchObject({
    name: 'AppError',
    code: 'database-unreadable',
  })
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('reports a full disk as such, keeps what is stored, and goes on when there is space again', async () => {
  const small = await openDatabase(file, { maxPages: 40 })
  const item = delivery({ itemJson: JSON.stringify('x'.repeat(1_000)) })
  let stored = 0
  const fill = async () => {
    for (;;) {
      await small.addDeliveries([item, item, item])
      stored += 3
    }
  }
  await expect(fill()).rejects.toMatchObject({ code: 'disk-full' })
  expect(stored).toBeGreaterThan(0)
  expect(await small.countDeliveries()).toBe(stored)
  await expect(small.addDeliveries([item, item, item])).rejects.toMatchObject({ code: 'disk-full' })
  await small.close()
  const roomy = await openDatabase(file)
  await roomy.addDeliveries([item])
  await roomy.close()
  expect(count()).toBe(stored + 1)
})

test('says which folder cannot be written', async () => {
  mkdirSync(file)
  await expect(openDatabase(file)).rejects.toMatchObject({ code: 'data-folder-unwritable' })
  writeFileSync(path.join(folder, 'plain'), '')
  await expect(openDatabase(path.join(folder, 'plain', 'emi.db'))).rejects.toMatchObject({
    code: 'data-folder-unwritable',
  })
})

test.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EACCES', 'data-folder-unwritable'],
  ['EROFS', 'data-folder-unwritable'],
])('takes %s of the file system for %s', (code, expected) => {
  const error = Object.assign(new Error(code), { code })
  expect(databaseError(error, file)).toMatchObject({ code: expected, cause: error })
})

test.each([
  [5, 'data-folder-in-use'],
  [8, 'data-folder-unwritable'],
  [1032, 'data-folder-unwritable'],
  [11, 'database-unreadable'],
  [13, 'disk-full'],
  [14, 'data-folder-unwritable'],
])('takes SQLite’s %d for %s', (errcode, expected) => {
  const error = Object.assign(new Error('sqlite'), { code: 'ERR_SQLITE_ERROR', errcode })
  expect(databaseError(error, file)).toMatchObject({ name: 'AppError', code: expected })
})

test('closes twice without harm, and refuses work afterwards', async () => {
  const database = await openDatabase(file)
  await database.close()
  await database.close()
  await expect(database.addDeliveries([delivery()])).rejects.toThrow()
})

function writeText(): Promise<void> {
  writeFileSync(file, 'This is a text. '.repeat(400))
  return Promise.resolve()
}

async function damage(): Promise<void> {
  const database = await openDatabase(file)
  await database.addDeliveries(Array.from({ length: 200 }, () => delivery()))
  await database.close()
  truncateSync(file, 3 * 4_096 + 100)
}

test.each([
  ['deliveries', { deliveries: 0, record: 'kept-record-text', audit: 1 }],
  ['records', { deliveries: 1, record: undefined, audit: 0 }],
  ['everything', { deliveries: 0, record: undefined, audit: 0 }],
] as const)('erasing %s leaves the rest, and nothing of it in the files', async (what, left) => {
  const database = await openDatabase(file)
  await database.addDeliveries([delivery({ itemJson: '"kept-delivery-text"' })])
  await database.writeRecord('provisioning', 'kept-record-text')
  await database.addAuditEntry({
    at: '2026-03-02T09:00:00.000Z',
    account: 'nora@acme.example',
    tenantId: 'tenant',
    action: 'create',
    object: 'application',
    name: 'kept-audit-text',
    method: 'PATCH',
    path: '/applications',
    outcome: 'done',
    status: 201,
    requestId: null,
    clientRequestId: 'c',
    before: null,
    after: null,
  })
  await database.erase(what)
  expect(await database.countDeliveries()).toBe(left.deliveries)
  expect(await database.readRecord('provisioning')).toBe(left.record)
  expect(await database.auditEntriesAfter(0, 10)).toHaveLength(left.audit)
  // While it is open still: the WAL is part of what lies on the disk.
  const onDisk = readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), 'latin1'))
    .join('')
  expect(onDisk.includes('kept-delivery-text')).toBe(left.deliveries > 0)
  expect(onDisk.includes('kept-record-text')).toBe(left.record !== undefined)
  expect(onDisk.includes('kept-audit-text')).toBe(left.audit > 0)
  await database.addDeliveries([delivery()])
  expect(await database.countDeliveries()).toBe(left.deliveries + 1)
  await database.close()
})
