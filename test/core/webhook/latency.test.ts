import { expect, test } from 'vitest'
import { LatencyHistogram } from '../../../main/core/webhook/latency.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { makeWebhook, messageItem, post } from './fixtures.ts'

const MINUTE_MS = 60_000

function makeHistogram() {
  const clock = new FakeClock()
  return { clock, histogram: new LatencyHistogram(clock) }
}

test('says nothing as long as nothing was answered', () => {
  expect(makeHistogram().histogram.summary()).toBeNull()
})

test.each([0, 0.2, 1, 7, 40, 900, 9_999, 30_000])(
  'reads %d ms off with an error of a fifth at most',
  (ms) => {
    const { histogram } = makeHistogram()
    histogram.note(ms)
    const { p50Ms = NaN } = histogram.summary() ?? {}
    expect(p50Ms).toBeGreaterThanOrEqual(ms)
    expect(p50Ms).toBeLessThanOrEqual(Math.max(ms * 1.2, 0.2) + 0.1)
  },
)

test('tells the middle from the slowest hundredth', () => {
  const { histogram } = makeHistogram()
  for (let index = 0; index < 980; index += 1) histogram.note(4)
  for (let index = 0; index < 20; index += 1) histogram.note(2_000)
  expect(histogram.summary()).toMatchObject({ answered: 1_000, p50Ms: 4, slowShare: 0 })
  expect(histogram.summary()?.p99Ms).toBeGreaterThanOrEqual(2_000)
})

test('counts answers above ten seconds, beside the shares at which Graph delays and drops', () => {
  const { histogram } = makeHistogram()
  for (const ms of [5, 10_000, 10_001, 60_000, 3_600_000]) histogram.note(ms)
  expect(histogram.summary()).toMatchObject({
    slowShare: 3 / 5,
    delayLimit: 0.1,
    dropLimit: 0.15,
  })
})

test('forgets after ten minutes, minute by minute', async () => {
  const { clock, histogram } = makeHistogram()
  histogram.note(20_000)
  await clock.advance(5 * MINUTE_MS)
  histogram.note(1)
  expect(histogram.summary()).toMatchObject({ answered: 2, slowShare: 0.5 })
  await clock.advance(5 * MINUTE_MS)
  expect(histogram.summary()).toMatchObject({ answered: 1, slowShare: 0 })
  await clock.advance(5 * MINUTE_MS)
  expect(histogram.summary()).toBeNull()
})

test('survives a clock that jumps back an hour and forward again', async () => {
  const { clock, histogram } = makeHistogram()
  await clock.advance(2 * 60 * MINUTE_MS)
  histogram.note(5)
  await clock.advance(-60 * MINUTE_MS)
  histogram.note(-3_600_000)
  expect(histogram.summary()).toMatchObject({ answered: 1, slowShare: 0 })
  await clock.advance(63 * MINUTE_MS)
  histogram.note(20_000)
  expect(histogram.summary()).toMatchObject({ answered: 1, slowShare: 1 })
})

test('the webhook notes how long it took to store, for posts that hold something of ours', async () => {
  const webhook = await makeWebhook()
  const store = webhook.database.addDeliveries.bind(webhook.database)
  webhook.database.addDeliveries = async (items) => {
    await webhook.clock.advance(500)
    return store(items)
  }
  await webhook.handle(post({ value: [messageItem({ clientState: 'forged' })] }))
  expect(webhook.latency.summary()).toBeNull()
  await webhook.handle(post({ value: [messageItem({ clientState: webhook.clientState })] }))
  expect(webhook.latency.summary()).toMatchObject({ answered: 1 })
  expect(webhook.latency.summary()?.p50Ms).toBeGreaterThanOrEqual(500)
})
