// What arrives at a subscriber's endpoint: plain and rich notifications, attempts, lifecycle.
import {
  constants,
  createDecipheriv,
  createHmac,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { PracticeTenant } from '../../main/practice/practice-tenant.ts'
import { makeCertificate } from './certificate.ts'
import {
  type Endpoint,
  graphAsApp,
  type GraphCaller,
  type Json,
  list,
  provision,
  startEndpoint,
  startTenant,
  text,
} from './support.ts'

interface Stage {
  tenant: PracticeTenant
  app: { appId: string; secret: string }
  graph: GraphCaller
  endpoint: Endpoint
  subscribe: (change?: Record<string, unknown>) => Promise<string>
  /** A chat, and a way to say something there. */
  chatId: string
  say: (words: string, image?: boolean) => Promise<{ messageId: string; notified: number }>
}

async function stage(options: { now?: () => Date } = {}): Promise<Stage> {
  const tenant = await startTenant(options)
  const app = await provision(tenant, ['Chat.Read.All', 'ChannelMessage.Read.All'])
  const graph = await graphAsApp(tenant, app)
  const endpoint = await startEndpoint()
  const now = options.now ?? (() => new Date())
  const chat = tenant.control.chats.find((one) => one.kind === 'chat')
  const chatId = chat?.id ?? ''
  const person = tenant.people.find((one) => one.displayName === chat?.memberNames[0])
  return {
    tenant,
    app,
    graph,
    endpoint,
    chatId,
    subscribe: async (change = {}) => {
      const { json } = await graph('POST', '/subscriptions', {
        body: {
          changeType: 'created,updated,deleted',
          notificationUrl: endpoint.url,
          lifecycleNotificationUrl: `${endpoint.url}/lifecycle`,
          resource: '/chats/getAllMessages',
          expirationDateTime: new Date(now().getTime() + 172_800_000).toISOString(),
          clientState: 'state-7',
          ...change,
        },
      })
      return text(json, 'id')
    },
    say: (words, image = false) =>
      tenant.control.say({ chatId, personId: person?.id ?? '', text: words, image }),
  }
}

function items(post: Json | undefined): Json[] {
  return list(post ?? {}, 'value')
}

describe('change notifications', () => {
  it('tell of a message with clientState and a path that Graph answers', async () => {
    const { tenant, graph, endpoint, subscribe, say, chatId } = await stage()
    const subscriptionId = await subscribe()
    const { messageId, notified } = await say('Hello from the test')
    expect(notified).toBe(1)
    const [item] = items(endpoint.received[0])
    expect(item).toMatchObject({
      subscriptionId,
      changeType: 'created',
      clientState: 'state-7',
      tenantId: tenant.tenantId,
      resource: `chats('${chatId}')/messages('${messageId}')`,
      resourceData: { id: messageId },
    })
    expect(item?.['encryptedContent']).toBeUndefined()
    const message = await graph('GET', `/${text(item ?? {}, 'resource')}`)
    expect(message.json).toMatchObject({
      body: { contentType: 'text', content: 'Hello from the test' },
    })
  })

  it('join several subscriptions of one address in one post', async () => {
    const { tenant, endpoint, subscribe, chatId, say } = await stage()
    await subscribe()
    await subscribe({ resource: `/chats/${chatId}/messages` })
    await subscribe({ resource: '/teams/getAllMessages' })
    expect((await say('one post')).notified).toBe(2)
    expect(endpoint.received).toHaveLength(1)
    const channel = tenant.control.chats.find((one) => one.kind === 'channel')
    await tenant.control.say({
      chatId: channel?.id ?? '',
      personId: tenant.people[0]?.id ?? '',
      text: 'to all',
    })
    const [item] = items(endpoint.received[1])
    expect(item?.['resource']).toMatch(/^teams\('.+'\)\/channels\('19:.+'\)\/messages\('\d+'\)$/)
  })

  it('are tried again when the endpoint fails, until it accepts', async () => {
    const { tenant, endpoint, subscribe, say } = await stage()
    await subscribe()
    let refused = 0
    endpoint.answerWith = (_request, response) => {
      if (refused > 0) return false
      refused += 1
      response.writeHead(503).end()
      return true
    }
    const { messageId, notified } = await say('try again')
    expect(notified).toBe(0)
    const [post] = await endpoint.waitFor(1)
    expect(items(post)[0]?.['resourceData']).toMatchObject({ id: messageId })
    await expect
      .poll(() => tenant.control.deliveries())
      .toEqual({ delivered: 1, failed: 0, retried: 1 })
  })

  it('stop with the fault notifications-stop and are not made up for', async () => {
    const { tenant, endpoint, subscribe, say } = await stage()
    await subscribe()
    tenant.control.setFault('notifications-stop', true)
    expect((await say('lost')).notified).toBe(0)
    tenant.control.setFault('notifications-stop', false)
    expect((await say('heard')).notified).toBe(1)
    expect(endpoint.received).toHaveLength(1)
  })

  it('wait while the token of the subscription is over, and come after reauthorize', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const { tenant, app, endpoint, subscribe, say } = await stage({ now: () => new Date(time) })
    const id = await subscribe()
    time += 3_700_000
    const { messageId, notified } = await say('kept')
    expect(notified).toBe(0)
    const graph = await graphAsApp(tenant, app)
    expect((await graph('POST', `/subscriptions/${id}/reauthorize`)).status).toBe(204)
    const ofMessage = () =>
      endpoint.received
        .flatMap(items)
        .filter((item) => item['lifecycleEvent'] === undefined)
        .map((item) => (item['resourceData'] as Json)['id'])
    await expect.poll(ofMessage).toEqual([messageId])
  })
})

