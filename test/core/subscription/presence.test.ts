import { expect, test } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { Presence } from '../../../main/core/subscription/presence.ts'
import { seededRandom } from '../../fakes/memory-ports.ts'
import { HOUR, makeWorld, MINUTE, PUBLIC_URL } from './fixtures.ts'
import { FakeGraphError } from './memory-graph.ts'

const ANNA = '/communications/presences/id-anna'

/** Presence with somebody signed in and one person wanted. */
async function makePresence() {
  const world = makeWorld()
  world.graph.maxLifeMs = HOUR
  const { clientStates } = world.start()
  await clientStates.load([])
  const session = { account: 'admin@practice.example' }
  world.settings.presencePeople = ['Anna@practice.example']
  const open = () =>
    new Presence({
      graph: world.graph,
      appGraph: world.graph,
      administrator: () => session.account,
      certificate: () => Promise.resolve({ ...world.certificate }),
      database: world.database,
      clientStates,
      settings: () => world.settings,
      clock: world.clock,
      random: seededRandom(3),
      log: world.log,
      onChange: () => {},
    })
  const presence = open()
  presence.setPublicUrl(PUBLIC_URL)
  await world.clock.advance(0)
  return { ...world, clientStates, session, presence, open }
}

test('is subscribed for an hour at most, with its content, and renewed every half hour', async () => {
  const { graph, clock, presence, clientStates } = await makePresence()
  const made = graph.only(ANNA)
  expect(made).toMatchObject({
    changeType: 'updated',
    notificationUrl: `${PUBLIC_URL}/emi/notifications`,
    includeResourceData: true,
    encryptionCertificateId: 'emi-1',
  })
  const asked = graph.requests.find(({ verb }) => verb === 'POST')?.body as Record<string, string>
  const lifeMs = Date.parse(asked['expirationDateTime'] ?? '') - clock.now().getTime()
  expect(lifeMs).toBeGreaterThan(50 * MINUTE)
  expect(lifeMs).toBeLessThanOrEqual(HOUR)
  expect(clientStates.match({ ...made, subscriptionId: made.id })).toBe('presence')
  await clock.advance(5 * HOUR)
  expect(graph.only(ANNA).id).toBe(made.id)
  expect(graph.count('PATCH')).toBe(10)
  expect(presence.list).toMatchObject([{ key: 'presence', status: 'active', error: null }])
  await presence.stop()
  expect(clock.pending).toBe(0)
})

test('several people share one subscription, which is made anew when they change', async () => {
  const { graph, clock, presence, settings } = await makePresence()
  settings.presencePeople = ['anna@practice.example', 'ben@practice.example']
  presence.wake()
  await clock.advance(0)
  expect([...graph.subscriptions.values()].map(({ resource }) => resource)).toEqual([
    "/communications/presences?$filter=id in ('id-anna','id-ben')",
  ])
  await presence.stop()
})

test('pauses in words while nobody is signed in, and goes on at the next sign-in', async () => {
  const { graph, clock, presence, session } = await makePresence()
  await presence.end()
  session.account = ''
  presence.wake()
  await clock.advance(2 * HOUR)
  expect(graph.subscriptions.size).toBe(0)
  expect(presence.list).toMatchObject([{ status: 'paused', error: null }])
  session.account = 'other@practice.example'
  presence.wake()
  await clock.advance(0)
  expect(graph.only(ANNA)).toBeDefined()
  expect(presence.list).toMatchObject([{ status: 'active' }])
  await presence.stop()
})

test('a session that has ended pauses it as well; a permission that was not granted is named', async () => {
  const { graph, clock, presence, settings } = await makePresence()
  const because = async (code: 'sign-in-required' | 'subscription-forbidden', name: string) => {
    graph.before = () => {
      throw new AppError(code, { message: 'm', nextStep: 'n' })
    }
    settings.presencePeople = [name]
    presence.wake()
    await clock.advance(0)
    return presence.list[0]
  }
  expect(await because('sign-in-required', 'ben@practice.example')).toMatchObject({
    status: 'paused',
    error: null,
  })
  expect(await because('subscription-forbidden', 'ben@practice.example')).toMatchObject({
    status: 'refused',
    error: { code: 'subscription-forbidden' },
  })
  await presence.stop()
})

test('is deleted when nobody’s presence is wanted any more', async () => {
  const { graph, clock, presence, settings, database } = await makePresence()
  settings.presencePeople = []
  presence.wake()
  await clock.advance(0)
  expect(graph.subscriptions.size).toBe(0)
  expect(presence.list).toEqual([])
  expect(database.records.has('presence')).toBe(false)
  await presence.stop()
})

test('is taken up again after a restart, without a second subscription', async () => {
  const { graph, clock, presence, open } = await makePresence()
  await presence.stop()
  const again = open()
  await again.load()
  again.setPublicUrl(PUBLIC_URL)
  await clock.advance(31 * MINUTE)
  expect(again.list).toMatchObject([{ status: 'active' }])
  expect(graph.count('POST')).toBe(1)
  expect(graph.count('PATCH')).toBe(1)
  await again.stop()
})

test('a conflict with one of ours that nobody noted is settled; another server’s is left and named', async () => {
  const { graph, clock, presence, database, open } = await makePresence()
  await presence.stop()
  database.records.delete('presence')
  const lost = graph.only(ANNA).id
  const again = open()
  again.setPublicUrl(PUBLIC_URL)
  await clock.advance(0)
  expect(again.list).toMatchObject([{ status: 'active' }])
  expect(graph.only(ANNA).id).not.toBe(lost)
  await again.stop()
  database.records.delete('presence')
  graph.subscriptions.clear()
  const foreign = graph.addForeign(ANNA, {
    changeType: 'updated',
    expirationDateTime: '2026-03-03T09:00:00.000Z',
  })
  const third = open()
  third.setPublicUrl(PUBLIC_URL)
  await clock.advance(HOUR)
  expect(third.list).toMatchObject([
    { status: 'failed', error: { code: 'subscription-held-elsewhere' } },
  ])
  expect(graph.subscriptions.has(foreign.id)).toBe(true)
  expect(graph.mostPerMinute).toBeLessThan(30)
  await third.stop()
})

test('failures and flapping make no storm', async () => {
  const { graph, clock, presence } = await makePresence()
  graph.before = () => {
    throw new FakeGraphError(503, 'x')
  }
  for (let second = 0; second < 600; second += 1) {
    presence.setPublicUrl(`https://quick-${second % 7}.example`)
    await clock.advance(1_000)
  }
  expect(graph.mostPerMinute).toBeLessThan(30)
  await presence.stop()
})
