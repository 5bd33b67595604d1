// Taking single things out of the tenant: each step reads afresh, writes only what it was told to, and notes it.
import { SIGN_IN_AUDIENCE } from './application.ts'
import { adminRoleMissing } from './directory-roles.ts'
import type { EntraContext } from './context.ts'
import { hasStatus } from './graph-client.ts'
import type { RequiredResourceAccess } from './graph-objects.ts'
import type { ProvisioningRecord } from './provisioning-record.ts'
import {
  type FoundAssignment,
  readApplicationOf,
  readAssignmentsOf,
  readGrantsOf,
} from './tenant-reading.ts'

/** `gone`: it was not there any more, which is all that was wanted. */
export type Taken = 'done' | 'gone'

type Target = Pick<ProvisioningRecord, 'applicationObjectId' | 'displayName'>

/** Takes redirect URIs off the application and keeps the others. */
export async function takeRedirectUri(
  context: EntraContext,
  target: Target,
  uri: string,
): Promise<Taken> {
  const application = await readApplicationOf(context, target)
  const before = application?.web.redirectUris ?? []
  const redirectUris = before.filter((one) => one !== uri)
  if (!application || redirectUris.length === before.length) return 'gone'
  return patchApplication(context, target, {
    before: { web: { redirectUris: before } },
    after: { web: { redirectUris } },
  })
}

/** Lets only people of the own tenant sign in. */
export async function takeWideAudience(context: EntraContext, target: Target): Promise<Taken> {
  const application = await readApplicationOf(context, target)
  if (!application || application.signInAudience === SIGN_IN_AUDIENCE) return 'gone'
  return patchApplication(context, target, {
    before: { signInAudience: application.signInAudience },
    after: { signInAudience: SIGN_IN_AUDIENCE },
  })
}

/** Takes entries off the application’s list of wanted permissions and keeps the others. */
export async function takeConfigured(
  context: EntraContext,
  target: Target,
  isTaken: (entry: { resourceAppId: string; id: string; type: string }) => boolean,
): Promise<Taken> {
  const application = await readApplicationOf(context, target)
  const before = application?.requiredResourceAccess ?? []
  const after: RequiredResourceAccess[] = before
    .map(({ resourceAppId, resourceAccess }) => ({
      resourceAppId,
      resourceAccess: resourceAccess.filter((one) => !isTaken({ resourceAppId, ...one })),
    }))
    // Graph refuses a resource without any permission.
    .filter(({ resourceAccess }) => resourceAccess.length > 0)
  if (!application || countOf(after) === countOf(before)) return 'gone'
  return patchApplication(context, target, {
    before: { requiredResourceAccess: before },
    after: { requiredResourceAccess: after },
  })
}

/** Takes delegated permissions out of a grant and keeps the others; an emptied grant goes altogether. */
export async function takeScopes(
  context: EntraContext,
  {
    servicePrincipalId,
    resourceId,
    scopes,
  }: {
    servicePrincipalId: string
    resourceId: string
    /** Names of the permissions; every one for null. */
    scopes: string[] | null
  },
): Promise<Taken> {
  const { graph, signal } = context
  const unwanted = scopes?.map((one) => one.toLowerCase())
  const grants = await readGrantsOf(context, servicePrincipalId)
  let taken: Taken = 'gone'
  for (const grant of grants.filter((one) => one.resourceId === resourceId)) {
    const before = grant.scope.split(/\s+/).filter((one) => one !== '')
    const after = before.filter((one) => unwanted && !unwanted.includes(one.toLowerCase()))
    if (before.length > 0 && after.length === before.length) continue
    const path = `/oauth2PermissionGrants/${grant.id}`
    const note = {
      object: 'oauth2PermissionGrant',
      name: grant.id,
      before: { scope: before.join(' ') },
      after: after.length === 0 ? null : { scope: after.join(' ') },
    }
    const done = await unlessGone(context, 'consent', () =>
      after.length === 0
        ? graph.delete(path, { signal, note })
        : graph.patch(path, { scope: after.join(' ') }, { signal, note }),
    )
    if (done === 'done') taken = 'done'
  }
  return taken
}

