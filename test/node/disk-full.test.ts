// The webhook on a disk that is full, read-only or damaged: what was acknowledged stays, the rest is left to Graph.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NOTIFICATION_PATH } from '../../main/core/webhook-paths.ts'
import { ClientStates } from '../../main/core/webhook/client-states.ts'
import { createEndpoint } from '../../main/core/webhook/endpoint.ts'
import { Inbox } from '../../main/core/webhook/inbox.ts'
import type { Database } from '../../main/core/ports/database.ts'
import { openDatabase } from '../../main/node/database.ts'
import { systemClock } from '../../main/node/system-clock.ts'
import { memoryLog, MemorySecrets, seededRandom } from '../fakes/memory-ports.ts'

const SUBSCRIPTION_ID = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07'
const PAGE_BYTES = 8_192

let folder = ''
const undo: (() => void | Promise<void>)[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-disk-'))
})

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  rmSync(folder, { recursive: true, force: true })
})

/** A webhook on this database; `post` resolves with the status of the answer. */
async function makeWebhook(database: Database) {
  const log = memoryLog(systemClock)
  const clientStates = new ClientStates({ secrets: new MemorySecrets(), random: seededRandom() })
  const clientState = await clientStates.create('chats')
  await clientStates.confirm('chats', { clientState, subscriptionId: SUBSCRIPTION_ID })
  const handle = createEndpoint({
    inbox: new Inbox({ database, clock: systemClock, log }),
    clientStates,
    probeKey: await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    clock: systemClock,
    log,
    onLifecycle: () => {},
    onRefused: () => {},
  })
  const post = async (id: string): Promise<number> => {
    const item = {
      subscriptionId: SUBSCRIPTION_ID,
      clientState,
      changeType: 'created',
      resource: `chats('${id}')`,
      resourceData: { id, filler: 'x'.repeat(1_000) },
    }
    const body = JSON.stringify({ value: [item, { ...item, resource: `chats('${id}-b')` }] })
    const request = { method: 'POST', body }
    return (await handle(new Request(`http://localhost${NOTIFICATION_PATH}`, request))).status
  }
  return { post, log }
}

type Webhook = Awaited<ReturnType<typeof makeWebhook>>

/** Posts until the webhook no longer takes four at a time, nor one; returns the ids that were acknowledged. */
async function postUntilFull({ post }: Webhook): Promise<string[]> {
  const acknowledged: string[] = []
  let senders = ['a', 'b', 'c', 'd']
  for (let index = 0; index < 5_000; index += 1) {
    const ids = senders.map((sender) => `${index}-${sender}`)
    const statuses = await Promise.all(ids.map(post))
    acknowledged.push(...ids.filter((_, sender) => statuses[sender] === 202))
    const refused = statuses.filter((status) => status !== 202)
    if (refused.length > 0) {
      expect(new Set(refused)).toEqual(new Set([503]))
      if (senders.length === 1) return acknowledged
      senders = ['a']
    }
  }
  throw new Error('The disk never was full.')
}

async function storedIds(database: Database): Promise<Set<string>> {
  const all = await database.latestDeliveries(100_000)
  return new Set(all.map(({ resourceId }) => resourceId ?? ''))
}

async function expectKept(database: Database, acknowledged: string[]): Promise<void> {
  const stored = await storedIds(database)
  expect(acknowledged.length).toBeGreaterThan(10)
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
  expect(await database.countDeliveries()).toBe(stored.size * 2)
}

/** A file system of its own of this size, where this user may mount one. */
function mountSmallDisk(options: string): boolean {
  if (process.platform !== 'linux') return false
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  if (status !== 0) return false
  undo.push(() => {
    spawnSync('umount', [folder])
  })
  return true
}

test('a full database: 503 and nothing half stored, 202 again once old notifications were removed', async () => {
  const file = path.join(folder, 'emi.db')
  const database = await openDatabase(file, { maxPages: 200 })
  undo.push(() => database.close())
  const webhook = await makeWebhook(database)
  const acknowledged = await postUntilFull(webhook)
  await expectKept(database, acknowledged)
  expect(webhook.log.entries.at(-1)?.facts['code']).toBe('disk-full')
  const before = '9999'
  const { deleted } = await database.deleteDeliveries({ before, afterId: 0, limit: 40 })
  expect(deleted).toBe(40)
  expect(await webhook.post('later')).toBe(202)
  const stored = await storedIds(database)
  expect(stored).toContain('later')
  expect(acknowledged.slice(20).filter((id) => !stored.has(id))).toEqual([])
})

