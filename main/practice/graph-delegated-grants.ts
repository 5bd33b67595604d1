// Graph's oauth2PermissionGrants: delegated consent, one per client, resource and person (or everybody).
import { randomBytes } from 'node:crypto'
import {
  type Access,
  badRequest,
  type GraphAnswer,
  type GraphCall,
  GraphError,
  notFound,
  param,
  type Route,
} from './graph-call.ts'
import { findPrincipal } from './graph-service-principals.ts'
import { type JsonObject, stringOf } from './json.ts'
import { collection, entity } from './odata.ts'
import { findPerson } from './people.ts'
import { findScope } from './permissions-table.ts'
import { type GrantRecord, isVisible, visiblePrincipal, visibleFrom } from './tenant.ts'

const READ_GRANTS: Access = {
  wording: 'directory',
  delegated: ['DelegatedPermissionGrant.ReadWrite.All', 'Directory.Read.All'],
  application: ['Directory.Read.All'],
}
const WRITE_GRANTS: Access = {
  wording: 'directory',
  delegated: ['DelegatedPermissionGrant.ReadWrite.All'],
  application: [],
  role: 'consent',
}

export const delegatedGrantRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'oauth2PermissionGrants',
    access: READ_GRANTS,
    handle: (call) => {
      const visible = call.tenant.directory.grants.filter((one) => isVisible(call.tenant, one))
      return collection(call, visible.map(grantJson), {
        context: 'oauth2PermissionGrants',
        filterable: ['id', 'clientId', 'consentType', 'principalId', 'resourceId'],
      })
    },
  },
  { method: 'POST', path: 'oauth2PermissionGrants', access: WRITE_GRANTS, handle: createGrant },
  {
    method: 'GET',
    path: 'servicePrincipals/:key/oauth2PermissionGrants',
    access: READ_GRANTS,
    handle: (call) => {
      const client = findPrincipal(call, param(call, 'key'))
      const mine = call.tenant.directory.grants.filter((one) => one.clientId === client.id)
      return collection(call, mine.filter((one) => isVisible(call.tenant, one)).map(grantJson), {
        context: 'oauth2PermissionGrants',
        filterable: ['consentType', 'principalId', 'resourceId'],
      })
    },
  },
  {
    method: 'GET',
    path: 'oauth2PermissionGrants/:id',
    access: READ_GRANTS,
    handle: (call) =>
      entity(call, grantJson(findGrant(call)), { context: 'oauth2PermissionGrants' }),
  },
  {
    method: 'PATCH',
    path: 'oauth2PermissionGrants/:id',
    access: WRITE_GRANTS,
    handle: (call) => {
      const grant = findGrant(call)
      grant.scope = readScope(call.body)
      call.tenant.changed()
      return { status: 204 }
    },
  },
  {
    method: 'DELETE',
    path: 'oauth2PermissionGrants/:id',
    access: WRITE_GRANTS,
    handle: (call) => {
      const grant = findGrant(call)
      const { directory } = call.tenant
      directory.grants = directory.grants.filter((one) => one !== grant)
      call.tenant.changed()
      return { status: 204 }
    },
  },
]

function createGrant(call: GraphCall): GraphAnswer {
  const { tenant, body } = call
  const client = visiblePrincipal(tenant, stringOf(body, 'clientId') ?? '')
  if (!client) throw notFound(stringOf(body, 'clientId') ?? '')
  const resource = visiblePrincipal(tenant, stringOf(body, 'resourceId') ?? '')
  if (!resource) throw notFound(stringOf(body, 'resourceId') ?? '')
  const consentType = stringOf(body, 'consentType')
  if (consentType !== 'AllPrincipals' && consentType !== 'Principal') {
    throw badRequest(
      "Invalid value specified for property 'consentType' of resource 'OAuth2PermissionGrant'.",
    )
  }
  const principalId = stringOf(body, 'principalId') ?? null
  const isPersonOk =
    consentType === 'AllPrincipals' ? principalId === null : findPerson(principalId ?? '')
  if (!isPersonOk) {
    throw badRequest(
      "Invalid value specified for property 'principalId' of resource 'OAuth2PermissionGrant'.",
    )
  }
  const scope = readScope(body)
  const isTaken = tenant.directory.grants.some(
    (one) =>
      one.clientId === client.id &&
      one.resourceId === resource.id &&
      one.principalId === principalId,
  )
  if (isTaken) {
    throw new GraphError(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      'Permission entry already exists.',
    )
  }
  const grant: GrantRecord = {
    id: randomBytes(32).toString('base64url'),
    clientId: client.id,
    consentType,
    principalId,
    resourceId: resource.id,
    scope,
    visibleAt: visibleFrom(tenant),
  }
  tenant.directory.grants.push(grant)
  tenant.changed()
  return entity(call, grantJson(grant), { context: 'oauth2PermissionGrants', status: 201 })
}

function findGrant(call: GraphCall): GrantRecord {
  const id = param(call, 'id')
  const found = call.tenant.directory.grants.find((one) => one.id === id)
  if (!found || !isVisible(call.tenant, found)) throw notFound(id)
  return found
}

function readScope(body: JsonObject): string {
  const scope = stringOf(body, 'scope')
  if (scope === undefined) {
    throw badRequest(
      "A value is required for property 'scope' of resource 'OAuth2PermissionGrant'.",
    )
  }
  const names = scope.split(' ').filter((name) => name !== '')
  const unknown = names.find((name) => !findScope(name))
  if (unknown !== undefined)
    throw badRequest(`The scope '${unknown}' is not published by the resource.`)
  return names.join(' ')
}

function grantJson({
  id,
  clientId,
  consentType,
  principalId,
  resourceId,
  scope,
}: GrantRecord): JsonObject {
  return { id, clientId, consentType, principalId, resourceId, scope }
}
