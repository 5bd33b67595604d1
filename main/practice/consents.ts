// What people consented to: the delegated scopes a client has, lacks and gets.
import { randomBytes } from 'node:crypto'
import type { Client } from './clients.ts'
import { isObject, stringOf } from './json.ts'
import {
  GRAPH_APP_ID,
  type PublishedPermission,
  publishedRoles,
  publishedScopes,
} from './permissions-table.ts'
import type { AskedScopes } from './scopes.ts'
import {
  ensureServicePrincipal,
  findServicePrincipal,
  GRAPH_SERVICE_PRINCIPAL_ID,
  isVisible,
  type Tenant,
} from './tenant.ts'

/** The delegated scopes granted to a client, for everyone and for this person. */
export function consentedScopes(tenant: Tenant, appId: string, personId: string): string[] {
  const client = findServicePrincipal(tenant, appId)
  if (!client) return []
  const granted = tenant.directory.grants
    .filter((grant) => grant.clientId === client.id && isVisible(tenant, grant))
    .filter((grant) => grant.principalId === null || grant.principalId === personId)
    .flatMap((grant) => grant.scope.split(' '))
    .filter((scope) => scope !== '')
  return [...new Set(granted)]
}

/** The names a person still has to consent to before this client gets what it asks for. */
export function missingConsent(
  tenant: Tenant,
  asked: { client: Client; personId: string; scopes: AskedScopes },
): string[] {
  const given = consentedScopes(tenant, asked.client.appId, asked.personId)
  let wanted = asked.scopes.named
  if (asked.scopes.isDefault) {
    // Entra asks for what the application declares; for a client from elsewhere, sign-in alone.
    const declared = declaredPermissions(asked.client).scopes.map((scope) => scope.value)
    wanted = given.length === 0 && declared.length === 0 ? ['User.Read'] : declared
  }
  return wanted.filter((name) => !given.includes(name))
}

/** Adds scopes to what is granted to a client, for one person or (null) for everybody; at once. */
export function keepConsent(
  tenant: Tenant,
  consent: { appId: string; scopes: readonly string[]; personId: string | null },
): void {
  const { appId, scopes, personId } = consent
  const client = ensureServicePrincipal(tenant, appId)
  const existing = tenant.directory.grants.find(
    (grant) =>
      grant.clientId === client.id &&
      grant.resourceId === GRAPH_SERVICE_PRINCIPAL_ID &&
      grant.principalId === personId,
  )
  if (existing) {
    existing.scope = [...new Set([...existing.scope.split(' '), ...scopes])].join(' ').trim()
  } else {
    tenant.directory.grants.push({
      id: randomBytes(32).toString('base64url'),
      clientId: client.id,
      consentType: personId === null ? 'AllPrincipals' : 'Principal',
      principalId: personId,
      resourceId: GRAPH_SERVICE_PRINCIPAL_ID,
      scope: scopes.join(' '),
      visibleAt: 0,
    })
  }
  tenant.changed()
}

/** What an application declares to need of Graph (requiredResourceAccess). */
export function declaredPermissions(client: Client): {
  scopes: readonly PublishedPermission[]
  roles: readonly PublishedPermission[]
} {
  const resources = client.application?.properties['requiredResourceAccess']
  const ids = (Array.isArray(resources) ? resources : [])
    .filter(isObject)
    .filter((resource) => stringOf(resource, 'resourceAppId') === GRAPH_APP_ID)
    .flatMap((resource): unknown[] =>
      Array.isArray(resource['resourceAccess']) ? resource['resourceAccess'] : [],
    )
    .filter(isObject)
    .map((access) => stringOf(access, 'id'))
  return {
    scopes: publishedScopes.filter((scope) => ids.includes(scope.id)),
    roles: publishedRoles.filter((role) => ids.includes(role.id)),
  }
}
