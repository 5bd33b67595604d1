import { afterEach, expect, test } from 'vitest'
import type { NewDelivery } from '../../../main/core/ports/stored.ts'
import { Retention } from '../../../main/core/webhook/retention.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog } from '../../fakes/memory-ports.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS

const running: Retention[] = []

afterEach(async () => {
  for (const retention of running.splice(0)) await retention.stop()
})

function makeRetention({ days = 7, maxBytes }: { days?: number; maxBytes?: number } = {}) {
  const clock = new FakeClock()
  const log = memoryLog(clock)
  const database = new MemoryDatabase()
  const settings = { keepDeliveriesDays: days }
  const retention = new Retention({
    database,
    settings: () => settings,
    clock,
    log,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  })
  running.push(retention)
  const receive = (count: number) =>
    database.addDeliveries(Array.from({ length: count }, () => delivery(clock.now().toISOString())))
  return { clock, log, database, settings, retention, receive }
}

function delivery(receivedAt: string): NewDelivery {
  return {
    receivedAt,
    kind: 'changeNotification',
    subscriptionKey: 'chats',
    subscriptionId: 's',
    tenantId: 't',
    changeType: 'created',
    resource: 'r',
    resourceId: null,
    rich: false,
    itemJson: '{}',
  }
}

test('removes what is older than the days of the settings, at the start and every hour', async () => {
  const { clock, database, retention, receive } = makeRetention()
  await receive(3)
  await clock.advance(6.5 * DAY_MS)
  await receive(2)
  retention.start()
  await clock.advance(HOUR_MS)
  expect(database.deliveries).toHaveLength(5)
  await clock.advance(0.5 * DAY_MS)
  expect(database.deliveries).toHaveLength(2)
  await clock.advance(7 * DAY_MS)
  expect(database.deliveries).toHaveLength(0)
})

test('goes by the days as they are set now', async () => {
  const { clock, database, settings, retention, receive } = makeRetention({ days: 30 })
  await receive(3)
  await clock.advance(10 * DAY_MS)
  retention.start()
  await clock.advance(HOUR_MS)
  expect(database.deliveries).toHaveLength(3)
  settings.keepDeliveriesDays = 7
  await clock.advance(HOUR_MS)
  expect(database.deliveries).toHaveLength(0)
})

test('removes in small steps with pauses, in which posts are stored', async () => {
  const { clock, database, retention, receive } = makeRetention()
  await receive(2_000)
  await clock.advance(8 * DAY_MS)
  const steps: number[] = []
  const remove = database.deleteDeliveries.bind(database)
  database.deleteDeliveries = async (options) => {
    const step = await remove(options)
    if (step.deleted > 0) {
      steps.push(step.deleted)
      await receive(1)
    }
    return step
  }
  retention.start()
  await clock.advance(60_000)
  expect(Math.max(...steps)).toBeLessThanOrEqual(200)
  expect(steps.reduce((sum, count) => sum + count, 0)).toBe(2_000)
  expect(database.deliveries).toHaveLength(steps.length)
})

test('keeps the space within its cap by removing the oldest, and says so', async () => {
  const { clock, log, database, retention, receive } = makeRetention({ maxBytes: 1_000 * 1_024 })
  await receive(1_500)
  retention.start()
  await clock.advance(60_000)
  expect(database.deliveries.length).toBeLessThanOrEqual(1_000)
  expect(database.deliveries.length).toBeGreaterThan(700)
  expect(database.deliveries.at(-1)?.id).toBe(1_500)
  expect(log.entries.map(({ level }) => level)).toEqual(['warning'])
})

test('tries again in an hour when the database fails', async () => {
  const { clock, log, database, retention, receive } = makeRetention()
  await receive(1)
  await clock.advance(8 * DAY_MS)
  const remove = database.deleteDeliveries.bind(database)
  database.deleteDeliveries = () => Promise.reject(new Error('broken'))
  retention.start()
  await clock.advance(60_000)
  expect(log.entries.map(({ level }) => level)).toEqual(['warning'])
  database.deleteDeliveries = remove
  await clock.advance(HOUR_MS)
  expect(database.deliveries).toEqual([])
})

test('stops in the middle, and leaves no timer', async () => {
  const { clock, database, retention, receive } = makeRetention()
  await receive(2_000)
  await clock.advance(8 * DAY_MS)
  retention.start()
  await clock.advance(30)
  await retention.stop()
  expect(database.deliveries.length).toBeGreaterThan(1_000)
  expect(clock.pending).toBe(0)
})
