// Paces what is read of Teams: so many a second in all, one a second for each chat, nothing while Graph asked to wait.
import { AppError } from './app-error.ts'
import { hasStatus } from './entra/graph-client.ts'
import type { Clock } from './ports/clock.ts'

// https://learn.microsoft.com/graph/throttling-limits#microsoft-teams-service-limits
const ALL_PER_SECOND = 20
const SECOND_MS = 1_000
/** More than this cannot be served in useful time. */
const MOST_WAITING = 500
/** Waited for where Graph asks to wait without saying how long. */
const UNSAID_WAIT_MS = 5_000

export interface Pass {
  /** Requests with the same key go out a second apart: the chat or channel; null for what has no limit of its own. */
  key: string | null
  /** `background` goes only while nobody else waits. */
  priority: 'now' | 'background'
  signal?: AbortSignal | undefined
}

interface Waiting extends Pass {
  go: () => void
}

export class RateGate {
  #clock: Clock
  #waiting: Waiting[] = []
  /** When the latest requests went out, the oldest first. */
  #starts: number[] = []
  #lastByKey = new Map<string, number>()
  #heldUntil = 0
  #lookedAt = 0
  #cancelTimer: (() => void) | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Has one request go out in its turn. Throws as `enter` and as the work does. */
  async run<T>(pass: Pass, work: () => Promise<T>): Promise<T> {
    await this.enter(pass)
    try {
      return await work()
    } catch (error) {
      // All others would be told the same, and each request that is refused counts as well.
      if (hasStatus(error, 429, 503, 504)) {
        const asked = error.retryAfterSeconds
        this.hold(asked === null ? UNSAID_WAIT_MS : asked * 1_000)
      }
      throw error
    }
  }

  /**
   * Resolves when a request may go out. Throws AppError busy where too many wait already, and the signal's reason
   * when it aborts.
   */
  async enter(pass: Pass): Promise<void> {
    pass.signal?.throwIfAborted()
    if (this.#waiting.length >= MOST_WAITING) throw tooMany()
    let leave = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        const entry: Waiting = { ...pass, go: resolve }
        const onAbort = () => {
          this.#waiting = this.#waiting.filter((one) => one !== entry)
          reject(reasonOf(pass.signal))
        }
        pass.signal?.addEventListener('abort', onAbort, { once: true })
        leave = () => pass.signal?.removeEventListener('abort', onAbort)
        this.#waiting.push(entry)
        this.#letGo()
      })
    } finally {
      leave()
    }
  }

  /** Holds everything back, as Graph asked with Retry-After. */
  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#now() + ms)
    this.#letGo()
  }

  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }

  #letGo(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#followClock()
    for (;;) {
      const next = this.#soonest()
      if (!next) return
      const waitMs = next.at - this.#now()
      if (waitMs > 0) {
        this.#cancelTimer = this.#clock.after(waitMs, () => this.#letGo())
        return
      }
      this.#waiting = this.#waiting.filter((one) => one !== next.entry)
      this.#note(next.entry)
      next.entry.go()
    }
  }

  /** Who may go first, and when: people before the background, then by time, then in the order of coming. */
  #soonest(): { entry: Waiting; at: number } | undefined {
    const urgent = this.#waiting.filter(({ priority }) => priority === 'now')
    const candidates = urgent.length > 0 ? urgent : this.#waiting
    let best: { entry: Waiting; at: number } | undefined
    for (const entry of candidates) {
      const at = Math.max(this.#freeAt(), this.#freeAtKey(entry.key))
      if (!best || at < best.at) best = { entry, at }
    }
    return best
  }

  #freeAt(): number {
    const now = this.#now()
    const oldest = this.#starts.length < ALL_PER_SECOND ? undefined : this.#starts[0]
    return Math.max(now, this.#heldUntil, oldest === undefined ? now : oldest + SECOND_MS)
  }

  #freeAtKey(key: string | null): number {
    const last = key === null ? undefined : this.#lastByKey.get(key)
    return last === undefined ? 0 : last + SECOND_MS
  }

  #note({ key }: Waiting): void {
    const now = this.#now()
    this.#starts.push(now)
    if (this.#starts.length > ALL_PER_SECOND) this.#starts.shift()
    for (const [name, at] of this.#lastByKey) {
      if (at + SECOND_MS > now) break
      this.#lastByKey.delete(name)
    }
    if (key === null) return
    // Put at the end again, so that the oldest stand in front.
    this.#lastByKey.delete(key)
    this.#lastByKey.set(key, now)
  }

  /** A clock that was set back must hold nobody up until it is there again. */
  #followClock(): void {
    const now = this.#now()
    const backMs = this.#lookedAt - now
    this.#lookedAt = now
    if (backMs < SECOND_MS) return
    this.#heldUntil -= backMs
    this.#starts = []
    this.#lastByKey.clear()
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new DOMException('Stopped.', 'AbortError')
}

function tooMany(): AppError {
  return new AppError('busy', {
    message: 'More messages are asked for than Microsoft lets an application read.',
    nextStep: 'Try again in a minute.',
  })
}
