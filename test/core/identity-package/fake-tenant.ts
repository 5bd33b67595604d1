// A small tenant for the stand-in of the Azure CLI: what Microsoft Graph answers to the requests of the shell script.
import { permissionTable } from '../../../main/core/entra/permissions.ts'

export interface FakeApplication {
  id: string
  appId: string
  uniqueName: string | null
  displayName: string
  signInAudience: string
  web: { redirectUris: string[]; homePageUrl?: string }
  requiredResourceAccess: {
    resourceAppId: string
    resourceAccess: { id: string; type: string }[]
  }[]
  passwordCredentials: { displayName: string; endDateTime: string }[]
}

export interface Tenant {
  calls: { args: string[]; body: unknown }[]
  cloud: string
  signedIn: string | null
  graphHost: string
  applications: FakeApplication[]
  servicePrincipals: { id: string; appId: string }[]
  grants: {
    id: string
    clientId: string
    consentType: string
    resourceId: string
    scope: string
  }[]
  assignments: { principalId: string; resourceId: string; appRoleId: string }[]
  /** How often Microsoft's servers do not know the new application yet when its service principal is asked for. */
  delays: number
  /** False for an account that may not consent to application permissions. */
  mayConsent: boolean
}

export interface Request {
  method: string
  origin: string
  path: string
  filter: string
  headers: string[]
  body: unknown
}

/** What Microsoft Graph refuses. */
export class GraphProblem extends Error {
  readonly reason: string
  readonly body: { code: string; message: string }

  constructor(reason: string, code: string, message = reason) {
    super(message)
    this.reason = reason
    this.body = { code, message }
  }
}

export const GRAPH_ID = 'aaaaaaaa-0000-4000-8000-000000000001'
export const FAKE_SECRET = 'aBc8Q~not-a-real-secret.value_0'
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'

export function newTenant(change: Partial<Tenant> = {}): Tenant {
  return {
    calls: [],
    cloud: 'AzureCloud',
    signedIn: null,
    graphHost: 'https://graph.microsoft.com',
    applications: [],
    servicePrincipals: [],
    grants: [],
    assignments: [],
    delays: 0,
    mayConsent: true,
    ...change,
  }
}

/** The id of a permission in this tenant; the same value has another one under the other kind. */
export function permissionId(kind: 'delegated' | 'application', value: string): string {
  const index = permissionTable.findIndex((one) => one.kind === kind && one.value === value)
  return `bbbbbbbb-0000-4000-8000-${String(index).padStart(12, '0')}`
}

