// Claims requests: what a client asks of a token, and Graph's challenge that makes it ask.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
import type { JWTPayload } from 'jose'
import { refusals } from './entra-errors.ts'
import { isObject, stringsOf } from './json.ts'

export interface AskedClaims {
  /** The client says that it can answer a claims challenge (capability CP1). */
  readonly declaresCae: boolean
  /** The request repeats the claims of a challenge. */
  readonly answersChallenge: boolean
}

/** Reads the claims parameter of a token request. @throws EntraError when it is no JSON object. */
export function readClaims(text: string | undefined): AskedClaims {
  if (text === undefined || text === '') return { declaresCae: false, answersChallenge: false }
  const accessToken = parse(text)['access_token']
  const asked = isObject(accessToken) ? accessToken : {}
  const capabilities = isObject(asked['xms_cc']) ? stringsOf(asked['xms_cc'], 'values') : []
  return {
    declaresCae: capabilities.some((one) => one.toUpperCase() === 'CP1'),
    answersChallenge: isObject(asked['nbf']),
  }
}

/** Whether Graph has reason to challenge this token: its client can answer, and has not yet. */
export function isChallenged(token: JWTPayload): boolean {
  const declaresCae = stringsOf(token, 'xms_cc').includes('CP1')
  return declaresCae && token['practice_challenge_met'] !== true
}

/** The claims of a challenge, as they stand in the WWW-Authenticate header. */
export function challengeClaims(now: number): string {
  const nbf = { essential: true, value: String(Math.floor(now / 1000)) }
  return Buffer.from(JSON.stringify({ access_token: { nbf } })).toString('base64')
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // No JSON: refused below, as anything else that is no object.
  }
  throw refusals.badClaims()
}
