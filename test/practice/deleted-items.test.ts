// Applications by every key, their owners, and what becomes of them once deleted.
import { describe, expect, it } from 'vitest'
import type { PracticeTenant } from '../../main/practice/practice-tenant.ts'
import {
  errorCode,
  errorMessage,
  graphAsApp,
  type GraphCaller,
  graphWith,
  list,
  personWith,
  provision,
  requestAppToken,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

const DELETED = '/directory/deletedItems'
const DELETED_APPLICATIONS = `${DELETED}/microsoft.graph.application`
const advanced = { headers: { ConsistencyLevel: 'eventual' } }
const upsert = { headers: { prefer: 'create-if-missing' } }

const adminGraph = async (tenant: PracticeTenant): Promise<GraphCaller> =>
  graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'global-admin')))

describe('finding an application', () => {
  it('works by redirect URI, name and appId', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const uri = "https://acme.example/o'hara/callback"
    await graph('POST', '/applications', { body: { displayName: 'Other' } })
    await graph('PATCH', "/applications(uniqueName='emi')", {
      body: { displayName: "O'Hara", web: { redirectUris: [uri] } },
      ...upsert,
    })
    const found = async (filter: string) => {
      const query = new URLSearchParams({
        $filter: filter,
        $select: 'id,appId,displayName',
        $count: 'true',
      })
      const answer = await graph('GET', `/applications?${query.toString()}`, advanced)
      expect(answer.status, filter).toBe(200)
      return list(answer.json, 'value')
    }
    const quoted = uri.replaceAll("'", "''")
    const [app] = await found(`web/redirectUris/any(u:u eq '${quoted}')`)
    expect(Object.keys(app ?? {}).sort()).toEqual(['appId', 'displayName', 'id'])
    const filters = [
      "displayName eq 'O''Hara'",
      `appId eq '${text(app ?? {}, 'appId')}'`,
      `web/redirectUris/any(x: x eq '${quoted}') and displayName eq 'o''hara'`,
    ]
    for (const filter of filters) expect(await found(filter)).toEqual([app])
    expect(await found("web/redirectUris/any(u:u eq 'https://acme.example')")).toEqual([])
    const byAppId = await graph('GET', `/applications(appId='${text(app ?? {}, 'appId')}')`)
    expect(byAppId.json['id']).toBe(app?.['id'])
  })

  it('looks inside a list of addresses only in an advanced query', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const query = new URLSearchParams({
      $filter: "web/redirectUris/any(u:u eq 'https://a.example')",
    })
    const path = () => `/applications?${query.toString()}`
    const refused = [await graph('GET', path()), await graph('GET', path(), advanced)]
    query.set('$count', 'true')
    refused.push(await graph('GET', path()))
    expect(refused.map(errorCode)).toEqual(Array(3).fill('Request_UnsupportedQuery'))
    expect((await graph('GET', path(), advanced)).status).toBe(200)
  })

  it('refuses filters that Graph does not know', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const filters = [
      "web/redirectUris eq 'https://a.example'",
      "displayName/any(u:u eq 'x')",
      "web/redirectUris/any(u:v eq 'x')",
      "web/redirectUris/any(u:u eq 'x'",
      "notes eq 'x'",
      "uniqueName eq 'emi'",
    ]
    for (const filter of filters) {
      const query = new URLSearchParams({ $filter: filter })
      const answer = await graph('GET', `/applications?${query.toString()}`)
      expect([answer.status, errorCode(answer)], filter).toEqual([400, 'Request_BadRequest'])
    }
  })

  it('tells who owns it: whoever created it', async () => {
    const tenant = await startTenant()
    const person = personWith(tenant, 'application-admin')
    const graph = graphWith(tenant, await tokenFor(tenant, person))
    const { json: app } = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
    const owners = await graph('GET', `/applications/${text(app, 'id')}/owners?$select=id`)
    expect(list(owners.json, 'value')).toEqual([
      { '@odata.type': '#microsoft.graph.user', id: person.id },
    ])
    const expanded = await graph(
      'GET',
      `/applications?$filter=appId eq '${text(app, 'appId')}'&$select=id&$expand=owners`,
    )
    expect(list(expanded.json, 'value')).toMatchObject([
      { id: app['id'], owners: [{ displayName: person.displayName }] },
    ])
    expect((await graph('GET', '/applications/none/owners')).status).toBe(404)
  })
})