describe('rich notifications', () => {
  it('carry the message encrypted for the subscriber, and a token that proves the publisher', async () => {
    const { tenant, app, endpoint, subscribe, say } = await stage()
    const { base64, privateKey } = makeCertificate()
    await subscribe({
      includeResourceData: true,
      encryptionCertificate: base64,
      encryptionCertificateId: 'cert-1',
    })
    const { messageId } = await say('Grüße & <b>secrets</b>')
    const [post] = endpoint.received
    const [item] = items(post)
    const content = item?.['encryptedContent'] as Json
    expect(content['encryptionCertificateId']).toBe('cert-1')
    expect(decrypt(content, privateKey)).toMatchObject({
      id: messageId,
      body: { content: 'Grüße & <b>secrets</b>' },
    })
    const [token] = (post?.['validationTokens'] ?? []) as string[]
    const keys = createRemoteJWKSet(new URL(`${tenant.loginHost}/common/discovery/v2.0/keys`))
    const { payload } = await jwtVerify(token ?? '', keys, {
      issuer: `https://sts.windows.net/${tenant.tenantId}/`,
      audience: app.appId,
    })
    expect(payload).toMatchObject({
      appid: '0bf30f3b-4a52-48df-9a82-234910c4a086',
      tid: tenant.tenantId,
      ver: '1.0',
    })
  })

  it('use capital letters for chats, as Microsoft’s samples do', async () => {
    const { tenant, endpoint, subscribe } = await stage()
    const { base64, privateKey } = makeCertificate()
    await subscribe({
      resource: '/chats',
      changeType: 'created,updated',
      includeResourceData: true,
      encryptionCertificate: base64,
      encryptionCertificateId: 'cert-1',
    })
    tenant.control.setTraffic({ on: true, perMinute: 600 })
    // The seeded conversation starts or renames a chat before long.
    const [post] = await endpoint.waitFor(1)
    tenant.control.setTraffic({ on: false, perMinute: 600 })
    const [item] = items(post)
    expect(['Created', 'Updated']).toContain(item?.['changeType'])
    expect(decrypt(item?.['EncryptedContent'] as Json, privateKey)['chatType']).toBe('group')
  })
})

describe('lifecycle notifications', () => {
  it('say that a subscription was removed', async () => {
    const { tenant, graph, endpoint, subscribe } = await stage()
    const id = await subscribe()
    await tenant.control.removeSubscription(id)
    const [item] = items(endpoint.received[0])
    expect(item).toMatchObject({
      lifecycleEvent: 'subscriptionRemoved',
      subscriptionId: id,
      clientState: 'state-7',
      tenantId: tenant.tenantId,
    })
    expect((await graph('GET', `/subscriptions/${id}`)).status).toBe(404)
  })

  it('ask for a new token, and delivery pauses ten minutes later when nobody listens', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const { tenant, graph, endpoint, subscribe, say } = await stage({ now: () => new Date(time) })
    const id = await subscribe()
    await tenant.control.requestReauthorization(id)
    expect(items(endpoint.received[0])[0]).toMatchObject({
      lifecycleEvent: 'reauthorizationRequired',
    })
    expect((await say('still delivered')).notified).toBe(1)
    time += 11 * 60_000
    expect((await say('held back')).notified).toBe(0)
    expect((await graph('POST', `/subscriptions/${id}/reauthorize`)).status).toBe(204)
    await endpoint.waitFor(3)
  })

  it('come by themselves when the token is nearly over', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const { endpoint, subscribe } = await stage({ now: () => new Date(time) })
    const id = await subscribe()
    time += 51 * 60_000
    const [post] = await endpoint.waitFor(1)
    expect(items(post)[0]).toMatchObject({
      lifecycleEvent: 'reauthorizationRequired',
      subscriptionId: id,
    })
  })

  it('are not sent for a subscription that simply expires', async () => {
    const { tenant, endpoint, subscribe, say } = await stage()
    const id = await subscribe()
    tenant.control.expireSubscription(id)
    expect((await say('nobody hears')).notified).toBe(0)
    expect(endpoint.received).toEqual([])
  })
})

/** As Microsoft describes it: the data key by RSA-OAEP (SHA-1), the signature over the ciphertext, then AES. */
function decrypt(content: Json, privateKey: KeyObject): Json {
  const key = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    Buffer.from(text(content, 'dataKey'), 'base64'),
  )
  const data = Buffer.from(text(content, 'data'), 'base64')
  const signature = createHmac('sha256', key).update(data).digest('base64')
  expect(signature).toBe(content['dataSignature'])
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16))
  const plain = Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8')
  return JSON.parse(plain) as Json
}
