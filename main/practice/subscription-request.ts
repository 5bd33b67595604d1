// Reading the body of a request to /subscriptions: what is required, allowed and too long.
import { X509Certificate } from 'node:crypto'
import { type GraphCall, GraphError } from './graph-call.ts'
import { type JsonObject, stringOf } from './json.ts'
import type { ResourceRules } from './subscription-resources.ts'
import type { SubscriptionRecord } from './subscriptions.ts'

const MINUTE_MS = 60_000
const LIFECYCLE_NEEDED_MS = 60 * MINUTE_MS
const MAX_TEXT = 128
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]']
const LIFECYCLE_MISSING =
  'lifecycleNotificationUrl is a required property for subscription creation on this resource ' +
  'when the expirationDateTime value is set to greater than 1 hour'

/** changeType as a list in small letters. @throws GraphError 400. */
export function readChangeType(body: JsonObject): string[] {
  const types = required(body, 'changeType')
    .split(',')
    .map((one) => one.trim().toLowerCase())
  const unknown = types.find((one) => !['created', 'updated', 'deleted'].includes(one))
  if (unknown !== undefined) throw invalid(`The changeType '${unknown}' is not known.`)
  return [...new Set(types)]
}

/** An address: https only; the practice tenant alone also takes http to this computer. @throws GraphError 400. */
export function readUrl(body: JsonObject, name: string): string {
  const text = required(body, name)
  if (text.startsWith('EventHub:') || text.startsWith('EventGrid:')) {
    throw invalid(
      `The practice tenant delivers to https addresses only, not to '${text.split(':')[0] ?? ''}'.`,
    )
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLoopback = url?.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname)
  if (url?.protocol !== 'https:' && !isLoopback) {
    throw invalid(`The property '${name}' must be an https address.`)
  }
  return text
}

/** When the subscription ends, shortened to what the resource allows. @throws GraphError 400. */
export function readExpiration(
  call: GraphCall,
  rules: ResourceRules,
  lifecycleUrl: string | null,
): number {
  const now = call.tenant.now()
  const asked = Date.parse(required(call.body, 'expirationDateTime'))
  if (Number.isNaN(asked))
    throw invalid("The property 'expirationDateTime' is not a date and time.")
  if (asked <= now) throw invalid('Subscription expiration must be in the future.')
  if (rules.isTeams && lifecycleUrl === null && asked - now > LIFECYCLE_NEEDED_MS) {
    throw invalid(LIFECYCLE_MISSING)
  }
  return Math.min(asked, now + rules.maxMinutes * MINUTE_MS)
}

/** What decides about rich notifications. @throws GraphError 400 for a missing or unusable certificate. */
export function readCertificate(
  body: JsonObject,
  rules: ResourceRules,
): Pick<
  SubscriptionRecord,
  'includeResourceData' | 'encryptionCertificate' | 'encryptionCertificateId'
> {
  const includeResourceData = body['includeResourceData'] === true
  const encryptionCertificate = stringOf(body, 'encryptionCertificate') ?? null
  const encryptionCertificateId = limited(body, 'encryptionCertificateId')
  if (!includeResourceData)
    return { includeResourceData, encryptionCertificate, encryptionCertificateId }
  if (!rules.withData) throw invalid('Resource data is not supported for this resource.')
  if (encryptionCertificate === null || encryptionCertificateId === null) {
    throw invalid(
      'encryptionCertificate and encryptionCertificateId are required when includeResourceData is true.',
    )
  }
  let bits = 0
  try {
    const { publicKey } = new X509Certificate(Buffer.from(encryptionCertificate, 'base64'))
    bits =
      publicKey.asymmetricKeyType === 'rsa'
        ? (publicKey.asymmetricKeyDetails?.modulusLength ?? 0)
        : 0
  } catch {
    // Not a certificate: refused below with the same words as one that cannot be used.
  }
  if (bits < 2048 || bits > 4096) {
    throw invalid(
      'encryptionCertificate must be a base64-encoded X.509 certificate with an RSA key of 2048 to 4096 bits.',
    )
  }
  return { includeResourceData, encryptionCertificate, encryptionCertificateId }
}

/** A text that has to be there. @throws GraphError 400. */
export function required(body: JsonObject, name: string): string {
  const text = stringOf(body, name)
  if (text === undefined || text === '') throw invalid(`The property '${name}' is required.`)
  return text
}

/** A text of at most 128 characters, or null. @throws GraphError 400. */
export function limited(body: JsonObject, name: string): string | null {
  const text = stringOf(body, name)
  if (text === undefined) return null
  if (text.length > MAX_TEXT)
    throw invalid(`The property '${name}' may have ${MAX_TEXT} characters at most.`)
  return text
}

/** 400 as /subscriptions words it. */
export function invalid(message: string): GraphError {
  return new GraphError(400, 'InvalidRequest', message)
}
