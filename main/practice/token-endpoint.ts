// The token endpoint: codes, refresh tokens, device codes and client credentials become tokens.
import { createHash, randomBytes } from 'node:crypto'
import { readClaims } from './claims.ts'
import { checkEnabled, checkSecret, type Client, findClient } from './clients.ts'
import { consentedScopes, missingConsent } from './consents.ts'
import type { DeviceCodes } from './device-code.ts'
import { refusals } from './entra-errors.ts'
import type { PracticeResponse } from './listener.ts'
import { findPerson, type PracticePerson } from './people.ts'
import { publishedRoles } from './permissions-table.ts'
import { type AskedScopes, grantedScopeText, readDefaultScope, readScopes } from './scopes.ts'
import type { SignIn } from './sign-in.ts'
import { GRAPH_SERVICE_PRINCIPAL_ID, isVisible, type Tenant } from './tenant.ts'
import {
  ACCESS_TOKEN_SECONDS,
  applicationAccessToken,
  clientInfo,
  idToken,
  personAccessToken,
} from './tokens.ts'

export interface TokenEndpoint {
  /** Answers a token request. @throws EntraError when it is refused. */
  answer(form: Record<string, string>, headers: Record<string, string>): Promise<PracticeResponse>
}

interface TokenParts {
  tenant: Tenant
  signIn: SignIn
  deviceCodes: DeviceCodes
  /** Told of every secret that proved right: it opens what was sealed with it. */
  onSecretProved: (proof: { appId: string; keyId: string; secret: string }) => void
}

const REFRESH_TOKEN_MS = 90 * 86_400_000
// Two requests at the same moment may carry the same token; only later ones are refused.
const USED_REFRESH_TOKEN_MS = 60_000

/** The token endpoint of one tenant. */
export function createTokenEndpoint(parts: TokenParts): TokenEndpoint {
  const { tenant } = parts
  return {
    answer: async (given, headers) => {
      if (tenant.faults.isOn('token-endpoint-down')) throw refusals.unavailable()
      const form = withBasicCredentials(given, headers)
      const client = findClient(tenant, form['client_id'])
      checkEnabled(tenant, client)
      const grantType = form['grant_type']
      switch (grantType) {
        case 'authorization_code':
          return redeemCode(parts, client, form)
        case 'refresh_token':
          return redeemRefreshToken(parts, client, form)
        case 'device_code':
        case 'urn:ietf:params:oauth:grant-type:device_code': {
          const code = form['device_code'] ?? form['code'] ?? ''
          const { person, scopes } = parts.deviceCodes.redeem(code, client)
          return personAnswer(tenant, { client, person, scopes, form, nonce: undefined })
        }
        case 'client_credentials':
          return clientCredentials(parts, client, form)
        case undefined:
          throw refusals.missingParameter('grant_type')
        default:
          throw refusals.unsupportedGrant(grantType)
      }
    },
  }
}

async function redeemCode(
  parts: TokenParts,
  client: Client,
  form: Record<string, string>,
): Promise<PracticeResponse> {
  const { tenant, signIn } = parts
  const code = signIn.findCode(form['code'] ?? '')
  if (code?.clientId !== client.appId) throw refusals.badCode()
  if (code.used) throw refusals.codeUsed()
  if (code.expiresAt <= tenant.now()) throw refusals.codeExpired()
  if (code.redirectUri !== form['redirect_uri']) {
    throw refusals.redirectMismatch(form['redirect_uri'] ?? '', client.appId)
  }
  if (code.redirectKind === 'web') proveClient(parts, client, form)
  else if (form['client_secret'] !== undefined) throw refusals.clientIsPublic(client.appId)
  if (code.codeChallenge !== undefined) {
    const verifier = form['code_verifier'] ?? ''
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    if (challenge !== code.codeChallenge) throw refusals.codeVerifier()
  }
  code.used = true
  const { person, nonce, scopes } = code
  return personAnswer(tenant, { client, person, scopes, form, nonce })
}

async function redeemRefreshToken(
  parts: TokenParts,
  client: Client,
  form: Record<string, string>,
): Promise<PracticeResponse> {
  const { tenant } = parts
  const record = tenant.directory.refreshTokens.find(
    (one) => one.hash === hashToken(form['refresh_token'] ?? ''),
  )
  const person = findPerson(record?.personId ?? '')
  if (record?.clientId !== client.appId || record.expiresAt <= tenant.now() || !person) {
    throw refusals.refreshToken()
  }
  if (form['client_secret'] !== undefined) proveClient(parts, client, form)
  const scopes = readScopes(
    tenant,
    client,
    form['scope'] ?? '.default openid profile offline_access',
  )
  if (missingConsent(tenant, { client, personId: person.id, scopes }).length > 0) {
    throw refusals.consentMissing(client.appId, client.name)
  }
  record.expiresAt = Math.min(record.expiresAt, tenant.now() + USED_REFRESH_TOKEN_MS)
  return personAnswer(tenant, { client, person, scopes, form, nonce: undefined })
}

