// Who calls Graph: reading the access token, what it knows of roles, and the claims challenge.
import type { JWTPayload } from 'jose'
import { challengeClaims, isChallenged } from './claims.ts'
import { type Caller, GraphError } from './graph-call.ts'
import { stringsOf } from './json.ts'
import { findPerson, type HeldRole, ROLE_TEMPLATE_IDS } from './people.ts'
import { GRAPH_APP_ID } from './permissions-table.ts'
import { roleOf, type Tenant } from './tenant.ts'
import { readAccessToken, TokenRefused } from './tokens.ts'

/** Who calls, by the token. @throws GraphError 401. */
export async function readCaller(tenant: Tenant, headers: Record<string, string>): Promise<Caller> {
  const token = /^Bearer\s+(\S+)$/i.exec(headers['authorization'] ?? '')?.[1]
  if (token === undefined) throw unauthorized(tenant, 'Access token is empty.')
  let claims: JWTPayload
  try {
    claims = await readAccessToken(tenant, token)
  } catch (error) {
    if (error instanceof TokenRefused) throw unauthorized(tenant, error.message)
    throw error
  }
  if (tenant.faults.isOn('cae-claims-challenge') && isChallenged(claims)) {
    throw claimsChallenge(tenant)
  }
  const appId = typeof claims['appid'] === 'string' ? claims['appid'] : ''
  const tokenExpiresAt = (claims.exp ?? 0) * 1000
  const oid = typeof claims['oid'] === 'string' ? claims['oid'] : ''
  if (claims['idtyp'] === 'app') {
    const roles: unknown = claims['roles']
    const permissions = Array.isArray(roles)
      ? roles.filter((role): role is string => typeof role === 'string')
      : []
    const principal = tenant.directory.servicePrincipals.find((one) => one.id === oid)
    if (!principal)
      throw unauthorized(
        tenant,
        'The identity of the calling application could not be established.',
      )
    return { kind: 'application', appId, tokenExpiresAt, permissions, servicePrincipalId: oid }
  }
  const person = findPerson(oid)
  if (!person) throw unauthorized(tenant, 'Access token validation failure.')
  const scopes = typeof claims['scp'] === 'string' ? claims['scp'].split(' ') : []
  const role = knownRole(roleOf(tenant, person), claims)
  return { kind: 'delegated', appId, tokenExpiresAt, permissions: scopes, person, role }
}

/**
 * A role that was activated after the token was made is not in its wids, and a new token is needed:
 * what people meet after PIM, though Microsoft does not write it down. A custom role is in no token.
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
function knownRole(role: HeldRole, claims: JWTPayload): HeldRole {
  if (role === 'custom-role') return role
  return stringsOf(claims, 'wids').includes(ROLE_TEMPLATE_IDS[role]) ? role : 'user'
}

function unauthorized(tenant: Tenant, message: string): GraphError {
  const authorization = `${tenant.origin}/common/oauth2/v2.0/authorize`
  return new GraphError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': `Bearer realm="", authorization_uri="${authorization}", client_id="${GRAPH_APP_ID}"`,
  })
}

// https://learn.microsoft.com/entra/identity-platform/claims-challenge
function claimsChallenge(tenant: Tenant): GraphError {
  const authorization = `${tenant.origin}/common/oauth2/v2.0/authorize`
  return new GraphError(
    401,
    'InvalidAuthenticationToken',
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
    {
      'www-authenticate':
        `Bearer realm="", authorization_uri="${authorization}", client_id="${GRAPH_APP_ID}", ` +
        `error="insufficient_claims", claims="${challengeClaims(tenant.now())}"`,
    },
  )
}