test('a full disk: 503, what was acknowledged is there after a restart, 202 again when there is space', async () => {
  const mounted = mountSmallDisk('size=3m')
  const filler = path.join(folder, 'filler')
  const file = path.join(folder, 'emi.db')
  // Where no disk can be mounted, the limit of the file stands in for it.
  let database = await openDatabase(file, mounted ? {} : { maxPages: 300 })
  undo.push(() => database.close())
  if (mounted) writeFileSync(filler, new Uint8Array(700_000))
  const webhook = await makeWebhook(database)
  const acknowledged = await postUntilFull(webhook)
  expect(await webhook.post('again')).toBe(503)
  expect(webhook.log.entries.at(-1)?.facts['code']).toBe('disk-full')
  rmSync(filler, { force: true })
  if (!mounted) {
    await database.close()
    database = await openDatabase(file)
  }
  const { post } = mounted ? webhook : await makeWebhook(database)
  expect(await post('later')).toBe(202)
  await database.close()
  database = await openDatabase(file)
  await expectKept(database, [...acknowledged, 'later'])
})

// Windows knows no such modes for folders.
if (process.platform !== 'win32') {
  test('a read-only folder: says so at the start and changes nothing', async () => {
    let inner = path.join(folder, 'data')
    if (process.getuid?.() === 0) {
      // To root modes mean nothing; a read-only file system does, and nobody may make folders in the kernel's own.
      if (!mountSmallDisk('ro,size=1m')) inner = '/sys/emi-tray-test'
    } else {
      mkdirSync(inner)
      chmodSync(inner, 0o500)
      undo.push(() => chmodSync(inner, 0o700))
    }
    await expect(openDatabase(path.join(inner, 'emi.db'))).rejects.toMatchObject({
      code: 'data-folder-unwritable',
    })
  })
}

test('a damaged page: is found at the start, and the file is left as it is for whoever can rescue it', async () => {
  const file = path.join(folder, 'emi.db')
  const database = await openDatabase(file)
  const webhook = await makeWebhook(database)
  for (let index = 0; index < 100; index += 1) expect(await webhook.post(String(index))).toBe(202)
  await database.close()
  const sound = readFileSync(file)
  const pages = statSync(file).size / PAGE_BYTES
  const random = seededRandom(7)
  for (let round = 0; round < 10; round += 1) {
    // Any page but the first, which tells that this is a database at all.
    const page = 3 + Math.floor(random.fraction() * (pages - 3))
    const damaged = Buffer.from(sound)
    damaged.fill(0xff, page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
    writeFileSync(file, damaged)
    await expect(openDatabase(file)).rejects.toMatchObject({ code: 'database-unreadable' })
    expect(readFileSync(file).equals(damaged)).toBe(true)
  }
  writeFileSync(file, sound)
  const again = await openDatabase(file)
  undo.push(() => again.close())
  await expectKept(
    again,
    Array.from({ length: 100 }, (_, index) => String(index)),
  )
})

test('a page that is damaged while the webhook runs: 503, never 202 for what was not stored', async () => {
  const file = path.join(folder, 'emi.db')
  const first = await openDatabase(file)
  const filled = await makeWebhook(first)
  for (let index = 0; index < 50; index += 1) expect(await filled.post(String(index))).toBe(202)
  await first.close()
  const database = await openDatabase(file)
  undo.push(() => database.close())
  const webhook = await makeWebhook(database)
  // Another program writes over the file beside us.
  const handle = openSync(file, 'r+')
  writeSync(handle, new Uint8Array(statSync(file).size - PAGE_BYTES).fill(0xff), 0, undefined, PAGE_BYTES) // prettier-ignore
  closeSync(handle)
  const statuses = await Promise.all(['a', 'b', 'c'].map(webhook.post))
  const stored = await storedIds(database).catch(() => new Set<string>())
  expect(['a', 'b', 'c'].filter((id, at) => statuses[at] === 202 && !stored.has(id))).toEqual([])
  expect(statuses.every((status) => status === 202 || status === 503)).toBe(true)
})
