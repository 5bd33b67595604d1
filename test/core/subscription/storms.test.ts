import { describe, expect, test } from 'vitest'
import type { Cloud } from '../../../main/contract/models/connection.ts'
import { createGraphClient } from '../../../main/core/entra/graph-client.ts'
import { Subscriptions } from '../../../main/core/subscription/subscriptions.ts'
import { ClientStates } from '../../../main/core/webhook/client-states.ts'
import { seededRandom } from '../../fakes/memory-ports.ts'
import { HOUR, lifecycle, makeRunning, makeWorld, MINUTE, PUBLIC_URL } from './fixtures.ts'
import { FakeGraphError, type MemoryGraph } from './memory-graph.ts'

/** With three subscriptions and whatever goes wrong, no minute has more calls to Graph than this. */
const BOUND = 40
const SECOND = 1_000
const DAY = 24 * HOUR

/** Makes every request of a kind fail. */
function failing(graph: MemoryGraph, verb: string, status: number, message = '') {
  graph.before = (asked) => {
    if (asked === verb) throw new FakeGraphError(status, 'x', message)
  }
}

describe('calls to Graph', () => {
  test('when all is in order there is one list a minute, and nothing else', async () => {
    const { graph, clock, subscriptions } = await makeRunning()
    const before = graph.requests.length
    await clock.advance(30 * MINUTE)
    const since = graph.requests.slice(before)
    expect(since).toHaveLength(30)
    expect(new Set(since.map(({ verb, path }) => `${verb} ${path}`))).toEqual(
      new Set(['GET /subscriptions']),
    )
    await subscriptions.stop()
  })

  test('an event that comes while everything stops asks for nothing afterwards', async () => {
    const { graph, clock, subscriptions, one } = await makeRunning()
    const id = one('chats').subscriptionId ?? ''
    // So many that the last one has to wait for its pass.
    for (let count = 0; count < 3; count += 1) {
      subscriptions.handleLifecycle([lifecycle(id, 'reauthorizationRequired')])
      await clock.advance(SECOND)
    }
    subscriptions.handleLifecycle([lifecycle(id, 'reauthorizationRequired')])
    await subscriptions.stop()
    const before = graph.requests.length
    expect(clock.pending).toBe(0)
    await clock.advance(HOUR)
    expect(graph.requests).toHaveLength(before)
  })

  test.each([
    ['a conflict that never ends', 409, 'Subscription Id 1 already exists'],
    ['a quota that is used up', 403, 'The limit of 10,000 subscriptions has been reached.'],
    ['a missing permission', 403, "API required one of 'Chat.Read.All'."],
    ['a service that is down', 503, ''],
    ['a handshake that fails', 400, 'Subscription validation request failed.'],
    ['a token that is refused', 401, ''],
  ])('%s makes no storm while subscriptions are to be created', async (_name, status, message) => {
    const { graph, clock, start } = makeWorld()
    failing(graph, 'POST', status, message)
    const { subscriptions } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(2 * HOUR)
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    // After the first minutes it is quiet: the list, and now and then an attempt.
    expect(graph.requests.length).toBeLessThan(120 * 4)
    await subscriptions.stop()
  })

  test.each([
    ['404', 404],
    ['503', 503],
    ['401', 401],
  ])('%s on every renewal makes no storm', async (_name, status) => {
    const { graph, clock, subscriptions, statuses } = await makeRunning()
    graph.before = (verb, path) => {
      if (verb !== 'PATCH') return
      if (status === 404) graph.subscriptions.delete(path.slice('/subscriptions/'.length))
      throw new FakeGraphError(status, 'x')
    }
    await clock.advance(40 * HOUR)
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    await subscriptions.stop()
  })

  test('subscriptions that vanish as soon as they are made are made anew more and more rarely', async () => {
    const { graph, clock, start } = makeWorld()
    graph.after = (verb) => {
      if (verb === 'POST') graph.subscriptions.clear()
    }
    const { subscriptions } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(2 * HOUR)
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    expect(graph.count('POST')).toBeLessThan(3 * 40)
    await subscriptions.stop()
  })

  test.each([
    ['every notification of a removal', 'subscriptionRemoved'],
    ['every demand to reauthorize', 'reauthorizationRequired'],
    ['every notice of a loss', 'missed'],
    ['every event that nobody knows', 'somethingNew'],
  ])('%s ten times a second makes no storm, in Graph or in the log', async (_name, event) => {
    const { graph, clock, subscriptions, log } = await makeRunning()
    for (let round = 0; round < 1_200; round += 1) {
      subscriptions.handleLifecycle(
        subscriptions.list.map(({ subscriptionId }) => {
          if (event === 'subscriptionRemoved') graph.subscriptions.delete(subscriptionId ?? '')
          return lifecycle(subscriptionId ?? '', event)
        }),
      )
      await clock.advance(100)
    }
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    expect(log.entries.length).toBeLessThan(100)
    await subscriptions.stop()
  })

  test('demands to reauthorize while renewing fails do not set the pace', async () => {
    const { graph, clock, subscriptions, one } = await makeRunning()
    failing(graph, 'PATCH', 503)
    for (let round = 0; round < 600; round += 1) {
      const id = one('chats').subscriptionId ?? ''
      subscriptions.handleLifecycle([lifecycle(id, 'reauthorizationRequired')])
      await clock.advance(SECOND)
    }
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    expect(graph.count('PATCH')).toBeGreaterThan(5)
    expect(graph.count('PATCH')).toBeLessThan(30)
    await subscriptions.stop()
  })

  test('a public address that changes every second is not followed each time, and settles in the end', async () => {
    const { graph, clock, subscriptions, statuses } = await makeRunning()
    for (let second = 0; second < 600; second += 1) {
      subscriptions.setPublicUrl(`https://quick-${second}.example`)
      await clock.advance(SECOND)
    }
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    await clock.advance(6 * MINUTE)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    for (const { notificationUrl } of graph.subscriptions.values()) {
      expect(notificationUrl).toContain('https://quick-599.example/')
    }
    expect(graph.subscriptions.size).toBe(3)
    await subscriptions.stop()
  })

  test('an address that comes and goes every second costs no more than a few lists', async () => {
    const { graph, clock, subscriptions } = await makeRunning()
    const before = graph.requests.length
    for (let second = 0; second < 120; second += 1) {
      subscriptions.setPublicUrl(second % 2 ? PUBLIC_URL : null)
      await clock.advance(SECOND)
    }
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    expect(graph.requests.slice(before).every(({ verb }) => verb === 'GET')).toBe(true)
    await subscriptions.stop()
  })

  test.each([
    ['an hour ahead', HOUR],
    ['an hour back', -HOUR],
    ['three days ahead', 3 * DAY],
    ['three days back', -3 * DAY],
  ])('a clock that jumps %s neither loses a subscription nor makes a storm', async (_name, ms) => {
    const { graph, clock, subscriptions, statuses } = await makeRunning()
    await clock.advance(HOUR)
    clock.jump(ms)
    graph.clockAheadMs = ms
    await clock.advance(50 * HOUR)
    // Renewed in time, again and again, and none made anew.
    expect(statuses()).toEqual(['active', 'active', 'active'])
    expect(graph.count('POST')).toBe(3)
    expect(graph.mostPerMinute).toBeLessThanOrEqual(BOUND)
    clock.jump(-ms)
    graph.clockAheadMs = 0
    await clock.advance(50 * HOUR)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    expect(graph.count('POST')).toBe(3)
    await subscriptions.stop()
  })

  test('a failure from before the clock was set back is tried again all the same', async () => {
    const { graph, clock, start } = makeWorld()
    graph.forbidden.add('/chats')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(0)
    graph.forbidden.clear()
    clock.jump(-3 * DAY)
    graph.clockAheadMs = -3 * DAY
    await clock.advance(2 * MINUTE)
    expect(one('chats').status).toBe('active')
    await subscriptions.stop()
  })
})

