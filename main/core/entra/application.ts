// The application object: its unique name, finding it, creating it once, and changing it.
import { AppError } from '../app-error.ts'
import { parseTenantUrl } from '../settings.ts'
import type { EntraContext } from './context.ts'
import { adminRoleMissing } from './directory-roles.ts'
import { type GraphClient, type GraphError, hasStatus } from './graph-client.ts'
import { type Application, APPLICATION_SELECT, quoted, readApplication } from './graph-objects.ts'
import { untilReplicated } from './replication.ts'

const UNIQUE_NAME_PREFIX = 'emi-tray-'
/** Only people of this tenant may sign in; the metadata's default is wider. */
const SIGN_IN_AUDIENCE = 'AzureADMyOrg'

/** The application's immutable name in the tenant: the same contact center always finds the same application. */
export function uniqueNameOf(tenantUrl: string): string {
  const host = parseTenantUrl(tenantUrl).toLowerCase()
  return UNIQUE_NAME_PREFIX + host.replaceAll(/[^a-z0-9]+/g, '-')
}

/** The application with this unique name, or null. */
export function findApplication(
  graph: GraphClient,
  { uniqueName, signal }: { uniqueName: string; signal: AbortSignal },
): Promise<Application | null> {
  return orNull(async () =>
    readApplication(
      await graph.get(`/applications(uniqueName=${quoted(uniqueName)})`, {
        query: { $select: APPLICATION_SELECT },
        signal,
      }),
    ),
  )
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
 * The application, created if it is missing. `onKnown` hears its ids before anything else is done.
 * Throws AppError admin-role-missing.
 */
export async function ensureApplication(
  context: EntraContext,
  { uniqueName, lastName }: { uniqueName: string; lastName: string | null },
  onKnown: (application: Application) => Promise<void>,
): Promise<{ application: Application; done: 'created' | 'changed' | 'found' }> {
  const { graph, clock, signal, settings } = context
  const existing = await findApplication(graph, { uniqueName, signal })
  if (existing) {
    await onKnown(existing)
    const change = applicationChange(existing, { name: settings.applicationName, lastName })
    if (!change) return { application: existing, done: 'found' }
    await patchApplication(context, existing.id, change)
    return { application: { ...existing, ...change }, done: 'changed' }
  }
  // An upsert by unique name cannot make a second application, however often it is repeated.
  // https://learn.microsoft.com/graph/api/application-upsert
  let answer: unknown
  try {
    answer = await asApplicationAdmin(context, () =>
      graph.patch(
        `/applications(uniqueName=${quoted(uniqueName)})`,
        { displayName: settings.applicationName, signInAudience: SIGN_IN_AUDIENCE },
        { headers: { Prefer: 'create-if-missing' }, signal },
      ),
    )
  } catch (error) {
    throw isNameTaken(error) ? deletedApplication(error, settings.applicationName) : error
  }
  // 204 without a body: it was there, only not visible to our look.
  if (answer !== undefined) await onKnown(readApplication(answer))
  const application = await untilReplicated(
    async () =>
      readApplication(
        await graph.get(`/applications(uniqueName=${quoted(uniqueName)})`, {
          query: { $select: APPLICATION_SELECT },
          signal,
        }),
      ),
    { clock, signal },
  )
  await onKnown(application)
  return { application, done: answer === undefined ? 'found' : 'created' }
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

/** Redirect URIs with ours added; null when it is there already. */
export function redirectUrisWith(application: Application, redirectUri: string): string[] | null {
  const { redirectUris } = application.web
  return redirectUris.includes(redirectUri) ? null : [...redirectUris, redirectUri]
}

/** Changes the application; it may be too new for the replica that is asked. Throws AppError admin-role-missing. */
export async function patchApplication(
  context: EntraContext,
  id: string,
  change: object,
): Promise<void> {
  const { graph, clock, signal } = context
  await asApplicationAdmin(context, () =>
    untilReplicated(() => graph.patch(`/applications/${id}`, change, { signal }), {
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
      'In the Microsoft Entra admin center open App registrations, then “Deleted applications”. Restore the application, or delete it permanently. Wait a minute, make the plan again and apply it.',
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
