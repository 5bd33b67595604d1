import { expect, test } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { LIFECYCLE_PATH, NOTIFICATION_PATH, PROBE_PATH } from '../../../main/core/webhook-paths.ts'
import { createEndpoint, MAX_BODY_BYTES } from '../../../main/core/webhook/endpoint.ts'
import { ClientStates } from '../../../main/core/webhook/client-states.ts'
import { settle } from '../../fakes/fake-clock.ts'
import { seededRandom } from '../../fakes/memory-ports.ts'
import { makeWebhook, messageItem, post, SUBSCRIPTION_ID, TENANT_ID } from './fixtures.ts'

const TOKENS = [
  'Validation: Testing client application reachability for subscription Request-Id: 522a8e7e',
  'a+b/c==',
  'literal%25 and %2B stay',
  '100%',
  'Grüße 你好 🙂',
  '<script>alert(1)</script>',
]

test.each(TOKENS)('answers the validationToken as plain text, decoded once: %s', async (token) => {
  const { handle } = await makeWebhook()
  for (const path of [NOTIFICATION_PATH, LIFECYCLE_PATH]) {
    for (const query of [
      `validationToken=${encodeURIComponent(token)}`,
      new URLSearchParams({ validationToken: token }).toString(),
      `x=1&validationToken=${encodeURIComponent(token)}`,
    ]) {
      const answer = await handle(post('', `${path}?${query}`))
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(await answer.text()).toBe(token)
    }
  }
})

test('answers the handshake before the vault was read and while the disk is full', async () => {
  const webhook = await makeWebhook()
  webhook.database.failNext = new Error('full')
  const handle = createEndpoint({
    ...webhook,
    clientStates: new ClientStates({ secrets: webhook.secrets, random: seededRandom() }),
    onLifecycle: () => {},
    onRefused: () => {},
  })
  const answer = await handle(post('', `${NOTIFICATION_PATH}?validationToken=abc`))
  expect(await answer.text()).toBe('abc')
})

test('stores a notification whose clientState is right, then answers 202 without a body', async () => {
  const { handle, database, clientState, inbox, refused } = await makeWebhook()
  const answer = await handle(post({ value: [messageItem({ clientState })] }))
  expect(answer.status).toBe(202)
  expect(await answer.text()).toBe('')
  expect(database.deliveries).toHaveLength(1)
  expect(database.deliveries[0]).toMatchObject({
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: SUBSCRIPTION_ID,
    tenantId: TENANT_ID,
    changeType: 'created',
    resourceId: '1612289992105',
    rich: false,
    receivedAt: '2026-03-02T09:00:00.000Z',
  })
  expect(inbox.received).toBe(1)
  expect(refused).toBe(0)
})

test('keeps headers that help support, cut to a sensible length, and never one that proves or authorises', async () => {
  const { handle, database, clientState } = await makeWebhook()
  const request = post({ value: [messageItem({ clientState })] })
  const secrets = { authorization: 'Bearer secret', cookie: 'session=secret' }
  const given = { 'client-request-id': 'c-1', 'user-agent': 'x'.repeat(5_000), 'x-odd': 'odd' }
  for (const [name, value] of Object.entries({ ...secrets, ...given })) {
    request.headers.set(name, value)
  }
  await handle(request)
  const { 'content-type': _, ...kept } = database.deliveries[0]?.headers ?? {}
  expect(kept).toEqual({ 'client-request-id': 'c-1', 'user-agent': 'x'.repeat(200) })
})

test('does not answer before the commit', async () => {
  const webhook = await makeWebhook()
  let commit = () => {}
  const committed = new Promise<void>((resolve) => {
    commit = resolve
  })
  const { database } = webhook
  const add = database.addDeliveries.bind(database)
  database.addDeliveries = async (items) => {
    await committed
    return add(items)
  }
  let answered = false
  const answer = webhook
    .handle(post({ value: [messageItem({ clientState: webhook.clientState })] }))
    .then(({ status }) => {
      answered = true
      return status
    })
  await settle()
  expect(answered).toBe(false)
  commit()
  expect(await answer).toBe(202)
})

