// Subscriptions in the practice Graph: who may, the handshake, limits, duplicates, renewal, expiry.
import { describe, expect, it } from 'vitest'
import type { PracticeTenant } from '../../main/practice/practice-tenant.ts'
import { makeCertificate } from './certificate.ts'
import {
  type Endpoint,
  errorCode,
  errorMessage,
  graphAsApp,
  type GraphCaller,
  graphWith,
  list,
  personWith,
  provision,
  startEndpoint,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

const ALL_MESSAGES = '/chats/getAllMessages'

function bodyFor(endpoint: Endpoint, change: Record<string, unknown> = {}, now = Date.now()) {
  return {
    changeType: 'created,updated',
    notificationUrl: endpoint.url,
    lifecycleNotificationUrl: `${endpoint.url}/lifecycle`,
    resource: ALL_MESSAGES,
    expirationDateTime: new Date(now + 2 * 86_400_000).toISOString(),
    clientState: 'client-state-1',
    ...change,
  }
}

async function start(
  roles = ['Chat.Read.All', 'ChannelMessage.Read.All'],
  options: { now?: () => Date } = {},
): Promise<{
  tenant: PracticeTenant
  graph: GraphCaller
  endpoint: Endpoint
  app: { appId: string; secret: string }
}> {
  const tenant = await startTenant(options)
  const app = await provision(tenant, roles)
  return { tenant, app, graph: await graphAsApp(tenant, app), endpoint: await startEndpoint() }
}

describe('creating a subscription', () => {
  it('shakes hands with both addresses before it answers', async () => {
    const { graph, endpoint, app } = await start()
    const notificationUrl = `${endpoint.url}?key=a%2Bb`
    const answer = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { notificationUrl }),
    })
    expect(answer.status).toBe(201)
    expect(answer.json).toMatchObject({
      applicationId: app.appId,
      clientState: 'client-state-1',
      resource: ALL_MESSAGES,
      encryptionCertificate: null,
    })
    const paths = endpoint.handshakes.map((url) => url.pathname).sort()
    expect(paths).toEqual(['/graph', '/graph/lifecycle'])
    const first = endpoint.handshakes.find((url) => url.pathname === '/graph')
    expect(first?.searchParams.get('key')).toBe('a+b')
    const listed = await graph('GET', '/subscriptions')
    expect(list(listed.json, 'value')).toMatchObject([{ id: answer.json['id'], clientState: null }])
  })

  it.each([
    ['another status', 202, 'text/plain', 'decoded'],
    ['another type', 200, 'text/html', 'decoded'],
    ['the token as it stood in the address', 200, 'text/plain', 'encoded'],
  ])('refuses an endpoint that answers with %s', async (_what, status, type, form) => {
    const { graph, endpoint, tenant } = await start()
    endpoint.answerWith = (request, response) => {
      const url = new URL(request.url ?? '/', endpoint.url)
      const raw = url.search.replace('?validationToken=', '')
      const token = form === 'decoded' ? (url.searchParams.get('validationToken') ?? '') : raw
      response.writeHead(status, { 'content-type': type }).end(token)
      return true
    }
    const answer = await graph('POST', '/subscriptions', { body: bodyFor(endpoint) })
    expect([answer.status, errorCode(answer)]).toEqual([400, 'InvalidRequest'])
    expect(errorMessage(answer)).toBe(
      'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.',
    )
    expect(tenant.control.counts().subscriptions).toBe(0)
  })

  it('refuses when nobody listens, or when the fault is on', async () => {
    const { graph, endpoint, tenant } = await start()
    const nobody = { notificationUrl: 'http://127.0.0.1:9/', lifecycleNotificationUrl: undefined }
    const soon = new Date(Date.now() + 3_000_000).toISOString()
    const deaf = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { ...nobody, expirationDateTime: soon }),
    })
    expect(errorCode(deaf)).toBe('InvalidRequest')
    tenant.control.setFault('subscription-validation-fails', true)
    expect((await graph('POST', '/subscriptions', { body: bodyFor(endpoint) })).status).toBe(400)
    expect(endpoint.handshakes).toHaveLength(0)
  })

  it.each([
    ['/chats/getAllMessages', ['Chat.ReadWrite.All'], 403],
    ['/chats/getAllMessages', ['Chat.Read.All'], 201],
    ['/chats', ['Chat.ReadWrite.All'], 201],
    ['/chats/getAllMembers', ['Chat.ReadBasic.All'], 201],
    ['/teams/getAllMessages', ['Chat.Read.All'], 403],
    ['/teams/getAllMessages', ['ChannelMessage.Read.All'], 201],
    ['/communications/presences/8d0c2f3e-51b7-4c0d-8a55-0f5a1c9e7d01', ['Presence.Read.All'], 403],
  ])('for %s with %j answers %i to an application', async (resource, roles, status) => {
    const { graph, endpoint } = await start(roles)
    const changeType = resource.includes('Members') ? 'created' : 'updated'
    const answer = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { resource, changeType }),
    })
    expect(answer.status).toBe(status)
  })

  it('says in Graph’s words that Chat.ReadWrite.All is not enough', async () => {
    const { graph, endpoint } = await start(['Chat.ReadWrite.All'])
    const answer = await graph('POST', '/subscriptions', { body: bodyFor(endpoint) })
    expect(errorMessage(answer)).toBe(
      "Missing role permissions on the request. API required one of 'Chat.Read.All'. Roles on the request 'Chat.ReadWrite.All'",
    )
  })

  it('lets a person subscribe to their own chats and presence', async () => {
    const tenant = await startTenant()
    const endpoint = await startEndpoint()
    const scopes = ['Chat.Read', 'Presence.Read.All']
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'user'), { scopes }))
    const mine = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { resource: '/me/chats/getAllMessages' }),
    })
    expect(mine.status).toBe(201)
    const presence = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, {
        resource: `/communications/presences?$filter=id in ('${personWith(tenant, 'user').id}')`,
        changeType: 'updated',
      }),
    })
    expect(presence.status).toBe(201)
    const lifeMs = Date.parse(text(presence.json, 'expirationDateTime')) - Date.now()
    expect(lifeMs).toBeLessThanOrEqual(3_600_000)
  })

  it('asks for lifecycleNotificationUrl beyond an hour, and shortens what is too long', async () => {
    const time = Date.parse('2026-11-23T09:00:00Z')
    const { graph, endpoint } = await start(undefined, { now: () => new Date(time) })
    const without = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { lifecycleNotificationUrl: undefined }, time),
    })
    expect(without.status).toBe(400)
    expect(errorMessage(without)).toBe(
      'lifecycleNotificationUrl is a required property for subscription creation on this resource when the expirationDateTime value is set to greater than 1 hour',
    )
    const long = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { expirationDateTime: '2027-11-23T09:00:00Z' }, time),
    })
    expect(long.json['expirationDateTime']).toBe('2026-11-26T09:00:00.000Z')
  })

  it.each([
    ['http to another host', { notificationUrl: 'http://example.com/graph' }],
    ['an unknown resource', { resource: '/me/messages' }],
    ['an unknown changeType', { changeType: 'created,exploded' }],
    ['a changeType the resource does not have', { resource: '/chats', changeType: 'deleted' }],
    ['a time that is over', { expirationDateTime: '2020-01-01T00:00:00Z' }],
    ['a clientState of 129 characters', { clientState: 'x'.repeat(129) }],
    ['data without a certificate', { includeResourceData: true }],
    [
      'a certificate that is none',
      { includeResourceData: true, encryptionCertificate: 'AAAA', encryptionCertificateId: '1' },
    ],
    [
      'a key that is too short',
      {
        includeResourceData: true,
        encryptionCertificate: makeCertificate(1024).base64,
        encryptionCertificateId: '1',
      },
    ],
  ])('refuses %s', async (_what, change) => {
    const { graph, endpoint } = await start(['Chat.Read.All'])
    const answer = await graph('POST', '/subscriptions', { body: bodyFor(endpoint, change) })
    expect(answer.status).toBe(400)
    expect(endpoint.handshakes).toHaveLength(0)
  })

  it('answers 409 to a second of the same kind, wherever the first one posts to', async () => {
    const { tenant, graph, endpoint, app } = await start()
    const foreign = tenant.control.addForeignSubscription(
      app.appId,
      ALL_MESSAGES,
      'https://old-tunnel.example/graph',
    )
    const same = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { changeType: 'deleted,created,updated' }),
    })
    expect(same.status).toBe(409)
    expect(errorMessage(same)).toBe(
      `Subscription Id ${foreign} already exists for the requested combination`,
    )
    const other = await graph('POST', '/subscriptions', { body: bodyFor(endpoint) })
    expect([other.status, errorCode(other)]).toEqual([403, 'Forbidden'])
    const listed = await graph('GET', '/subscriptions')
    expect(list(listed.json, 'value')).toMatchObject([
      { id: foreign, notificationUrl: 'https://old-tunnel.example/graph' },
    ])
    expect((await graph('DELETE', `/subscriptions/${foreign}`)).status).toBe(204)
    expect((await graph('POST', '/subscriptions', { body: bodyFor(endpoint) })).status).toBe(201)
  })
})

