// The key that signs what is handed on: made on first use, kept in the vault, replaced without a gap.
import * as v from 'valibot'
import { Webhook } from 'standardwebhooks'
import type { Clock, Random } from '../ports/clock.ts'
import type { SecretStore } from '../ports/secret-store.ts'

const SECRET_NAME = 'handOnKey'
/** The specification asks for 24 to 64 bytes. */
const KEY_BYTES = 32
const KEY_PREFIX = 'whsec_'
/** How long the earlier key signs beside a new one. */
export const KEY_OVERLAP_MS = 24 * 60 * 60 * 1_000

const keysSchema = v.object({
  current: v.string(),
  previous: v.nullable(v.object({ key: v.string(), until: v.string() })),
})

type Keys = v.InferOutput<typeof keysSchema>

export interface SigningKeyDeps {
  secrets: SecretStore
  clock: Clock
  random: Random
}

/** The headers of Standard Webhooks. https://github.com/standard-webhooks/standard-webhooks */
export type SignatureHeaders = Record<
  'webhook-id' | 'webhook-timestamp' | 'webhook-signature',
  string
>

export class SigningKey {
  #deps: SigningKeyDeps
  #keys: Promise<Keys> | null = null

  constructor(deps: SigningKeyDeps) {
    this.#deps = deps
  }

  /** The key in use, as a receiver enters it. Throws what the vault throws. */
  async current(): Promise<string> {
    const { current } = await this.#read()
    return current
  }

  /** Makes a new key. The earlier one signs along for a day, so that the receiver can change over in peace. */
  async renew(): Promise<void> {
    const { current } = await this.#read()
    const until = new Date(this.#deps.clock.now().getTime() + KEY_OVERLAP_MS).toISOString()
    await this.#write({ current: this.#newKey(), previous: { key: current, until } })
  }

  /** Signs one attempt, with each key that is valid now. */
  async sign(id: string, body: string): Promise<SignatureHeaders> {
    const { current, previous } = await this.#read()
    const now = this.#deps.clock.now()
    const keys = [current]
    if (previous && Date.parse(previous.until) > now.getTime()) keys.push(previous.key)
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': keys.map((key) => new Webhook(key).sign(id, now, body)).join(' '),
    }
  }

  #read(): Promise<Keys> {
    this.#keys ??= this.#load().catch((error: unknown) => {
      // A locked keychain may be open the next time.
      this.#keys = null
      throw error
    })
    return this.#keys
  }

  async #load(): Promise<Keys> {
    const text = await this.#deps.secrets.get(SECRET_NAME)
    if (text !== undefined) return v.parse(keysSchema, JSON.parse(text))
    const keys = { current: this.#newKey(), previous: null }
    await this.#deps.secrets.set(SECRET_NAME, JSON.stringify(keys))
    return keys
  }

  async #write(keys: Keys): Promise<void> {
    await this.#deps.secrets.set(SECRET_NAME, JSON.stringify(keys))
    this.#keys = Promise.resolve(keys)
  }

  #newKey(): string {
    return KEY_PREFIX + btoa(String.fromCharCode(...this.#deps.random.bytes(KEY_BYTES)))
  }
}