test('answers 202 to forged items, counts them, and keeps nothing of them', async () => {
  const webhook = await makeWebhook()
  const forged = [
    messageItem({ clientState: 'forged-state' }),
    messageItem({ clientState: webhook.clientState.slice(0, -1) }),
    messageItem({ clientState: `${webhook.clientState}x` }),
    messageItem({ clientState: '' }),
    messageItem({ clientState: null }),
    messageItem(),
    messageItem({ clientState: webhook.clientState, subscriptionId: 'forged-subscription' }),
  ]
  const answer = await webhook.handle(post({ value: forged }))
  expect(answer.status).toBe(202)
  expect(webhook.database.deliveries).toEqual([])
  expect(webhook.refused).toBe(forged.length)
  expect(JSON.stringify(webhook.log.entries)).not.toMatch(/forged-|chats\('19/)
})

test('stores ours out of a post that also holds forged and unreadable items', async () => {
  const webhook = await makeWebhook()
  const { clientState } = webhook
  const answer = await webhook.handle(
    post({
      value: [
        messageItem({ clientState: 'wrong' }),
        messageItem({ clientState, changeType: 'Updated' }),
        'no item',
        { subscriptionId: 7 },
        null,
        messageItem({ clientState }),
      ],
      validationTokens: ['eyJh.eyJi.c'],
    }),
  )
  expect(answer.status).toBe(202)
  expect(webhook.database.deliveries.map(({ changeType }) => changeType)).toEqual([
    'updated',
    'created',
  ])
  expect(webhook.refused).toBe(4)
})

test('accepts a notification that arrives before Graph has answered the creation', async () => {
  const webhook = await makeWebhook()
  const clientState = await webhook.clientStates.create('channel-messages')
  await webhook.handle(post({ value: [messageItem({ clientState, subscriptionId: 'brand-new' })] }))
  expect(webhook.database.deliveries[0]).toMatchObject({
    subscriptionKey: 'channel-messages',
    subscriptionId: 'brand-new',
  })
})

test('stores lifecycleNotifications on either path, then hands them on', async () => {
  const webhook = await makeWebhook()
  const item = {
    lifecycleEvent: 'reauthorizationRequired',
    subscriptionId: SUBSCRIPTION_ID,
    tenantId: TENANT_ID,
    clientState: webhook.clientState,
  }
  for (const path of [LIFECYCLE_PATH, NOTIFICATION_PATH]) {
    expect((await webhook.handle(post({ value: [item] }, path))).status).toBe(202)
  }
  expect(webhook.lifecycle).toHaveLength(2)
  expect(JSON.stringify(webhook.lifecycle)).not.toContain(webhook.clientState)
  expect(webhook.database.deliveries[0]).toMatchObject({
    kind: 'lifecycleNotification',
    changeType: 'reauthorizationRequired',
    resource: '',
  })
})

test('does not act on a forged lifecycleNotification', async () => {
  const webhook = await makeWebhook()
  const item = { lifecycleEvent: 'subscriptionRemoved', subscriptionId: SUBSCRIPTION_ID }
  const answer = await webhook.handle(
    post({ value: [{ ...item, clientState: 'wrong' }] }, LIFECYCLE_PATH),
  )
  expect(answer.status).toBe(202)
  expect(webhook.lifecycle).toEqual([])
  expect(webhook.refused).toBe(1)
})

test('answers 503 when the database fails, so that Graph posts again, and 202 the next time', async () => {
  const webhook = await makeWebhook()
  const body = { value: [messageItem({ clientState: webhook.clientState })] }
  webhook.database.failNext = new AppError('disk-full', { message: 'Full.', nextStep: 'Free.' })
  expect((await webhook.handle(post(body))).status).toBe(503)
  expect(webhook.log.entries.at(-1)?.facts['code']).toBe('disk-full')
  expect((await webhook.handle(post(body))).status).toBe(202)
  expect(webhook.database.deliveries).toHaveLength(1)
})

test('answers 503 within ten seconds when the disk hangs', async () => {
  const webhook = await makeWebhook()
  webhook.database.addDeliveries = () => new Promise(() => {})
  const answer = webhook.handle(
    post({ value: [messageItem({ clientState: webhook.clientState })] }),
  )
  await settle()
  await webhook.clock.advance(9_000)
  expect((await answer).status).toBe(503)
  expect(webhook.clock.pending).toBe(0)
})

test('answers 503 as long as the vault was not read', async () => {
  const webhook = await makeWebhook()
  const clientStates = new ClientStates({ secrets: webhook.secrets, random: seededRandom() })
  let refused = 0
  const handle = createEndpoint({
    ...webhook,
    clientStates,
    onLifecycle: () => {},
    onRefused: (count) => (refused += count),
  })
  const body = { value: [messageItem({ clientState: webhook.clientState })] }
  expect((await handle(post(body))).status).toBe(503)
  expect(refused).toBe(0)
  await clientStates.load(['chat-messages'])
  expect((await handle(post(body))).status).toBe(202)
})

test.each([
  ['an empty body', ''],
  ['no JSON', '{"value":['],
  ['another shape', { values: [] }],
  ['an array', []],
  ['null', 'null'],
  ['bytes that are no UTF-8', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d])],
])('answers 400 to %s and stores nothing', async (_name, body) => {
  const webhook = await makeWebhook()
  expect((await webhook.handle(post(body))).status).toBe(400)
  expect(webhook.database.deliveries).toEqual([])
  expect(webhook.refused).toBe(1)
})

