// Keeps validationTokens unreadable on disk while they wait to be judged: AES-GCM with a key from the vault.
import * as v from 'valibot'
import type { Random } from '../../ports/clock.ts'
import type { SecretStore } from '../../ports/secret-store.ts'

const SECRET_NAME = 'validationTokensKey'
const KEY_BYTES = 32
const IV_BYTES = 12
const tokensSchema = v.array(v.string())

export class TokenSeal {
  #secrets: SecretStore
  #random: Random
  #key: Promise<CryptoKey> | null = null

  constructor({ secrets, random }: { secrets: SecretStore; random: Random }) {
    this.#secrets = secrets
    this.#random = random
  }

  /** The tokens of one post as text that only the vault's key opens. Throws AppError keychain-… or vault-…. */
  async seal(tokens: string[]): Promise<string> {
    const key = await this.#getKey()
    const iv = this.#random.bytes(IV_BYTES)
    const plain = new TextEncoder().encode(JSON.stringify(tokens))
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain)
    return `${toBase64(iv)}.${toBase64(new Uint8Array(sealed))}`
  }

  /** The tokens again; null when they were sealed with a key that is lost, or changed. Throws as `seal`. */
  async open(sealed: string): Promise<string[] | null> {
    const key = await this.#getKey()
    try {
      const [iv = '', data = ''] = sealed.split('.')
      const algorithm = { name: 'AES-GCM', iv: fromBase64(iv) }
      const plain = await crypto.subtle.decrypt(algorithm, key, fromBase64(data))
      return v.parse(tokensSchema, JSON.parse(new TextDecoder().decode(plain)))
    } catch {
      // Whatever was wrong with it, nothing can be proven with it any more.
      return null
    }
  }

  #getKey(): Promise<CryptoKey> {
    this.#key ??= this.#readKey().catch((error: unknown) => {
      // A vault that was locked may be open at the next attempt.
      this.#key = null
      throw error
    })
    return this.#key
  }

  async #readKey(): Promise<CryptoKey> {
    const stored = await this.#secrets.get(SECRET_NAME)
    const bytes = stored === undefined ? this.#random.bytes(KEY_BYTES) : fromBase64(stored)
    if (stored === undefined) await this.#secrets.set(SECRET_NAME, toBase64(bytes))
    return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
