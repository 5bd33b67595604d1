import { expect, test } from 'vitest'
import { HOUR, makeRunning, makeWorld, MINUTE, PUBLIC_URL } from './fixtures.ts'

const RESOURCE = '/chats/getAllMessages'
const KEY = 'chat-messages'

/** A world in which another server holds the messages in chats for a day. */
async function makeHeld() {
  const world = makeWorld()
  const foreign = world.graph.addForeign(RESOURCE, {
    expirationDateTime: '2026-03-03T09:00:00.000Z',
  })
  const app = world.start()
  app.subscriptions.setPublicUrl(PUBLIC_URL)
  app.subscriptions.start()
  await world.clock.advance(0)
  return { ...world, ...app, foreign }
}

test('an observed place stays with its holder, without an error, also after a restart', async () => {
  const world = await makeHeld()
  const { subscriptions, one, clock, graph, foreign, start } = world
  await subscriptions.observe({ key: KEY, takeWhenFree: false })
  await clock.advance(HOUR)
  expect(one(KEY)).toMatchObject({
    status: 'observed',
    error: null,
    heldBy: { host: 'emi.vendor.example' },
    observing: { host: 'emi.vendor.example', handedBack: false, takeWhenFree: false },
  })
  expect(graph.subscriptions.has(foreign.id)).toBe(true)
  expect(graph.count('POST')).toBe(2)
  await subscriptions.stop()
  const again = start()
  again.subscriptions.setPublicUrl(PUBLIC_URL)
  await again.subscriptions.ensure()
  expect(again.one(KEY)).toMatchObject({ status: 'observed', error: null })
})

test('when the holder’s subscription ends, the person is told, and may take the place', async () => {
  const { subscriptions, one, clock, graph, foreign, log } = await makeHeld()
  await subscriptions.observe({ key: KEY, takeWhenFree: false })
  graph.subscriptions.delete(foreign.id)
  await clock.advance(10 * MINUTE)
  expect(one(KEY)).toMatchObject({
    status: 'observed',
    heldBy: null,
    error: { code: 'subscription-place-free' },
  })
  expect(graph.count('POST')).toBe(2)
  const told = log.entries.filter(({ message }) => message.includes('no longer receives'))
  expect(told).toHaveLength(1)
  await subscriptions.takePlace(KEY)
  expect(one(KEY)).toMatchObject({ status: 'active', observing: null, error: null })
  await subscriptions.stop()
})

test('when the person chose so, the place is taken by itself', async () => {
  const { subscriptions, one, clock, graph, foreign } = await makeHeld()
  await subscriptions.observe({ key: KEY, takeWhenFree: true })
  await clock.advance(5 * MINUTE)
  expect(one(KEY).status).toBe('observed')
  graph.subscriptions.delete(foreign.id)
  await clock.advance(MINUTE)
  expect(one(KEY)).toMatchObject({ status: 'active', observing: null })
  expect(graph.only(RESOURCE).notificationUrl).toContain(PUBLIC_URL)
  await subscriptions.stop()
})

test('another host than the observed one is shown as holder, and nobody decides for the person', async () => {
  const { subscriptions, one, clock, graph, foreign } = await makeHeld()
  await subscriptions.observe({ key: KEY, takeWhenFree: true })
  graph.subscriptions.delete(foreign.id)
  graph.addForeign(RESOURCE, { notificationUrl: 'https://third.example/x' })
  await clock.advance(MINUTE)
  expect(one(KEY)).toMatchObject({
    status: 'held-elsewhere',
    heldBy: { host: 'third.example' },
    observing: null,
  })
  await subscriptions.stop()
})

test('what was taken over can be handed back: ours is deleted, and the other server is waited for', async () => {
  const world = await makeHeld()
  const { subscriptions, one, clock, graph, foreign, clientStates } = world
  await subscriptions.takeOver(foreign.id)
  expect(one(KEY)).toMatchObject({ status: 'active', takenFrom: 'emi.vendor.example' })
  const ours = graph.only(RESOURCE)
  await subscriptions.handBack(KEY)
  await clock.advance(HOUR)
  expect([...graph.subscriptions.values()].map(({ resource }) => resource)).not.toContain(RESOURCE)
  expect(one(KEY)).toMatchObject({
    status: 'observed',
    subscriptionId: null,
    takenFrom: null,
    observing: { host: 'emi.vendor.example', handedBack: true },
    error: { code: 'subscription-place-free' },
  })
  // What Graph still delivers of the deleted one is recognised.
  expect(clientStates.match({ ...ours, subscriptionId: ours.id })).toBe(KEY)
  graph.addForeign(RESOURCE)
  await clock.advance(MINUTE)
  expect(one(KEY)).toMatchObject({ status: 'observed', error: null })
  await subscriptions.stop()
})

test('that it was taken over is known after a restart', async () => {
  const { subscriptions, foreign, start } = await makeHeld()
  await subscriptions.takeOver(foreign.id)
  await subscriptions.stop()
  const again = start()
  again.subscriptions.setPublicUrl(PUBLIC_URL)
  await again.subscriptions.ensure()
  expect(again.one(KEY).takenFrom).toBe('emi.vendor.example')
  await again.subscriptions.handBack(KEY)
  expect(again.one(KEY).status).toBe('observed')
})

test('what nobody else held can be neither observed nor handed back', async () => {
  const { subscriptions, graph } = await makeRunning()
  const code = 'subscription-not-found'
  await expect(subscriptions.observe({ key: KEY, takeWhenFree: false })).rejects.toMatchObject({
    code,
  })
  await expect(subscriptions.handBack(KEY)).rejects.toMatchObject({ code })
  expect(graph.subscriptions.size).toBe(3)
  await subscriptions.stop()
})

test('an observed place costs nothing but the list', async () => {
  const { subscriptions, clock, graph } = await makeHeld()
  await subscriptions.observe({ key: KEY, takeWhenFree: false })
  const before = graph.requests.length
  await clock.advance(10 * MINUTE)
  const since = graph.requests.slice(before)
  expect(since.map(({ verb }) => verb)).toEqual(Array(10).fill('GET'))
  await subscriptions.stop()
})