describe('the requests that really leave', () => {
  test.each([
    ['a service that is down', 503, undefined, 30],
    ['throttling', 429, '20', 20],
    ['throttling for a long time', 429, '900', 4],
    ['a token that is refused', 401, undefined, 30],
  ])('%s: the client and the passes together stay below the bound', async (...given) => {
    const [, status, retryAfter, bound] = given
    const { database, secrets, settings, clock, log } = makeWorld()
    const random = seededRandom(7)
    const sentAt: number[] = []
    const graph = createGraphClient({
      cloud: { graphHost: 'https://graph.example' } as Cloud,
      clock,
      random,
      getToken: () => Promise.resolve('token'),
      fetch: () => {
        sentAt.push(clock.now().getTime())
        const headers = { ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) }
        return Promise.resolve(new Response('{}', { status, headers }))
      },
    })
    const subscriptions = new Subscriptions({
      ...{ graph, database, clock, random, log },
      clientStates: new ClientStates({ secrets, random }),
      settings: () => settings,
      certificate: () => Promise.resolve({ id: 'a', base64: 'b' }),
    })
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(HOUR)
    const most = Math.max(
      ...sentAt.map((at) => sentAt.filter((one) => one >= at && one < at + MINUTE).length),
    )
    expect(most).toBeLessThanOrEqual(bound)
    expect(subscriptions.list[0]?.error).not.toBeNull()
    await subscriptions.stop()
  })
})
