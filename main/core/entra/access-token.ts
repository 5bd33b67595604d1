// The application's own token, kept in memory until shortly before it expires.
import type { AppAuth, AppToken } from '../ports/auth.ts'
import { untilAborted } from '../backoff.ts'
import type { Clock } from '../ports/clock.ts'

/** A token this close to its end is replaced: a call that starts now must still be able to finish. */
const MARGIN_MS = 5 * 60_000
/** Consent shows in a new token only, so one that lacks some is replaced sooner than after its hour. */
const LACKING_MS = 10 * 60_000

export interface AccessTokenOptions {
  appAuth: AppAuth
  clock: Clock
  /** Throws AppError not-set-up or secret-unknown where there is nothing to ask with. */
  credentials: () => Promise<{ tenantId: string; clientId: string; clientSecret: string }>
  /** True for a token with all permissions that are wanted. */
  isWhole: (token: AppToken) => boolean
}

export class AccessToken {
  #options: AccessTokenOptions
  #token: AppToken | null = null
  #keptSinceMs = 0
  #asking: Promise<AppToken> | null = null

  constructor(options: AccessTokenOptions) {
    this.#options = options
  }

  /** A token that lasts a few minutes at least. Callers at the same time share one request. */
  async get({
    forceRefresh = false,
    signal,
  }: { forceRefresh?: boolean; signal?: AbortSignal } = {}): Promise<AppToken> {
    signal?.throwIfAborted()
    const kept = this.#token
    if (kept && !forceRefresh && this.#isGood(kept)) return kept
    this.#asking ??= this.#ask()
    // The request is shared, so one caller's signal ends that caller's wait only.
    return signal ? untilAborted(this.#asking, signal) : this.#asking
  }

  /** Drops the kept token, after new consent or a new secret. */
  forget(): void {
    this.#token = null
    this.#asking = null
  }

  #isGood(token: AppToken): boolean {
    const { clock, isWhole } = this.#options
    const nowMs = clock.now().getTime()
    if (token.expiresAt.getTime() - nowMs <= MARGIN_MS) return false
    return isWhole(token) || Math.abs(nowMs - this.#keptSinceMs) < LACKING_MS
  }

  #ask(): Promise<AppToken> {
    const { appAuth, credentials } = this.#options
    const asking = credentials().then((given) => appAuth.acquire(given))
    // What was asked for before forget() is not kept after it.
    const settle = (token: AppToken | null) => {
      if (this.#asking !== asking) return
      this.#token = token
      this.#keptSinceMs = this.#options.clock.now().getTime()
      this.#asking = null
    }
    asking.then(settle, () => settle(null))
    return asking
  }
}
