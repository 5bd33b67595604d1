// Provisioning against the practice tenant as facts describe it: order, duplicates, replication, roles.
import { ConfidentialClientApplication } from '@azure/msal-node'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { signInAs } from '../../main/practice/browser-person.ts'
import type {
  PracticeExchange,
  PracticePerson,
  PracticeTenant,
} from '../../main/practice/practice-tenant.ts'
import { createOpenApiCheck } from './openapi-check.ts'
import {
  errorCode,
  errorMessage,
  GRAPH_APP_ID,
  type GraphCaller,
  graphAsApp,
  graphWith,
  list,
  personWith,
  provision,
  requestAppToken,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

const adminGraph = async (tenant: PracticeTenant): Promise<GraphCaller> =>
  graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
const upsert = { headers: { prefer: 'create-if-missing' } }

describe('provisioning', () => {
  it('leads from nothing to a token with the granted roles', async () => {
    const exchanges: PracticeExchange[] = []
    const tenant = await startTenant({ tap: (exchange) => void exchanges.push(exchange) })
    const app = await provision(tenant, ['Chat.Read.All', 'ChannelMessage.Read.All'])
    const client = new ConfidentialClientApplication({
      auth: {
        clientId: app.appId,
        clientSecret: app.secret,
        authority: `${tenant.loginHost}/${tenant.tenantId}`,
        knownAuthorities: [new URL(tenant.loginHost).host],
      },
    })
    const result = await client.acquireTokenByClientCredential({
      scopes: [`${tenant.graphHost}/.default`],
    })
    const claims = decodeJwt(result?.accessToken ?? '')
    expect(claims['roles']).toEqual(
      expect.arrayContaining(['Chat.Read.All', 'ChannelMessage.Read.All']),
    )
    expect(claims).toMatchObject({
      idtyp: 'app',
      appid: app.appId,
      oid: app.servicePrincipalId,
      tid: tenant.tenantId,
    })
    expect(tenant.control.counts()).toEqual({
      applications: 1,
      servicePrincipals: 1,
      grants: 0,
      appRoleAssignments: 2,
      secrets: 1,
      subscriptions: 0,
    })
    const check = createOpenApiCheck()
    if (!check) {
      console.log('Without ../shared/graph: exchanges were not checked against OpenAPI.')
      return
    }
    for (const exchange of exchanges) check(exchange)
    expect(check.checked).toBeGreaterThan(5)
    expect(check.violations).toEqual([])
  })

  it('finds an application again by uniqueName: 201, then 204, and 404 without the header', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const path = "/applications(uniqueName='emi-tray')"
    expect((await graph('PATCH', path, { body: { displayName: 'EMI' } })).status).toBe(404)
    const body = {
      displayName: 'EMI',
      signInAudience: 'AzureADMyOrg',
      web: { redirectUris: ['https://contoso.example/agentdesktop/msteamscallback.html'] },
    }
    const first = await graph('PATCH', path, { body, ...upsert })
    expect(first.status).toBe(201)
    const second = await graph('PATCH', path, { body: { ...body, notes: 'changed' }, ...upsert })
    expect(second.status).toBe(204)
    const read = await graph('GET', path)
    expect(read.json).toMatchObject({ id: first.json['id'], notes: 'changed', web: body.web })
    const byAppId = await graph('GET', `/applications(appId='${text(first.json, 'appId')}')`)
    expect(byAppId.json['id']).toBe(first.json['id'])
    const listed = await graph('GET', "/applications?$filter=displayName eq 'EMI'&$select=id,appId")
    expect(list(listed.json, 'value')).toEqual([
      { id: first.json['id'], appId: first.json['appId'] },
    ])
  })

  it('makes two applications of the same POST sent twice', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const body = { displayName: 'EMI' }
    const [one, two] = [
      await graph('POST', '/applications', { body }),
      await graph('POST', '/applications', { body }),
    ]
    expect(one.json['appId']).not.toBe(two.json['appId'])
    expect(one.json['signInAudience']).toBe('AzureADandPersonalMicrosoftAccount')
  })

  it('refuses duplicates of servicePrincipals, grants and assignments in Graph’s words', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['Chat.Read.All'])
    const graph = await adminGraph(tenant)
    const principal = await graph('POST', '/servicePrincipals', { body: { appId: app.appId } })
    expect(principal.status).toBe(409)

    const assignment = await graph(
      'POST',
      `/servicePrincipals/${app.graphServicePrincipalId}/appRoleAssignedTo`,
      {
        body: {
          principalId: app.servicePrincipalId,
          resourceId: app.graphServicePrincipalId,
          appRoleId: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017',
        },
      },
    )
    expect([assignment.status, errorCode(assignment)]).toEqual([400, 'Request_BadRequest'])
    expect(errorMessage(assignment)).toBe('Permission being assigned already exists on the object')

    const grant = {
      clientId: app.servicePrincipalId,
      consentType: 'AllPrincipals',
      principalId: null,
      resourceId: app.graphServicePrincipalId,
      scope: 'Chat.ReadWrite ChatMessage.Send',
    }
    const created = await graph('POST', '/oauth2PermissionGrants', { body: grant })
    expect(created.status).toBe(201)
    const again = await graph('POST', '/oauth2PermissionGrants', { body: grant })
    expect([again.status, errorCode(again)]).toEqual([
      409,
      'Request_MultipleObjectsWithSameKeyValue',
    ])
    const found = await graph(
      'GET',
      `/oauth2PermissionGrants?$filter=clientId eq '${app.servicePrincipalId}' and consentType eq 'AllPrincipals'`,
    )
    const [only] = list(found.json, 'value')
    expect(only?.['id']).toBe(created.json['id'])
    const ofClient = `/servicePrincipals/${app.servicePrincipalId}/oauth2PermissionGrants`
    expect(list((await graph('GET', ofClient)).json, 'value')).toHaveLength(1)
    const path = `/oauth2PermissionGrants/${text(created.json, 'id')}`
    expect((await graph('PATCH', path, { body: { scope: 'User.Read' } })).status).toBe(204)
    expect((await graph('GET', path)).json['scope']).toBe('User.Read')
    expect((await graph('DELETE', path)).status).toBe(204)
  })

  it('answers swapped ids and unknown roles as Graph does', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, [])
    const graph = await adminGraph(tenant)
    const path = `/servicePrincipals/${app.graphServicePrincipalId}/appRoleAssignedTo`
    const swapped = await graph('POST', path, {
      body: {
        principalId: app.graphServicePrincipalId,
        resourceId: app.servicePrincipalId,
        appRoleId: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017',
      },
    })
    expect(errorMessage(swapped)).toBe('Not a valid reference update.')
    const unknown = await graph('POST', path, {
      body: {
        principalId: app.servicePrincipalId,
        resourceId: app.graphServicePrincipalId,
        appRoleId: '9ff7295e-131b-4d94-90e1-69fde507ac11',
      },
    })
    expect(unknown.status).toBe(400)
  })

  it('publishes Graph’s scopes and roles under their real ids', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const { json } = await graph('GET', `/servicePrincipals(appId='${GRAPH_APP_ID}')`)
    const roles = list(json, 'appRoles').map((role) => [role['value'], role['id']])
    expect(roles).toContainEqual(['Chat.ReadWrite.All', '294ce7c9-31ba-490a-ad7d-97a7d075e4ed'])
    expect(roles).toContainEqual(['Chat.ReadBasic.All', 'b2e060da-3baf-4687-9611-f4ebc0f0cbde'])
    const scopes = list(json, 'oauth2PermissionScopes').map((one) => [one['value'], one['id']])
    expect(scopes).toContainEqual(['Chat.ReadWrite', '9ff7295e-131b-4d94-90e1-69fde507ac11'])
  })

  it('removes all that belongs to an application with it', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['Chat.Read.All'])
    const asApp = await graphAsApp(tenant, app)
    const graph = await adminGraph(tenant)
    expect((await graph('DELETE', `/applications/${app.objectId}`)).status).toBe(204)
    expect(tenant.control.counts()).toMatchObject({
      applications: 0,
      servicePrincipals: 0,
      appRoleAssignments: 0,
      secrets: 0,
    })
    expect((await asApp('GET', '/subscriptions')).status).toBe(401)
    const token = await requestAppToken(tenant, app)
    expect(token.json['error_codes']).toEqual([700016])
  })
})

