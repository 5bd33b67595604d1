// What is shown of one stored notification.
import { expect, test } from 'vitest'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { StoredDeliveries } from '../../main/core/stored-deliveries.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { MemoryDatabase } from '../fakes/memory-ports.ts'

const item: NewDelivery = {
  receivedAt: '2026-11-28T09:00:00.000Z',
  kind: 'changeNotification',
  subscriptionKey: 'chats',
  subscriptionId: 's1',
  tenantId: 't1',
  changeType: 'created',
  resource: "chats('19:a@thread.v2')/messages('1614618259349')",
  resourceId: '1614618259349',
  rich: false,
  itemJson: '{}',
}

/** Nothing is read from Teams for this. */
const unasked = () => Promise.reject(new Error('Nobody asked for content.'))

test('only what is about a message says that there is one to read', async () => {
  const database = new MemoryDatabase()
  const deliveries = new StoredDeliveries({
    ...{ database, clock: new FakeClock(), version: '1.0.0', signal: new AbortController().signal },
    content: { read: unasked, image: unasked },
    baseUrl: () => 'https://emi.example',
  })
  const hasMessage = async (change: Partial<NewDelivery>) => {
    const [added] = await database.addDeliveries([{ ...item, ...change }])
    return (await deliveries.get(added?.id ?? 0)).hasMessage
  }

  expect(await hasMessage({})).toBe(true)
  const reply = "teams('t')/channels('19:c@thread.tacv2')/messages('1')/replies('2')"
  expect(await hasMessage({ resource: reply })).toBe(true)
  expect(await hasMessage({ resource: "chats('19:a@thread.v2')" })).toBe(false)
  expect(await hasMessage({ resource: "chats('19:a@thread.v2')/members('m1')" })).toBe(false)
  expect(await hasMessage({ resource: "users('u1')/presence" })).toBe(false)
  expect(await hasMessage({ origin: 'test' })).toBe(false)
  expect(await hasMessage({ kind: 'lifecycleNotification', resource: '' })).toBe(false)
})
