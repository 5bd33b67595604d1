// Consent for the whole organization: the delegated grant, and the application's role assignments.
import { hasStatus, type GraphClient } from './graph-client.ts'
import type { EntraContext } from './context.ts'
import { adminRoleMissing } from './directory-roles.ts'
import { GraphError } from './graph-error.ts'
import {
  type Assignment,
  type Grant,
  quoted,
  readAssignments,
  readGrants,
  type ServicePrincipal,
} from './graph-objects.ts'
import type { ResolvedPermission } from './required-access.ts'
import { untilReplicated } from './replication.ts'

/** The client's and Graph's servicePrincipals: their object ids, not appIds. */
export interface Parties {
  servicePrincipalId: string
  graphPrincipalId: string
}

/** The organization-wide grant of Graph's delegated permissions, or null. */
export async function findGrant(
  graph: GraphClient,
  { servicePrincipalId, graphPrincipalId }: Parties,
  signal: AbortSignal,
): Promise<Grant | null> {
  const $filter = `clientId eq ${quoted(servicePrincipalId)} and consentType eq 'AllPrincipals'`
  const grants = readGrants(
    await graph.list('/oauth2PermissionGrants', { query: { $filter }, signal }),
  )
  return grants.find((one) => one.resourceId === graphPrincipalId) ?? null
}

/** The roles of Graph that the application already holds. */
export async function listAssignments(
  graph: GraphClient,
  { servicePrincipalId, graphPrincipalId }: Parties,
  signal: AbortSignal,
): Promise<Assignment[]> {
  const path = `/servicePrincipals/${servicePrincipalId}/appRoleAssignments`
  const assignments = readAssignments(await graph.list(path, { signal }))
  return assignments.filter((one) => one.resourceId === graphPrincipalId)
}

/** Which of the wanted delegated permissions a grant lacks. */
export function missingScopes(grant: Grant | null, wanted: string[]): string[] {
  const granted = new Set(scopesOf(grant).map((one) => one.toLowerCase()))
  return wanted.filter((one) => !granted.has(one.toLowerCase()))
}

/** Which of the wanted application permissions are not assigned. */
export function missingRoles(
  assignments: Assignment[],
  permissions: ResolvedPermission[],
): ResolvedPermission[] {
  const assigned = new Set(assignments.map((one) => one.appRoleId.toLowerCase()))
  return permissions.filter(
    (one) => one.kind === 'application' && !assigned.has(one.id.toLowerCase()),
  )
}

/** Grants what is missing and keeps what is there. Throws AppError admin-role-missing. */
export async function ensureGrant(
  context: EntraContext,
  parties: Parties,
  wanted: string[],
): Promise<'created' | 'changed' | 'found'> {
  const { graph, signal } = context
  const existing = await untilReplicated(() => findGrant(graph, parties, signal), context)
  if (existing) return widenGrant(context, existing, wanted)
  const body = {
    clientId: parties.servicePrincipalId,
    consentType: 'AllPrincipals',
    principalId: null,
    resourceId: parties.graphPrincipalId,
    scope: wanted.join(' '),
  }
  try {
    await asConsentAdmin(context, () =>
      untilReplicated(() => graph.post('/oauth2PermissionGrants', body, { signal }), context),
    )
    return 'created'
  } catch (error) {
    // An earlier run made it, and our look came too soon after.
    if (!hasStatus(error, 409)) throw error
  }
  const found = await untilReplicated(async () => {
    const grant = await findGrant(graph, parties, signal)
    if (grant) return grant
    throw notVisibleYet('oauth2PermissionGrant')
  }, context)
  return widenGrant(context, found, wanted)
}

/** Assigns what is missing. Throws AppError admin-role-missing. */
export async function ensureAssignments(
  context: EntraContext,
  {
    graphPrincipal,
    servicePrincipalId,
    permissions,
  }: {
    graphPrincipal: ServicePrincipal
    servicePrincipalId: string
    permissions: ResolvedPermission[]
  },
): Promise<string[]> {
  const { graph, signal } = context
  const parties = { servicePrincipalId, graphPrincipalId: graphPrincipal.id }
  const existing = await untilReplicated(() => listAssignments(graph, parties, signal), context)
  const missing = missingRoles(existing, permissions)
  for (const { id } of missing) {
    signal.throwIfAborted()
    const body = { principalId: servicePrincipalId, resourceId: graphPrincipal.id, appRoleId: id }
    try {
      await asConsentAdmin(context, () =>
        untilReplicated(
          () =>
            graph.post(`/servicePrincipals/${graphPrincipal.id}/appRoleAssignedTo`, body, {
              signal,
            }),
          context,
        ),
      )
    } catch (error) {
      if (!isDuplicate(error)) throw error
    }
  }
  return missing.map((one) => one.value)
}

async function widenGrant(
  context: EntraContext,
  grant: Grant,
  wanted: string[],
): Promise<'changed' | 'found'> {
  const missing = missingScopes(grant, wanted)
  if (missing.length === 0) return 'found'
  // PATCH replaces the whole text, so what others granted is repeated.
  const scope = [...scopesOf(grant), ...missing].join(' ')
  const { graph, signal } = context
  await asConsentAdmin(context, () =>
    untilReplicated(
      () => graph.patch(`/oauth2PermissionGrants/${grant.id}`, { scope }, { signal }),
      context,
    ),
  )
  return 'changed'
}

async function asConsentAdmin<T>({ account }: EntraContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!hasStatus(error, 403)) throw error
    const { username } = account
    throw adminRoleMissing('consent', { username, details: error.details, cause: error })
  }
}

/** Services word it differently, and 400 has no code of its own for it. */
function isDuplicate(error: unknown): boolean {
  return (
    hasStatus(error, 409) || (hasStatus(error, 400) && /already exists/i.test(error.graphMessage))
  )
}

function scopesOf(grant: Grant | null): string[] {
  return (grant?.scope ?? '').split(/\s+/).filter((one) => one !== '')
}

function notVisibleYet(what: string): GraphError {
  return new GraphError(
    'graph-not-found',
    {
      message: 'Microsoft Graph says that an object exists already, yet does not show it.',
      nextStep: 'Wait a few minutes, then apply the plan again.',
      details: what,
    },
    { status: 404 },
  )
}