describe('keeping a subscription', () => {
  it('renews, reauthorizes and deletes; what is gone answers 404', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const { graph, endpoint } = await start(undefined, { now: () => new Date(time) })
    const { json } = await graph('POST', '/subscriptions', { body: bodyFor(endpoint, {}, time) })
    const path = `/subscriptions/${text(json, 'id')}`
    time += 600_000
    const renewed = await graph('PATCH', path, {
      body: { expirationDateTime: '2026-11-26T09:10:00Z' },
    })
    expect(renewed.status).toBe(200)
    expect(renewed.json['expirationDateTime']).toBe('2026-11-26T09:10:00.000Z')
    expect((await graph('POST', `${path}/reauthorize`)).status).toBe(204)
    const late = await graph('PATCH', path, {
      body: { lifecycleNotificationUrl: 'https://x.example' },
    })
    expect(late.status).toBe(400)
    expect((await graph('DELETE', path)).status).toBe(204)
    expect((await graph('PATCH', path, { body: {} })).status).toBe(404)
  })

  it('ends it when its time is over', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const { tenant, graph, endpoint } = await start(undefined, { now: () => new Date(time) })
    const { json } = await graph('POST', '/subscriptions', {
      body: bodyFor(endpoint, { expirationDateTime: '2026-11-23T09:45:00Z' }, time),
    })
    time = Date.parse('2026-11-23T09:45:00Z')
    expect(tenant.control.counts().subscriptions).toBe(0)
    expect((await graph('GET', `/subscriptions/${text(json, 'id')}`)).status).toBe(404)
  })

  it('shows subscriptions of the application only, and those of a person to that person', async () => {
    const { tenant, graph, endpoint } = await start()
    await graph('POST', '/subscriptions', { body: bodyFor(endpoint) })
    const otherApp = await provision(tenant, ['Chat.Read.All'])
    const other = await graphAsApp(tenant, otherApp)
    expect(list((await other('GET', '/subscriptions')).json, 'value')).toEqual([])
    const token = await tokenFor(tenant, personWith(tenant, 'global-admin'), {
      scopes: ['Subscription.Read.All'],
    })
    const asAdmin = graphWith(tenant, token)
    expect(list((await asAdmin('GET', '/subscriptions')).json, 'value')).toHaveLength(1)
  })
})
