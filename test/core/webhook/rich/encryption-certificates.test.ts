import { expect, test } from 'vitest'
import type { NewDelivery } from '../../../../main/core/ports/stored.ts'
import { makeWorld, numberedCrypto, TENANT_ID } from './fixtures.ts'

const DAY = 24 * 3_600_000

const named = (certificateId: string): NewDelivery => ({
  receivedAt: '2026-03-02T09:00:00.000Z',
  kind: 'changeNotification',
  subscriptionKey: 'chat-messages',
  subscriptionId: 'subscription',
  tenantId: TENANT_ID,
  changeType: 'created',
  resource: "chats('19:a')/messages('1')",
  resourceId: '1',
  rich: true,
  itemJson: '{}',
  content: { sealedTokens: '', certificateId },
})

async function make() {
  const crypto = numberedCrypto()
  const world = await makeWorld(crypto)
  const keyNames = () =>
    [...world.secrets.values.keys()].filter((name) => name.startsWith('encryptionKey.'))
  return { ...world, world, numbered: crypto, keyNames, rich: world.start() }
}

test('makes one certificate on first use, however many ask', async () => {
  const { rich, numbered, world } = await make()
  const [first, second] = await Promise.all([rich.certificate(), rich.certificate()])
  expect(first).toEqual(second)
  expect(first.base64).toBe('cert1')
  expect(first.id.length).toBeLessThanOrEqual(128)
  expect(await world.start().certificate()).toEqual(first)
  expect(numbered.made).toBe(1)
})

test('the private key lies in the vault only', async () => {
  const { rich, secrets, database, log, keyNames } = await make()
  const { id } = await rich.certificate()
  expect(secrets.values.get(`encryptionKey.${id}`)).toBe('key1')
  expect(keyNames()).toHaveLength(1)
  expect(JSON.stringify([...database.records, log.entries])).not.toContain('key1')
})

test('the key is kept before anything could name it', async () => {
  const { rich, secrets, database } = await make()
  secrets.set = () => Promise.reject(new Error('locked'))
  await expect(rich.certificate()).rejects.toThrow('locked')
  expect(database.records.size).toBe(0)
})

test('a failure to make one does not spoil the next attempt', async () => {
  const { rich, numbered } = await make()
  numbered.failing = true
  await expect(rich.certificate()).rejects.toThrow()
  numbered.failing = false
  expect((await rich.certificate()).base64).toBe('cert1')
})

test('stays the same for a year, and is replaced in time before it ends', async () => {
  const { rich, clock } = await make()
  const first = await rich.certificate()
  await clock.advance(364 * DAY)
  expect(await rich.certificate()).toEqual(first)
  await clock.advance(2 * DAY)
  const second = await rich.certificate()
  expect(second.id).not.toBe(first.id)
  expect(second.base64).toBe('cert2')
})

test('a lost key means a new certificate', async () => {
  const { rich, world, secrets } = await make()
  const first = await rich.certificate()
  secrets.values.clear()
  const second = await world.start().certificate()
  expect(second.id).not.toBe(first.id)
})

test('an earlier key stays while a stored item or a subscription names it, and goes then', async () => {
  const { rich, world, clock, database, keyNames } = await make()
  const first = await rich.certificate()
  await clock.advance(366 * DAY)
  const second = await rich.certificate()
  expect(keyNames()).toHaveLength(2)

  // Too young: Graph may still try to deliver what it encrypted for it.
  await clock.advance(3 * DAY)
  await rich.certificate()
  expect(keyNames()).toHaveLength(2)

  await database.addDeliveries([named(first.id)])
  await clock.advance(2 * DAY)
  await rich.certificate()
  expect(keyNames()).toHaveLength(2)

  await database.erase('deliveries')
  world.subscribed = [first.id]
  await clock.advance(DAY)
  await rich.certificate()
  expect(keyNames()).toHaveLength(2)

  world.subscribed = []
  await clock.advance(DAY)
  expect(await rich.certificate()).toEqual(second)
  expect(keyNames()).toEqual([`encryptionKey.${second.id}`])
  expect(await world.start().certificate()).toEqual(second)
})
