// requiredResourceAccess: the application's own list of the permissions it wants, by this tenant's ids.
import { AppError } from '../app-error.ts'
import type { RequiredResourceAccess, ServicePrincipal } from './graph-objects.ts'
import { GRAPH_APP_ID, type WantedPermissions } from './permissions.ts'

/** A wanted permission with the id that this tenant's Graph gives it. */
export interface ResolvedPermission {
  value: string
  kind: 'delegated' | 'application'
  id: string
}

/** Finds the ids in the tenant's own Graph servicePrincipal. Throws AppError graph-rejected for what it does not publish. */
export function resolvePermissions(
  graphPrincipal: ServicePrincipal,
  wanted: WantedPermissions,
): ResolvedPermission[] {
  return wanted.permissions.map(({ value, kind }) => {
    const published =
      kind === 'delegated' ? graphPrincipal.oauth2PermissionScopes : graphPrincipal.appRoles
    const found = published.find((one) => one.value === value)
    if (found) return { value, kind, id: found.id }
    throw new AppError('graph-rejected', {
      message: `The Microsoft Graph of this tenant does not offer the ${kind} permission ${value}.`,
      nextStep:
        'Check that the right cloud is chosen in Settings. Where Microsoft does not offer the permission, this integration cannot work.',
    })
  })
}

/** requiredResourceAccess with what is missing added and the rest kept; null when nothing is missing. */
export function requiredAccessWith(
  existing: RequiredResourceAccess[],
  permissions: ResolvedPermission[],
): RequiredResourceAccess[] | null {
  const ours = existing.filter((one) => one.resourceAppId === GRAPH_APP_ID)
  const missing = missingAccess(existing, permissions).map((one) => ({
    id: one.id,
    type: typeOf(one),
  }))
  if (missing.length === 0) return null
  const resourceAccess = [...ours.flatMap((one) => one.resourceAccess), ...missing]
  const others = existing.filter((one) => one.resourceAppId !== GRAPH_APP_ID)
  return [...others, { resourceAppId: GRAPH_APP_ID, resourceAccess }]
}

/** The list in words, `delegated Chat.ReadWrite`; what is not Graph's, or not known, by its ids. */
export function accessInWords(
  access: RequiredResourceAccess[],
  graphPrincipal: ServicePrincipal,
): string[] {
  return access.flatMap(({ resourceAppId, resourceAccess }) =>
    resourceAccess.map(({ id, type }) => {
      const isDelegated = type === 'Scope'
      const kind = isDelegated ? 'delegated' : 'application'
      if (resourceAppId !== GRAPH_APP_ID) return `${kind} ${resourceAppId}/${id}`
      const published = isDelegated
        ? graphPrincipal.oauth2PermissionScopes
        : graphPrincipal.appRoles
      return `${kind} ${published.find((one) => one.id === id)?.value ?? id}`
    }),
  )
}

/** Which of these permissions are not on the list yet. */
export function missingAccess(
  existing: RequiredResourceAccess[],
  permissions: ResolvedPermission[],
): ResolvedPermission[] {
  const ours = existing.filter((one) => one.resourceAppId === GRAPH_APP_ID)
  const listed = new Set(
    ours.flatMap(({ resourceAccess }) => resourceAccess.map(({ id, type }) => `${type} ${id}`)),
  )
  return permissions.filter((one) => !listed.has(`${typeOf(one)} ${one.id}`))
}

function typeOf({ kind }: ResolvedPermission): 'Scope' | 'Role' {
  return kind === 'delegated' ? 'Scope' : 'Role'
}
