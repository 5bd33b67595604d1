// The application's servicePrincipal in the tenant, and Microsoft Graph's own, which publishes the permissions.
import { asApplicationAdmin, orNull } from './application.ts'
import type { EntraContext } from './context.ts'
import { hasStatus, type GraphClient } from './graph-client.ts'
import { quoted, readServicePrincipal, type ServicePrincipal } from './graph-objects.ts'
import { GRAPH_APP_ID } from './permissions.ts'
import { untilReplicated } from './replication.ts'

/**
 * Without this tag the admin center leaves it out of the list of enterprise applications.
 * https://learn.microsoft.com/powershell/module/azuread/new-azureadserviceprincipal
 */
const TAGS = ['WindowsAzureActiveDirectoryIntegratedApp']

/** Graph's own servicePrincipal of this tenant, with the permissions it publishes. */
export async function getGraphPrincipal(
  graph: GraphClient,
  signal: AbortSignal,
): Promise<ServicePrincipal> {
  const query = { $select: 'id,appId,appRoles,oauth2PermissionScopes' }
  const path = `/servicePrincipals(appId=${quoted(GRAPH_APP_ID)})`
  return readServicePrincipal(await graph.get(path, { query, signal }))
}

/** The application's servicePrincipal, or null. */
export function findServicePrincipal(
  graph: GraphClient,
  { appId, signal }: { appId: string; signal: AbortSignal },
): Promise<ServicePrincipal | null> {
  return orNull(async () =>
    readServicePrincipal(
      await graph.get(`/servicePrincipals(appId=${quoted(appId)})`, {
        query: { $select: 'id,appId' },
        signal,
      }),
    ),
  )
}

/** The application's servicePrincipal, created if it is missing. Throws AppError admin-role-missing. */
export async function ensureServicePrincipal(
  context: EntraContext,
  appId: string,
): Promise<{ servicePrincipal: ServicePrincipal; done: 'created' | 'found' }> {
  const { graph, clock, signal } = context
  const existing = await findServicePrincipal(graph, { appId, signal })
  if (existing) return { servicePrincipal: existing, done: 'found' }
  let done: 'created' | 'found' = 'created'
  try {
    await asApplicationAdmin(context, () =>
      untilReplicated(() => graph.post('/servicePrincipals', { appId, tags: TAGS }, { signal }), {
        clock,
        signal,
      }),
    )
  } catch (error) {
    // An earlier run made it, and our look came too soon after.
    if (!hasStatus(error, 409)) throw error
    done = 'found'
  }
  const servicePrincipal = await untilReplicated(
    async () =>
      readServicePrincipal(
        await graph.get(`/servicePrincipals(appId=${quoted(appId)})`, {
          query: { $select: 'id,appId' },
          signal,
        }),
      ),
    { clock, signal },
  )
  return { servicePrincipal, done }
}
