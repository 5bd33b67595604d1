// Signed, short-lived addresses of pictures on the local side: who has one may see that picture, and nothing else.
import type { Clock, Random } from '../ports/clock.ts'
import type { SecretStore } from '../ports/secret-store.ts'

export const CONTENT_PATH = '/content/'
/** Long enough for a conversation that an agent has open; made anew with each event and each look. */
export const URL_LIFE_MS = 4 * 60 * 60 * 1_000

const KEY_NAME = 'content-url-key'
const KEY_BYTES = 32

export type PictureKind = 'image' | 'photo'

export interface ContentUrlsDeps {
  secrets: SecretStore
  clock: Clock
  random: Random
  /** The address under which the contact center reaches the local side; null while the endpoint is off. */
  baseUrl: () => string | null
}

export class ContentUrls {
  #deps: ContentUrlsDeps
  #key: Promise<CryptoKey> | null = null

  constructor(deps: ContentUrlsDeps) {
    this.#deps = deps
  }

  /** An address for the picture under a Graph path; null while the endpoint is off. Throws AppError keychain-… or vault-…. */
  async urlFor(kind: PictureKind, path: string): Promise<string | null> {
    const base = this.#deps.baseUrl()
    if (base === null) return null
    const expires = Math.floor((this.#deps.clock.now().getTime() + URL_LIFE_MS) / 1_000)
    const reference = toBase64Url(new TextEncoder().encode(path))
    const signed = signedText({ kind, reference, expires: String(expires) })
    const signature = await crypto.subtle.sign('HMAC', await this.#signingKey(), signed)
    const query = `expires=${expires}&signature=${toBase64Url(new Uint8Array(signature))}`
    return `${base}${CONTENT_PATH}${kind}/${reference}?${query}`
  }

  /** What an address stands for; null for one that we did not make, that was changed, or whose time is over. */
  async open(url: URL): Promise<{ kind: PictureKind; path: string } | null> {
    const found = /^\/content\/(image|photo)\/([\w-]+)$/.exec(url.pathname)
    const expires = url.searchParams.get('expires') ?? ''
    const signature = fromBase64Url(url.searchParams.get('signature') ?? '')
    const [, kind, reference] = found ?? []
    if (!reference || !isKind(kind) || !signature || !/^\d{1,12}$/.test(expires)) return null
    // WebCrypto compares in constant time. The time is looked at afterwards: it is part of what is signed.
    const isOurs = await crypto.subtle.verify(
      'HMAC',
      await this.#signingKey(),
      signature,
      signedText({ kind, reference, expires }),
    )
    if (!isOurs || Number(expires) * 1_000 <= this.#deps.clock.now().getTime()) return null
    const bytes = fromBase64Url(reference)
    return bytes && { kind, path: new TextDecoder().decode(bytes) }
  }

  #signingKey(): Promise<CryptoKey> {
    this.#key ??= this.#loadKey().catch((error: unknown) => {
      // A locked keychain may be open next time.
      this.#key = null
      throw error
    })
    return this.#key
  }

  async #loadKey(): Promise<CryptoKey> {
    const { secrets, random } = this.#deps
    let text = await secrets.get(KEY_NAME)
    if (text === undefined) {
      text = toBase64Url(random.bytes(KEY_BYTES))
      await secrets.set(KEY_NAME, text)
    }
    const bytes = fromBase64Url(text) ?? random.bytes(KEY_BYTES)
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    return crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])
  }
}

function isKind(text: string | undefined): text is PictureKind {
  return text === 'image' || text === 'photo'
}

function signedText(parts: {
  kind: PictureKind
  reference: string
  expires: string
}): Uint8Array<ArrayBuffer> {
  // None of the parts can hold a line break, so no two addresses share a text.
  return new TextEncoder().encode(`v1\n${parts.kind}\n${parts.reference}\n${parts.expires}`)
}

function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (text === '') return null
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(bytes, (character) => character.charCodeAt(0))
  } catch {
    // Not base64: not an address of ours.
    return null
  }
}
