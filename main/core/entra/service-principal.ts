// The application's servicePrincipal in the tenant, and Microsoft Graph's own, which publishes the permissions.
import { asApplicationAdmin } from './application.ts'
import type { EntraContext } from './context.ts'
import { type BatchRequest, hasStatus } from './graph-client.ts'
import {
  type Application,
  quoted,
  readServicePrincipal,
  type ServicePrincipal,
} from './graph-objects.ts'
import { GRAPH_APP_ID } from './permissions.ts'
import { untilReplicated } from './replication.ts'

/**
 * Without this tag the admin center leaves it out of the list of enterprise applications.
 * https://learn.microsoft.com/powershell/module/azuread/new-azureadserviceprincipal
 */
const TAGS = ['WindowsAzureActiveDirectoryIntegratedApp']

/** The read of Graph's own servicePrincipal of this tenant, with the permissions it publishes. */
export const graphPrincipalRead: BatchRequest = {
  path: `/servicePrincipals(appId=${quoted(GRAPH_APP_ID)})`,
  query: { $select: 'id,appId,appRoles,oauth2PermissionScopes' },
}

/** The read of an application's servicePrincipal. */
export function servicePrincipalRead(appId: string): BatchRequest {
  return {
    path: `/servicePrincipals(appId=${quoted(appId)})`,
    query: { $select: 'id,appId' },
  }
}

/** The application's servicePrincipal, created; the look before has not found one. Throws AppError admin-role-missing. */
export async function createServicePrincipal(
  context: EntraContext,
  { appId, displayName }: Pick<Application, 'appId' | 'displayName'>,
): Promise<{ servicePrincipal: ServicePrincipal; done: 'created' | 'found' }> {
  const { graph, signal } = context
  const body = { appId, tags: TAGS }
  const note = { object: 'servicePrincipal', name: displayName || appId, before: null, after: body }
  let answer: unknown
  try {
    answer = await asApplicationAdmin(context, () =>
      untilReplicated(() => graph.post('/servicePrincipals', body, { signal, note }), context),
    )
  } catch (error) {
    // An earlier run made it, and our look came too soon after.
    if (!hasStatus(error, 409)) throw error
    const { path, query = {} } = servicePrincipalRead(appId)
    const found = await untilReplicated(() => graph.get(path, { query, signal }), context)
    return { servicePrincipal: readServicePrincipal(found), done: 'found' }
  }
  return { servicePrincipal: readServicePrincipal(answer), done: 'created' }
}
