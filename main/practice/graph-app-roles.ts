// Graph's appRoleAssignments: application roles granted to servicePrincipals, seen from both sides.
import { randomBytes } from 'node:crypto'
import {
  type Access,
  badRequest,
  type GraphCall,
  type GraphError,
  insufficientPrivileges,
  notFound,
  param,
  type Route,
} from './graph-call.ts'
import { findPrincipal } from './graph-service-principals.ts'
import { type JsonObject, stringOf } from './json.ts'
import { collection, entity } from './odata.ts'
import { GRAPH_APP_ID, publishedRoles } from './permissions-table.ts'
import {
  applicationName,
  type AssignmentRecord,
  isVisible,
  type Tenant,
  visibleFrom,
  visiblePrincipal,
} from './tenant.ts'

const READ_ASSIGNMENTS: Access = {
  wording: 'directory',
  delegated: [
    'Application.Read.All',
    'Application.ReadWrite.All',
    'AppRoleAssignment.ReadWrite.All',
    'Directory.Read.All',
  ],
  application: ['Application.Read.All', 'Directory.Read.All'],
}
const WRITE_ASSIGNMENTS: Access = {
  wording: 'directory',
  delegated: ['AppRoleAssignment.ReadWrite.All'],
  application: [],
  role: 'consent',
}

export const appRoleRoutes: readonly Route[] = (
  ['appRoleAssignedTo', 'appRoleAssignments'] as const
).flatMap(assignmentRoutes)

/** The two sides of the same list: assignments *of* a resource and assignments *held by* a client. */
function assignmentRoutes(side: 'appRoleAssignedTo' | 'appRoleAssignments'): Route[] {
  const ownKey = side === 'appRoleAssignedTo' ? 'resourceId' : 'principalId'
  const mine = (call: GraphCall) => {
    const principal = findPrincipal(call, param(call, 'key'))
    const list = call.tenant.directory.assignments.filter((one) => one[ownKey] === principal.id)
    return { principal, list: list.filter((one) => isVisible(call.tenant, one)) }
  }
  const one = (call: GraphCall) => {
    const id = param(call, 'id')
    const found = mine(call).list.find((assignment) => assignment.id === id)
    if (!found) throw notFound(id)
    return found
  }
  const path = `servicePrincipals/:key/${side}`
  const context = (call: GraphCall) => `servicePrincipals('${param(call, 'key')}')/${side}`
  return [
    {
      method: 'GET',
      path,
      access: READ_ASSIGNMENTS,
      handle: (call) =>
        collection(
          call,
          mine(call).list.map((item) => assignmentJson(call.tenant, item)),
          {
            context: context(call),
            filterable: ['id', 'principalId', 'resourceId', 'appRoleId'],
          },
        ),
    },
    {
      method: 'POST',
      path,
      access: WRITE_ASSIGNMENTS,
      handle: (call) => {
        const { principal } = mine(call)
        if (stringOf(call.body, ownKey)?.toLowerCase() !== principal.id) throw invalidReference()
        const record = createAssignment(call)
        return entity(call, assignmentJson(call.tenant, record), {
          context: context(call),
          status: 201,
        })
      },
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      access: READ_ASSIGNMENTS,
      handle: (call) =>
        entity(call, assignmentJson(call.tenant, one(call)), { context: context(call) }),
    },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      access: WRITE_ASSIGNMENTS,
      handle: (call) => {
        const record = one(call)
        checkMayGrant(call, record.resourceId)
        const { directory } = call.tenant
        directory.assignments = directory.assignments.filter((item) => item !== record)
        call.tenant.changed()
        return { status: 204 }
      },
    },
  ]
}

function createAssignment(call: GraphCall): AssignmentRecord {
  const { tenant, body } = call
  const client = visiblePrincipal(tenant, stringOf(body, 'principalId') ?? '')
  const resource = visiblePrincipal(tenant, stringOf(body, 'resourceId') ?? '')
  // The same answer for objects that are not replicated yet and for swapped ids.
  if (!client || !resource) throw invalidReference()
  checkMayGrant(call, resource.id)
  const appRoleId = stringOf(body, 'appRoleId')?.toLowerCase() ?? ''
  if (resource.appId !== GRAPH_APP_ID || !publishedRoles.some((role) => role.id === appRoleId)) {
    throw badRequest(`Permission being assigned was not found on application '${resource.appId}'.`)
  }
  const isTaken = tenant.directory.assignments.some(
    (one) =>
      one.principalId === client.id &&
      one.resourceId === resource.id &&
      one.appRoleId === appRoleId,
  )
  if (isTaken) throw badRequest('Permission being assigned already exists on the object')
  const record: AssignmentRecord = {
    id: randomBytes(32).toString('base64url'),
    appRoleId,
    principalId: client.id,
    resourceId: resource.id,
    createdDateTime: new Date(tenant.now()).toISOString(),
    visibleAt: visibleFrom(tenant),
  }
  tenant.directory.assignments.push(record)
  tenant.changed()
  return record
}

/**
 * Application administrators may grant everything except Microsoft Graph's application roles.
 * https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent
 */
function checkMayGrant(call: GraphCall, resourceId: string): void {
  const resource = call.tenant.directory.servicePrincipals.find((one) => one.id === resourceId)
  const isGlobal = call.caller.kind === 'delegated' && call.caller.role === 'global-admin'
  if (resource?.appId === GRAPH_APP_ID && !isGlobal) throw insufficientPrivileges()
}

function invalidReference(): GraphError {
  return badRequest('Not a valid reference update.')
}

function assignmentJson(tenant: Tenant, record: AssignmentRecord): JsonObject {
  const name = (id: string) => {
    const principal = tenant.directory.servicePrincipals.find((one) => one.id === id)
    return principal ? applicationName(tenant, principal.appId) : null
  }
  return {
    id: record.id,
    deletedDateTime: null,
    appRoleId: record.appRoleId,
    createdDateTime: record.createdDateTime,
    principalDisplayName: name(record.principalId),
    principalId: record.principalId,
    principalType: 'ServicePrincipal',
    resourceDisplayName: name(record.resourceId),
    resourceId: record.resourceId,
  }
}
