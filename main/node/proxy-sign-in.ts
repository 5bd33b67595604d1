// The sign-in to a proxy: the password from the vault, and none that was refused a moment ago.
import type { AppError } from '../core/app-error.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Credentials, ProxyQuestion } from '../core/ports/network.ts'
import { PROXY_PASSWORD, type SecretStore } from '../core/ports/secret-store.ts'
import { signInRefused } from './proxy-connect.ts'

/** A password that was refused is not offered again and again: the account behind it might be locked. */
const REFUSED_FOR_MS = 60_000

export class ProxySignIn {
  #secrets: SecretStore
  #clock: Clock
  #refused = new Map<string, { error: AppError; at: number }>()

  constructor({ secrets, clock }: { secrets: SecretStore; clock: Clock }) {
    this.#secrets = secrets
    this.#clock = clock
  }

  /** The user of the settings with the password of the vault; null where no user is set. */
  async stored(username: string): Promise<Credentials | null> {
    if (!username) return null
    return { username, password: (await this.#secrets.get(PROXY_PASSWORD)) ?? '' }
  }

  /** Throws what the proxy, `host:port`, said of a sign-in within the last minute. */
  throwIfRefused(proxy: string): void {
    const last = this.#refused.get(proxy)
    if (last && this.#clock.now().getTime() - last.at < REFUSED_FOR_MS) throw last.error
  }

  noteRefused(proxy: string, error: AppError): void {
    this.#refused.set(proxy, { error, at: this.#clock.now().getTime() })
  }

  /** Answers a proxy that asks somebody else's code. Throws AppError proxy-auth, proxy-unsupported. */
  async answer(username: string, question: ProxyQuestion): Promise<Credentials> {
    const { proxy, scheme, wasRefused } = question
    this.throwIfRefused(proxy)
    const credentials = await this.stored(username)
    const isBasic = scheme.toLowerCase() === 'basic'
    if (credentials && isBasic && !wasRefused) return credentials
    const error = signInRefused(proxy, { schemes: scheme, credentials })
    if (credentials && isBasic) this.noteRefused(proxy, error)
    throw error
  }

  /** Other settings, or another password: what was refused counts no more. */
  forget(): void {
    this.#refused.clear()
  }
}
