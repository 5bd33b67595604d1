// What happens behind the back of whoever set up an application, and the delay of replication.
import { describe, expect, it } from 'vitest'
import type { PracticeAction, PracticeTenant } from '../../main/practice/practice-tenant.ts'
import {
  GRAPH_APP_ID,
  graphAsApp,
  graphWith,
  list,
  personWith,
  provision,
  type ProvisionedApp,
  requestAppToken,
  startEndpoint,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

const REDIRECT = 'https://acme.example/callback'

interface Stored {
  application: {
    displayName: string
    web: { redirectUris: string[] }
    requiredResourceAccess: { resourceAccess: { id: string }[] }[]
    passwordCredentials: { displayName: string | null; endDateTime: string }[]
  }
  servicePrincipal: { accountEnabled: boolean }
  grants: { scope: string }[]
  appRoleAssignments: unknown[]
}

const stored = (tenant: PracticeTenant, app: ProvisionedApp): Stored =>
  tenant.control.application(app.appId) as Stored

async function provisioned(
  roles = ['Chat.Read.All'],
): Promise<{ tenant: PracticeTenant; app: ProvisionedApp }> {
  const tenant = await startTenant()
  const app = await provision(tenant, roles)
  const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
  await graph('PATCH', `/applications/${app.objectId}`, {
    body: {
      web: { redirectUris: [REDIRECT] },
      requiredResourceAccess: [
        {
          resourceAppId: GRAPH_APP_ID,
          resourceAccess: [{ id: '6b7d71aa-70aa-4810-a8d9-5d9fb2830017', type: 'Role' }],
        },
      ],
    },
  })
  await graph('POST', '/oauth2PermissionGrants', {
    body: {
      clientId: app.servicePrincipalId,
      consentType: 'AllPrincipals',
      resourceId: app.graphServicePrincipalId,
      scope: 'Chat.ReadWrite',
    },
  })
  return { tenant, app }
}

/** The application as Graph's caller, with an address of its own to be told at. */
async function subscriber(tenant: PracticeTenant, app: ProvisionedApp) {
  const endpoint = await startEndpoint()
  const body = (resource: string) => ({
    changeType: 'created',
    notificationUrl: endpoint.url,
    lifecycleNotificationUrl: `${endpoint.url}/lifecycle`,
    resource,
    expirationDateTime: new Date(Date.now() + 86_400_000).toISOString(),
    clientState: 'client-state-1',
  })
  return { graph: await graphAsApp(tenant, app), endpoint, body }
}

const codesOf = async (tenant: PracticeTenant, app: ProvisionedApp): Promise<unknown> =>
  (await requestAppToken(tenant, app)).json['error_codes']

describe('actions', () => {
  it('are listed with a sentence each, and say what is missing where there is no application', async () => {
    const tenant = await startTenant()
    expect(tenant.control.actions.length).toBe(12)
    for (const { name, description } of tenant.control.actions) {
      expect(description).toMatch(/^[A-Z].+\.$/)
      expect(() => tenant.control.act(name), name).toThrow(/practice tenant/)
    }
    expect(() => tenant.control.act('rain' as PracticeAction)).toThrow('rain')
  })

  it('revoke-consent takes the application permissions, and new tokens lack them', async () => {
    const { tenant, app } = await provisioned()
    tenant.control.act('revoke-consent')
    expect(stored(tenant, app)).toMatchObject({ appRoleAssignments: [], grants: [{}] })
    tenant.control.act('revoke-consent')
    expect((await requestAppToken(tenant, app)).status).toBe(200)
  })

  it('revoke-delegated-consent takes the delegated permissions of this application only', async () => {
    const { tenant, app } = await provisioned()
    tenant.control.act('revoke-delegated-consent')
    expect(stored(tenant, app)).toMatchObject({ appRoleAssignments: [{}], grants: [] })
    const { directory } = tenant.snapshot() as { directory: { grants: unknown[] } }
    expect(directory.grants).toHaveLength(1)
  })

  it('remove-secret and expire-secret end the secret, each with its own error', async () => {
    const { tenant, app } = await provisioned()
    tenant.control.act('expire-secret')
    expect(await codesOf(tenant, app)).toEqual([7000222])
    const [secret] = stored(tenant, app).application.passwordCredentials
    expect(Date.parse(secret?.endDateTime ?? '')).toBeLessThan(Date.now())
    tenant.control.act('remove-secret')
    expect(await codesOf(tenant, app)).toEqual([7000215])
    expect(tenant.control.counts().secrets).toBe(0)
  })

  it('disable-service-principal stops tokens until it is switched on again', async () => {
    const { tenant, app } = await provisioned()
    tenant.control.act('disable-service-principal')
    expect(await codesOf(tenant, app)).toEqual([7000112])
    expect(stored(tenant, app).servicePrincipal.accountEnabled).toBe(false)
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
    await graph('PATCH', `/servicePrincipals/${app.servicePrincipalId}`, {
      body: { accountEnabled: true },
    })
    expect((await requestAppToken(tenant, app)).status).toBe(200)
  })

  it('delete-application moves it to the deleted items', async () => {
    const { tenant, app } = await provisioned()
    tenant.control.act('delete-application')
    expect(await codesOf(tenant, app)).toEqual([700016])
    expect(tenant.control.deletedCounts()).toEqual({ applications: 1, servicePrincipals: 1 })
  })

  it('remove-subscriptions ends them, and says so to the lifecycle address', async () => {
    const { tenant, app } = await provisioned()
    const { graph, endpoint, body } = await subscriber(tenant, app)
    const { json } = await graph('POST', '/subscriptions', { body: body('/chats/getAllMessages') })
    tenant.control.act('remove-subscriptions')
    expect((await graph('GET', '/subscriptions')).json['value']).toEqual([])
    const [told] = await endpoint.waitFor(1)
    expect(told).toMatchObject({
      value: [{ lifecycleEvent: 'subscriptionRemoved', subscriptionId: json['id'] }],
    })
    expect(() => tenant.control.act('remove-subscriptions')).toThrow(/no subscription/)
  })

  it('take-channel-messages puts another server’s subscription in the place of ours', async () => {
    const { tenant, app } = await provisioned(['Chat.Read.All', 'ChannelMessage.Read.All'])
    const { graph, body } = await subscriber(tenant, app)
    const chats = await graph('POST', '/subscriptions', { body: body('/chats/getAllMessages') })
    await graph('POST', '/subscriptions', { body: body('/teams/getAllMessages') })
    tenant.control.act('take-channel-messages')
    tenant.control.act('take-channel-messages')
    const held = list((await graph('GET', '/subscriptions')).json, 'value')
    expect(held).toMatchObject([
      { id: text(chats.json, 'id') },
      {
        resource: '/teams/getAllMessages',
        notificationUrl: 'https://other-server.example/notifications',
      },
    ])
    const again = await graph('POST', '/subscriptions', { body: body('/teams/getAllMessages') })
    expect(again.status).not.toBe(201)
  })

  it('make-similar-applications adds look-alikes, and leaves the application as it was', async () => {
    const { tenant, app } = await provisioned()
    const before = stored(tenant, app)
    tenant.control.act('make-similar-applications')
    expect(stored(tenant, app)).toEqual(before)
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
    const count = async (filter: string) => {
      const query = new URLSearchParams({ $filter: filter, $count: 'true' })
      const headers = { ConsistencyLevel: 'eventual' }
      const { json } = await graph('GET', `/applications?${query.toString()}`, { headers })
      return list(json, 'value').length
    }
    expect(await count(`displayName eq '${before.application.displayName}'`)).toBe(3)
    expect(await count(`web/redirectUris/any(u:u eq '${REDIRECT}')`)).toBe(3)
    expect(tenant.control.counts()).toMatchObject({ applications: 4, servicePrincipals: 4 })
    tenant.control.act('remove-secret')
    expect(await codesOf(tenant, app)).toEqual([7000215])
  })

  it('add-surplus adds a redirect URI, a granted permission and a secret, once each but the secret', async () => {
    const { tenant, app } = await provisioned()
    tenant.control.act('add-surplus')
    tenant.control.act('add-surplus')
    const { application, grants } = stored(tenant, app)
    expect(application.web.redirectUris).toEqual([
      REDIRECT,
      'https://former-contact-center.example/oauth/callback',
    ])
    expect(grants).toMatchObject([{ scope: 'Chat.ReadWrite Mail.Read' }])
    expect(application.requiredResourceAccess[0]?.resourceAccess).toHaveLength(2)
    expect(application.passwordCredentials.map((one) => one.displayName)).toEqual([
      'EMI test',
      'Added by somebody else',
      'Added by somebody else',
    ])
  })

  it('are kept in the snapshot', async () => {
    const { tenant, app } = await provisioned()
    tenant.control.act('add-surplus')
    tenant.control.act('delete-application')
    const saved = JSON.parse(JSON.stringify(tenant.snapshot())) as unknown
    const second = await startTenant({ snapshot: saved })
    expect(second.control.deletedCounts().applications).toBe(1)
    expect(second.control.counts().grants).toBe(0)
    expect(second.control.application(app.appId)).toBeUndefined()
  })
})

describe('the delay of replication', () => {
  it('can be set for what is made from then on', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time), replicationDelayMs: 1_500 })
    expect(tenant.control.replicationSeconds).toBe(1.5)
    tenant.control.setReplicationSeconds(40)
    expect(tenant.control.replicationSeconds).toBe(40)
    const graph = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))
    const { json: app } = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
    tenant.control.setReplicationSeconds(0)
    time += 39_999
    const path = `/applications/${String(app['id'])}`
    expect((await graph('GET', path)).status).toBe(404)
    time += 1
    expect((await graph('GET', path)).status).toBe(200)
    for (const seconds of [-1, Number.NaN, 601, Number.POSITIVE_INFINITY]) {
      expect(() => tenant.control.setReplicationSeconds(seconds)).toThrow('seconds')
    }
  })
})
