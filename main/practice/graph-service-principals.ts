// Graph's servicePrincipals: Graph's own with all it publishes, and those of the applications.
import { deleteServicePrincipal } from './deleted-items.ts'
import {
  badRequest,
  type Access,
  type GraphAnswer,
  type GraphCall,
  GraphError,
  notFound,
  param,
  type Route,
} from './graph-call.ts'
import { checkMayManage, checkMayRegister } from './graph-rights.ts'
import { stringOf, type JsonObject } from './json.ts'
import { collection, entity, keyValue } from './odata.ts'
import { GRAPH_APP_ID, publishedRoles, publishedScopes } from './permissions-table.ts'
import {
  applicationName,
  type ApplicationRecord,
  BOOTSTRAP_APP_ID,
  GRAPH_SERVICE_PRINCIPAL_ID,
  isVisible,
  newServicePrincipal,
  type ServicePrincipalRecord,
  type Tenant,
  visibleFrom,
} from './tenant.ts'

const READ: Access = {
  wording: 'directory',
  delegated: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
  application: ['Application.Read.All', 'Directory.Read.All'],
}
const WRITE: Access = {
  wording: 'directory',
  delegated: ['Application.ReadWrite.All'],
  application: [],
}
const SETTABLE = [
  'accountEnabled',
  'appRoleAssignmentRequired',
  'description',
  'displayName',
  'homepage',
  'loginUrl',
  'notes',
  'notificationEmailAddresses',
  'preferredSingleSignOnMode',
  'servicePrincipalNames',
  'tags',
]
const MICROSOFT_TENANT_ID = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'

export const servicePrincipalRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'servicePrincipals',
    access: READ,
    handle: (call) => {
      const visible = call.tenant.directory.servicePrincipals.filter((one) =>
        isVisible(call.tenant, one),
      )
      return collection(
        call,
        visible.map((record) => servicePrincipalJson(call.tenant, record)),
        {
          context: 'servicePrincipals',
          filterable: ['id', 'appId', 'displayName', 'servicePrincipalType'],
        },
      )
    },
  },
  {
    method: 'POST',
    path: 'servicePrincipals',
    access: WRITE,
    handle: (call) => create(call, stringOf(call.body, 'appId')),
  },
  {
    method: 'GET',
    path: 'servicePrincipals/:key',
    access: READ,
    handle: (call) => {
      const record = findPrincipal(call, param(call, 'key'))
      return entity(call, servicePrincipalJson(call.tenant, record), {
        context: 'servicePrincipals',
      })
    },
  },
  { method: 'PATCH', path: 'servicePrincipals/:key', access: WRITE, handle: patch },
  {
    method: 'DELETE',
    path: 'servicePrincipals/:key',
    access: WRITE,
    handle: (call) => {
      const record = findPrincipal(call, param(call, 'key'))
      if (record.id === GRAPH_SERVICE_PRINCIPAL_ID) {
        throw badRequest('Microsoft Graph cannot be removed from a tenant.')
      }
      checkMayManage(call, applicationOf(call.tenant, record.appId))
      deleteServicePrincipal(call.tenant, record)
      call.tenant.changed()
      return { status: 204 }
    },
  },
]

/** The visible servicePrincipal that a path's key names, by id or appId. @throws GraphError 404. */
export function findPrincipal(call: GraphCall, key: string): ServicePrincipalRecord {
  const appId = keyValue(key, 'appId')?.toLowerCase()
  const found = call.tenant.directory.servicePrincipals.find((one) =>
    appId === undefined ? one.id === key.toLowerCase() : one.appId === appId,
  )
  if (!found || !isVisible(call.tenant, found)) throw notFound(appId ?? key)
  return found
}

