// Graph's role management: role definitions, active assignments, and the eligibilities of PIM.
// https://learn.microsoft.com/graph/api/resources/privilegedidentitymanagementv3-overview
import { createHash } from 'node:crypto'
import {
  type Access,
  type GraphAnswer,
  type GraphCall,
  insufficientPrivileges,
  notFound,
  param,
  type Route,
} from './graph-call.ts'
import type { JsonObject } from './json.ts'
import { collection, entity, expanded, parseFilter } from './odata.ts'
import {
  CUSTOM_ROLE_ID,
  type HeldRole,
  people,
  type PracticePerson,
  ROLE_NAMES,
  ROLE_TEMPLATE_IDS,
} from './people.ts'
import { roleOf, type Tenant } from './tenant.ts'

const READ: Access = {
  wording: 'directory',
  delegated: ['RoleManagement.Read.Directory', 'Directory.Read.All'],
  application: ['Directory.Read.All'],
}
// Directory.Read.All is not in the table of the eligibility pages.
const READ_ELIGIBILITY: Access = {
  wording: 'directory',
  delegated: ['RoleManagement.Read.Directory'],
  application: [],
}
const BASE = 'roleManagement/directory'
const INSTANCES = `${BASE}/roleEligibilityScheduleInstances`
const HELD: readonly Exclude<HeldRole, 'user'>[] = [
  'global-admin',
  'application-admin',
  'custom-role',
]
const FILTERABLE = ['id', 'principalId', 'roleDefinitionId', 'directoryScopeId']

export const roleManagementRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${BASE}/roleDefinitions`,
    access: READ,
    handle: (call) =>
      collection(call, HELD.map(definitionJson), {
        context: `${BASE}/roleDefinitions`,
        filterable: ['id', 'displayName', 'templateId', 'isBuiltIn'],
      }),
  },
  {
    method: 'GET',
    path: `${BASE}/roleDefinitions/:id`,
    access: READ,
    handle: (call) => {
      const role = HELD.find((one) => definitionId(one) === param(call, 'id').toLowerCase())
      if (!role) throw notFound(param(call, 'id'))
      return entity(call, definitionJson(role), { context: `${BASE}/roleDefinitions` })
    },
  },
  {
    method: 'GET',
    path: `${BASE}/roleAssignments`,
    access: READ,
    handle: (call) => listed(call, 'roleAssignments', activeAssignments(call)),
  },
  { method: 'GET', path: INSTANCES, access: READ_ELIGIBILITY, handle: listEligibilities },
  {
    method: 'GET',
    path: `${INSTANCES}/filterByCurrentUser/:on`,
    access: READ_ELIGIBILITY,
    handle: (call) => {
      const me = call.caller.kind === 'delegated' ? call.caller.person.id : ''
      const mine = eligibilities(call).filter((one) => one['principalId'] === me)
      return listed(call, 'roleEligibilityScheduleInstances', mine)
    },
  },
]

// A person without a role sees only themselves. Whether the plain list with such a $filter is open to
// them as well is not written down; here it is.
function listEligibilities(call: GraphCall): GraphAnswer {
  const { caller } = call
  const isMine = parseFilter(call.query.get('$filter') ?? '').some(
    ({ property, operator, value }) =>
      property === 'principalId' &&
      operator === 'eq' &&
      caller.kind === 'delegated' &&
      value === caller.person.id,
  )
  const hasRole = caller.kind === 'delegated' && caller.role !== 'user'
  if (!isMine && !hasRole) throw insufficientPrivileges()
  return listed(call, 'roleEligibilityScheduleInstances', eligibilities(call))
}

function listed(call: GraphCall, name: string, items: JsonObject[]): GraphAnswer {
  return collection(call, items, { context: `${BASE}/${name}`, filterable: FILTERABLE })
}

function eligibilities(call: GraphCall): JsonObject[] {
  const { tenant } = call
  if (!tenant.faults.isOn('pim-eligible-role')) return []
  return people.flatMap((person) => {
    if (person.role === 'user') return []
    const id = stableId(tenant, person, 'eligibility')
    return [
      {
        id: `${id}-1-e`,
        principalId: person.id,
        roleDefinitionId: ROLE_TEMPLATE_IDS[person.role],
        directoryScopeId: '/',
        appScopeId: null,
        startDateTime: new Date(tenant.startedAt).toISOString(),
        endDateTime: null,
        memberType: 'Direct',
        roleEligibilityScheduleId: id,
        ...definitionIfAsked(call, person.role),
      },
    ]
  })
}

function activeAssignments(call: GraphCall): JsonObject[] {
  return people.flatMap((person) => {
    const role = roleOf(call.tenant, person)
    if (role === 'user') return []
    return [
      {
        id: stableId(call.tenant, person, role),
        principalId: person.id,
        roleDefinitionId: definitionId(role),
        directoryScopeId: '/',
        appScopeId: null,
        ...definitionIfAsked(call, role),
      },
    ]
  })
}

function definitionIfAsked(call: GraphCall, role: Exclude<HeldRole, 'user'>): JsonObject {
  const isAsked = expanded(call.query).includes('roleDefinition')
  return isAsked ? { roleDefinition: definitionJson(role) } : {}
}

function definitionId(role: Exclude<HeldRole, 'user'>): string {
  return role === 'custom-role' ? CUSTOM_ROLE_ID : ROLE_TEMPLATE_IDS[role]
}

function definitionJson(role: Exclude<HeldRole, 'user'>): JsonObject {
  const id = definitionId(role)
  const actions = [
    'microsoft.directory/applications/create',
    'microsoft.directory/applications/allProperties/update',
    'microsoft.directory/applications/credentials/update',
    'microsoft.directory/servicePrincipals/create',
  ]
  return {
    id,
    description: `The role ${ROLE_NAMES[role]}.`,
    displayName: ROLE_NAMES[role],
    isBuiltIn: role !== 'custom-role',
    isEnabled: true,
    resourceScopes: ['/'],
    templateId: id,
    version: role === 'custom-role' ? null : '1',
    rolePermissions: [{ allowedResourceActions: actions, condition: null }],
  }
}

function stableId(tenant: Tenant, person: PracticePerson, what: string): string {
  return createHash('sha256').update(`${tenant.id} ${person.id} ${what}`).digest('base64url')
}
