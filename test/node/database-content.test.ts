// What the database keeps beside items with content: sealed tokens until they are judged, then the verdict.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../main/core/ports/database.ts'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { openDatabase } from '../../main/node/database.ts'

let folder = ''
let database: Database

const open = () => openDatabase(path.join(folder, 'emi.sqlite'))

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-database-content-'))
  database = await open()
})

afterEach(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

function item(given: Partial<NewDelivery> = {}): NewDelivery {
  return {
    receivedAt: '2026-03-02T09:00:00.000Z',
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: 'subscription',
    tenantId: 'tenant',
    changeType: 'created',
    resource: "chats('19:a')/messages('1')",
    resourceId: '1',
    rich: true,
    itemJson: '{}',
    content: { sealedTokens: 'sealed', certificateId: 'emi-1' },
    ...given,
  }
}

/** An item as it came without content. */
function basic(): NewDelivery {
  const { content: _, ...rest } = item({ rich: false })
  return rest
}

test('lists what waits in order, page by page, and nothing else', async () => {
  await database.addDeliveries([item(), basic(), item(), item()])
  const page = await database.unjudgedDeliveries(0, 2)
  expect(page).toEqual([
    {
      id: 1,
      receivedAt: '2026-03-02T09:00:00.000Z',
      tenantId: 'tenant',
      subscriptionKey: 'chat-messages',
      sealedTokens: 'sealed',
    },
    {
      id: 3,
      receivedAt: '2026-03-02T09:00:00.000Z',
      tenantId: 'tenant',
      subscriptionKey: 'chat-messages',
      sealedTokens: 'sealed',
    },
  ])
  expect((await database.unjudgedDeliveries(3, 2)).map(({ id }) => id)).toEqual([4])
})

test('what it gives back as a delivery tells nothing of tokens and certificates', async () => {
  const [added] = await database.addDeliveries([item()])
  const seen = [added, await database.getDelivery(1), await database.latestDeliveries(1)]
  expect(JSON.stringify(seen)).not.toMatch(/sealed|emi-1/)
})

test('a verdict survives, replaces the tokens, and is made once', async () => {
  await database.addDeliveries([item(), item(), basic()])
  await database.setVerdicts([
    { ids: [1], verdict: 'valid', reason: null },
    { ids: [2, 3], verdict: 'refused', reason: 'signature' },
  ])
  await database.setVerdicts([{ ids: [2], verdict: 'valid', reason: null }])
  await database.close()
  database = await open()
  expect(await database.readVerdict(1)).toEqual({ verdict: 'valid', reason: null })
  expect(await database.readVerdict(2)).toEqual({ verdict: 'refused', reason: 'signature' })
  expect(await database.readVerdict(3)).toBeUndefined()
  expect(await database.readVerdict(4)).toBeUndefined()
  expect(await database.unjudgedDeliveries(0, 10)).toEqual([])
})

test('knows which certificates stored items name, until they are erased', async () => {
  await database.addDeliveries([item()])
  expect(await database.isCertificateNamed('emi-1')).toBe(true)
  expect(await database.isCertificateNamed('emi-2')).toBe(false)
  await database.erase('deliveries')
  expect(await database.isCertificateNamed('emi-1')).toBe(false)
})

test('what was refused does not keep out the genuine item that it looks like', async () => {
  const identity = 'one and the same'
  expect(await database.addDeliveries([item({ identity })])).toHaveLength(1)
  expect(await database.addDeliveries([item({ identity })])).toHaveLength(0)
  await database.setVerdicts([{ ids: [1], verdict: 'refused', reason: 'signature' }])
  const [genuine] = await database.addDeliveries([item({ identity })])
  expect(genuine).toBeDefined()
  await database.setVerdicts([{ ids: [genuine?.id ?? 0], verdict: 'valid', reason: null }])
  expect(await database.addDeliveries([item({ identity })])).toHaveLength(0)
})

test('erased tokens are gone from the file', async () => {
  const content = { sealedTokens: 'S'.repeat(200), certificateId: 'emi-1' }
  await database.addDeliveries([item({ content })])
  await database.erase('deliveries')
  await database.close()
  const file = readFileSync(path.join(folder, 'emi.sqlite'), 'latin1')
  database = await open()
  expect(file).not.toContain('SSSS')
})