test('accepts a post without any item', async () => {
  const webhook = await makeWebhook()
  expect((await webhook.handle(post({ value: [] }))).status).toBe(202)
  expect(webhook.refused).toBe(0)
})

test('answers 413 to a body above the limit, with and without a declared length', async () => {
  const webhook = await makeWebhook()
  const huge = new Uint8Array(MAX_BODY_BYTES + 1).fill(0x20)
  expect((await webhook.handle(post(huge))).status).toBe(413)
  let sent = 0
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      sent += 1
      controller.enqueue(new Uint8Array(1024 * 1024))
    },
  })
  // Node asks for duplex, which the types of a browser do not know.
  const init = { method: 'POST', body: endless, duplex: 'half' }
  const request = new Request(`http://localhost${NOTIFICATION_PATH}`, init)
  expect((await webhook.handle(request)).status).toBe(413)
  expect(sent).toBeLessThan(20)
})

test('accepts a big post of many items in one commit', async () => {
  const webhook = await makeWebhook()
  const items = Array.from({ length: 2_000 }, (_, index) =>
    messageItem({
      clientState: webhook.clientState,
      resource: `chats('19:a@thread.v2')/messages('${index}')`,
      filler: 'x'.repeat(500),
    }),
  )
  expect((await webhook.handle(post({ value: items }))).status).toBe(202)
  expect(webhook.database.deliveries).toHaveLength(2_000)
})

test('signs the probe’s nonce with the key of this run', async () => {
  const { handle, probeKey } = await makeWebhook()
  const answer = await handle(new Request(`http://localhost${PROBE_PATH}?n=abc_DEF-123`))
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  const text = await answer.text()
  expect(text).toMatch(/^[\w-]{43}$/)
  const signature = Uint8Array.from(Buffer.from(text, 'base64url'))
  const nonce = new TextEncoder().encode('abc_DEF-123')
  expect(await crypto.subtle.verify('HMAC', probeKey, signature, nonce)).toBe(true)
})

test.each(['', '?n=', '?n=a%20b', `?n=${'a'.repeat(129)}`, '?n=%3Cb%3E'])(
  'answers 404 to a probe with a bad nonce: %s',
  async (query) => {
    const { handle } = await makeWebhook()
    const answer = await handle(new Request(`http://localhost${PROBE_PATH}${query}`))
    expect(answer.status).toBe(404)
    expect(await answer.text()).toBe('')
  },
)

test.each([
  ['GET', NOTIFICATION_PATH],
  ['GET', `${NOTIFICATION_PATH}?validationToken=abc`],
  ['HEAD', PROBE_PATH],
  ['PUT', NOTIFICATION_PATH],
  ['POST', '/'],
  ['POST', '/?validationToken=abc'],
  ['POST', `${NOTIFICATION_PATH}/`],
  ['POST', '/emi/notifications/../other?validationToken=abc'],
  ['POST', `${PROBE_PATH}?n=abc`],
  ['POST', `${PROBE_PATH}?validationToken=abc`],
  ['DELETE', LIFECYCLE_PATH],
])('answers 404 without a body to %s %s', async (method, path) => {
  const { handle } = await makeWebhook()
  const answer = await handle(new Request(`http://localhost${path}`, { method }))
  expect(answer.status).toBe(404)
  expect(await answer.text()).toBe('')
})

test('logs refusals once in a while, not each', async () => {
  const webhook = await makeWebhook()
  for (let round = 0; round < 50; round += 1) {
    await webhook.handle(post({ value: [messageItem({ clientState: 'wrong' })] }))
  }
  expect(webhook.refused).toBe(50)
  expect(webhook.log.entries).toHaveLength(1)
  await webhook.clock.advance(60_000)
  await webhook.handle(post({ value: [messageItem({ clientState: 'wrong' })] }))
  expect(webhook.log.entries.at(-1)?.facts['items']).toBe(50)
})

test('logs some handshakes and not thousands, since anybody can ask for them', async () => {
  const webhook = await makeWebhook()
  const shake = async () => {
    for (let round = 0; round < 100; round += 1) {
      const answer = await webhook.handle(post('', `${NOTIFICATION_PATH}?validationToken=t`))
      expect(await answer.text()).toBe('t')
    }
  }
  await shake()
  expect(webhook.log.entries).toHaveLength(20)
  await webhook.clock.advance(60_000)
  await shake()
  expect(webhook.log.entries).toHaveLength(40)
})

test('a failing listener does not make Graph post again', async () => {
  const webhook = await makeWebhook()
  webhook.inbox.onAdded(() => {
    throw new Error('broken page')
  })
  const answer = await webhook.handle(
    post({ value: [messageItem({ clientState: webhook.clientState })] }),
  )
  expect(answer.status).toBe(202)
})
