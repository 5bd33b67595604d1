// Graph's applications: list, create, upsert by uniqueName, change, delete, and who owns them.
import { randomUUID } from 'node:crypto'
import { applicationJson } from './application-json.ts'
import { readProperties } from './application-properties.ts'
import { deleteApplication, isNameTaken } from './deleted-items.ts'
import {
  type Access,
  badRequest,
  type GraphAnswer,
  type GraphCall,
  notFound,
  param,
  type Route,
} from './graph-call.ts'
import { userJson } from './graph-people.ts'
import { checkMayManage, checkMayRegister } from './graph-rights.ts'
import { type JsonObject, stringOf } from './json.ts'
import { collection, entity, expanded, keyValue } from './odata.ts'
import { findPerson } from './people.ts'
import { type ApplicationRecord, isVisible, visibleFrom } from './tenant.ts'

const READ: Access = {
  wording: 'directory',
  delegated: ['Application.Read.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
  application: ['Application.Read.All', 'Directory.Read.All'],
}
export const WRITE_APPLICATIONS: Access = {
  wording: 'directory',
  delegated: ['Application.ReadWrite.All'],
  application: [],
}
const FILTERABLE = [
  'id',
  'appId',
  'displayName',
  'signInAudience',
  'createdDateTime',
  'web/redirectUris',
  'spa/redirectUris',
  'publicClient/redirectUris',
]

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
        visible.map((record) => shown(call, record)),
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
    handle: (call) => entity(call, shown(call, findByKey(call)), { context: 'applications' }),
  },
  {
    method: 'GET',
    path: 'applications/:key/owners',
    access: READ,
    handle: (call) =>
      collection(call, owners(call, findByKey(call)), {
        context: 'directoryObjects',
        filterable: ['id'],
      }),
  },
  { method: 'PATCH', path: 'applications/:key', access: WRITE_APPLICATIONS, handle: patch },
  {
    method: 'DELETE',
    path: 'applications/:key',
    access: WRITE_APPLICATIONS,
    handle: (call) => {
      const record = findByKey(call)
      checkMayManage(call, record)
      deleteApplication(call.tenant, record)
      call.tenant.changed()
      return { status: 204 }
    },
  },
]

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
  checkMayRegister(call)
  const wanted = uniqueName ?? stringOf(body, 'uniqueName') ?? null
  if (wanted !== null && isNameTaken(tenant, wanted)) {
    throw badRequest('Another object with the same value for property uniqueName already exists.')
  }
  const properties = readProperties(body)
  const record: ApplicationRecord = {
    id: randomUUID(),
    appId: randomUUID(),
    uniqueName: wanted,
    createdDateTime: new Date(tenant.now()).toISOString(),
    createdByAppId: call.caller.appId,
    // Whoever creates an application is its first owner.
    ownerIds: call.caller.kind === 'delegated' ? [call.caller.person.id] : [],
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
  checkMayManage(call, record)
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

/** As Graph shows it, with its owners where they are asked for. */
function shown(call: GraphCall, record: ApplicationRecord): JsonObject {
  const json = applicationJson(call.tenant, record)
  return expanded(call.query).includes('owners') ? { ...json, owners: owners(call, record) } : json
}

function owners(call: GraphCall, record: ApplicationRecord): JsonObject[] {
  return record.ownerIds.flatMap((id) => {
    const person = findPerson(id)
    return person ? [{ '@odata.type': '#microsoft.graph.user', ...userJson(call, person) }] : []
  })
}
