// The application object: its unique name, creating it once with all it should have, and changing it.
import { AppError } from '../app-error.ts'
import { parseTenantUrl } from '../settings.ts'
import type { EntraContext } from './context.ts'
import { adminRoleMissing } from './directory-roles.ts'
import { type GraphClient, type GraphError, hasStatus } from './graph-client.ts'
import {
  type Application,
  APPLICATION_SELECT,
  quoted,
  readApplication,
  type RequiredResourceAccess,
} from './graph-objects.ts'
import { untilReplicated } from './replication.ts'

const UNIQUE_NAME_PREFIX = 'emi-tray-'
/** Only people of this tenant may sign in; the metadata's default is wider. */
export const SIGN_IN_AUDIENCE = 'AzureADMyOrg'

/**
 * The application's immutable name in the tenant: the same contact center always finds the same application, and
 * no two contact centers share one. In a host name a run of hyphens stands between letters or digits, a dot alone:
 * an even number of hyphens, one, and three for a port cannot be mistaken for each other.
 */
export function uniqueNameOf(tenantUrl: string): string {
  const host = parseTenantUrl(tenantUrl).toLowerCase()
  const spelled: Record<string, string> = { '.': '-', '-': '--', ':': '---' }
  return UNIQUE_NAME_PREFIX + host.replaceAll(/[^a-z0-9]/g, (sign) => spelled[sign] ?? '-')
}

/** The application as it is now. */
export async function getApplication(
  graph: GraphClient,
  { id, signal }: { id: string; signal: AbortSignal },
): Promise<Application> {
  const query = { $select: APPLICATION_SELECT }
  return readApplication(await graph.get(`/applications/${id}`, { query, signal }))
}

/**
 * The application, made with everything it should have; the look before has not found one. `onMade` hears its ids
 * before anything else is done. Throws AppError admin-role-missing, and graph-conflict for a deleted one.
 */
export async function createApplication(
  context: EntraContext,
  {
    redirectUri,
    access,
    permissions,
  }: {
    redirectUri: string
    access: RequiredResourceAccess[]
    /** The same in words, for the audit trail. */
    permissions: string[]
  },
  onMade: (application: Application) => Promise<void>,
): Promise<{ application: Application; done: 'created' | 'found' }> {
  const { graph, clock, signal, settings } = context
  const path = `/applications(uniqueName=${quoted(uniqueNameOf(settings.tenantUrl))})`
  const displayName = settings.applicationName
  const properties = { displayName, signInAudience: SIGN_IN_AUDIENCE }
  const after = { ...properties, redirectUris: [redirectUri], permissions }
  const note = { object: 'application', name: displayName, before: null, after }
  // An upsert by unique name cannot make a second application, however often it is repeated.
  // https://learn.microsoft.com/graph/api/application-upsert
  let answer: unknown
  try {
    answer = await asApplicationAdmin(context, () =>
      graph.patch(
        path,
        { ...properties, web: { redirectUris: [redirectUri] }, requiredResourceAccess: access },
        { headers: { Prefer: 'create-if-missing' }, signal, note },
      ),
    )
  } catch (error) {
    throw isNameTaken(error) ? deletedApplication(error, displayName) : error
  }
  if (answer !== undefined) {
    const application = readApplication(answer)
    await onMade(application)
    return { application, done: 'created' }
  }
  // 204 without a body: it was there, only not visible to our look.
  const query = { $select: APPLICATION_SELECT }
  const found = await untilReplicated(() => graph.get(path, { query, signal }), { clock, signal })
  return { application: readApplication(found), done: 'found' }
}

/** What must change on the application itself; null when it is right. A name given in Entra by a person stays. */
export function applicationChange(
  application: Application,
  { name, lastName }: { name: string; lastName: string | null },
): { displayName?: string; signInAudience?: string } | null {
  const change: { displayName?: string; signInAudience?: string } = {}
  if (lastName !== null && lastName !== name && application.displayName !== name) {
    change.displayName = name
  }
  if (application.signInAudience !== SIGN_IN_AUDIENCE) change.signInAudience = SIGN_IN_AUDIENCE
  return Object.keys(change).length > 0 ? change : null
}

/** Where its web sign-in may come back to. */
export function redirectUrisOf({ web }: Application): string[] {
  return web.redirectUris
}

/** Redirect URIs with ours added; null when it is there already. */
export function redirectUrisWith(application: Application, redirectUri: string): string[] | null {
  const redirectUris = redirectUrisOf(application)
  return redirectUris.includes(redirectUri) ? null : [...redirectUris, redirectUri]
}

/**
 * Changes the application; it may be too new for the replica that is asked. `before` and `after` are for the audit
 * trail. Throws AppError admin-role-missing.
 */
export async function patchApplication(
  context: EntraContext,
  { id, displayName }: Pick<Application, 'id' | 'displayName'>,
  { change, before, after }: { change: object; before: unknown; after: unknown },
): Promise<void> {
  const { graph, clock, signal } = context
  const note = { object: 'application', name: displayName || id, before, after }
  await asApplicationAdmin(context, () =>
    untilReplicated(() => graph.patch(`/applications/${id}`, change, { signal, note }), {
      clock,
      signal,
    }),
  )
}

/**
 * A deleted application keeps its unique name, though nobody finds it by that name any more.
 * https://github.com/microsoftgraph/msgraph-bicep-types/issues/137
 */
function isNameTaken(error: unknown): error is GraphError {
  return hasStatus(error, 400, 409) && /uniqueName already exists/i.test(error.graphMessage)
}

function deletedApplication(error: GraphError, name: string): AppError {
  return new AppError('graph-conflict', {
    message: `${name} was deleted in Entra less than 30 days ago. Until it is gone for good, Microsoft keeps its unique name, so no new one can be made for this contact center.`,
    nextStep:
      'Check again in Setup: the deleted application is listed there and can be restored. Or open App registrations in the Microsoft Entra admin center, then “Deleted applications”, and delete it permanently; wait a minute, make the plan again and apply it.',
    details: error.details,
    cause: error,
  })
}

/** Says who can do it where Graph says 403. */
export async function asApplicationAdmin<T>(
  { account }: EntraContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!hasStatus(error, 403)) throw error
    const { username } = account
    throw adminRoleMissing('application', { username, details: error.details, cause: error })
  }
}

/** null where Graph knows no such object. */
export async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (hasStatus(error, 404)) return null
    throw error
  }
}
