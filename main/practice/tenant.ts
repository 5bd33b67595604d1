// What the practice tenant knows: its identity, clock, faults and the objects stored in its directory.
import { randomUUID } from 'node:crypto'
import type { Faults } from './faults.ts'
import type { JsonObject } from './json.ts'
import { type HeldRole, type PracticePerson, practiceOrganization } from './people.ts'
import { GRAPH_APP_ID } from './permissions-table.ts'
import type { SigningKey } from './tokens.ts'

export interface Tenant {
  readonly id: string
  readonly domain: string
  readonly displayName: string
  readonly startedAt: number
  readonly now: () => number
  /** For what is stored from now on. */
  replicationDelayMs: number
  readonly faults: Faults
  readonly signingKey: SigningKey
  readonly directory: Directory
  /** Salt of the keys that seal clientStates in a snapshot. */
  readonly sealSalt: string
  /** https://localhost:PORT, known once the listener is up. */
  origin: string
  /** Where a browser finds the sign-in pages: the same, or http on loopback. */
  pagesOrigin: string
  /** Says that something worth a new snapshot changed. */
  changed(): void
}

export interface Directory {
  applications: ApplicationRecord[]
  servicePrincipals: ServicePrincipalRecord[]
  grants: GrantRecord[]
  assignments: AssignmentRecord[]
  refreshTokens: RefreshTokenRecord[]
  /** Kept for 30 days after their deletion. */
  deletedApplications: DeletedApplication[]
  deletedServicePrincipals: DeletedServicePrincipal[]
}

/** Objects are kept at once but seen by later calls only from `visibleAt` on: replication. */
export interface Replicated {
  visibleAt: number
}

export interface ApplicationRecord extends Replicated {
  id: string
  appId: string
  uniqueName: string | null
  createdDateTime: string
  createdByAppId: string
  /** The people who own it: whoever created it. */
  ownerIds: string[]
  /** The properties a caller may set, under Graph's names. */
  properties: JsonObject
  secrets: SecretRecord[]
}

export interface SecretRecord extends Replicated {
  keyId: string
  displayName: string | null
  hint: string
  startDateTime: string
  endDateTime: string
  salt: string
  hash: string
}

export interface ServicePrincipalRecord extends Replicated {
  id: string
  appId: string
  createdDateTime: string
  properties: JsonObject
}

export interface GrantRecord extends Replicated {
  id: string
  clientId: string
  consentType: 'AllPrincipals' | 'Principal'
  principalId: string | null
  resourceId: string
  scope: string
}

export interface AssignmentRecord extends Replicated {
  id: string
  appRoleId: string
  principalId: string
  resourceId: string
  createdDateTime: string
}

export interface DeletedApplication extends ApplicationRecord {
  deletedAt: number
}

/** With what was granted to it, which comes back with it. */
export interface DeletedServicePrincipal extends ServicePrincipalRecord {
  deletedAt: number
  grants: GrantRecord[]
  assignments: AssignmentRecord[]
}

export interface RefreshTokenRecord {
  hash: string
  clientId: string
  personId: string
  expiresAt: number
}

/** Microsoft Graph Command Line Tools: the public client that exists in every tenant. */
export const BOOTSTRAP_APP_ID = '14d82eec-204b-4c2f-b7e8-296a70dab67e'
export const BOOTSTRAP_NAME = 'Microsoft Graph Command Line Tools'
export const GRAPH_SERVICE_PRINCIPAL_ID = 'b3f0c9d2-7a14-4e85-9c60-1d2e8f4a5b73'

const SLOW_REPLICATION_FACTOR = 10

/** An empty directory: only Graph's own servicePrincipal is in it. */
export function createDirectory(): Directory {
  const graph: ServicePrincipalRecord = {
    id: GRAPH_SERVICE_PRINCIPAL_ID,
    appId: GRAPH_APP_ID,
    createdDateTime: '2019-03-04T09:12:33Z',
    properties: {},
    visibleAt: 0,
  }
  return {
    applications: [],
    servicePrincipals: [graph],
    grants: [],
    assignments: [],
    refreshTokens: [],
    deletedApplications: [],
    deletedServicePrincipals: [],
  }
}

