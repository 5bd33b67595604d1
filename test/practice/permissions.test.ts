// Who may do what in the practice Graph: scopes, application roles, directory roles, and the words of refusals.
import { describe, expect, it } from 'vitest'
import {
  errorCode,
  errorMessage,
  graphAsApp,
  graphWith,
  list,
  personWith,
  provision,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

describe('directory roles', () => {
  it('lets an application administrator create applications but not grant Graph’s roles', async () => {
    const tenant = await startTenant()
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'application-admin')))
    const { json: app, status } = await graph('POST', '/applications', {
      body: { displayName: 'EMI' },
    })
    expect(status).toBe(201)
    const { json: principal } = await graph('POST', '/servicePrincipals', {
      body: { appId: app['appId'] },
    })
    const { json: found } = await graph(
      'GET',
      "/servicePrincipals?$filter=displayName eq 'Microsoft Graph'",
    )
    const [graphPrincipal = {}] = list(found, 'value')
    const refused = await graph(
      'POST',
      `/servicePrincipals/${text(graphPrincipal, 'id')}/appRoleAssignedTo`,
      {
        body: {
          principalId: principal['id'],
          resourceId: graphPrincipal['id'],
          appRoleId: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017',
        },
      },
    )
    expect(refused.status).toBe(403)
    expect(errorCode(refused)).toBe('Authorization_RequestDenied')
    expect(errorMessage(refused)).toBe('Insufficient privileges to complete the operation.')
    const granted = await graph('POST', '/oauth2PermissionGrants', {
      body: {
        clientId: principal['id'],
        consentType: 'AllPrincipals',
        resourceId: graphPrincipal['id'],
        scope: 'Chat.ReadWrite',
      },
    })
    expect(granted.status).toBe(201)
  })

  it('looks at the role when the call comes, not at the token', async () => {
    const tenant = await startTenant()
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
    const rolesPath = '/me/transitiveMemberOf/microsoft.graph.directoryRole'
    const [role] = list((await graph('GET', rolesPath)).json, 'value')
    expect(role?.['displayName']).toBe('Global Administrator')
    tenant.control.setFault('no-admin-role', true)
    expect((await graph('POST', '/applications', { body: { displayName: 'x' } })).status).toBe(403)
    expect(list((await graph('GET', rolesPath)).json, 'value')).toEqual([])
  })
})

describe('scopes and roles', () => {
  it('refuses what the token’s scopes do not cover', async () => {
    const tenant = await startTenant()
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    const graph = graphWith(tenant, token)
    expect((await graph('GET', '/me')).status).toBe(200)
    expect((await graph('GET', '/organization')).status).toBe(200)
    for (const path of ['/applications', '/users', '/policies/defaultAppManagementPolicy']) {
      expect((await graph('GET', path)).status).toBe(403)
    }
    const other = personWith(tenant, 'global-admin').id
    expect((await graph('GET', `/users/${other}`)).status).toBe(403)
    expect((await graph('GET', `/users/${personWith(tenant, 'user').id}`)).status).toBe(200)
    const chats = await graph('GET', '/me/chats')
    expect(errorMessage(chats)).toBe(
      "Missing scope permissions on the request. API requires one of 'Chat.ReadBasic, Chat.Read, Chat.ReadWrite'. Scopes on the request 'User.Read'",
    )
  })

  it('tells an application which role is missing', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['Chat.ReadWrite.All'])
    const graph = await graphAsApp(tenant, app)
    const [chat] = tenant.control.chats
    expect((await graph('GET', `/chats/${chat?.id ?? ''}/messages`)).status).toBe(200)
    const team = await graph('GET', '/teams/x/channels/y/messages')
    expect([team.status, errorCode(team)]).toEqual([403, 'Forbidden'])
    expect(errorMessage(team)).toBe(
      "Missing role permissions on the request. API required one of 'ChannelMessage.Read.All'. Roles on the request 'Chat.ReadWrite.All'",
    )
  })

  it('keeps a person out of chats of others, and applications from sending', async () => {
    const tenant = await startTenant()
    const person = personWith(tenant, 'global-admin')
    const token = await tokenFor(tenant, person, { scopes: ['Chat.ReadWrite'] })
    const graph = graphWith(tenant, token)
    const chat = tenant.control.chats.find((one) => one.kind === 'chat')
    expect((await graph('GET', `/chats/${chat?.id ?? ''}/messages`)).status).toBe(403)
    const app = await provision(tenant, ['Chat.ReadWrite.All'])
    const asApp = await graphAsApp(tenant, app)
    const sent = await asApp('POST', `/chats/${chat?.id ?? ''}/messages`, {
      body: { body: { content: 'Hello' } },
    })
    expect(sent.status).toBe(403)
  })
})

describe('requests that cannot be served', () => {
  it('answers 401 without a token, with nonsense and after the hour', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time) })
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    expect(errorCode(await graphWith(tenant, 'nonsense')('GET', '/me'))).toBe(
      'InvalidAuthenticationToken',
    )
    const bare = await fetch(`${tenant.graphHost}/v1.0/me`)
    expect(bare.status).toBe(401)
    await bare.text()
    time += 3_700_000
    const late = await graphWith(tenant, token)('GET', '/me')
    expect([late.status, errorMessage(late)]).toEqual([
      401,
      'Lifetime validation failed, the token is expired.',
    ])
  })

  it('answers unknown paths with 404, wrong methods with 405 and broken JSON with 400', async () => {
    const tenant = await startTenant()
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    const graph = graphWith(tenant, token)
    const unknown = await graph('GET', '/pizzas')
    expect(unknown.status).toBe(404)
    expect(errorMessage(unknown)).toContain("segment 'pizzas'")
    expect((await graph('DELETE', '/me')).status).toBe(405)
    const broken = await fetch(`${tenant.graphHost}/v1.0/applications`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"displayName": ',
    })
    expect(broken.status).toBe(400)
    await broken.text()
  })

  it('refuses bodies that are too large', async () => {
    const tenant = await startTenant()
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    const answer = await graphWith(tenant, token)('POST', '/applications', {
      body: { displayName: 'x'.repeat(300_000) },
    })
    expect(answer.status).toBe(413)
  })

  it('gives every answer a request-id and repeats the client-request-id', async () => {
    const tenant = await startTenant()
    const headers = { 'client-request-id': '7d3c1c2e-2f0e-4f0f-9c55-6f7f3f0f4a11' }
    const answer = await graphWith(tenant, 'none')('GET', '/me', { headers })
    expect(answer.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('client-request-id')).toBe(headers['client-request-id'])
    expect(answer.json['error']).toMatchObject({ innerError: headers })
  })

  it('runs up to twenty requests in a batch, each with its own status', async () => {
    const tenant = await startTenant()
    const token = await tokenFor(tenant, personWith(tenant, 'user'), { scopes: ['User.Read'] })
    const { json } = await graphWith(tenant, token)('POST', '/$batch', {
      body: {
        requests: [
          { id: '1', method: 'GET', url: '/me' },
          { id: '2', method: 'GET', url: '/applications' },
        ],
      },
    })
    expect(list(json, 'responses')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: '1', status: 200 }),
        expect.objectContaining({ id: '2', status: 403 }),
      ]),
    )
  })
})
