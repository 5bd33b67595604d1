// Microsoft's public signing keys: fetched from the cloud's key set, kept, fetched again when an unknown key is named.
import { importJWK, type CryptoKey as JoseKey } from 'jose'
import * as v from 'valibot'
import type { Log } from '../../log.ts'
import type { Clock } from '../../ports/clock.ts'

export type FoundKey =
  | {
      kind: 'found'
      key: JoseKey
      /** The only tenant whose tokens it signs; null where it signs for all. */
      tenantId: string | null
    }
  /** Microsoft does not have it, by a list that is newer than the token. */
  | { kind: 'unknown' }
  /** Nobody can tell now: the list cannot be had, or not again so soon. */
  | { kind: 'unavailable' }

export interface SigningKeysOptions {
  /** Such as https://login.microsoftonline.com. */
  loginHost: string
  fetch: typeof fetch
  clock: Clock
  log: Log
  signal: AbortSignal
}

/** The application asks for them anew twice a day, as https://learn.microsoft.com/entra/identity-platform/signing-key-rollover advises. */
const REFRESHED_AFTER_MS = 12 * 60 * 60_000
/** Older ones are not trusted: a key may have been withdrawn. */
const TRUSTED_FOR_MS = 24 * 60 * 60_000
/** A sender of invented key names must not make us ask all the time. */
const LEAST_BETWEEN_MS = 10_000
const FETCH_TIMEOUT_MS = 10_000
const MAX_CHARACTERS = 1024 * 1024

const keySetSchema = v.object({
  keys: v.array(v.looseObject({ kid: v.optional(v.string()), kty: v.string() })),
})
const rsaKeySchema = v.object({
  kty: v.literal('RSA'),
  kid: v.string(),
  n: v.string(),
  e: v.string(),
  use: v.optional(v.literal('sig')),
  issuer: v.optional(v.string()),
})

type RsaKey = v.InferOutput<typeof rsaKeySchema>

export class SigningKeys {
  #options: SigningKeysOptions
  #keys = new Map<string, RsaKey>()
  #imported = new Map<string, Promise<JoseKey>>()
  #fetchedAt: number | null = null
  #triedAt: number | null = null
  #refreshing: Promise<void> | null = null
  #isUnreachable = false

  constructor(options: SigningKeysOptions) {
    this.#options = options
  }

  /** The key that a token names. `receivedAt`, in ms since 1970: a list older than the token does not rule a key out. */
  async find(keyId: string, { receivedAt }: { receivedAt: number }): Promise<FoundKey> {
    if (!this.#isYoungerThan(REFRESHED_AFTER_MS)) await this.#refresh()
    if (!this.#isYoungerThan(TRUSTED_FOR_MS)) return { kind: 'unavailable' }
    if (!this.#keys.has(keyId) && !this.#isNewerThan(receivedAt)) await this.#refresh()
    const found = this.#keys.get(keyId)
    if (found) {
      const key = await this.#import(found)
      return key ? { kind: 'found', key, tenantId: tenantOf(found.issuer) } : { kind: 'unknown' }
    }
    return this.#isNewerThan(receivedAt) ? { kind: 'unknown' } : { kind: 'unavailable' }
  }

  /** Fetches them, but not too often. Never rejects: what is there stays. */
  async #refresh(): Promise<void> {
    const now = this.#now()
    const sinceMs = this.#triedAt === null ? Infinity : Math.abs(now - this.#triedAt)
    if (!this.#refreshing && sinceMs < LEAST_BETWEEN_MS) return
    this.#refreshing ??= this.#fetch(now).finally(() => {
      this.#refreshing = null
    })
    await this.#refreshing
  }

  async #fetch(startedAt: number): Promise<void> {
    const { fetch, loginHost, log, signal } = this.#options
    this.#triedAt = startedAt
    try {
      const response = await fetch(`${loginHost}/common/discovery/v2.0/keys`, {
        // Keys from anywhere else would prove nothing.
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`status ${response.status}`)
      if (text.length > MAX_CHARACTERS) throw new Error('the answer is too long')
      const { keys } = v.parse(keySetSchema, JSON.parse(text))
      const usable = keys.flatMap((key) => {
        const parsed = v.safeParse(rsaKeySchema, key)
        return parsed.success ? [parsed.output] : []
      })
      if (usable.length === 0) throw new Error('the answer holds no key')
      this.#keys = new Map(usable.map((key) => [key.kid, key]))
      this.#imported.clear()
      this.#fetchedAt = startedAt
      if (this.#isUnreachable) log.info('webhook', 'Microsoft’s signing keys can be fetched again.')
      this.#isUnreachable = false
    } catch (error) {
      if (signal.aborted || this.#isUnreachable) return
      this.#isUnreachable = true
      log.warning(
        'webhook',
        'Microsoft’s signing keys could not be fetched. Notifications with content wait until they can be checked.',
        { reason: error instanceof Error ? error.message : typeof error },
      )
    }
  }

  /** Undefined for a key that is none. */
  async #import(key: RsaKey): Promise<JoseKey | undefined> {
    const { kty, n, e, kid } = key
    const imported =
      this.#imported.get(kid) ??
      importJWK({ kty, n, e, alg: 'RS256' }, 'RS256').then((made) => {
        if (made instanceof Uint8Array) throw new Error('no RSA key')
        return made
      })
    this.#imported.set(kid, imported)
    return imported.catch(() => undefined)
  }

  /** False as well when the clock was set back. */
  #isYoungerThan(ageMs: number): boolean {
    if (this.#fetchedAt === null) return false
    const age = this.#now() - this.#fetchedAt
    return age >= 0 && age < ageMs
  }

  #isNewerThan(receivedAt: number): boolean {
    return this.#fetchedAt !== null && this.#fetchedAt >= receivedAt
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }
}

/**
 * Entra names with each key whose tokens it signs: `…/{tenantid}/v2.0` for all organizations, an id for one, such as
 * that of personal accounts. A key of the one must not vouch for the other.
 * https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
 */
function tenantOf(issuer: string | undefined): string | null {
  if (issuer === undefined || !URL.canParse(issuer)) return null
  const [tenant = ''] = new URL(issuer).pathname.split('/').filter((part) => part !== '')
  return /^[0-9a-f-]{36}$/i.test(tenant) ? tenant.toLowerCase() : null
}
