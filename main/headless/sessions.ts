// Who may use the pages: one-time tokens for printed addresses, and the browser sessions they were exchanged for.
import { createHash } from 'node:crypto'
import type { Clock, Random } from '../core/ports/clock.ts'

/** How long a printed address can be used. */
export const tokenLifetimeMs = 10 * 60_000
/** A browser that was not seen for this long needs a new address. */
export const sessionIdleMs = 12 * 60 * 60_000

const secretBytes = 32
const tokensKept = 16
const sessionsKept = 16

/**
 * Tokens and sessions of one running host. Only hashes are kept, and only in memory:
 * whoever reads them out of a dump or swap file cannot use them, and stopping the host ends them all.
 */
export class Sessions {
  #clock: Clock
  #random: Random
  /** Hash → until when, in milliseconds. */
  #tokens = new Map<string, number>()
  #sessions = new Map<string, number>()

  constructor(options: { clock: Clock; random: Random }) {
    this.#clock = options.clock
    this.#random = options.random
  }

  /** A new token for one browser; good for one use within `tokenLifetimeMs`. */
  newToken(): string {
    const token = this.#newSecret()
    this.#keep(this.#tokens, { secret: token, lifetimeMs: tokenLifetimeMs, most: tokensKept })
    return token
  }

  /** Uses up a token and returns the id of a new session; null when the token is not, or no longer, good. */
  exchange(token: string): string | null {
    const hash = hashOf(token)
    const until = this.#tokens.get(hash)
    this.#tokens.delete(hash)
    if (until === undefined || until <= this.#nowMs()) return null
    const id = this.#newSecret()
    this.#keep(this.#sessions, { secret: id, lifetimeMs: sessionIdleMs, most: sessionsKept })
    return id
  }

  /** True for the id of a session that is still good; using it keeps it alive. */
  use(id: string | undefined): boolean {
    if (id === undefined) return false
    const hash = hashOf(id)
    const until = this.#sessions.get(hash)
    this.#sessions.delete(hash)
    if (until === undefined || until <= this.#nowMs()) return false
    this.#sessions.set(hash, this.#nowMs() + sessionIdleMs)
    return true
  }

  #keep(
    map: Map<string, number>,
    { secret, lifetimeMs, most }: { secret: string; lifetimeMs: number; most: number },
  ): void {
    map.set(hashOf(secret), this.#nowMs() + lifetimeMs)
    // Maps keep their order: the first is the one that was used the longest time ago.
    const [oldest] = map.keys()
    if (map.size > most && oldest !== undefined) map.delete(oldest)
  }

  #newSecret(): string {
    return Buffer.from(this.#random.bytes(secretBytes)).toString('base64url')
  }

  #nowMs(): number {
    return this.#clock.now().getTime()
  }
}

// Looking a hash up needs no constant time: its bytes tell nothing about the secret.
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