describe('a deleted application', () => {
  it('goes to the deleted items with its service principal, and gets no more tokens', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['Chat.Read.All'])
    const graph = await adminGraph(tenant)
    const asApp = await graphAsApp(tenant, app)
    expect((await graph('DELETE', `/applications/${app.objectId}`)).status).toBe(204)
    expect((await graph('DELETE', `/applications/${app.objectId}`)).status).toBe(404)
    expect(tenant.control.counts()).toMatchObject({ applications: 0, servicePrincipals: 0 })
    expect(tenant.control.deletedCounts()).toEqual({ applications: 1, servicePrincipals: 1 })
    expect((await requestAppToken(tenant, app)).json['error_codes']).toEqual([700016])
    expect((await asApp('GET', '/users')).status).toBe(401)

    const query = `?$filter=appId eq '${app.appId}'&$select=id,appId,displayName,deletedDateTime`
    const [listed] = list((await graph('GET', DELETED_APPLICATIONS + query)).json, 'value')
    expect(listed).toMatchObject({ id: app.objectId, appId: app.appId, displayName: 'EMI test' })
    expect(Date.parse(text(listed ?? {}, 'deletedDateTime'))).not.toBeNaN()
    const principals = await graph('GET', `${DELETED}/microsoft.graph.servicePrincipal`)
    expect(list(principals.json, 'value')).toMatchObject([{ appId: app.appId }])
    const one = await graph('GET', `${DELETED}/${app.objectId}`)
    expect(one.json).toMatchObject({ '@odata.type': '#microsoft.graph.application' })
    expect((await graph('GET', DELETED)).status).toBe(400)
  })

  it('keeps its uniqueName until it is gone for good', async () => {
    const tenant = await startTenant()
    const graph = await adminGraph(tenant)
    const make = () =>
      graph('PATCH', "/applications(uniqueName='emi')", { body: { displayName: 'EMI' }, ...upsert })
    const { json: app } = await make()
    await graph('DELETE', "/applications(uniqueName='emi')")
    const refused = await make()
    expect(refused.status).toBe(400)
    expect(errorMessage(refused)).toContain('uniqueName already exists')
    expect((await graph('DELETE', `${DELETED}/${text(app, 'id')}`)).status).toBe(204)
    expect((await graph('DELETE', `${DELETED}/${text(app, 'id')}`)).status).toBe(404)
    expect((await make()).status).toBe(201)
  })

  it('comes back with its secrets; its service principal has to be restored as well', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['Chat.Read.All'])
    const graph = await adminGraph(tenant)
    await graph('DELETE', `/applications/${app.objectId}`)
    const early = await graph('POST', `${DELETED}/${app.servicePrincipalId}/restore`)
    expect(early.status).toBe(400)
    const restored = await graph('POST', `${DELETED}/${app.objectId}/restore`)
    expect(restored.json).toMatchObject({
      '@odata.type': '#microsoft.graph.application',
      id: app.objectId,
      deletedDateTime: null,
    })
    expect((await graph('POST', `${DELETED}/${app.objectId}/restore`)).status).toBe(404)
    expect((await requestAppToken(tenant, app)).json['error_codes']).toEqual([7000229])
    const principal = await graph('POST', `${DELETED}/${app.servicePrincipalId}/restore`)
    expect(principal.status).toBe(200)
    expect((await requestAppToken(tenant, app)).status).toBe(200)
    expect(tenant.control.counts()).toMatchObject({
      applications: 1,
      servicePrincipals: 1,
      appRoleAssignments: 1,
    })
  })

  it('does not get its old service principal back beside a new one', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, [])
    const graph = await adminGraph(tenant)
    expect((await graph('DELETE', `/servicePrincipals/${app.servicePrincipalId}`)).status).toBe(204)
    await graph('POST', '/servicePrincipals', { body: { appId: app.appId } })
    const answer = await graph('POST', `${DELETED}/${app.servicePrincipalId}/restore`)
    expect([answer.status, errorCode(answer)]).toEqual([
      409,
      'Request_MultipleObjectsWithSameKeyValue',
    ])
  })

  it('is gone after 30 days', async () => {
    let time = Date.parse('2026-11-23T09:00:00Z')
    const tenant = await startTenant({ now: () => new Date(time) })
    const app = await provision(tenant, [])
    const graph = await adminGraph(tenant)
    await graph('DELETE', `/applications/${app.objectId}`)
    time += 30 * 86_400_000 - 1
    expect(tenant.control.deletedCounts().applications).toBe(1)
    time += 1
    expect(tenant.control.deletedCounts()).toEqual({ applications: 0, servicePrincipals: 0 })
  })

  it('survives a restart of the practice tenant', async () => {
    const first = await startTenant()
    const app = await provision(first, ['Chat.Read.All'])
    await (
      await adminGraph(first)
    )('DELETE', `/applications/${app.objectId}`)
    const saved = JSON.parse(JSON.stringify(first.snapshot())) as unknown
    expect(JSON.stringify(saved)).not.toContain(app.secret)
    await first.close()
    const second = await startTenant({ snapshot: saved })
    const graph = await adminGraph(second)
    await graph('POST', `${DELETED}/${app.objectId}/restore`)
    await graph('POST', `${DELETED}/${app.servicePrincipalId}/restore`)
    expect(second.control.isSecretValid(app.appId, app.secret)).toBe(true)
    expect(second.control.counts().appRoleAssignments).toBe(1)
  })

  it('is out of reach of a person without a role who does not own it', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, [])
    await (
      await adminGraph(tenant)
    )('DELETE', `/applications/${app.objectId}`)
    const token = await tokenFor(tenant, personWith(tenant, 'application-admin'))
    tenant.control.setFault('no-admin-role', true)
    const graph = graphWith(tenant, token)
    expect((await graph('GET', DELETED_APPLICATIONS)).status).toBe(200)
    expect((await graph('POST', `${DELETED}/${app.objectId}/restore`)).status).toBe(403)
    expect((await graph('DELETE', `${DELETED}/${app.objectId}`)).status).toBe(403)
  })
})