/** Takes back application permissions. */
export async function takeAssignments(
  context: EntraContext,
  servicePrincipalId: string,
  isTaken: (assignment: FoundAssignment) => boolean,
): Promise<Taken> {
  const { graph, signal } = context
  const assignments = await readAssignmentsOf(context, servicePrincipalId)
  let taken: Taken = 'gone'
  for (const { id, appRoleId, resourceId } of assignments.filter(isTaken)) {
    signal.throwIfAborted()
    const note = {
      object: 'appRoleAssignment',
      name: appRoleId,
      before: { appRoleId, resourceId, principalId: servicePrincipalId },
      after: null,
    }
    // https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignedto
    const path = `/servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`
    const done = await unlessGone(context, 'consent', () => graph.delete(path, { signal, note }))
    if (done === 'done') taken = 'done'
  }
  return taken
}

/** Ends a client secret for good. */
export async function takeSecret(
  context: EntraContext,
  target: Target,
  keyId: string,
): Promise<Taken> {
  const { graph, signal } = context
  const find = async () => {
    const application = await readApplicationOf(context, target)
    return application?.passwordCredentials.find((one) => one.keyId === keyId)
  }
  const found = await find()
  if (!found) return 'gone'
  const { displayName, hint, endDateTime } = found
  const note = {
    object: 'passwordCredential',
    name: displayName ?? keyId,
    before: { keyId, displayName, hint, endDateTime },
    after: null,
  }
  try {
    return await unlessGone(context, 'application', () =>
      graph.post(
        `/applications/${target.applicationObjectId}/removePassword`,
        { keyId },
        { signal, note },
      ),
    )
  } catch (error) {
    // Graph says 400 for a keyId that it does not know, and for much else.
    if (hasStatus(error, 400) && !(await find())) return 'gone'
    throw error
  }
}

/** Deletes the application’s entry in the tenant, with its grants and assignments. */
export function takeServicePrincipal(
  context: EntraContext,
  {
    servicePrincipalId,
    displayName,
  }: Pick<ProvisioningRecord, 'servicePrincipalId' | 'displayName'>,
): Promise<Taken> {
  const { graph, signal } = context
  const before = { id: servicePrincipalId }
  const note = { object: 'servicePrincipal', name: displayName, before, after: null }
  return unlessGone(context, 'application', () =>
    graph.delete(`/servicePrincipals/${servicePrincipalId}`, { signal, note }),
  )
}

/** Deletes the application. Entra keeps it for 30 days, where it can be restored. */
export function takeApplication(
  context: EntraContext,
  { applicationObjectId, appId, displayName }: Target & Pick<ProvisioningRecord, 'appId'>,
): Promise<Taken> {
  const { graph, signal } = context
  const before = { id: applicationObjectId, appId }
  const note = { object: 'application', name: displayName, before, after: null }
  return unlessGone(context, 'application', () =>
    graph.delete(`/applications/${applicationObjectId}`, { signal, note }),
  )
}

function patchApplication(
  context: EntraContext,
  { applicationObjectId, displayName }: Target,
  { before, after }: { before: object; after: object },
): Promise<Taken> {
  const { graph, signal } = context
  const note = { object: 'application', name: displayName, before, after }
  return unlessGone(context, 'application', () =>
    graph.patch(`/applications/${applicationObjectId}`, after, { signal, note }),
  )
}

/** Says who can do it where Graph says 403, and is content where Graph says that there is nothing. */
async function unlessGone(
  { account, signal }: EntraContext,
  what: 'application' | 'consent',
  work: () => Promise<unknown>,
): Promise<Taken> {
  signal.throwIfAborted()
  try {
    await work()
    return 'done'
  } catch (error) {
    if (hasStatus(error, 404)) return 'gone'
    if (!hasStatus(error, 403)) throw error
    const { username } = account
    throw adminRoleMissing(what, { username, details: error.details, cause: error })
  }
}

function countOf(access: RequiredResourceAccess[]): number {
  return access.reduce((sum, { resourceAccess }) => sum + resourceAccess.length, 0)
}
