// Reading the scope parameter: which Graph permissions are asked for, under which name of Graph.
import { refusals } from './entra-errors.ts'
import { findScope, GRAPH_APP_ID, OIDC_SCOPES } from './permissions-table.ts'
import type { Client } from './clients.ts'
import type { Tenant } from './tenant.ts'
import { graphAudiences } from './tokens.ts'

export interface AskedScopes {
  /** What stood before the names, such as “https://localhost:1234/”; repeated in the answer. */
  readonly prefix: string
  readonly audience: string
  readonly oidc: readonly string[]
  /** Published names, in Graph's spelling. */
  readonly named: readonly string[]
  /** `/.default`: all that was consented to, or all that the application declares. */
  readonly isDefault: boolean
}

/**
 * Reads the scope parameter of a delegated request.
 * @throws EntraError for a missing value, an unknown scope or another resource than Graph.
 */
export function readScopes(tenant: Tenant, client: Client, text: string | undefined): AskedScopes {
  const words = (text ?? '').split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) throw refusals.missingParameter('scope')
  const oidc: string[] = []
  const named: string[] = []
  let prefix = ''
  let isDefault = false
  for (const word of words) {
    if (OIDC_SCOPES.includes(word)) {
      oidc.push(word)
      continue
    }
    const split = splitScope(tenant, word)
    if (split.prefix !== '') prefix = split.prefix
    if (split.name === '.default') {
      isDefault = true
      continue
    }
    const scope = findScope(split.name)
    if (!scope) throw refusals.unknownScope(client.appId, split.name, GRAPH_APP_ID)
    if (!named.includes(scope.value)) named.push(scope.value)
  }
  if (isDefault && named.length > 0) throw refusals.invalidScope(text ?? '')
  const audience = prefix === '' ? GRAPH_APP_ID : prefix.slice(0, -1)
  return { prefix, audience, oidc, named, isDefault }
}

/** The audience of an app-only request. @throws EntraError unless the scope is Graph's /.default. */
export function readDefaultScope(tenant: Tenant, text: string | undefined): string {
  if (text === undefined || text === '') throw refusals.missingParameter('scope')
  if (!text.endsWith('/.default')) throw refusals.notDefaultScope(text)
  const audience = text.slice(0, -'/.default'.length)
  if (!graphAudiences(tenant).includes(audience)) {
    throw refusals.unknownResource(audience, tenant.displayName)
  }
  return audience
}

/** The scope text of a token answer: all that was consented to, written as it was asked for. */
export function grantedScopeText(scopes: AskedScopes, granted: readonly string[]): string {
  const names = granted.map((name) => scopes.prefix + name)
  const tail = scopes.isDefault ? [`${scopes.prefix}.default`] : []
  const oidc = scopes.oidc.filter((name) => name !== 'offline_access')
  return [...names, ...tail, ...oidc].join(' ')
}

function splitScope(tenant: Tenant, word: string): { prefix: string; name: string } {
  const slash = word.lastIndexOf('/')
  if (slash < 0) return { prefix: '', name: word }
  const resource = word.slice(0, slash)
  if (!graphAudiences(tenant).includes(resource)) {
    throw refusals.unknownResource(resource, tenant.displayName)
  }
  return { prefix: word.slice(0, slash + 1), name: word.slice(slash + 1) }
}
