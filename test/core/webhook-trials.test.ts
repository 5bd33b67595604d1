// A test notification and the wait for a real message, against a webhook in memory; and strangers who would post tests.
import { expect, test } from 'vitest'
import { HandOn } from '../../main/core/hand-on/hand-on.ts'
import { noTunnel, noWebhook } from '../../main/core/nothing-yet.ts'
import { WebhookTrials } from '../../main/core/webhook-trials.ts'
import { createEndpoint } from '../../main/core/webhook/endpoint.ts'
import { TEST_SUBSCRIPTION_ID } from '../../main/core/webhook/test-claims.ts'
import { seededRandom } from '../fakes/memory-ports.ts'
import { makeWebhook, messageItem, post } from './webhook/fixtures.ts'

const PUBLIC_URL = 'https://emi.example'

/** The webhook behind its public address; `through` may stand in between. */
async function make(
  through: (request: Request, on: (request: Request) => Promise<Response>) => Promise<Response> = (
    request,
    on,
  ) => on(request),
) {
  const webhook = await makeWebhook()
  const { clock, log, inbox } = webhook
  const posted: string[] = []
  const given = { running: true, phase: 'up' as 'up' | 'failed' }
  const trials: WebhookTrials = new WebhookTrials({
    ...{ clock, log, random: seededRandom(7), inbox: () => inbox, onChange: () => {} },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      posted.push(await request.clone().text())
      return through(request, handle)
    },
    webhook: () => ({ ...noWebhook, running: given.running, publicUrl: PUBLIC_URL }),
    tunnel: () => ({ ...noTunnel, phase: given.phase }),
    subscriptions: () => [],
  })
  let refused = 0
  const handle = createEndpoint({
    ...webhook,
    takeTest: (claim) => trials.claims.take(claim),
    onLifecycle: () => {},
    onRefused: (count) => (refused += count),
  })
  inbox.onAdded((deliveries) => {
    for (const delivery of deliveries) log.delivery(delivery, 'stored')
    trials.noteStored(deliveries)
  })
  return { ...webhook, trials, handle, posted, given, refused: () => refused }
}

test('a test goes the whole way, is stored as a test, and each hop is told', async () => {
  const { trials, database, posted, refused } = await make()
  const result = await trials.send()
  expect(result.hops.map(({ name, ok }) => [name, ok])).toEqual([
    ['Posted', true],
    ['Stored', true],
    ['In the log', true],
    ['Answered', true],
  ])
  expect(result).toMatchObject({ ok: true, deliveryId: 1 })
  expect(database.deliveries).toMatchObject([
    { id: 1, origin: 'test', subscriptionId: TEST_SUBSCRIPTION_ID, subscriptionKey: null },
  ])
  expect(refused()).toBe(0)
  // What proves it is neither stored nor told.
  const { clientState } = (JSON.parse(posted[0] ?? '') as { value: { clientState: string }[] })
    .value[0] ?? { clientState: '' }
  expect(clientState).toHaveLength(43)
  expect(JSON.stringify([database.deliveries, result])).not.toContain(clientState)
})

test('a stranger cannot post tests: not without proof, not with what was overheard, not later', async () => {
  const { trials, handle, database, posted, refused, clientState, clock } = await make()
  const item = (state: string | null) =>
    messageItem({ subscriptionId: TEST_SUBSCRIPTION_ID, clientState: state })
  const knock = async (body: unknown) => expect((await handle(post(body))).status).toBe(202)
  // Before any test, with guesses, and with the proof of a real subscription.
  for (const guess of [null, '', 'guess', clientState]) await knock({ value: [item(guess)] })
  await trials.send()
  // Overheard on the way.
  await knock(JSON.parse(posted[0] ?? ''))
  // A test that never arrived is void after a minute.
  const late = trials.claims.create(() => {})
  await clock.advance(61_000)
  await knock({ value: [item(late)] })
  expect(database.deliveries).toHaveLength(1)
  expect(refused()).toBe(6)
})

test('what proves a test is good for one time, also before the test is over', async () => {
  const { trials } = await make()
  const claim = {
    subscriptionId: TEST_SUBSCRIPTION_ID,
    clientState: trials.claims.create(() => {}),
  }
  expect([trials.claims.take(claim), trials.claims.take(claim)]).toEqual([true, false])
})

test('a test is not handed on, not even again', async () => {
  const { database, clock, log } = await make()
  const handOn = new HandOn({
    ...{ database, clock, log, random: seededRandom(), onChange: () => {} },
    settings: () => ({ handOnTarget: 'file' }) as never,
    secrets: {} as never,
    fetch,
    file: {} as never,
    content: () => Promise.resolve(null),
  })
  const test = { kind: 'changeNotification', resource: 'r', subscriptionId: 's' } as const
  expect(handOn.laneOf({ ...test, origin: 'test' })).toBeUndefined()
  expect(handOn.laneOf({ ...test, origin: 'graph' })).toBe('subscription:s')
})

test.each<[string, Parameters<typeof make>[0], string]>([
  ['the address does not answer', () => Promise.reject(new TypeError('ECONNREFUSED')), 'Posted'],
  [
    'another program takes it',
    () => Promise.resolve(new Response(null, { status: 202 })),
    'Posted',
  ],
  ['a proxy forbids it', () => Promise.resolve(new Response('no', { status: 403 })), 'Posted'],
  [
    'the answer is lost',
    async (request, on) => {
      await on(request)
      throw new TypeError('ECONNRESET')
    },
    'Answered',
  ],
])('says where it ends when %s', async (_, through, hop) => {
  const { trials } = await make(through)
  const result = await trials.send()
  expect(result.ok).toBe(false)
  expect(result.hops.at(-1)).toMatchObject({ name: hop, ok: false })
  expect(result.hops.at(-1)?.message).not.toBe('')
})

test('says what to do while nothing can reach the webhook', async () => {
  const { trials, given } = await make()
  given.running = false
  await expect(trials.send()).rejects.toMatchObject({ code: 'public-url-unreachable' })
  expect(() => trials.startWaiting()).toThrow()
})

test('waits for a real message and says how long it took', async () => {
  const { trials, handle, clientState, clock } = await make()
  trials.startWaiting()
  expect(trials.wait.state.phase).toBe('waiting')
  await trials.send()
  // A test is no message of a person.
  expect(trials.wait.state.phase).toBe('waiting')
  const sent = clock.now().getTime() - 1_800
  const resource = `chats('19:a')/messages('${sent}')`
  await handle(
    post({ value: [messageItem({ clientState, resource, resourceData: { id: String(sent) } })] }),
  )
  expect(trials.wait.state).toMatchObject({
    phase: 'came',
    came: { deliveryId: 2, tookMs: 1_800, sentAt: new Date(sent).toISOString() },
  })
})

test('gives up after some minutes with what to look at, and can be cancelled', async () => {
  const { trials, clock, given } = await make()
  trials.startWaiting()
  given.phase = 'failed'
  await clock.advance(5 * 60_000)
  expect(trials.wait.state.phase).toBe('nothing')
  expect(trials.wait.state.advice.join()).toMatch(/tunnel[^]*subscription/i)
  trials.startWaiting()
  trials.wait.cancel()
  await clock.advance(5 * 60_000)
  expect(trials.wait.state.phase).toBe('idle')
})
