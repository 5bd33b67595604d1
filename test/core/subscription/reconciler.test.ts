import { describe, expect, test } from 'vitest'
import { HOUR, lifecycle, makeRunning, makeWorld, MINUTE, PUBLIC_URL } from './fixtures.ts'
import { FakeGraphError } from './memory-graph.ts'

const NEW_URL = 'https://new.customer.example'
const DAY = 24 * HOUR

function urlsAt(url: string) {
  return {
    notificationUrl: `${url}/emi/notifications`,
    lifecycleNotificationUrl: `${url}/emi/lifecycle`,
  }
}

describe('every minute', () => {
  test('one that has disappeared is made anew within a minute', async () => {
    const { graph, clock, one, subscriptions } = await makeRunning()
    graph.subscriptions.delete(one('chats').subscriptionId ?? '')
    await clock.advance(MINUTE)
    expect(one('chats').status).toBe('active')
    expect(graph.only('/chats').id).toBe(one('chats').subscriptionId)
    await subscriptions.stop()
  })
})

describe('a change to another application', () => {
  test('and back takes the place of what lived on in the first one', async () => {
    const { graph, statuses, subscriptions } = await makeRunning()
    const ofFirst = [...graph.subscriptions]
    // Each application sees its own only.
    graph.subscriptions.clear()
    await subscriptions.ensure()
    graph.subscriptions.clear()
    for (const [id, one] of ofFirst) graph.subscriptions.set(id, one)
    await subscriptions.ensure()
    expect(statuses()).toEqual(statuses().map(() => 'active'))
    expect(graph.subscriptions.size).toBe(statuses().length)
    await subscriptions.stop()
  })
})

describe('reauthorizing', () => {
  test('is done on its own where only the longer life is refused', async () => {
    const { graph, clock, one, subscriptions } = await makeRunning()
    const { subscriptionId, expirationDateTime } = one('chats')
    graph.before = (verb) => {
      if (verb === 'PATCH') throw new FakeGraphError(400, 'x', 'Subscription expiration is wrong.')
    }
    subscriptions.handleLifecycle([lifecycle(subscriptionId ?? '', 'reauthorizationRequired')])
    await clock.advance(0)
    expect(graph.reauthorized).toEqual([subscriptionId])
    expect(one('chats')).toMatchObject({ status: 'active', error: null, expirationDateTime })
    await clock.advance(10 * MINUTE)
    expect(graph.reauthorized).toHaveLength(1)
    await subscriptions.stop()
  })

  test('is not tried where something else is wrong', async () => {
    const { graph, clock, one, subscriptions } = await makeRunning()
    graph.before = (verb) => {
      if (verb === 'PATCH') throw new FakeGraphError(400, 'x', 'Something else.')
    }
    subscriptions.handleLifecycle([
      lifecycle(one('chats').subscriptionId ?? '', 'reauthorizationRequired'),
    ])
    await clock.advance(0)
    expect(graph.reauthorized).toEqual([])
    expect(one('chats').error).not.toBeNull()
    await subscriptions.stop()
  })
})

describe('a new public address', () => {
  test('receives before anything is deleted', async () => {
    const { graph, clock, subscriptions } = await makeRunning()
    const seen: string[] = []
    graph.before = (verb, path) => {
      if (verb === 'DELETE') {
        seen.push(
          graph.subscriptions.get(path.slice('/subscriptions/'.length))?.notificationUrl ?? '',
        )
      }
    }
    subscriptions.setPublicUrl(NEW_URL)
    await clock.advance(0)
    expect(seen).toEqual(Array(3).fill(urlsAt(NEW_URL).notificationUrl))
    expect(graph.only('/chats')).toMatchObject(urlsAt(NEW_URL))
    await subscriptions.stop()
  })

  test('that Microsoft cannot reach costs no subscription', async () => {
    const { graph, clock, subscriptions, one } = await makeRunning()
    const before = [...graph.subscriptions.keys()]
    graph.before = (verb) => {
      if (verb !== 'PATCH' && verb !== 'POST') return
      throw new FakeGraphError(400, 'x', 'Subscription validation request failed.')
    }
    subscriptions.setPublicUrl(NEW_URL)
    await clock.advance(HOUR)
    expect([...graph.subscriptions.keys()]).toEqual(before)
    expect(one('chats')).toMatchObject({
      status: 'active',
      error: { code: 'subscription-validation-failed' },
    })
    graph.before = () => {}
    await clock.advance(15 * MINUTE)
    expect(graph.only('/chats')).toMatchObject(urlsAt(NEW_URL))
    expect(one('chats').error).toBeNull()
    await subscriptions.stop()
  })
})

describe('strays', () => {
  test('that post to us but are not wanted are deleted; those of other hosts stay', async () => {
    const { graph, clock, subscriptions } = await makeRunning()
    const stray = graph.addForeign('/users/id-ben/chats/getAllMessages', urlsAt(PUBLIC_URL))
    const twin = graph.addForeign('/chats', { changeType: 'updated', ...urlsAt(PUBLIC_URL) })
    const foreign = graph.addForeign('/chats/getAllMembers')
    await clock.advance(MINUTE)
    expect(graph.subscriptions.has(stray.id)).toBe(false)
    expect(graph.subscriptions.has(twin.id)).toBe(false)
    expect(graph.subscriptions.has(foreign.id)).toBe(true)
    expect(graph.subscriptions.size).toBe(4)
    await subscriptions.stop()
  })

  test('at an address that was ours lately are deleted as well, also after a restart', async () => {
    const world = await makeRunning()
    world.subscriptions.setPublicUrl(NEW_URL)
    await world.clock.advance(MINUTE)
    await world.subscriptions.stop()
    const { subscriptions } = world.start()
    const old = world.graph.addForeign('/chats/getAllMembers', urlsAt(PUBLIC_URL))
    subscriptions.setPublicUrl(NEW_URL)
    await subscriptions.ensure()
    expect(world.graph.subscriptions.has(old.id)).toBe(false)
    await subscriptions.stop()
  })

  test('at an address that we left longer ago than any subscription lives are somebody else’s', async () => {
    const { graph, clock, subscriptions } = await makeRunning()
    subscriptions.setPublicUrl(NEW_URL)
    await clock.advance(4 * DAY)
    const other = graph.addForeign('/chats/getAllMembers', urlsAt(PUBLIC_URL))
    await subscriptions.ensure()
    expect(graph.subscriptions.has(other.id)).toBe(true)
    await subscriptions.stop()
  })

  test('that cannot be deleted are tried again now and then only', async () => {
    const { graph, clock, subscriptions } = await makeRunning()
    graph.addForeign('/chats/getAllMembers', {
      ...urlsAt(PUBLIC_URL),
      expirationDateTime: '2026-03-05T09:00:00.000Z',
    })
    graph.before = (verb) => {
      if (verb === 'DELETE') throw new FakeGraphError(403, 'x')
    }
    await clock.advance(HOUR)
    expect(graph.count('DELETE')).toBe(6)
    await subscriptions.stop()
  })

  test('whose place is wanted are recognised as ours, not deleted', async () => {
    const { graph, start } = makeWorld()
    const { subscriptions } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    graph.after = (verb) => {
      if (verb === 'POST') throw new FakeGraphError(0, '')
    }
    await subscriptions.ensure()
    graph.after = () => {}
    subscriptions.setPublicUrl(NEW_URL)
    await subscriptions.ensure()
    await subscriptions.ensure()
    expect(graph.subscriptions.size).toBe(3)
    for (const made of graph.subscriptions.values()) expect(made).toMatchObject(urlsAt(NEW_URL))
  })
})
