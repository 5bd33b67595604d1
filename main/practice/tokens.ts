// The tenant's signing key, and the tokens signed with it: access tokens, id tokens, validationTokens.
import { createHash, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { errors, jwtVerify, type JWTPayload, SignJWT } from 'jose'
import type { AskedClaims } from './claims.ts'
import { type PracticePerson, ROLE_TEMPLATE_IDS } from './people.ts'
import { GRAPH_APP_ID } from './permissions-table.ts'
import { roleOf, type ServicePrincipalRecord, type Tenant } from './tenant.ts'

export interface SigningKey {
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const ACCESS_TOKEN_SECONDS = 3_599
const VALIDATION_TOKEN_SECONDS = 86_400
/** Microsoft Graph Change Tracking: the publisher of every rich notification. */
const CHANGE_TRACKING_APP_ID = '0bf30f3b-4a52-48df-9a82-234910c4a086'

/** Makes the key all tokens are signed with; it lives in memory only. */
export async function makeSigningKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
    .slice(0, 27)
  return { keyId, publicKey, privateKey }
}

/** The key set that clients check signatures with. */
export function jwks(tenant: Tenant): { keys: object[] } {
  const { keyId, publicKey } = tenant.signingKey
  const { kty, n, e } = publicKey.export({ format: 'jwk' })
  return { keys: [{ kty, use: 'sig', kid: keyId, x5t: keyId, n, e, issuer: issuerV2(tenant) }] }
}

/** The issuer in id tokens and in the OpenID configuration. */
export function issuerV2(tenant: Tenant): string {
  return `${tenant.origin}/${tenant.id}/v2.0`
}

/** A delegated access token for Graph. */
export function personAccessToken(
  tenant: Tenant,
  token: {
    appId: string
    person: PracticePerson
    scopes: string[]
    audience: string
    claims: AskedClaims
  },
): Promise<string> {
  const { appId, person, scopes, audience, claims } = token
  const payload = {
    ...accessClaims(tenant, appId, audience),
    idtyp: 'user',
    name: person.displayName,
    oid: person.id,
    sub: pairwiseSubject(person.id, GRAPH_APP_ID),
    unique_name: person.userPrincipalName,
    upn: person.userPrincipalName,
    preferred_username: person.userPrincipalName,
    scp: scopes.join(' '),
    wids: wids(tenant, person),
    ...(claims.declaresCae ? { xms_cc: ['CP1'] } : {}),
    // Ours, not Entra’s: this token answers a claims challenge.
    ...(claims.answersChallenge ? { practice_challenge_met: true } : {}),
  }
  return signed(tenant, payload, ACCESS_TOKEN_SECONDS)
}

/** An app-only access token for Graph. */
export function applicationAccessToken(
  tenant: Tenant,
  token: { client: ServicePrincipalRecord; roles: string[]; audience: string },
): Promise<string> {
  const { client, roles, audience } = token
  const payload = {
    ...accessClaims(tenant, client.appId, audience),
    appidacr: '1',
    idtyp: 'app',
    oid: client.id,
    sub: client.id,
    // An application without a role gets a token without the claim, as in Entra.
    ...(roles.length > 0 ? { roles } : {}),
  }
  return signed(tenant, payload, ACCESS_TOKEN_SECONDS)
}

/** The id token of a sign-in. */
export function idToken(
  tenant: Tenant,
  token: { appId: string; person: PracticePerson; nonce: string | undefined },
): Promise<string> {
  const { appId, person, nonce } = token
  const payload = {
    aud: appId,
    iss: issuerV2(tenant),
    name: person.displayName,
    oid: person.id,
    preferred_username: person.userPrincipalName,
    sub: pairwiseSubject(person.id, appId),
    tid: tenant.id,
    uti: randomBytes(16).toString('base64url'),
    ver: '2.0',
    wids: wids(tenant, person),
    ...(nonce === undefined ? {} : { nonce }),
  }
  return signed(tenant, payload, ACCESS_TOKEN_SECONDS)
}

/**
 * The token sent along with rich notifications; a v1.0 token whose appid is the publisher.
 * https://learn.microsoft.com/graph/change-notifications-with-resource-data
 */
export function validationToken(tenant: Tenant, audience: string): Promise<string> {
  const payload = {
    ...accessClaims(tenant, CHANGE_TRACKING_APP_ID, audience),
    appidacr: '2',
    idp: issuerV1(tenant),
  }
  return signed(tenant, payload, VALIDATION_TOKEN_SECONDS)
}

/** What base64url client_info carries; MSAL builds the account's id from it. */
export function clientInfo(tenant: Tenant, person: PracticePerson): string {
  return Buffer.from(JSON.stringify({ uid: person.id, utid: tenant.id })).toString('base64url')
}

/** Why an access token was not accepted, in Graph's words. */
export class TokenRefused extends Error {}

/**
 * Reads an access token for Graph.
 * @throws TokenRefused with the reason when it is expired, foreign or no token.
 */
export async function readAccessToken(tenant: Tenant, token: string): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, tenant.signingKey.publicKey, {
      algorithms: ['RS256'],
      audience: graphAudiences(tenant),
      issuer: issuerV1(tenant),
      currentDate: new Date(tenant.now()),
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new TokenRefused('Lifetime validation failed, the token is expired.', { cause: error })
    }
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw new TokenRefused(`Access token validation failure. Invalid ${error.claim}.`, {
        cause: error,
      })
    }
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      throw new TokenRefused('Access token validation failure. Invalid signature.', {
        cause: error,
      })
    }
    throw new TokenRefused('IDX14100: JWT is not well formed.', { cause: error })
  }
}

/** The names under which this Graph may be asked for: its address, Microsoft's, its appId. */
export function graphAudiences(tenant: Tenant): string[] {
  return [tenant.origin, 'https://graph.microsoft.com', GRAPH_APP_ID]
}

function accessClaims(tenant: Tenant, appId: string, audience: string): JWTPayload {
  return {
    aud: audience,
    iss: issuerV1(tenant),
    appid: appId,
    appidacr: '0',
    tid: tenant.id,
    uti: randomBytes(16).toString('base64url'),
    ver: '1.0',
  }
}

// The form that Entra writes in v1.0 tokens, which Graph's access tokens and validationTokens are.
function issuerV1(tenant: Tenant): string {
  return `https://sts.windows.net/${tenant.id}/`
}

function wids(tenant: Tenant, person: PracticePerson): string[] {
  const role = roleOf(tenant, person)
  const everyone = ROLE_TEMPLATE_IDS.user
  // What stands in wids for a custom role is not documented: nothing that a reader would know.
  const isBuiltIn = role !== 'user' && role !== 'custom-role'
  return isBuiltIn ? [ROLE_TEMPLATE_IDS[role], everyone] : [everyone]
}

function pairwiseSubject(personId: string, appId: string): string {
  return createHash('sha256').update(`${personId} ${appId}`).digest('base64url')
}

function signed(tenant: Tenant, payload: JWTPayload, seconds: number): Promise<string> {
  const { keyId, privateKey } = tenant.signingKey
  const issuedAt = Math.floor(tenant.now() / 1000)
  return new SignJWT({ ...payload, iat: issuedAt, nbf: issuedAt, exp: issuedAt + seconds })
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: keyId, x5t: keyId })
    .sign(privateKey)
}