/** When something stored now becomes visible to other calls. */
export function visibleFrom(tenant: Tenant): number {
  const factor = tenant.faults.isOn('slow-replication') ? SLOW_REPLICATION_FACTOR : 1
  return tenant.now() + tenant.replicationDelayMs * factor
}

/** Whether an object has been replicated by now. */
export function isVisible(tenant: Tenant, record: Replicated): boolean {
  return record.visibleAt <= tenant.now()
}

/** The role a person holds now; three faults take an administrator's away or change it. */
export function roleOf(tenant: Tenant, person: PracticePerson): HeldRole {
  if (person.role === 'user') return 'user'
  const { faults } = tenant
  if (faults.isOn('no-admin-role') || faults.isOn('pim-eligible-role')) return 'user'
  return faults.isOn('custom-role-only') ? 'custom-role' : person.role
}

/** Whether a role may grant permissions to applications for everybody. */
export function mayConsentForAll(role: HeldRole): boolean {
  return role === 'global-admin' || role === 'application-admin'
}

/** Whether people without a role may register applications. */
export function mayUsersRegister(tenant: Tenant): boolean {
  const { faults } = tenant
  return !faults.isOn('users-may-not-register') && !faults.isOn('no-admin-role')
}

/** The visible application with this appId. */
export function findApplication(tenant: Tenant, appId: string): ApplicationRecord | undefined {
  return tenant.directory.applications.find(
    (record) => record.appId === appId.toLowerCase() && isVisible(tenant, record),
  )
}

/** The visible servicePrincipal with this appId. */
export function findServicePrincipal(
  tenant: Tenant,
  appId: string,
): ServicePrincipalRecord | undefined {
  return tenant.directory.servicePrincipals.find(
    (record) => record.appId === appId.toLowerCase() && isVisible(tenant, record),
  )
}

/** The visible servicePrincipal with this object id. */
export function visiblePrincipal(tenant: Tenant, id: string): ServicePrincipalRecord | undefined {
  return tenant.directory.servicePrincipals.find(
    (one) => one.id === id.toLowerCase() && isVisible(tenant, one),
  )
}

/** The name shown for an appId. */
export function applicationName(tenant: Tenant, appId: string): string {
  if (appId === GRAPH_APP_ID) return 'Microsoft Graph'
  if (appId === BOOTSTRAP_APP_ID) return BOOTSTRAP_NAME
  const { applications, deletedApplications } = tenant.directory
  const record = [...applications, ...deletedApplications].find((one) => one.appId === appId)
  const name = record?.properties['displayName']
  return typeof name === 'string' ? name : appId
}

/** The servicePrincipal with this appId, replicated or not; made at once where there is none. */
export function ensureServicePrincipal(tenant: Tenant, appId: string): ServicePrincipalRecord {
  const existing = tenant.directory.servicePrincipals.find((one) => one.appId === appId)
  return existing ?? newServicePrincipal(tenant, appId, 0)
}

/** Makes the servicePrincipal record of an application; `visibleAt` 0 for what is there at once. */
export function newServicePrincipal(
  tenant: Tenant,
  appId: string,
  visibleAt: number,
): ServicePrincipalRecord {
  const record: ServicePrincipalRecord = {
    id: randomUUID(),
    appId,
    createdDateTime: new Date(tenant.now()).toISOString(),
    properties: {},
    visibleAt,
  }
  tenant.directory.servicePrincipals.push(record)
  return record
}

/** Whether a name in a path means this tenant; `shared` also allows common and organizations. */
export function isThisTenant(name: string, shared: boolean): boolean {
  const wanted = name.toLowerCase()
  if (wanted === practiceOrganization.tenantId || wanted === practiceOrganization.domain)
    return true
  return shared && (wanted === 'common' || wanted === 'organizations')
}