/** A servicePrincipal as Graph shows it. */
export function servicePrincipalJson(tenant: Tenant, record: ServicePrincipalRecord): JsonObject {
  const isGraph = record.appId === GRAPH_APP_ID
  const name = applicationName(tenant, record.appId)
  const isMicrosofts = isGraph || record.appId === BOOTSTRAP_APP_ID
  const application = applicationOf(tenant, record.appId)
  return {
    id: record.id,
    deletedDateTime: null,
    accountEnabled: true,
    addIns: [],
    alternativeNames: [],
    appDescription: null,
    appDisplayName: name,
    appId: record.appId,
    applicationTemplateId: null,
    appOwnerOrganizationId: isMicrosofts ? MICROSOFT_TENANT_ID : tenant.id,
    appRoleAssignmentRequired: false,
    description: null,
    displayName: name,
    homepage: null,
    info: {
      termsOfServiceUrl: null,
      supportUrl: null,
      privacyStatementUrl: null,
      marketingUrl: null,
      logoUrl: null,
    },
    keyCredentials: [],
    loginUrl: null,
    logoutUrl: null,
    notes: null,
    notificationEmailAddresses: [],
    passwordCredentials: [],
    preferredSingleSignOnMode: null,
    replyUrls: [],
    servicePrincipalNames: isGraph ? [GRAPH_APP_ID, 'https://graph.microsoft.com'] : [record.appId],
    servicePrincipalType: 'Application',
    signInAudience: isMicrosofts
      ? 'AzureADMultipleOrgs'
      : (application?.properties['signInAudience'] ?? null),
    tags: [],
    tokenEncryptionKeyId: null,
    ...record.properties,
    appRoles: isGraph ? graphRoles() : [],
    oauth2PermissionScopes: isGraph ? graphScopes() : [],
  }
}

function graphRoles(): JsonObject[] {
  return publishedRoles.map(({ id, value, title }) => ({
    allowedMemberTypes: ['Application'],
    description: title,
    displayName: title,
    id,
    isEnabled: true,
    origin: 'Application',
    value,
  }))
}

function graphScopes(): JsonObject[] {
  return publishedScopes.map(({ id, value, title, adminOnly }) => ({
    adminConsentDescription: title,
    adminConsentDisplayName: title,
    id,
    isEnabled: true,
    type: adminOnly ? 'Admin' : 'User',
    userConsentDescription: title,
    userConsentDisplayName: title,
    value,
  }))
}

function create(call: GraphCall, appId: string | undefined): GraphAnswer {
  const { tenant } = call
  if (appId === undefined) {
    throw badRequest("A value is required for property 'appId' of resource 'ServicePrincipal'.")
  }
  const wanted = appId.toLowerCase()
  const application = applicationOf(tenant, wanted)
  if (application) checkMayManage(call, application)
  else checkMayRegister(call)
  const isKnown = wanted === BOOTSTRAP_APP_ID || (application && isVisible(tenant, application))
  if (tenant.directory.servicePrincipals.some((one) => one.appId === wanted)) {
    throw new GraphError(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `The service principal cannot be created because the service principal name ${appId} is already in use.`,
    )
  }
  if (!isKnown) {
    throw badRequest(
      `The appId '${appId}' of the service principal does not reference a valid application object.`,
    )
  }
  const properties = readProperties(call.body)
  const record = newServicePrincipal(tenant, wanted, visibleFrom(tenant))
  record.properties = properties
  tenant.changed()
  return entity(call, servicePrincipalJson(tenant, record), {
    context: 'servicePrincipals',
    status: 201,
  })
}

// The upsert by appId works as the one of applications by uniqueName does.
function patch(call: GraphCall): GraphAnswer {
  const { tenant } = call
  const key = param(call, 'key')
  const appId = keyValue(key, 'appId')?.toLowerCase()
  const mayCreate = (call.headers['prefer'] ?? '').includes('create-if-missing')
  const existing = tenant.directory.servicePrincipals.find((one) => one.appId === appId)
  if (appId !== undefined && mayCreate && !existing) return create(call, appId)
  const record = existing && mayCreate ? existing : findPrincipal(call, key)
  checkMayManage(call, applicationOf(tenant, record.appId))
  record.properties = { ...record.properties, ...readProperties(call.body) }
  tenant.changed()
  return { status: 204 }
}

function applicationOf(tenant: Tenant, appId: string): ApplicationRecord | undefined {
  return tenant.directory.applications.find((one) => one.appId === appId)
}

function readProperties(body: JsonObject): JsonObject {
  const properties: JsonObject = {}
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith('@') || name === 'appId') continue
    if (!SETTABLE.includes(name)) throw badRequest(`Invalid property '${name}'.`)
    if (name === 'accountEnabled' && typeof value !== 'boolean') {
      throw badRequest(
        "Invalid value specified for property 'accountEnabled' of resource 'ServicePrincipal'.",
      )
    }
    properties[name] = value
  }
  return properties
}
