// Presence of chosen people: when its one subscription is looked at, for whom, and how it stands for the pages.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { Subscription } from '../../contract/models/subscription.ts'
import { AppError, toErrorReport } from '../app-error.ts'
import type { Random } from '../ports/clock.ts'
import { Turns } from '../turns.ts'
import { NOTIFICATION_PATH } from '../webhook-paths.ts'
import { Pace } from './pace.ts'
import { RENEW_PRESENCE_EVERY_MS } from './presence-request.ts'
import { PresenceSubscription, type PresenceSubscriptionOptions } from './presence-subscription.ts'
import { statusOf } from './problems.ts'
import { retryDelayMs } from './renewal.ts'

/** Sign-in, settings and address may all change at once, or flap. */
const PASSES = { most: 6, withinMs: 5 * 60_000 }
/** While the vault has not been read, and at least between two passes. */
const SOON_MS = 5_000

export interface PresenceOptions extends Omit<
  PresenceSubscriptionOptions,
  'onCreating' | 'onForgotten'
> {
  settings: () => ConnectionSettings
  random: Random
  onChange: () => void
}

type Shown = Pick<Subscription, 'status' | 'heldBy' | 'error'>

export class Presence {
  #options: PresenceOptions
  #subscription: PresenceSubscription
  #shown: Shown = { status: 'waiting', heldBy: null, error: null }
  #lastNotificationAt: string | null = null
  #publicUrl: string | null = null
  #attempt = 0
  /** What the last attempt was made for: when that changes, waiting times do not count. */
  #triedFor = ''
  #retryAt = 0
  #turns = new Turns()
  #pace: Pace
  #isQueued = false
  #cancelTimer: (() => void) | null = null
  #abort = new AbortController()

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#subscription = new PresenceSubscription({
      ...options,
      onCreating: () => this.#show({ status: 'creating', heldBy: null, error: null }),
      onForgotten: options.onChange,
    })
    this.#pace = new Pace({ clock: options.clock, ...PASSES })
  }

  /** Reads what an earlier run noted. */
  load(): Promise<void> {
    return this.#subscription.load()
  }

  /** The one row for the pages; none where nobody's presence is wanted. */
  get list(): Subscription[] {
    if (this.#names.length === 0) return []
    const { record } = this.#subscription
    return [
      {
        key: 'presence',
        resource: record?.resource ?? '/communications/presences',
        changeTypes: ['updated'],
        ...this.#shown,
        subscriptionId: record?.subscriptionId ?? null,
        expirationDateTime: record?.expirationDateTime ?? null,
        createdAt: record?.createdAt ?? null,
        renewedAt: record?.renewedAt ?? null,
        lastNotificationAt: this.#lastNotificationAt,
        observing: null,
        takenFrom: null,
        remedies: [],
      },
    ]
  }

  /** The certificates that its subscription names. */
  get certificateIds(): string[] {
    const { record } = this.#subscription
    return record ? [record.encryptionCertificateId] : []
  }

  setPublicUrl(url: string | null): void {
    this.#publicUrl = url?.replace(/\/+$/, '') ?? null
    this.wake()
  }

  noteDelivery({ receivedAt }: Delivery): void {
    this.#lastNotificationAt = receivedAt
  }

  /** Something changed: looks at everything again, soon. Returns at once. */
  wake(): void {
    if (this.#isQueued || this.#abort.signal.aborted || !this.#isOfInterest) return
    const { waitMs } = this.#pace
    if (waitMs > 0) {
      this.#after(waitMs)
      return
    }
    this.#isQueued = true
    this.#pace.note()
    this.#cancelTimer?.()
    this.#cancelTimer = null
    void this.#turns.run(() => this.#pass())
  }

  /** Deletes it while the administrator can still do that: before a sign-out. Failures are logged: it ends by itself. */
  async end(): Promise<void> {
    await this.#turns.run(() => this.#subscription.remove(this.#abort.signal))
  }

  /** Ends timers and requests. The subscription stays for the rest of its hour. */
  async stop(): Promise<void> {
    this.#abort.abort(new DOMException('Presence was stopped.', 'AbortError'))
    this.#cancelTimer?.()
    this.#cancelTimer = null
    await this.#turns.idle()
  }

  get #names(): string[] {
    return [...new Set(this.#options.settings().presencePeople.map((name) => name.toLowerCase()))]
  }

  get #isOfInterest(): boolean {
    return this.#names.length > 0 || this.#subscription.record !== null
  }

  async #pass(): Promise<void> {
    const { administrator, clientStates, clock } = this.#options
    const { signal } = this.#abort
    const isStopped = () => signal.aborted
    this.#isQueued = false
    if (isStopped()) return
    const names = this.#names
    if (names.length === 0) {
      await this.#subscription.remove(signal)
      return
    }
    const account = administrator()
    if (account === '' || this.#publicUrl === null) {
      const status = account === '' ? 'paused' : 'waiting'
      this.#show({ status, heldBy: null, error: null })
      return
    }
    // A state that is made before the others were read would have genuine notifications refused.
    if (!clientStates.loaded) {
      this.#after(SOON_MS)
      return
    }
    const purpose = JSON.stringify([account, this.#publicUrl, names])
    const leftMs = this.#retryAt - clock.now().getTime()
    if (purpose === this.#triedFor && leftMs > 0 && this.#attempt > 0) {
      this.#after(leftMs)
      return
    }
    this.#triedFor = purpose
    try {
      const url = this.#publicUrl + NOTIFICATION_PATH
      await this.#subscription.keep({ names, url, afterFailure: this.#attempt > 0, signal })
      this.#attempt = 0
      this.#show({ status: 'active', heldBy: null, error: null })
      this.#after(RENEW_PRESENCE_EVERY_MS)
    } catch (error) {
      if (!isStopped()) this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const { clock, random, log } = this.#options
    if (error instanceof AppError && error.code === 'sign-in-required') {
      this.#show({ status: 'paused', heldBy: null, error: null })
      return
    }
    const isRefused =
      statusOf(error) === 403 ||
      (error instanceof AppError && error.code === 'subscription-forbidden')
    this.#attempt += 1
    const waitMs = retryDelayMs(this.#attempt, { random, refused: isRefused })
    this.#retryAt = clock.now().getTime() + waitMs
    const report = toErrorReport(error, { clock, random })
    const isNews = this.#shown.error?.message !== report.message
    const status = isRefused ? 'refused' : 'failed'
    this.#show({ status, heldBy: null, error: isNews ? report : this.#shown.error })
    if (isNews) log.warning('subscription', `Presence is not in order: ${report.message}`)
    this.#after(waitMs)
  }

  #after(ms: number): void {
    if (this.#abort.signal.aborted) return
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      this.#cancelTimer = null
      this.wake()
    })
  }

  #show(shown: Shown): void {
    this.#shown = shown
    this.#options.onChange()
  }
}
