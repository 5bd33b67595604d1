// Graph's applications: list, create, upsert by uniqueName, change, delete.
import { randomUUID } from 'node:crypto'
import { applicationJson } from './application-json.ts'
import { readProperties } from './application-properties.ts'
import {
  type Access,
  badRequest,
  type GraphAnswer,
  type GraphCall,
  notFound,
  param,
  type Route,
} from './graph-call.ts'
import { stringOf } from './json.ts'
import { collection, entity, keyValue } from './odata.ts'
import { type ApplicationRecord, isVisible, type Tenant, visibleFrom } from './tenant.ts'

const READ: Access = {
  wording: 'directory',
  delegated: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
  application: ['Application.Read.All', 'Directory.Read.All'],
}
export const WRITE_APPLICATIONS: Access = {
  wording: 'directory',
  delegated: ['Application.ReadWrite.All'],
  application: [],
  role: 'any-admin',
}
const FILTERABLE = ['id', 'appId', 'displayName', 'uniqueName', 'signInAudience']

export const applicationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'applications',
    access: READ,
    handle: (call) => {
      const visible = call.tenant.directory.applications.filter((one) =>
        isVisible(call.tenant, one),
      )
      return collection(
        call,
        visible.map((record) => applicationJson(call.tenant, record)),
        {
          context: 'applications',
          filterable: FILTERABLE,
        },
      )
    },
  },
  {
    method: 'POST',
    path: 'applications',
    access: WRITE_APPLICATIONS,
    handle: (call) => created(call, createApplication(call, null)),
  },
  {
    method: 'GET',
    path: 'applications/:key',
    access: READ,
    handle: (call) =>
      entity(call, applicationJson(call.tenant, findByKey(call)), { context: 'applications' }),
  },
  { method: 'PATCH', path: 'applications/:key', access: WRITE_APPLICATIONS, handle: patch },
  {
    method: 'DELETE',
    path: 'applications/:key',
    access: WRITE_APPLICATIONS,
    handle: (call) => {
      removeApplication(call.tenant, findByKey(call))
      call.tenant.changed()
      return { status: 204 }
    },
  },
]

/** Takes an application out of the directory, with all that hangs on it. */
export function removeApplication(tenant: Tenant, record: ApplicationRecord): void {
  const { directory } = tenant
  directory.applications = directory.applications.filter((one) => one !== record)
  for (const principal of directory.servicePrincipals.filter((one) => one.appId === record.appId)) {
    removeServicePrincipal(tenant, principal.id)
  }
}

/** Takes a servicePrincipal out of the directory, with its grants and assignments. */
export function removeServicePrincipal(tenant: Tenant, id: string): void {
  const { directory } = tenant
  directory.servicePrincipals = directory.servicePrincipals.filter((one) => one.id !== id)
  directory.grants = directory.grants.filter((one) => one.clientId !== id)
  directory.assignments = directory.assignments.filter((one) => one.principalId !== id)
}

function created(call: GraphCall, record: ApplicationRecord): GraphAnswer {
  call.tenant.changed()
  return entity(call, applicationJson(call.tenant, record), {
    context: 'applications',
    status: 201,
  })
}

function createApplication(call: GraphCall, uniqueName: string | null): ApplicationRecord {
  const { tenant, body } = call
  const displayName = stringOf(body, 'displayName')
  if (displayName === undefined || displayName.trim() === '') {
    throw badRequest("A value is required for property 'displayName' of resource 'Application'.")
  }
  const wanted = uniqueName ?? stringOf(body, 'uniqueName') ?? null
  if (wanted !== null && tenant.directory.applications.some((one) => one.uniqueName === wanted)) {
    throw badRequest('Another object with the same value for property uniqueName already exists.')
  }
  const properties = readProperties(body)
  const record: ApplicationRecord = {
    id: randomUUID(),
    appId: randomUUID(),
    uniqueName: wanted,
    createdDateTime: new Date(tenant.now()).toISOString(),
    createdByAppId: call.caller.appId,
    // Left out, Graph chooses the widest audience: a caller who wants one tenant has to say so.
    properties: { signInAudience: 'AzureADandPersonalMicrosoftAccount', ...properties },
    secrets: [],
    visibleAt: visibleFrom(tenant),
  }
  tenant.directory.applications.push(record)
  return record
}

// https://learn.microsoft.com/graph/api/application-upsert
function patch(call: GraphCall): GraphAnswer {
  const { tenant } = call
  const uniqueName = keyValue(param(call, 'key'), 'uniqueName')
  const mayCreate = (call.headers['prefer'] ?? '').includes('create-if-missing')
  if (uniqueName !== undefined) {
    const existing = tenant.directory.applications.find((one) => one.uniqueName === uniqueName)
    if (!existing && mayCreate) return created(call, createApplication(call, uniqueName))
    if (!existing) throw notFound(uniqueName)
    if (mayCreate) return update(call, existing)
  }
  return update(call, findByKey(call))
}

function update(call: GraphCall, record: ApplicationRecord): GraphAnswer {
  const properties = readProperties(call.body)
  const uniqueName = stringOf(call.body, 'uniqueName')
  if (uniqueName !== undefined && record.uniqueName !== null && uniqueName !== record.uniqueName) {
    throw badRequest("Property 'uniqueName' is immutable and cannot be changed.")
  }
  if (uniqueName !== undefined) record.uniqueName = uniqueName
  record.properties = { ...record.properties, ...properties }
  call.tenant.changed()
  return { status: 204 }
}

/** The visible application a path names by id, appId or uniqueName. @throws GraphError 404. */
export function findByKey(call: GraphCall): ApplicationRecord {
  const key = param(call, 'key')
  const appId = keyValue(key, 'appId')?.toLowerCase()
  const uniqueName = keyValue(key, 'uniqueName')
  const found = call.tenant.directory.applications.find((one) => {
    if (appId !== undefined) return one.appId === appId
    if (uniqueName !== undefined) return one.uniqueName === uniqueName
    return one.id === key.toLowerCase()
  })
  if (!found || !isVisible(call.tenant, found)) throw notFound(appId ?? uniqueName ?? key)
  return found
}