describe('taking away what was granted', () => {
  it('answers 204, then 404, and asks for a role that may consent', async () => {
    const tenant = await startTenant()
    const app = await provision(tenant, ['Chat.Read.All', 'User.Read.All'])
    const graph = await adminGraph(tenant)
    const { json: grant } = await graph('POST', '/oauth2PermissionGrants', {
      body: {
        clientId: app.servicePrincipalId,
        consentType: 'AllPrincipals',
        resourceId: app.graphServicePrincipalId,
        scope: 'Chat.ReadWrite',
      },
    })
    const held = `/servicePrincipals/${app.servicePrincipalId}/appRoleAssignments`
    const given = `/servicePrincipals/${app.graphServicePrincipalId}/appRoleAssignedTo`
    const [one, two] = list((await graph('GET', held)).json, 'value').map((item) =>
      text(item, 'id'),
    )
    const paths = [
      `${held}/${one ?? ''}`,
      `${given}/${two ?? ''}`,
      `/oauth2PermissionGrants/${text(grant, 'id')}`,
    ]
    const weak = graphWith(tenant, await tokenFor(tenant, personWith(tenant, 'application-admin')))
    expect((await weak('DELETE', paths[0] ?? '')).status).toBe(403)
    for (const path of paths) {
      expect((await graph('DELETE', path)).status, path).toBe(204)
      expect((await graph('DELETE', path)).status, path).toBe(404)
    }
    const removed = await graph('POST', `/applications/${app.objectId}/removePassword`, {
      body: { keyId: app.keyId },
    })
    expect(removed.status).toBe(204)
    const again = await graph('POST', `/applications/${app.objectId}/removePassword`, {
      body: { keyId: app.keyId },
    })
    expect(again.status).toBe(400)
    expect(tenant.control.counts()).toMatchObject({ grants: 0, appRoleAssignments: 0, secrets: 0 })
  })
})
