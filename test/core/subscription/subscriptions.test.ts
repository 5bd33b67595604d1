import { describe, expect, test } from 'vitest'
import { settle } from '../../fakes/fake-clock.ts'
import { HOUR, lifecycle, makeRunning, makeWorld, MINUTE, PUBLIC_URL } from './fixtures.ts'
import { FakeGraphError } from './memory-graph.ts'

describe('creating', () => {
  test('looks first, then makes all three with their own clientState and both addresses', async () => {
    const { graph, clock, subscriptions, statuses } = await makeRunning()
    expect(graph.requests[0]).toMatchObject({ verb: 'GET', path: '/subscriptions' })
    expect(statuses()).toEqual(['active', 'active', 'active'])
    const made = ['/chats', '/chats/getAllMessages', '/teams/getAllMessages'].map((resource) =>
      graph.only(resource),
    )
    expect(made.map(({ changeType }) => changeType)).toEqual([
      'created,updated',
      'created,updated,deleted',
      'created,updated,deleted',
    ])
    for (const one of made) {
      expect(one.notificationUrl).toBe(`${PUBLIC_URL}/emi/notifications`)
      expect(one.lifecycleNotificationUrl).toBe(`${PUBLIC_URL}/emi/lifecycle`)
      expect(one.clientState).toMatch(/^[\w-]{43}$/)
      const lifeMs = Date.parse(one.expirationDateTime) - clock.now().getTime()
      expect(lifeMs).toBeGreaterThan(71 * HOUR)
      expect(lifeMs).toBeLessThan(72 * HOUR)
    }
    expect(new Set(made.map(({ clientState }) => clientState)).size).toBe(3)
    await subscriptions.stop()
    expect(clock.pending).toBe(0)
  })

  test('the audit trail hears which resource, and nothing of the clientState', async () => {
    const { graph, subscriptions } = await makeRunning()
    expect(graph.notes.map(({ object, name }) => [object, name])).toEqual([
      ['subscription', '/chats'],
      ['subscription', '/chats/getAllMessages'],
      ['subscription', '/teams/getAllMessages'],
    ])
    const text = JSON.stringify(graph.notes)
    for (const { clientState } of graph.subscriptions.values())
      expect(text).not.toContain(clientState)
    await subscriptions.stop()
  })

  test('keeps the clientState in the vault before Graph is asked', async () => {
    const { graph, secrets, clock, start } = makeWorld()
    const kept: boolean[] = []
    graph.before = (verb) => {
      const { body } = graph.requests.at(-1) ?? {}
      if (verb !== 'POST') return
      const { clientState } = body as { clientState: string }
      kept.push([...secrets.values.values()].some((value) => value.includes(clientState)))
    }
    const { subscriptions } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(kept).toEqual([true, true, true])
    expect(clock.pending).toBe(0)
  })

  test('its notifications are recognised, also before Graph has answered', async () => {
    const { graph, start } = makeWorld()
    const { subscriptions, clientStates } = start()
    const early: (string | null)[] = []
    graph.after = (verb) => {
      if (verb !== 'POST') return
      const made = [...graph.subscriptions.values()].at(-1)
      if (made) early.push(clientStates.match({ ...made, subscriptionId: made.id }))
    }
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect([...early].sort()).toEqual(['channel-messages', 'chat-messages', 'chats'])
    for (const made of graph.subscriptions.values()) {
      expect(clientStates.match({ ...made, subscriptionId: made.id })).not.toBeNull()
      expect(clientStates.match({ ...made, subscriptionId: 'other' })).toBeNull()
    }
  })

  test('asks for no more than three days by Graph’s clock, also where ours is ahead', async () => {
    const { graph, clock, start } = makeWorld()
    graph.clockAheadMs = 30 * MINUTE
    const { subscriptions, statuses, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(0)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    await clock.advance(40 * HOUR)
    expect(one('chats').renewedAt).not.toBeNull()
    expect(one('chats').error).toBeNull()
    await subscriptions.stop()
  })

  test('takes the expiry that Graph grants', async () => {
    const { graph, start } = makeWorld()
    graph.maxLifeMs = HOUR
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(`${PUBLIC_URL}/`)
    await subscriptions.ensure()
    expect(one('chats').expirationDateTime).toBe('2026-03-02T10:00:00.000Z')
  })

  test('waits for a public address, and creates as soon as there is one', async () => {
    const { graph, clock, start } = makeWorld()
    const { subscriptions, statuses } = start()
    subscriptions.start()
    await clock.advance(0)
    expect(statuses()).toEqual(['waiting', 'waiting', 'waiting'])
    expect(graph.count('POST')).toBe(0)
    subscriptions.setPublicUrl(PUBLIC_URL)
    await clock.advance(0)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    await subscriptions.stop()
  })

  test('two calls at once make no second subscription', async () => {
    const { graph, start } = makeWorld()
    const { subscriptions } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await Promise.all([subscriptions.ensure(), subscriptions.ensure(), subscriptions.ensure()])
    expect(graph.count('POST')).toBe(3)
  })

  test('a call during a pass is served by one more pass', async () => {
    const { graph, start } = makeWorld()
    const { subscriptions } = start()
    let running = 0
    let most = 0
    graph.before = async (_verb, path) => {
      if (path !== '/subscriptions') return
      running += 1
      most = Math.max(most, running)
      await settle()
      running -= 1
    }
    const first = subscriptions.ensure()
    await Promise.resolve()
    await Promise.resolve()
    const more = [subscriptions.ensure(), subscriptions.ensure()]
    await Promise.all([first, ...more])
    expect(graph.count('GET')).toBe(2)
    expect(most).toBe(1)
  })

  test('an aborted caller stops waiting', async () => {
    const { graph, start } = makeWorld()
    const { subscriptions } = start()
    let release = () => {}
    graph.before = () =>
      new Promise((resolve) => {
        release = resolve
      })
    const caller = new AbortController()
    const waiting = subscriptions.ensure(caller.signal)
    await settle()
    caller.abort()
    await waiting
    release()
    await subscriptions.stop()
  })
})

describe('renewing', () => {
  test('renews long before the expiry, again and again, and creates nothing new', async () => {
    const { graph, clock, one, subscriptions } = await makeRunning()
    const posts = graph.count('POST')
    for (let day = 0; day < 14; day += 1) {
      await clock.advance(24 * HOUR)
      const left = Date.parse(one('chats').expirationDateTime ?? '') - clock.now().getTime()
      expect(left).toBeGreaterThan(24 * HOUR)
      expect(graph.subscriptions.size).toBe(3)
    }
    expect(graph.count('POST')).toBe(posts)
    expect(graph.count('PATCH')).toBeGreaterThanOrEqual(3 * 9)
    expect(graph.count('PATCH')).toBeLessThan(3 * 16)
    expect(one('chats').renewedAt).not.toBeNull()
    await subscriptions.stop()
  })

  test('tries again when a renewal fails, and stays active meanwhile', async () => {
    const { graph, clock, one, subscriptions } = await makeRunning()
    let failures = 0
    graph.before = (verb) => {
      if (verb !== 'PATCH') return
      failures += 1
      throw new FakeGraphError(503, 'ServiceUnavailable')
    }
    await clock.advance(37 * HOUR)
    expect(failures).toBeGreaterThan(3)
    expect(one('chats')).toMatchObject({ status: 'active', error: { code: 'graph-rejected' } })
    graph.before = () => {}
    await clock.advance(20 * MINUTE)
    expect(one('chats')).toMatchObject({ status: 'active', error: null })
    expect(one('chats').renewedAt).not.toBeNull()
    await subscriptions.stop()
  })

  test('makes a new one when Graph no longer knows it', async () => {
    const { graph, clock, one, subscriptions } = await makeRunning()
    const lost = one('chats').subscriptionId ?? ''
    graph.before = (verb, path) => {
      if (verb === 'PATCH' && path.endsWith(lost)) graph.subscriptions.delete(lost)
    }
    await clock.advance(37 * HOUR)
    expect(one('chats').status).toBe('active')
    expect(one('chats').subscriptionId).not.toBe(lost)
    expect(graph.only('/chats').id).toBe(one('chats').subscriptionId)
    await subscriptions.stop()
  })

  test('notices within a quarter of an hour that one has disappeared', async () => {
    const { graph, clock, one, subscriptions } = await makeRunning()
    const lost = one('channel-messages').subscriptionId ?? ''
    graph.subscriptions.delete(lost)
    await clock.advance(15 * MINUTE)
    expect(one('channel-messages').status).toBe('active')
    expect(graph.only('/teams/getAllMessages').id).not.toBe(lost)
    await subscriptions.stop()
  })

  test('does not mistake a list that lags behind for a loss', async () => {
    const { graph, subscriptions, one } = await makeRunning()
    const { subscriptionId } = one('chats')
    for (const id of graph.subscriptions.keys()) graph.hidden.add(id)
    await subscriptions.ensure()
    expect(one('chats')).toMatchObject({ status: 'active', subscriptionId })
    expect(graph.count('POST')).toBe(3)
    await subscriptions.stop()
  })

  test('goes on after a long sleep in which everything expired', async () => {
    const { graph, clock, subscriptions, statuses, database, secrets } = await makeRunning()
    await subscriptions.stop()
    await clock.advance(10 * 24 * HOUR)
    expect(database.records.size).toBe(1)
    expect(secrets.values.size).toBe(3)
    subscriptions.start()
    await clock.advance(0)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    expect(graph.subscriptions.size).toBe(3)
    await subscriptions.stop()
  })
})

describe('somebody else', () => {
  test('is named, not fought', async () => {
    const { graph, clock, log, start } = makeWorld()
    const foreign = graph.addForeign('chats/getallmessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(30 * MINUTE)
    expect(one('chat-messages')).toMatchObject({
      status: 'held-elsewhere',
      subscriptionId: null,
      heldBy: {
        host: 'emi.vendor.example',
        subscriptionId: foreign.id,
        expirationDateTime: foreign.expirationDateTime,
      },
      error: { code: 'subscription-held-elsewhere' },
    })
    expect(one('chats').status).toBe('active')
    expect(graph.count('POST')).toBe(2)
    expect(graph.count('DELETE')).toBe(0)
    expect(JSON.stringify([subscriptions.list, log.entries])).not.toContain('key=abc')
    await subscriptions.stop()
  })

  test('is followed as soon as it is gone', async () => {
    const { graph, clock, start } = makeWorld()
    graph.addForeign('/chats/getAllMessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(75 * MINUTE)
    expect(one('chat-messages')).toMatchObject({ status: 'active', heldBy: null, error: null })
    await subscriptions.stop()
  })

  test('is replaced when the person says so', async () => {
    const { graph, clock, start } = makeWorld()
    const foreign = graph.addForeign('/chats/getAllMessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(0)
    await subscriptions.takeOver(foreign.id)
    expect(one('chat-messages')).toMatchObject({ status: 'active', heldBy: null })
    expect(graph.only('/chats/getAllMessages').notificationUrl).toContain(PUBLIC_URL)
    await subscriptions.stop()
  })

  test('is replaced even while Graph’s list still shows it', async () => {
    const { graph, start } = makeWorld()
    const foreign = graph.addForeign('/chats/getAllMessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    const list = graph.list.bind(graph)
    graph.list = async (path) => [...(await list(path)), foreign]
    await subscriptions.takeOver(foreign.id)
    expect(one('chat-messages').status).toBe('active')
  })

  test('is left alone while we cannot be reached ourselves', async () => {
    const { graph, start } = makeWorld()
    const foreign = graph.addForeign('/chats/getAllMessages')
    const { subscriptions } = start()
    await subscriptions.ensure()
    await expect(subscriptions.takeOver(foreign.id)).rejects.toMatchObject({
      code: 'webhook-not-running',
    })
    expect(graph.subscriptions.has(foreign.id)).toBe(true)
  })

  test('cannot be replaced by an id that holds nothing of ours', async () => {
    const { graph, subscriptions } = await makeRunning()
    const other = graph.addForeign('/users/x/chats')
    await expect(subscriptions.takeOver(other.id)).rejects.toMatchObject({
      code: 'subscription-not-found',
    })
    expect(graph.subscriptions.has(other.id)).toBe(true)
    await subscriptions.stop()
  })

  test('stays when Graph does not let us delete it', async () => {
    const { graph, start } = makeWorld()
    const foreign = graph.addForeign('/chats/getAllMessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    graph.before = (verb) => {
      if (verb === 'DELETE') throw new FakeGraphError(403, 'Forbidden')
    }
    await expect(subscriptions.takeOver(foreign.id)).rejects.toMatchObject({ status: 403 })
    expect(one('chat-messages').status).toBe('held-elsewhere')
  })

  test('that appears between look and creation is found by the conflict', async () => {
    const { graph, start } = makeWorld()
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    graph.before = (verb) => {
      if (verb !== 'POST' || graph.count('POST') > 1) return
      graph.addForeign('/chats', { changeType: 'created,updated' })
    }
    await subscriptions.ensure()
    expect(one('chats')).toMatchObject({
      status: 'held-elsewhere',
      heldBy: { host: 'emi.vendor.example' },
    })
    expect(graph.count('POST')).toBe(3)
  })

  test('that comes back whenever it is deleted is not fought in a loop', async () => {
    const { graph, start } = makeWorld()
    graph.before = (verb) => {
      const { resource } = (graph.requests.at(-1)?.body ?? {}) as { resource?: string }
      if (verb !== 'POST' || resource !== '/chats' || graph.count('POST') > 50) return
      graph.addForeign('/chats', {
        changeType: 'created,updated',
        notificationUrl: `${PUBLIC_URL}/emi/notifications`,
        lifecycleNotificationUrl: `${PUBLIC_URL}/emi/lifecycle`,
      })
    }
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(one('chats')).toMatchObject({ status: 'failed', error: { code: 'graph-conflict' } })
    expect(graph.count('POST')).toBe(4)
  })

  test('that Graph hides is asked about rarely, never in a loop', async () => {
    const { graph, clock, start } = makeWorld()
    const foreign = graph.addForeign('/chats', {
      changeType: 'created,updated',
      expirationDateTime: '2026-03-04T09:00:00.000Z',
    })
    graph.hidden.add(foreign.id)
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(0)
    expect(one('chats')).toMatchObject({ status: 'failed', error: { code: 'graph-conflict' } })
    expect(graph.count('POST')).toBe(3)
    await clock.advance(HOUR)
    expect(graph.count('POST')).toBeLessThan(40)
    await subscriptions.stop()
  })
})

describe('refusals', () => {
  test('a missing permission is explained with ways out, and not asked about again soon', async () => {
    const { graph, clock, start } = makeWorld()
    graph.forbidden.add('/chats/getAllMessages')
    const { subscriptions, one, clientStates } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(0)
    expect(one('chat-messages')).toMatchObject({
      status: 'refused',
      remedies: ['add-chat-read-all', 'per-user'],
      error: { code: 'subscription-forbidden' },
    })
    expect(one('channel-messages').status).toBe('active')
    expect(clientStates.knows('chat-messages', 'any')).toBe(false)
    await clock.advance(50 * MINUTE)
    expect(graph.count('POST')).toBe(3)
    await clock.advance(20 * MINUTE)
    expect(graph.count('POST')).toBe(4)
    await subscriptions.stop()
  })

  test('a person’s “Check again” asks at once', async () => {
    const { graph, start, settings } = makeWorld()
    graph.forbidden.add('/chats/getAllMessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    settings.optionalPermissions = ['Chat.Read.All']
    await subscriptions.ensure()
    expect(one('chat-messages').remedies).toEqual(['per-user'])
    graph.forbidden.clear()
    await subscriptions.ensure()
    expect(one('chat-messages')).toMatchObject({ status: 'active', remedies: [], error: null })
  })

  test('an address that arrives while the first pass looks around is asked about once', async () => {
    const { graph, clock, start } = makeWorld()
    graph.forbidden.add('/chats/getAllMessages')
    const { subscriptions, one } = start()
    graph.before = (verb) => {
      if (verb === 'GET') subscriptions.setPublicUrl(PUBLIC_URL)
    }
    subscriptions.start()
    await clock.advance(0)
    expect(one('chat-messages').status).toBe('refused')
    expect(graph.count('POST')).toBe(3)
    await subscriptions.stop()
  })

  test('other resources are refused without those remedies', async () => {
    const { graph, start } = makeWorld()
    graph.forbidden.add('/teams/getAllMessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(one('channel-messages')).toMatchObject({ status: 'refused', remedies: [] })
  })

  test('a limit that is reached is not taken for a missing permission', async () => {
    const { graph, start } = makeWorld()
    graph.before = (verb) => {
      if (verb !== 'POST') return
      throw new FakeGraphError(
        403,
        'ExtensionError',
        'Operation: Create; Exception: [Status Code: Forbidden; Reason: Maximum number of subscriptions has been reached]',
      )
    }
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    const { status, remedies, error } = one('chat-messages')
    expect({ status, remedies, code: error?.code }).toEqual({
      status: 'refused',
      remedies: [],
      code: 'subscription-forbidden',
    })
    expect(`${error?.message} ${error?.nextStep}`).not.toContain('Chat.Read.All')
    expect(error?.message).toContain('limit')
  })

  test('another wrong request is not taken for a failed handshake', async () => {
    const { graph, start } = makeWorld()
    graph.before = (verb) => {
      if (verb === 'POST') throw new FakeGraphError(400, 'ValidationError', 'Invalid resource.')
    }
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(one('chats').error?.code).toBe('graph-rejected')
  })

  test.each(['GET', 'POST'] as const)(
    'a token of the application that %s does not accept sends nobody to the sign-in page',
    async (refused) => {
      const { graph, start } = makeWorld()
      graph.before = (verb) => {
        if (verb === refused) throw new FakeGraphError(401, 'Authorization_IdentityNotFound')
      }
      const { subscriptions, one } = start()
      subscriptions.setPublicUrl(PUBLIC_URL)
      await subscriptions.ensure()
      expect(one('chats').error?.code).toBe('graph-forbidden')
      expect(one('chats').error?.nextStep).toContain('Verify')
    },
  )

  test('the log names a subscription in plain words, not by its key', async () => {
    const { graph, log, start, settings } = makeWorld()
    graph.forbidden.add('/chats/getAllMessages')
    settings.perUserSubscriptions = []
    const { subscriptions } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    settings.perUserSubscriptions = ['anna@practice.example']
    await subscriptions.ensure()
    const told = log.entries.map(({ message }) => message).join('\n')
    expect(told).toContain('The subscription to messages in chats is not in order')
    expect(told).toContain('Created the subscription to chat messages of anna@practice.example.')
    expect(told).not.toMatch(/chat-messages|channel-messages|user:/)
  })

  test('a failed handshake names our host and is tried again, more and more rarely', async () => {
    const { graph, clock, start } = makeWorld()
    graph.before = (verb) => {
      if (verb !== 'POST') return
      throw new FakeGraphError(400, 'InvalidRequest', 'Subscription validation request failed.')
    }
    const { subscriptions, one, statuses } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    subscriptions.start()
    await clock.advance(0)
    expect(one('chats')).toMatchObject({
      status: 'failed',
      error: { code: 'subscription-validation-failed' },
    })
    expect(one('chats').error?.message).toContain('emi.customer.example')
    await clock.advance(2 * HOUR)
    expect(graph.count('POST')).toBeGreaterThan(6)
    expect(graph.count('POST')).toBeLessThan(200)
    graph.before = () => {}
    await clock.advance(15 * MINUTE)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    await subscriptions.stop()
  })

  test('the same error keeps its time and reference', async () => {
    const { graph, clock, start } = makeWorld()
    graph.forbidden.add('/chats/getAllMessages')
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    const first = one('chat-messages').error
    await clock.advance(MINUTE)
    await subscriptions.ensure()
    expect(one('chat-messages').error).toEqual(first)
  })

  test('without network nothing is lost, and it goes on by itself', async () => {
    const { graph, clock, statuses, one, subscriptions } = await makeRunning()
    graph.before = () => {
      throw new FakeGraphError(0, '')
    }
    await subscriptions.ensure()
    expect(statuses()).toEqual(['active', 'active', 'active'])
    expect(one('chats').error).not.toBeNull()
    graph.before = () => {}
    await clock.advance(5 * MINUTE)
    expect(one('chats').error).toBeNull()
    expect(graph.count('POST')).toBe(3)
    await subscriptions.stop()
  })

  test('a locked vault stops before Graph is asked', async () => {
    const { graph, secrets, start } = makeWorld()
    secrets.set = () => Promise.reject(new Error('locked'))
    const { subscriptions, statuses } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(graph.count('POST')).toBe(0)
    expect(statuses()).toEqual(['failed', 'failed', 'failed'])
  })
})

describe('answers that never arrive', () => {
  test('a subscription whose creation was not answered is found and adopted', async () => {
    const { graph, clock, start } = makeWorld()
    const { subscriptions, one, clientStates } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    graph.after = (verb) => {
      if (verb === 'POST' && graph.count('POST') === 1) throw new FakeGraphError(0, '')
    }
    subscriptions.start()
    await clock.advance(15 * MINUTE)
    expect(one('chats').status).toBe('active')
    expect(graph.count('POST')).toBe(3)
    const made = graph.only('/chats')
    expect(clientStates.match({ ...made, subscriptionId: made.id })).toBe('chats')
    await subscriptions.stop()
  })

  test('also when the process ended meanwhile', async () => {
    const { graph, start } = makeWorld()
    const first = start()
    first.subscriptions.setPublicUrl(PUBLIC_URL)
    graph.after = async (verb) => {
      if (verb === 'POST') await new Promise(() => {})
    }
    void first.subscriptions.ensure()
    await settle()
    expect(graph.subscriptions.size).toBe(3)
    graph.after = () => {}
    const second = start()
    await second.subscriptions.ensure()
    expect(second.statuses()).toEqual(['waiting', 'waiting', 'waiting'])
    second.subscriptions.setPublicUrl(PUBLIC_URL)
    await second.subscriptions.ensure()
    expect(second.statuses()).toEqual(['active', 'active', 'active'])
    expect(graph.count('POST')).toBe(3)
    const made = graph.only('/chats')
    expect(second.clientStates.match({ ...made, subscriptionId: made.id })).toBe('chats')
  })

  test('one that posts to us but whose clientState nobody knows is made anew', async () => {
    const { graph, start } = makeWorld()
    const old = graph.addForeign('/chats', {
      changeType: 'created,updated',
      notificationUrl: `${PUBLIC_URL}/emi/notifications`,
      lifecycleNotificationUrl: `${PUBLIC_URL}/emi/lifecycle`,
    })
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(one('chats').status).toBe('active')
    expect(graph.only('/chats').id).not.toBe(old.id)
  })
})

describe('after a restart', () => {
  test('knows its own, creates nothing, and keeps no clientState outside the vault', async () => {
    const world = await makeRunning()
    const ids = world.subscriptions.list.map(({ subscriptionId }) => subscriptionId)
    await world.subscriptions.stop()
    const again = world.start()
    again.subscriptions.setPublicUrl(PUBLIC_URL)
    again.subscriptions.start()
    await world.clock.advance(0)
    expect(again.statuses()).toEqual(['active', 'active', 'active'])
    expect(again.subscriptions.list.map(({ subscriptionId }) => subscriptionId)).toEqual(ids)
    expect(world.graph.count('POST')).toBe(3)
    const visible = JSON.stringify([
      ...world.database.records.values(),
      again.subscriptions.list,
      world.log.entries,
    ])
    for (const { id, ...made } of world.graph.subscriptions.values()) {
      expect(again.clientStates.match({ ...made, subscriptionId: id })).not.toBeNull()
      expect(visible).not.toContain(made.clientState)
    }
    await again.subscriptions.stop()
  })

  test('with an empty vault everything is made anew', async () => {
    const world = await makeRunning()
    await world.subscriptions.stop()
    world.secrets.values.clear()
    const again = world.start()
    again.subscriptions.setPublicUrl(PUBLIC_URL)
    await again.subscriptions.ensure()
    expect(again.statuses()).toEqual(['active', 'active', 'active'])
    expect(world.graph.count('POST')).toBe(6)
    expect(world.graph.subscriptions.size).toBe(3)
  })

  test('with an empty database they are recognised by address and vault', async () => {
    const world = await makeRunning()
    await world.subscriptions.stop()
    world.database.records.clear()
    const again = world.start()
    again.subscriptions.setPublicUrl(PUBLIC_URL)
    await again.subscriptions.ensure()
    expect(again.statuses()).toEqual(['active', 'active', 'active'])
    expect(world.graph.count('POST')).toBe(3)
  })

  test('unreadable records are no obstacle', async () => {
    const world = makeWorld()
    world.database.records.set('subscriptions', '{"version":9}')
    const { subscriptions, statuses } = world.start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(statuses()).toEqual(['active', 'active', 'active'])
  })

  test('stop and start again in the same process works', async () => {
    const { subscriptions, clock, graph, statuses } = await makeRunning()
    await subscriptions.stop()
    expect(clock.pending).toBe(0)
    subscriptions.start()
    await clock.advance(37 * HOUR)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    expect(graph.count('PATCH')).toBeGreaterThan(0)
    await subscriptions.stop()
  })
})

describe('a new public address', () => {
  test('makes all anew there, and accepts what Graph still retries for the old ones', async () => {
    const { graph, clock, subscriptions, statuses, clientStates } = await makeRunning()
    const old = [...graph.subscriptions.values()].map((one) => ({ ...one }))
    subscriptions.setPublicUrl('https://new.customer.example')
    await clock.advance(0)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    expect(graph.subscriptions.size).toBe(3)
    for (const one of graph.subscriptions.values()) {
      expect(one.notificationUrl).toBe('https://new.customer.example/emi/notifications')
      expect(one.lifecycleNotificationUrl).toBe('https://new.customer.example/emi/lifecycle')
    }
    for (const { id, clientState } of old) {
      expect(clientStates.match({ subscriptionId: id, clientState })).not.toBeNull()
    }
    await subscriptions.stop()
  })

  test('is patched where only the notificationUrl differs', async () => {
    const { graph, subscriptions, one } = await makeRunning()
    const made = graph.only('/chats')
    made.notificationUrl = 'https://old.customer.example/emi/notifications'
    await subscriptions.ensure()
    expect(graph.only('/chats').id).toBe(made.id)
    expect(graph.only('/chats').notificationUrl).toBe(`${PUBLIC_URL}/emi/notifications`)
    expect(one('chats').status).toBe('active')
    await subscriptions.stop()
  })

  test('that comes and goes changes nothing', async () => {
    const { graph, clock, subscriptions, statuses } = await makeRunning()
    subscriptions.setPublicUrl(null)
    await clock.advance(40 * HOUR)
    expect(statuses()).toEqual(['active', 'active', 'active'])
    subscriptions.setPublicUrl(PUBLIC_URL)
    await clock.advance(0)
    expect(graph.count('POST')).toBe(3)
    expect(graph.count('DELETE')).toBe(0)
    expect(graph.count('PATCH')).toBeGreaterThanOrEqual(3)
    await subscriptions.stop()
  })
})

describe('lifecycle events', () => {
  test('reauthorizationRequired renews at once', async () => {
    const { graph, clock, subscriptions, one } = await makeRunning()
    const { subscriptionId } = one('chats')
    await clock.advance(HOUR)
    subscriptions.handleLifecycle([lifecycle(subscriptionId ?? '', 'reauthorizationRequired')])
    await clock.advance(0)
    expect(graph.count('PATCH')).toBe(1)
    expect(one('chats')).toMatchObject({ subscriptionId, renewedAt: '2026-03-02T10:00:00.000Z' })
    await clock.advance(HOUR)
    expect(graph.count('PATCH')).toBe(1)
    await subscriptions.stop()
  })

  test('reauthorizationRequired is acted on again when the renewal failed', async () => {
    const { graph, clock, subscriptions, one } = await makeRunning()
    graph.before = (verb) => {
      if (verb === 'PATCH' && graph.count('PATCH') === 1) throw new FakeGraphError(500, 'x')
    }
    subscriptions.handleLifecycle([
      lifecycle(one('chats').subscriptionId ?? '', 'reauthorizationRequired'),
    ])
    await clock.advance(MINUTE)
    expect(graph.count('PATCH')).toBe(2)
    expect(one('chats').error).toBeNull()
    await subscriptions.stop()
  })

  test('subscriptionRemoved makes a new one, even while the list shows the old', async () => {
    const { graph, clock, subscriptions, one } = await makeRunning()
    const removed = graph.only('/chats')
    graph.subscriptions.delete(removed.id)
    const list = graph.list.bind(graph)
    graph.list = async (path) => [...(await list(path)), removed]
    subscriptions.handleLifecycle([lifecycle(removed.id, 'subscriptionRemoved')])
    await clock.advance(0)
    expect(one('chats').status).toBe('active')
    expect(one('chats').subscriptionId).not.toBe(removed.id)
    await subscriptions.stop()
  })

  test.each(['missed', 'somethingNew'])('%s is logged and changes nothing', async (event) => {
    const { graph, clock, subscriptions, one, log } = await makeRunning()
    const before = graph.requests.length
    subscriptions.handleLifecycle([lifecycle(one('chats').subscriptionId ?? '', event)])
    await clock.advance(0)
    expect(graph.requests).toHaveLength(before)
    expect(log.entries.at(-1)?.level).toBe('warning')
    await subscriptions.stop()
  })

  test('of a subscription that is not ours any more changes nothing', async () => {
    const { graph, clock, subscriptions } = await makeRunning()
    const before = graph.requests.length
    subscriptions.handleLifecycle([lifecycle('earlier', 'subscriptionRemoved')])
    await clock.advance(0)
    expect(graph.requests).toHaveLength(before)
    await subscriptions.stop()
  })
})

describe('chosen people', () => {
  test('are subscribed one by one by their id, instead of all chats', async () => {
    const { graph, subscriptions, settings } = await makeRunning()
    settings.perUserSubscriptions = ['Anna@practice.example', 'ben@practice.example']
    await subscriptions.ensure()
    expect(
      subscriptions.list.map(({ key, status, resource }) => ({ key, status, resource })),
    ).toEqual([
      { key: 'chats', status: 'active', resource: '/chats' },
      {
        key: 'user:anna@practice.example',
        status: 'active',
        resource: '/users/id-anna/chats/getAllMessages',
      },
      {
        key: 'user:ben@practice.example',
        status: 'active',
        resource: '/users/id-ben/chats/getAllMessages',
      },
      { key: 'channel-messages', status: 'active', resource: '/teams/getAllMessages' },
    ])
    expect([...graph.subscriptions.values()].map(({ resource }) => resource)).not.toContain(
      '/chats/getAllMessages',
    )
    await subscriptions.stop()
  })

  test('who do not exist are named, without harm to the others', async () => {
    const { start, settings } = makeWorld()
    settings.perUserSubscriptions = ['nobody@practice.example', 'ben@practice.example']
    const { subscriptions, one } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(one('user:nobody@practice.example')).toMatchObject({
      status: 'failed',
      error: { code: 'graph-not-found' },
    })
    expect(one('user:ben@practice.example').status).toBe('active')
  })

  test('who are removed again lose subscription and clientState', async () => {
    const { graph, subscriptions, settings, secrets } = await makeRunning()
    settings.perUserSubscriptions = ['anna@practice.example']
    await subscriptions.ensure()
    settings.perUserSubscriptions = []
    await subscriptions.ensure()
    expect([...graph.subscriptions.values()].map(({ resource }) => resource).sort()).toEqual([
      '/chats',
      '/chats/getAllMessages',
      '/teams/getAllMessages',
    ])
    expect([...secrets.values.keys()].sort()).toEqual([
      'clientState:channel-messages',
      'clientState:chat-messages',
      'clientState:chats',
    ])
    await subscriptions.stop()
  })
})

describe('what is shown', () => {
  test('listeners hear of each change until they undo it', async () => {
    const { start } = makeWorld()
    const { subscriptions } = start()
    const heard: string[] = []
    const undo = subscriptions.onChange((list) => heard.push(list[0]?.status ?? ''))
    subscriptions.setPublicUrl(PUBLIC_URL)
    await subscriptions.ensure()
    expect(heard).toContain('creating')
    expect(heard.at(-1)).toBe('active')
    const before = heard.length
    undo()
    await subscriptions.ensure()
    expect(heard).toHaveLength(before)
  })

  test('shows when the last notification came', async () => {
    const { subscriptions, one } = await makeRunning()
    const note = (receivedAt: string) =>
      subscriptions.noteDelivery({
        id: 1,
        receivedAt,
        kind: 'changeNotification',
        subscriptionKey: 'chats',
        subscriptionId: one('chats').subscriptionId ?? '',
        tenantId: 't',
        changeType: 'created',
        resource: '',
        resourceId: null,
        rich: false,
        origin: 'graph',
        senderId: null,
      })
    note('2026-03-02T09:00:05.000Z')
    note('2026-03-02T09:00:07.000Z')
    expect(one('chats').lastNotificationAt).toBe('2026-03-02T09:00:07.000Z')
    expect(one('channel-messages').lastNotificationAt).toBeNull()
    await subscriptions.stop()
  })

  test('stops in the middle of a creation without harm', async () => {
    const { graph, clock, start } = makeWorld()
    const { subscriptions, statuses } = start()
    subscriptions.setPublicUrl(PUBLIC_URL)
    graph.post = (_path, _body, options?: { signal?: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () =>
          reject(new DOMException('x', 'AbortError')),
        )
      })
    subscriptions.start()
    await clock.advance(0)
    expect(statuses()).toEqual(['creating', 'creating', 'creating'])
    await subscriptions.stop()
    expect(statuses()).toEqual(['waiting', 'waiting', 'waiting'])
    expect(clock.pending).toBe(0)
  })
})
