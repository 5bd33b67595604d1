// Proof that Microsoft sent the items of a post: every validationToken checked in every way Graph's guide asks for.
// https://learn.microsoft.com/graph/change-notifications-with-resource-data#validating-the-authenticity-of-notifications
import { decodeProtectedHeader, errors, jwtVerify } from 'jose'
import * as v from 'valibot'
import type { SigningKeys } from './signing-keys.ts'

/** Microsoft Graph Change Tracking: who publishes rich notifications, in every tenant. */
const PUBLISHER = '0bf30f3b-4a52-48df-9a82-234910c4a086'

/** Clocks differ. Entra's own libraries allow as much. */
const LEEWAY_SECONDS = 5 * 60

/** Why a post's content is refused; a program's word, kept with the items. */
export type Refusal =
  | 'no-token'
  | 'unreadable'
  | 'signature'
  | 'expired'
  | 'not-yet-valid'
  | 'audience'
  | 'issuer'
  | 'publisher'
  | 'tenant'

export type TokenVerdict =
  { kind: 'valid' } | { kind: 'refused'; reason: Refusal } | { kind: 'waiting' }

export interface Expected {
  /** Of the cloud, such as https://login.microsoftonline.com. */
  loginHost: string
  /** The applications and tenants that the items' subscriptions belong to: one post may hold items of several. */
  owners: { appId: string; tenantId: string }[]
  /** When they came by our clock, and by Microsoft's; in ms since 1970. */
  receivedAt: number
  microsoftTime: number
}

const claimsSchema = v.object({
  iss: v.string(),
  tid: v.pipe(v.string(), v.minLength(1)),
  aud: v.string(),
  ver: v.string(),
  appid: v.optional(v.unknown()),
  azp: v.optional(v.unknown()),
})

type Claims = v.InferOutput<typeof claimsSchema>

/**
 * Judges the tokens of one post. Any that fails refuses the whole post, and so does an item whose application and
 * tenant no token names. `waiting` when Microsoft's keys cannot be had.
 */
export async function judgeTokens(
  tokens: string[],
  expected: Expected,
  keys: Pick<SigningKeys, 'find'>,
): Promise<TokenVerdict> {
  if (tokens.length === 0) return refused('no-token')
  const named = new Set<string>()
  let isWaiting = false
  for (const token of tokens) {
    const result = await judgeToken(token, expected, keys)
    if (result.kind === 'refused') return result
    if (result.kind === 'waiting') isWaiting = true
    else named.add(ownerText(result))
  }
  if (isWaiting) return { kind: 'waiting' }
  const isCovered = expected.owners.every((owner) => named.has(ownerText(owner)))
  return isCovered ? { kind: 'valid' } : refused('tenant')
}

async function judgeToken(
  token: string,
  expected: Expected,
  keys: Pick<SigningKeys, 'find'>,
): Promise<
  | { kind: 'trusted'; appId: string; tenantId: string }
  | { kind: 'refused'; reason: Refusal }
  | { kind: 'waiting' }
> {
  try {
    const { alg, kid } = decodeProtectedHeader(token)
    // Pinned: with the sender's choice of algorithm, “none” or a public key used as a secret would do.
    if (alg !== 'RS256') return refused('signature')
    if (kid === undefined) return refused('unreadable')
    const found = await keys.find(kid, expected)
    if (found.kind === 'unavailable') return { kind: 'waiting' }
    if (found.kind === 'unknown') return refused('signature')
    const { payload } = await jwtVerify(token, found.key, {
      algorithms: ['RS256'],
      audience: expected.owners.map(({ appId }) => appId),
      requiredClaims: ['exp', 'nbf'],
      clockTolerance: LEEWAY_SECONDS,
      // Valid when it came: it may be judged much later, when the keys could not be had.
      currentDate: new Date(expected.microsoftTime),
    })
    const claims = v.safeParse(claimsSchema, payload)
    if (!claims.success) return refused('unreadable')
    const wrong = wrongClaim(claims.output, expected.loginHost)
    if (wrong) return refused(wrong)
    const tenantId = claims.output.tid.toLowerCase()
    if (found.tenantId !== null && found.tenantId !== tenantId) return refused('signature')
    return { kind: 'trusted', appId: claims.output.aud, tenantId }
  } catch (error) {
    return refused(reasonOf(error))
  }
}

/** A v1.0 token names its publisher in appid, a v2.0 token in azp; the two are never mixed. */
function wrongClaim({ iss, tid, ver, appid, azp }: Claims, loginHost: string): Refusal | null {
  const issuers = issuersOf(tid, loginHost)
  const form = [
    { version: '1.0', issuer: issuers.v1, publisher: appid, other: azp },
    { version: '2.0', issuer: issuers.v2, publisher: azp, other: appid },
  ].find(({ issuer }) => iss === issuer)
  if (form?.version !== ver) return 'issuer'
  return form.publisher === PUBLISHER && form.other === undefined ? null : 'publisher'
}

function issuersOf(tenantId: string, loginHost: string): { v1: string; v2: string } {
  const { host } = new URL(loginHost)
  // China has its own; the other clouds share one. It is the issuer in each cloud's /common/.well-known/openid-configuration.
  const v1Host = host.endsWith('.cn') ? 'sts.chinacloudapi.cn' : 'sts.windows.net'
  return { v1: `https://${v1Host}/${tenantId}/`, v2: `${loginHost}/${tenantId}/v2.0` }
}

function reasonOf(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'audience'
    return error.claim === 'nbf' && error.reason === 'check_failed' ? 'not-yet-valid' : 'unreadable'
  }
  const isSignature =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed
  return isSignature ? 'signature' : 'unreadable'
}

function ownerText({ appId, tenantId }: { appId: string; tenantId: string }): string {
  return `${appId} ${tenantId}`.toLowerCase()
}

function refused(reason: Refusal): { kind: 'refused'; reason: Refusal } {
  return { kind: 'refused', reason }
}