describe('client secrets', () => {
  it('shows a secret once, for two years unless told otherwise, and forgets it when removed', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, [])
    const graph = await adminGraph(tenant)
    const { json } = await graph('GET', `/applications/${app.objectId}`)
    const [secret] = list(json, 'passwordCredentials')
    expect(secret).toMatchObject({
      keyId: app.keyId,
      secretText: null,
      hint: app.secret.slice(0, 3),
    })
    const years =
      new Date(text(secret ?? {}, 'endDateTime')).getUTCFullYear() -
      new Date(text(secret ?? {}, 'startDateTime')).getUTCFullYear()
    expect(years).toBe(2)
    expect(tenant.control.isSecretValid(app.appId, app.secret)).toBe(true)
    const removed = await graph('POST', `/applications/${app.objectId}/removePassword`, {
      body: { keyId: app.keyId },
    })
    expect(removed.status).toBe(204)
    expect((await requestAppToken(tenant, app)).json['error_codes']).toEqual([7000215])
  })

  it('tells a wrong secret from one that is over', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time) })
    const app = await provision(tenant, [])
    const wrong = await requestAppToken(tenant, { ...app, secret: app.keyId })
    expect(wrong.status).toBe(401)
    expect(wrong.json).toMatchObject({ error: 'invalid_client', error_codes: [7000215] })
    expect(text(wrong.json, 'error_description')).toMatch(
      /^AADSTS7000215: .+ Trace ID: .+ Correlation ID: .+ Timestamp: 2026-11-23 09:00:00Z$/,
    )
    time = Date.parse('2028-12-01T00:00:00Z')
    const over = await requestAppToken(tenant, app)
    expect(over.json['error_codes']).toEqual([7000222])
  })

  it('follows the organization’s policies and shows them', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, [])
    const graph = await adminGraph(tenant)
    const add = (body: object) =>
      graph('POST', `/applications/${app.objectId}/addPassword`, { body })
    tenant.control.setFault('secret-lifetime-limited', true)
    const tooLong = await add({ passwordCredential: { displayName: 'x' } })
    expect([tooLong.status, errorCode(tooLong)]).toEqual([
      400,
      'CredentialInvalidLifetimeAsPerAppPolicy',
    ])
    const endDateTime = new Date(Date.now() + 179 * 86_400_000).toISOString()
    expect((await add({ passwordCredential: { endDateTime } })).status).toBe(200)
    tenant.control.setFault('secret-forbidden-by-policy', true)
    const never = await add({ passwordCredential: { endDateTime } })
    expect(errorCode(never)).toBe('CredentialTypeNotAllowedAsPerAppPolicy')
    const policy = await graph('GET', '/policies/defaultAppManagementPolicy')
    expect(policy.json['isEnabled']).toBe(true)
  })
})

