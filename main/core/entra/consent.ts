// Consent for the whole organization: the delegated grant, and the application's role assignments.
import { type BatchRequest, type GraphClient, hasStatus } from './graph-client.ts'
import type { EntraContext } from './context.ts'
import { adminRoleMissing } from './directory-roles.ts'
import { GraphError } from './graph-error.ts'
import {
  type Assignment,
  type Grant,
  quoted,
  readAssignments,
  readGrants,
} from './graph-objects.ts'
import type { ResolvedPermission } from './required-access.ts'
import { untilReplicated } from './replication.ts'

/** The client's and Graph's servicePrincipals: their object ids, not appIds. */
export interface Parties {
  servicePrincipalId: string
  graphPrincipalId: string
}

/** The read of what was granted to this servicePrincipal for the whole organization. */
export function grantRead(servicePrincipalId: string): BatchRequest {
  const $filter = `clientId eq ${quoted(servicePrincipalId)} and consentType eq 'AllPrincipals'`
  return { path: '/oauth2PermissionGrants', query: { $filter } }
}

/** The read of the roles that this servicePrincipal holds. */
export function assignmentsRead(servicePrincipalId: string): BatchRequest {
  return { path: `/servicePrincipals/${servicePrincipalId}/appRoleAssignments` }
}

/** Graph's grant among these; null without one. */
export function grantOf(items: unknown[], { graphPrincipalId }: Parties): Grant | null {
  return readGrants(items).find((one) => one.resourceId === graphPrincipalId) ?? null
}

/** Graph's roles among these. */
export function assignmentsOf(items: unknown[], { graphPrincipalId }: Parties): Assignment[] {
  return readAssignments(items).filter((one) => one.resourceId === graphPrincipalId)
}

/** The organization-wide grant of Graph's delegated permissions, or null. */
export async function findGrant(
  graph: GraphClient,
  parties: Parties,
  signal: AbortSignal,
): Promise<Grant | null> {
  const { path, query = {} } = grantRead(parties.servicePrincipalId)
  return grantOf(await graph.list(path, { query, signal }), parties)
}

/** The roles of Graph that the application already holds. */
export async function listAssignments(
  graph: GraphClient,
  parties: Parties,
  signal: AbortSignal,
): Promise<Assignment[]> {
  const { path } = assignmentsRead(parties.servicePrincipalId)
  return assignmentsOf(await graph.list(path, { signal }), parties)
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

/** What a step changed: how, and which permissions it really added. */
export interface Granted {
  done: 'created' | 'changed' | 'found'
  added: string[]
}

/**
 * Grants what is missing and keeps what is there. `existing` is what the look before has found.
 * Throws AppError admin-role-missing.
 */
export async function ensureGrant(
  context: EntraContext,
  parties: Parties & { name: string },
  { existing, wanted }: { existing: Grant | null; wanted: string[] },
): Promise<Granted> {
  const { graph, signal } = context
  const { name } = parties
  if (existing) {
    if (missingScopes(existing, wanted).length === 0) return { done: 'found', added: [] }
    // A change replaces the whole text, and somebody may have granted more since this run looked.
    const grant = await findGrant(graph, parties, signal)
    if (grant) return widenGrant(context, { grant, wanted, name })
  }
  const body = {
    clientId: parties.servicePrincipalId,
    consentType: 'AllPrincipals',
    principalId: null,
    resourceId: parties.graphPrincipalId,
    scope: wanted.join(' '),
  }
  const after = { consentType: body.consentType, scope: body.scope }
  const note = { object: 'oauth2PermissionGrant', name, before: null, after }
  try {
    await asConsentAdmin(context, () =>
      untilReplicated(() => graph.post('/oauth2PermissionGrants', body, { signal, note }), context),
    )
    return { done: 'created', added: wanted }
  } catch (error) {
    // An earlier run made it, and our look came too soon after.
    if (!hasStatus(error, 409)) throw error
  }
  const grant = await untilReplicated(async () => {
    const found = await findGrant(graph, parties, signal)
    if (found) return found
    throw notVisibleYet('oauth2PermissionGrant')
  }, context)
  return widenGrant(context, { grant, wanted, name })
}

/**
 * Assigns these roles one after the other; `onAdded` hears of each that was not there before.
 * Throws AppError admin-role-missing.
 */
export async function assignRoles(
  context: EntraContext,
  { servicePrincipalId, graphPrincipalId, name }: Parties & { name: string },
  { missing, onAdded }: { missing: ResolvedPermission[]; onAdded: (value: string) => void },
): Promise<void> {
  const { graph, signal } = context
  const path = `/servicePrincipals/${graphPrincipalId}/appRoleAssignedTo`
  for (const { id, value } of missing) {
    signal.throwIfAborted()
    const body = { principalId: servicePrincipalId, resourceId: graphPrincipalId, appRoleId: id }
    const after = { role: value, assignedTo: name }
    const note = { object: 'appRoleAssignment', name: value, before: null, after }
    try {
      await asConsentAdmin(context, () =>
        untilReplicated(() => graph.post(path, body, { signal, note }), context),
      )
    } catch (error) {
      if (!isDuplicate(error)) throw error
      continue
    }
    onAdded(value)
  }
}

async function widenGrant(
  context: EntraContext,
  { grant, wanted, name }: { grant: Grant; wanted: string[]; name: string },
): Promise<Granted> {
  const missing = missingScopes(grant, wanted)
  if (missing.length === 0) return { done: 'found', added: [] }
  const { graph, signal } = context
  // PATCH replaces the whole text, so what others granted is repeated.
  const scope = [...scopesOf(grant), ...missing].join(' ')
  const before = { scope: grant.scope }
  const note = { object: 'oauth2PermissionGrant', name, before, after: { scope } }
  await asConsentAdmin(context, () =>
    untilReplicated(
      () => graph.patch(`/oauth2PermissionGrants/${grant.id}`, { scope }, { signal, note }),
      context,
    ),
  )
  return { done: 'changed', added: missing }
}

/** Says who can do it where Graph says 403. */
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