export function answerOf(tenant: Tenant, request: Request): unknown {
  if (request.origin !== tenant.graphHost) throw new Error(`Nobody is at ${request.origin}.`)
  const { method, path, filter } = request
  const body = (request.body ?? {}) as Record<string, string>
  const key = /\((?:appId|uniqueName)='([^']*)'\)$/.exec(path)?.[1]
  const [, wanted] = /eq '([^']*)'/.exec(filter) ?? []
  const [, collection = '', id = '', action = ''] = path.replace(/\(.*\)$/, '').split('/')
  switch (`${method} ${collection}${id && '/id'}${action && `/${action}`}`) {
    case 'get servicePrincipals':
      if (key === GRAPH_APP_ID) return graphPrincipal()
      return { value: tenant.servicePrincipals.filter((one) => one.appId === wanted) }
    case 'get applications':
      if (key !== undefined) return named(tenant, key)
      // Of the two names only this one may be in a filter.
      if (!filter.includes('appId')) {
        throw new GraphProblem('Bad Request', 'Request_UnsupportedQuery')
      }
      return { value: tenant.applications.filter((one) => one.appId === wanted) }
    case 'patch applications':
      return upsert(tenant, key ?? '', request)
    case 'get applications/id':
      return byId(tenant, id)
    case 'patch applications/id':
      Object.assign(byId(tenant, id), merged(byId(tenant, id), request.body))
      return null
    case 'post applications/id/addPassword': {
      const { passwordCredential } = request.body as {
        passwordCredential: { displayName: string; endDateTime: string }
      }
      byId(tenant, id).passwordCredentials.push(passwordCredential)
      return { ...passwordCredential, secretText: FAKE_SECRET }
    }
    case 'post servicePrincipals':
      return makePrincipal(tenant, body.appId ?? '')
    case 'get oauth2PermissionGrants':
      return { value: tenant.grants.filter((one) => one.clientId === wanted) }
    case 'post oauth2PermissionGrants': {
      const { clientId = '', consentType = '', resourceId = '', scope = '' } = body
      const grant = {
        id: `grant-${tenant.grants.length + 1}`,
        clientId,
        consentType,
        resourceId,
        scope,
      }
      tenant.grants.push(grant)
      return grant
    }
    case 'patch oauth2PermissionGrants/id':
      for (const grant of tenant.grants) if (grant.id === id) grant.scope = body.scope ?? ''
      return null
    case 'get servicePrincipals/id/appRoleAssignments':
      return { value: tenant.assignments.filter((one) => one.principalId === id) }
    case 'post servicePrincipals/id/appRoleAssignedTo': {
      if (!tenant.mayConsent) throw new GraphProblem('Forbidden', 'Authorization_RequestDenied')
      const { principalId = '', resourceId = '', appRoleId = '' } = body
      tenant.assignments.push({ principalId, resourceId, appRoleId })
      return body
    }
    default:
      throw new Error(`Nobody answers ${method} ${path}.`)
  }
}

function graphPrincipal() {
  const published = (kind: 'delegated' | 'application') =>
    permissionTable
      .filter((one) => one.kind === kind)
      .map(({ value }) => ({ value, id: permissionId(kind, value) }))
  return {
    id: GRAPH_ID,
    oauth2PermissionScopes: published('delegated'),
    appRoles: published('application'),
  }
}

function named(tenant: Tenant, uniqueName: string): FakeApplication {
  const found = tenant.applications.find((one) => one.uniqueName === uniqueName)
  if (!found) throw new GraphProblem('Not Found', 'Request_ResourceNotFound')
  return found
}

function byId(tenant: Tenant, id: string): FakeApplication {
  const found = tenant.applications.find((one) => one.id === id)
  if (!found) throw new GraphProblem('Not Found', 'Request_ResourceNotFound')
  return found
}

function upsert(tenant: Tenant, uniqueName: string, { headers, body }: Request): unknown {
  if (!headers.includes('Prefer=create-if-missing')) named(tenant, uniqueName)
  const number = tenant.applications.length + 1
  const application: FakeApplication = {
    id: `cccccccc-0000-4000-8000-00000000000${number}`,
    appId: `dddddddd-0000-4000-8000-00000000000${number}`,
    uniqueName,
    displayName: '',
    signInAudience: 'AzureADandPersonalMicrosoftAccount',
    web: { redirectUris: [] },
    requiredResourceAccess: [],
    passwordCredentials: [],
    ...(body as Partial<FakeApplication>),
  }
  tenant.applications.push(application)
  return application
}

function makePrincipal(tenant: Tenant, appId: string): unknown {
  if (tenant.delays > 0) {
    tenant.delays -= 1
    throw new GraphProblem(
      'Bad Request',
      'Request_BadRequest',
      `The appId '${appId}' of the service principal does not reference a valid application object.`,
    )
  }
  const principal = {
    id: `eeeeeeee-0000-4000-8000-00000000000${tenant.servicePrincipals.length + 1}`,
    appId,
  }
  tenant.servicePrincipals.push(principal)
  return principal
}

/** A PATCH leaves what it does not name, also inside `web`. */
function merged(application: FakeApplication, body: unknown): Partial<FakeApplication> {
  const change = body as Partial<FakeApplication>
  return change.web ? { ...change, web: { ...application.web, ...change.web } } : change
}