describe('replication', () => {
  it('hides what is new from later calls until the delay is over', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time), replicationDelayMs: 1_500 })
    const graph = await adminGraph(tenant)
    const { json: app } = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
    const objectId = text(app, 'id')
    const appId = text(app, 'appId')

    const early = await graph('POST', '/servicePrincipals', { body: { appId } })
    expect(early.status).toBe(400)
    expect(errorMessage(early)).toContain('does not reference a valid application object')
    expect((await graph('GET', `/applications/${objectId}`)).status).toBe(404)
    expect(
      (await graph('POST', `/applications/${objectId}/addPassword`, { body: {} })).status,
    ).toBe(404)
    expect((await requestAppToken(tenant, { appId, secret: 'x' })).json['error_codes']).toEqual([
      700016,
    ])

    time += 1_500
    const { json: secret } = await graph('POST', `/applications/${objectId}/addPassword`, {
      body: {},
    })
    const client = { appId, secret: text(secret, 'secretText') }
    const { json: principal } = await graph('POST', '/servicePrincipals', { body: { appId } })
    const { json: graphPrincipal } = await graph(
      'GET',
      `/servicePrincipals(appId='${GRAPH_APP_ID}')`,
    )
    expect((await requestAppToken(tenant, client)).json['error_codes']).toEqual([7000215])
    const assignment = {
      principalId: principal['id'],
      resourceId: graphPrincipal['id'],
      appRoleId: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017',
    }
    const assignPath = `/servicePrincipals/${text(graphPrincipal, 'id')}/appRoleAssignedTo`
    const tooEarly = await graph('POST', assignPath, { body: assignment })
    expect(errorMessage(tooEarly)).toBe('Not a valid reference update.')
    const grant = {
      clientId: principal['id'],
      consentType: 'AllPrincipals',
      resourceId: graphPrincipal['id'],
      scope: 'User.Read',
    }
    expect((await graph('POST', '/oauth2PermissionGrants', { body: grant })).status).toBe(404)

    time += 1_500
    expect((await graph('POST', assignPath, { body: assignment })).status).toBe(201)
    const before = await requestAppToken(tenant, client)
    expect(decodeJwt(text(before.json, 'access_token'))['roles']).toBeUndefined()
    time += 1_500
    const after = await requestAppToken(tenant, client)
    expect(decodeJwt(text(after.json, 'access_token'))['roles']).toEqual(['Chat.Read.All'])
  })

  it('takes ten times longer with the fault slow-replication', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time), replicationDelayMs: 1_000 })
    const graph = await adminGraph(tenant)
    tenant.control.setFault('slow-replication', true)
    const { json: app } = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
    time += 9_999
    expect((await graph('GET', `/applications/${text(app, 'id')}`)).status).toBe(404)
    time += 1
    expect((await graph('GET', `/applications/${text(app, 'id')}`)).status).toBe(200)
  })

  it('asks for a servicePrincipal before it gives an application a token', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const { json: app } = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
    const { json: secret } = await graph('POST', `/applications/${text(app, 'id')}/addPassword`, {
      body: {},
    })
    const token = await requestAppToken(tenant, {
      appId: text(app, 'appId'),
      secret: text(secret, 'secretText'),
    })
    expect(token.json['error_codes']).toEqual([7000229])
    const upserted = await graph('PATCH', `/servicePrincipals(appId='${text(app, 'appId')}')`, {
      body: { displayName: 'EMI' },
      ...upsert,
    })
    expect(upserted.status).toBe(201)
  })
})

