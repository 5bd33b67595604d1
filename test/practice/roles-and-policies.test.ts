// Roles that are not active, custom ones, people without any, and the policies that an identity team sets.
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import type { PracticeFault, PracticeTenant } from '../../main/practice/practice-tenant.ts'
import {
  ADMIN_SCOPES,
  errorCode,
  type GraphCaller,
  graphWith,
  list,
  personWith,
  startTenant,
  text,
  tokenFor,
} from './support.ts'

const GLOBAL_ADMIN = '62e90394-69f5-4237-9190-012177145e10'
const PLAIN_USER = 'b79fbf4d-3ef9-4689-8143-76b194e85509'
const ROLES = '/me/transitiveMemberOf/microsoft.graph.directoryRole'
const ELIGIBLE = '/roleManagement/directory/roleEligibilityScheduleInstances'
const WITH_ROLES = { scopes: [...ADMIN_SCOPES, 'RoleManagement.Read.Directory'] }

async function signedIn(tenant: PracticeTenant): Promise<{ graph: GraphCaller; wids: unknown }> {
  const token = await tokenFor(tenant, personWith(tenant, 'global-admin'), WITH_ROLES)
  return { graph: graphWith(tenant, token), wids: decodeJwt(token)['wids'] }
}

async function tenantWith(fault: PracticeFault): Promise<PracticeTenant> {
  const tenant = await startTenant()
  tenant.control.setFault(fault, true)
  return tenant
}

/** Creates an application with its service principal, and tries to grant it something. */
async function setUp(graph: GraphCaller): Promise<{ app: number; secret: number; grant: number }> {
  const app = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
  if (app.status !== 201) return { app: app.status, secret: 0, grant: 0 }
  const principal = await graph('POST', '/servicePrincipals', {
    body: { appId: app.json['appId'] },
  })
  const secret = await graph('POST', `/applications/${text(app.json, 'id')}/addPassword`, {
    body: {},
  })
  const found = await graph('GET', "/servicePrincipals?$filter=displayName eq 'Microsoft Graph'")
  const grant = await graph('POST', '/oauth2PermissionGrants', {
    body: {
      clientId: principal.json['id'],
      consentType: 'AllPrincipals',
      resourceId: list(found.json, 'value')[0]?.['id'],
      scope: 'Chat.ReadWrite',
    },
  })
  return { app: app.status, secret: secret.status, grant: grant.status }
}

describe('an eligible role', () => {
  it('is not in the token, not among the active roles, and listed as eligible', async () => {
    const tenant = await tenantWith('pim-eligible-role')
    const { graph, wids } = await signedIn(tenant)
    expect(wids).toEqual([PLAIN_USER])
    expect(list((await graph('GET', ROLES)).json, 'value')).toEqual([])
    const me = personWith(tenant, 'global-admin').id
    for (const path of [
      `${ELIGIBLE}?$filter=principalId eq '${me}'&$expand=roleDefinition`,
      `${ELIGIBLE}/filterByCurrentUser(on='principal')?$expand=roleDefinition`,
    ]) {
      expect(list((await graph('GET', path)).json, 'value'), path).toMatchObject([
        {
          principalId: me,
          roleDefinitionId: GLOBAL_ADMIN,
          directoryScopeId: '/',
          memberType: 'Direct',
          roleDefinition: { displayName: 'Global Administrator', isBuiltIn: true },
        },
      ])
    }
    expect((await graph('GET', ELIGIBLE)).status).toBe(403)
    expect(await setUp(graph)).toEqual({ app: 201, secret: 200, grant: 403 })
  })

  it('counts once it is activated and a new token was asked for', async () => {
    const tenant = await tenantWith('pim-eligible-role')
    const before = await signedIn(tenant)
    tenant.control.act('activate-role')
    const fault = tenant.control.faults.find((one) => one.name === 'pim-eligible-role')
    expect(fault?.on).toBe(false)
    expect((await setUp(before.graph)).grant).toBe(403)
    const after = await signedIn(tenant)
    expect(after.wids).toEqual([GLOBAL_ADMIN, PLAIN_USER])
    expect((await setUp(after.graph)).grant).toBe(201)
    expect(list((await after.graph('GET', ELIGIBLE)).json, 'value')).toEqual([])
    expect(() => tenant.control.act('activate-role')).toThrow('No role waits')
  })

  it('lets an administrator sign in, because the organization approved the sign-in before', async () => {
    const tenant = await tenantWith('pim-eligible-role')
    await expect(tokenFor(tenant, personWith(tenant, 'user'))).rejects.toThrow('AADSTS90094')
    await expect(tokenFor(tenant, personWith(tenant, 'application-admin'))).resolves.toBeTruthy()
  })
})

