// The applications that ask for tokens: who they are, where they may be answered, what proves them.
import { createHash, timingSafeEqual } from 'node:crypto'
import { refusals } from './entra-errors.ts'
import { isObject, stringsOf } from './json.ts'
import {
  type ApplicationRecord,
  applicationName,
  BOOTSTRAP_APP_ID,
  BOOTSTRAP_NAME,
  findApplication,
  isVisible,
  type SecretRecord,
  type Tenant,
} from './tenant.ts'

export interface Client {
  readonly appId: string
  readonly name: string
  /** undefined for the bootstrap client, which belongs to Microsoft and not to this tenant. */
  readonly application: ApplicationRecord | undefined
}

/** The client with this appId. @throws EntraError AADSTS700016 when there is none (yet). */
export function findClient(tenant: Tenant, appId: string | undefined): Client {
  if (appId === undefined || appId === '') throw refusals.missingParameter('client_id')
  const wanted = appId.toLowerCase()
  if (wanted === BOOTSTRAP_APP_ID) {
    return { appId: wanted, name: BOOTSTRAP_NAME, application: undefined }
  }
  const application = findApplication(tenant, wanted)
  if (!application) throw refusals.unknownApplication(appId, tenant.displayName)
  return { appId: wanted, name: applicationName(tenant, wanted), application }
}

/** @throws EntraError AADSTS7000112 when the application's servicePrincipal is switched off. */
export function checkEnabled(tenant: Tenant, client: Client): void {
  const principal = tenant.directory.servicePrincipals.find((one) => one.appId === client.appId)
  if (principal?.properties['accountEnabled'] === false) {
    throw refusals.applicationDisabled(client.appId, client.name)
  }
}

/**
 * How a redirect address belongs to a client, or undefined when it does not.
 * For public clients a registered http://localhost stands for every port.
 * https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
 */
export function redirectKind(client: Client, redirectUri: string): 'public' | 'web' | undefined {
  const publicUris = client.application
    ? redirectUris(client.application, 'publicClient')
    : ['http://localhost']
  if (publicUris.some((registered) => samePublicRedirect(registered, redirectUri))) return 'public'
  const webUris = client.application ? redirectUris(client.application, 'web') : []
  return webUris.includes(redirectUri) ? 'web' : undefined
}

/**
 * Checks a client secret now.
 * @throws EntraError AADSTS7000215 when it is wrong or not replicated yet, AADSTS7000222 when it is over.
 */
export function checkSecret(tenant: Tenant, client: Client, secret: string): SecretRecord {
  const record = client.application?.secrets.find((one) => matchesSecret(one, secret))
  if (!record || !isVisible(tenant, record)) throw refusals.wrongSecret(client.appId)
  if (Date.parse(record.endDateTime) <= tenant.now()) throw refusals.expiredSecret(client.appId)
  return record
}

/** Hash under which a secret is kept. */
export function hashSecret(secret: string, salt: string): string {
  return createHash('sha256').update(`${salt}:${secret}`).digest('base64url')
}

function matchesSecret(record: SecretRecord, secret: string): boolean {
  const given = Buffer.from(hashSecret(secret, record.salt))
  const kept = Buffer.from(record.hash)
  return given.length === kept.length && timingSafeEqual(given, kept)
}

function redirectUris(application: ApplicationRecord, platform: 'publicClient' | 'web'): string[] {
  const settings = application.properties[platform]
  return isObject(settings) ? stringsOf(settings, 'redirectUris') : []
}

function samePublicRedirect(registered: string, asked: string): boolean {
  if (registered === asked) return true
  if (!URL.canParse(registered) || !URL.canParse(asked)) return false
  const one = new URL(registered)
  const other = new URL(asked)
  const loopback = one.protocol === 'http:' && one.hostname === 'localhost'
  return (
    loopback &&
    other.protocol === 'http:' &&
    other.hostname === 'localhost' &&
    one.pathname === other.pathname
  )
}
