// Graph's directory/deletedItems: list, look at, restore and remove for good.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
import { applicationJson } from './application-json.ts'
import {
  deletedItems,
  purge,
  restoreApplication,
  restoreServicePrincipal,
} from './deleted-items.ts'
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
import { checkMayManage } from './graph-rights.ts'
import { servicePrincipalJson } from './graph-service-principals.ts'
import type { JsonObject } from './json.ts'
import { collection, entity } from './odata.ts'
import type { DeletedApplication, DeletedServicePrincipal, Tenant } from './tenant.ts'

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
const FILTERABLE = ['id', 'appId', 'displayName', 'uniqueName', 'deletedDateTime']
const CONTEXT = 'directoryObjects'
const TYPES = {
  application: '#microsoft.graph.application',
  servicePrincipal: '#microsoft.graph.servicePrincipal',
}

type Found =
  | { kind: 'application'; item: DeletedApplication }
  | { kind: 'servicePrincipal'; item: DeletedServicePrincipal }

export const deletedItemRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'directory/deletedItems',
    access: READ,
    handle: () => {
      throw badRequest('The type of the deleted items has to be part of the address.')
    },
  },
  {
    method: 'GET',
    path: 'directory/deletedItems/microsoft.graph.application',
    access: READ,
    handle: (call) =>
      collection(
        call,
        deletedItems(call.tenant).applications.map((item) => deletedApplication(call.tenant, item)),
        { context: 'applications', filterable: FILTERABLE },
      ),
  },
  {
    method: 'GET',
    path: 'directory/deletedItems/microsoft.graph.servicePrincipal',
    access: READ,
    handle: (call) =>
      collection(
        call,
        deletedItems(call.tenant).servicePrincipals.map((item) =>
          deletedPrincipal(call.tenant, item),
        ),
        { context: 'servicePrincipals', filterable: FILTERABLE },
      ),
  },
  {
    method: 'GET',
    path: 'directory/deletedItems/:id',
    access: READ,
    handle: (call) => {
      const found = find(call)
      const json =
        found.kind === 'application'
          ? deletedApplication(call.tenant, found.item)
          : deletedPrincipal(call.tenant, found.item)
      return entity(call, { '@odata.type': TYPES[found.kind], ...json }, { context: CONTEXT })
    },
  },
  {
    method: 'POST',
    path: 'directory/deletedItems/:id/restore',
    access: WRITE,
    handle: restore,
  },
  {
    method: 'DELETE',
    path: 'directory/deletedItems/:id',
    access: WRITE,
    handle: (call) => {
      const found = find(call)
      checkRights(call, found)
      purge(call.tenant, found.item.id)
      call.tenant.changed()
      return { status: 204 }
    },
  },
]

function restore(call: GraphCall): GraphAnswer {
  const { tenant } = call
  const found = find(call)
  checkRights(call, found)
  if (found.kind === 'application') {
    const record = restoreApplication(tenant, found.item)
    tenant.changed()
    const json = { '@odata.type': TYPES.application, ...applicationJson(tenant, record) }
    return entity(call, json, { context: CONTEXT })
  }
  const { appId } = found.item
  // Microsoft does not print what these two answer; an object without its application would be useless.
  if (!tenant.directory.applications.some((one) => one.appId === appId)) {
    throw badRequest(`The application '${appId}' of the service principal is deleted.`)
  }
  if (tenant.directory.servicePrincipals.some((one) => one.appId === appId)) {
    throw new GraphError(
      409,
      'Request_MultipleObjectsWithSameKeyValue',
      `The service principal name ${appId} is already in use.`,
    )
  }
  const record = restoreServicePrincipal(tenant, found.item)
  tenant.changed()
  const json = { '@odata.type': TYPES.servicePrincipal, ...servicePrincipalJson(tenant, record) }
  return entity(call, json, { context: CONTEXT })
}

function find(call: GraphCall): Found {
  const id = param(call, 'id')
  const wanted = id.toLowerCase()
  const { applications, servicePrincipals } = deletedItems(call.tenant)
  const application = applications.find((one) => one.id === wanted)
  if (application) return { kind: 'application', item: application }
  const principal = servicePrincipals.find((one) => one.id === wanted)
  if (principal) return { kind: 'servicePrincipal', item: principal }
  throw notFound(id)
}

function checkRights(call: GraphCall, { kind, item }: Found): void {
  const { applications, deletedApplications } = call.tenant.directory
  const application =
    kind === 'application'
      ? item
      : [...applications, ...deletedApplications].find((one) => one.appId === item.appId)
  checkMayManage(call, application)
}

function deletedApplication(tenant: Tenant, item: DeletedApplication): JsonObject {
  return { ...applicationJson(tenant, item), deletedDateTime: deletedDateTime(item) }
}

function deletedPrincipal(tenant: Tenant, item: DeletedServicePrincipal): JsonObject {
  return { ...servicePrincipalJson(tenant, item), deletedDateTime: deletedDateTime(item) }
}

function deletedDateTime(item: { deletedAt: number }): string {
  return new Date(item.deletedAt).toISOString()
}