describe('a custom role', () => {
  it('manages applications but cannot consent, and no token knows it', async () => {
    const tenant = await tenantWith('custom-role-only')
    const { graph, wids } = await signedIn(tenant)
    expect(wids).toEqual([PLAIN_USER])
    expect(list((await graph('GET', ROLES)).json, 'value')).toEqual([])
    const me = personWith(tenant, 'global-admin').id
    const query = `?$filter=principalId eq '${me}'&$expand=roleDefinition`
    const held = await graph('GET', `/roleManagement/directory/roleAssignments${query}`)
    const [assignment = {}] = list(held.json, 'value')
    expect(assignment).toMatchObject({ roleDefinition: { isBuiltIn: false } })
    const id = text(assignment, 'roleDefinitionId')
    const definition = await graph('GET', `/roleManagement/directory/roleDefinitions/${id}`)
    expect(definition.json).toMatchObject({ displayName: 'Contact center app manager' })
    tenant.control.setFault('users-may-not-register', true)
    expect(await setUp(graph)).toEqual({ app: 201, secret: 200, grant: 403 })
  })
})

describe('people without a role', () => {
  it('register and manage applications of their own, unless the policy forbids it', async () => {
    const tenant = await startTenant()
    const owner = await signedIn(tenant)
    const { json: foreign } = await owner.graph('POST', '/applications', {
      body: { displayName: 'Not theirs' },
    })
    tenant.control.setFault('pim-eligible-role', true)
    const token = await tokenFor(tenant, personWith(tenant, 'application-admin'))
    const graph = graphWith(tenant, token)
    expect(await setUp(graph)).toEqual({ app: 201, secret: 200, grant: 403 })
    const path = `/applications/${text(foreign, 'id')}`
    expect((await graph('PATCH', path, { body: { notes: 'mine now' } })).status).toBe(403)
    expect((await graph('POST', `${path}/addPassword`, { body: {} })).status).toBe(403)
    expect((await graph('DELETE', path)).status).toBe(403)
    const allowed = async () => {
      const { json } = await graph('GET', '/policies/authorizationPolicy')
      return (json['defaultUserRolePermissions'] as { allowedToCreateApps?: unknown })
        .allowedToCreateApps
    }
    expect(await allowed()).toBe(true)
    tenant.control.setFault('users-may-not-register', true)
    expect(await allowed()).toBe(false)
    const refused = await graph('PATCH', "/applications(uniqueName='emi')", {
      body: { displayName: 'EMI' },
      headers: { prefer: 'create-if-missing' },
    })
    expect([refused.status, errorCode(refused)]).toEqual([403, 'Authorization_RequestDenied'])
    expect((await graph('POST', '/applications', { body: { displayName: 'x' } })).status).toBe(403)
  })

  it('are the only ones the policy concerns', async () => {
    const tenant = await tenantWith('users-may-not-register')
    expect(await setUp((await signedIn(tenant)).graph)).toEqual({
      app: 201,
      secret: 200,
      grant: 201,
    })
  })
})

describe('policies', () => {
  it('say what is forbidden, to whom may read them', async () => {
    const tenant = await startTenant()
    const { graph } = await signedIn(tenant)
    const path = '/policies/defaultAppManagementPolicy'
    expect((await graph('GET', path)).json).toMatchObject({ isEnabled: false })
    tenant.control.setFault('secret-forbidden-by-policy', true)
    tenant.control.setFault('secret-lifetime-limited', true)
    expect((await graph('GET', path)).json).toMatchObject({
      isEnabled: true,
      applicationRestrictions: {
        passwordCredentials: [
          { restrictionType: 'passwordAddition', state: 'enabled' },
          { restrictionType: 'passwordLifetime', maxLifetime: 'P180D', state: 'enabled' },
        ],
      },
    })
    const { json: app } = await graph('POST', '/applications', { body: { displayName: 'EMI' } })
    const own = `/applications/${text(app, 'id')}/appManagementPolicies`
    expect((await graph('GET', own)).json['value']).toEqual([])
    expect((await graph('GET', '/policies/appManagementPolicies')).json['value']).toEqual([])
    expect((await graph('GET', '/applications/none/appManagementPolicies')).status).toBe(404)
    const scopes = ['Application.ReadWrite.All', 'User.Read']
    const other = tenant.people.find((one) => one.role === 'application-admin')
    const fresh = await startTenant()
    const token = await tokenFor(fresh, other ?? personWith(fresh, 'application-admin'), { scopes })
    const weak = graphWith(fresh, token)
    for (const one of [path, '/policies/authorizationPolicy', ELIGIBLE]) {
      expect((await weak('GET', one)).status, one).toBe(403)
    }
  })
})
