// Deleted applications and servicePrincipals: kept for 30 days, restored whole, or gone for good.
// https://learn.microsoft.com/graph/api/resources/directory
import type {
  ApplicationRecord,
  DeletedApplication,
  DeletedServicePrincipal,
  ServicePrincipalRecord,
  Tenant,
} from './tenant.ts'

const KEPT_MS = 30 * 86_400_000

/** Moves an application to the deleted items, and its servicePrincipal with it. */
export function deleteApplication(tenant: Tenant, record: ApplicationRecord): void {
  const { directory } = tenant
  directory.applications = directory.applications.filter((one) => one !== record)
  directory.deletedApplications.push({ ...record, deletedAt: tenant.now() })
  for (const principal of directory.servicePrincipals.filter((one) => one.appId === record.appId)) {
    deleteServicePrincipal(tenant, principal)
  }
}

/** Moves a servicePrincipal to the deleted items, with all that was granted to it. */
export function deleteServicePrincipal(tenant: Tenant, record: ServicePrincipalRecord): void {
  const { directory } = tenant
  const { id } = record
  directory.servicePrincipals = directory.servicePrincipals.filter((one) => one !== record)
  directory.deletedServicePrincipals.push({
    ...record,
    deletedAt: tenant.now(),
    grants: directory.grants.filter((one) => one.clientId === id),
    assignments: directory.assignments.filter((one) => one.principalId === id),
  })
  directory.grants = directory.grants.filter((one) => one.clientId !== id)
  directory.assignments = directory.assignments.filter((one) => one.principalId !== id)
}

/** What is in the deleted items now; what has been there for 30 days is gone. */
export function deletedItems(tenant: Tenant): {
  applications: readonly DeletedApplication[]
  servicePrincipals: readonly DeletedServicePrincipal[]
} {
  const { directory } = tenant
  const isKept = (one: { deletedAt: number }) => tenant.now() - one.deletedAt < KEPT_MS
  directory.deletedApplications = directory.deletedApplications.filter(isKept)
  directory.deletedServicePrincipals = directory.deletedServicePrincipals.filter(isKept)
  return {
    applications: directory.deletedApplications,
    servicePrincipals: directory.deletedServicePrincipals,
  }
}

/** Brings an application back as it was; its servicePrincipal stays deleted until it is asked for. */
export function restoreApplication(tenant: Tenant, item: DeletedApplication): ApplicationRecord {
  const { deletedAt: _deletedAt, ...record } = item
  purge(tenant, item.id)
  tenant.directory.applications.push(record)
  return record
}

/**
 * Brings a servicePrincipal back. That its grants come back with it is Microsoft's “previous
 * configurations”, read generously.
 * https://learn.microsoft.com/entra/identity/enterprise-apps/restore-application
 */
export function restoreServicePrincipal(
  tenant: Tenant,
  item: DeletedServicePrincipal,
): ServicePrincipalRecord {
  const { deletedAt: _deletedAt, grants, assignments, ...record } = item
  const { directory } = tenant
  purge(tenant, item.id)
  directory.servicePrincipals.push(record)
  directory.grants.push(...grants)
  directory.assignments.push(...assignments)
  return record
}

/** Takes an item out of the deleted items for good. */
export function purge(tenant: Tenant, id: string): void {
  const { directory } = tenant
  directory.deletedApplications = directory.deletedApplications.filter((one) => one.id !== id)
  directory.deletedServicePrincipals = directory.deletedServicePrincipals.filter(
    (one) => one.id !== id,
  )
}

/** Whether a uniqueName belongs to an application, be it deleted. Microsoft does not say for how long. */
export function isNameTaken(tenant: Tenant, uniqueName: string): boolean {
  return [...tenant.directory.applications, ...deletedItems(tenant).applications].some(
    (one) => one.uniqueName === uniqueName,
  )
}