async function clientCredentials(
  parts: TokenParts,
  client: Client,
  form: Record<string, string>,
): Promise<PracticeResponse> {
  const { tenant } = parts
  const audience = readDefaultScope(tenant, form['scope'])
  if (!client.application) throw refusals.clientIsPublic(client.appId)
  proveClient(parts, client, form)
  const principal = tenant.directory.servicePrincipals.find((one) => one.appId === client.appId)
  if (!principal) throw refusals.noServicePrincipal(client.appId, tenant.id)
  if (!isVisible(tenant, principal)) {
    throw refusals.unknownApplication(client.appId, tenant.displayName)
  }
  const ids = tenant.directory.assignments
    .filter((one) => one.principalId === principal.id)
    .filter((one) => one.resourceId === GRAPH_SERVICE_PRINCIPAL_ID && isVisible(tenant, one))
    .map((one) => one.appRoleId)
  const roles = publishedRoles.filter((role) => ids.includes(role.id)).map((role) => role.value)
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      ext_expires_in: ACCESS_TOKEN_SECONDS,
      access_token: await applicationAccessToken(tenant, { client: principal, roles, audience }),
    },
  }
}

function proveClient(parts: TokenParts, client: Client, form: Record<string, string>): void {
  const secret = form['client_secret']
  if (secret === undefined || secret === '') throw refusals.secretMissing()
  const { keyId } = checkSecret(parts.tenant, client, secret)
  parts.onSecretProved({ appId: client.appId, keyId, secret })
}

async function personAnswer(
  tenant: Tenant,
  grant: {
    client: Client
    person: PracticePerson
    scopes: AskedScopes
    form: Record<string, string>
    nonce: string | undefined
  },
): Promise<PracticeResponse> {
  const { client, person, scopes, form, nonce } = grant
  const { appId } = client
  const granted = consentedScopes(tenant, appId, person.id)
  const asksOnlyForSignIn = scopes.named.length === 0 && !scopes.isDefault
  const accessToken = await personAccessToken(tenant, {
    appId,
    person,
    audience: scopes.audience,
    claims: readClaims(form['claims']),
    scopes: asksOnlyForSignIn ? [...scopes.oidc] : granted,
  })
  const answer: Record<string, string | number> = {
    token_type: 'Bearer',
    scope: grantedScopeText(scopes, asksOnlyForSignIn ? [] : granted),
    expires_in: ACCESS_TOKEN_SECONDS,
    ext_expires_in: ACCESS_TOKEN_SECONDS,
    access_token: accessToken,
  }
  if (scopes.oidc.includes('offline_access')) {
    answer['refresh_token'] = newRefreshToken(tenant, appId, person)
  }
  if (scopes.oidc.includes('openid')) {
    answer['id_token'] = await idToken(tenant, { appId, person, nonce })
  }
  if (form['client_info'] === '1') answer['client_info'] = clientInfo(tenant, person)
  return { status: 200, body: answer }
}

function newRefreshToken(tenant: Tenant, clientId: string, person: PracticePerson): string {
  const token = `1.${randomBytes(64).toString('base64url')}`
  const { directory } = tenant
  directory.refreshTokens = directory.refreshTokens.filter((one) => one.expiresAt > tenant.now())
  directory.refreshTokens.push({
    hash: hashToken(token),
    clientId,
    personId: person.id,
    expiresAt: tenant.now() + REFRESH_TOKEN_MS,
  })
  tenant.changed()
  return token
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** client_secret_basic: identifier and secret in the Authorization header, form-encoded. RFC 6749, 2.3.1. */
function withBasicCredentials(
  form: Record<string, string>,
  headers: Record<string, string>,
): Record<string, string> {
  const match = /^Basic\s+(.+)$/i.exec(headers['authorization'] ?? '')
  if (!match) return form
  const text = Buffer.from(match[1] ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) return form
  const [clientId = '', secret = ''] = [text.slice(0, colon), text.slice(colon + 1)].map(
    (part) => new URLSearchParams(`v=${part}`).get('v') ?? '',
  )
  return { ...form, client_id: clientId, client_secret: secret }
}