describe('the admin consent link', () => {
  const redirect_uri = 'https://contoso.example/agentdesktop/msteamscallback.html'
  const open = async (
    tenant: PracticeTenant,
    about: { appId: string; role: PracticePerson['role']; consent: 'accept' | 'refuse' },
  ): Promise<URLSearchParams> => {
    const link = new URL(`${tenant.loginHost}/${tenant.tenantId}/v2.0/adminconsent`)
    link.search = new URLSearchParams({
      client_id: about.appId,
      scope: `${tenant.graphHost}/.default`,
      redirect_uri,
      state: 's 1',
    }).toString()
    let reached = new URLSearchParams()
    await signInAs({
      authorizeUrl: link.href,
      person: personWith(tenant, about.role),
      consent: about.consent,
      fetch: (input, init) => {
        const address = input instanceof Request ? input.url : String(input)
        if (!address.startsWith(redirect_uri)) return fetch(input, init)
        reached = new URL(address).searchParams
        return Promise.resolve(new Response(''))
      },
    })
    return reached
  }

  it('grants what the application declares, and says so at its redirect address', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const { json: app } = await graph('POST', '/applications', {
      body: {
        displayName: 'EMI',
        web: { redirectUris: [redirect_uri] },
        requiredResourceAccess: [
          {
            resourceAppId: GRAPH_APP_ID,
            resourceAccess: [
              { id: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017', type: 'Role' },
              { id: '9ff7295e-131b-4d94-90e1-69fde507ac11', type: 'Scope' },
            ],
          },
        ],
      },
    })
    const appId = text(app, 'appId')
    const byNobody = await open(tenant, { appId, role: 'user', consent: 'accept' })
    expect(byNobody.get('error_description')).toContain('AADSTS90094')
    expect([byNobody.get('admin_consent'), byNobody.get('state')]).toEqual(['False', 's 1'])
    const byRole = await open(tenant, { appId, role: 'application-admin', consent: 'accept' })
    expect(byRole.get('error_description')).toContain('AADSTS90094')
    const refused = await open(tenant, { appId, role: 'global-admin', consent: 'refuse' })
    expect(refused.get('error')).toBe('access_denied')
    expect(tenant.control.counts()).toMatchObject({ grants: 0, appRoleAssignments: 0 })

    const granted = await open(tenant, { appId, role: 'global-admin', consent: 'accept' })
    expect(Object.fromEntries(granted)).toEqual({
      admin_consent: 'True',
      tenant: tenant.tenantId,
      state: 's 1',
    })
    expect(tenant.control.application(appId)).toMatchObject({
      grants: [{ consentType: 'AllPrincipals', scope: 'Chat.ReadWrite' }],
      appRoleAssignments: [{ appRoleId: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017' }],
    })
  })

  it('shows a page instead of going to an address that is not the application’s', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, [])
    const base = `${tenant.loginHost}/${tenant.tenantId}/v2.0/adminconsent?client_id=${app.appId}`
    const scope = `${tenant.graphHost}/.default`
    const pages = [
      `${base}&scope=${scope}&redirect_uri=https://elsewhere.example/`,
      base,
      `${base}&scope=https://elsewhere.example/.default`,
      base.replace(app.appId, '7d3c1c2e-2f0e-4f0f-9c55-6f7f3f0f4a11'),
    ]
    const codes = ['AADSTS50011', 'AADSTS900144', 'AADSTS500011', 'AADSTS700016']
    for (const [index, address] of pages.entries()) {
      const response = await fetch(address, { redirect: 'manual' })
      expect(response.headers.get('location')).toBeNull()
      expect(await response.text()).toContain(codes[index])
    }
  })

  it('makes no second service principal while the first is not replicated', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time), replicationDelayMs: 1_000 })
    const graph = await adminGraph(tenant)
    const { json: app } = await graph('POST', '/applications', {
      body: { displayName: 'EMI', web: { redirectUris: [redirect_uri] } },
    })
    time += 1_000
    const appId = text(app, 'appId')
    expect((await graph('POST', '/servicePrincipals', { body: { appId } })).status).toBe(201)
    const granted = await open(tenant, { appId, role: 'global-admin', consent: 'accept' })
    expect(granted.get('admin_consent')).toBe('True')
    expect(tenant.control.counts().servicePrincipals).toBe(1)
  })
})
