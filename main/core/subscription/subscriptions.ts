// The life of our subscriptions: one pass at a time, timers for renewal and retries, lifecycle events, take-over.
import type {
  ConnectionSettings,
  Delivery,
  Subscription,
  SubscriptionKey,
} from '../../contract/models.ts'
import { AppError } from '../app-error.ts'
import { fullJitterMs } from '../backoff.ts'
import type { Log } from '../log.ts'
import type { Clock, Database, Random } from '../ports.ts'
import { Turns } from '../turns.ts'
import type { ClientStates } from '../webhook/client-states.ts'
import { LIFECYCLE_PATH, NOTIFICATION_PATH } from '../webhook-paths.ts'
import type { LifecycleNotification } from '../webhook/notifications.ts'
import { Board } from './board.ts'
import type { Certificate, SubscriptionGraph } from './graph-subscription.ts'
import { GraphView } from './graph-view.ts'
import { inWordsForApplication, noAddressYet, notHeld } from './problems.ts'
import { SubscriptionRecords } from './records.ts'
import { Upkeep } from './upkeep.ts'
import { subjectOf, wantedSubscriptions } from './wanted.ts'

export type { SubscriptionGraph } from './graph-subscription.ts'

/** Graph's list is compared with ours at least this often. */
const PASS_EVERY_MS = 15 * 60_000
const LEAST_WAIT_MS = 1_000

/** Each creation waits for a handshake, so a few go side by side. */
const AT_ONCE = 4

export interface SubscriptionsOptions {
  /** Uses the application's own token. */
  graph: SubscriptionGraph
  database: Database
  clientStates: ClientStates
  settings: () => ConnectionSettings
  /** The certificate for subscriptions whose content shall come along. */
  certificate: () => Promise<Certificate>
  clock: Clock
  random: Random
  log: Log
}

export class Subscriptions {
  #options: SubscriptionsOptions
  #records: SubscriptionRecords
  #board: Board
  #view: GraphView
  #upkeep: Upkeep
  #publicUrl: string | null = null
  /** The address that the last pass used. */
  #passUrl: string | null = null
  #loaded = false
  #started = false
  #passesFailed = 0
  #abort = new AbortController()
  #cancelTimer: (() => void) | null = null
  // Passes, take-overs and lifecycle events run one after the other.
  #turns = new Turns()
  #queuedPass: Promise<void> | null = null

  constructor(options: SubscriptionsOptions) {
    const { database, settings, clock, random } = options
    this.#options = options
    this.#records = new SubscriptionRecords(database)
    const wanted = () => wantedSubscriptions(settings())
    this.#board = new Board({ wanted, records: this.#records, clock, random })
    this.#view = new GraphView(options)
    this.#upkeep = new Upkeep({
      ...options,
      view: this.#view,
      records: this.#records,
      board: this.#board,
    })
  }

  get list(): Subscription[] {
    return this.#board.list
  }

  /** Calls back with the list after each change; returns its own undo. */
  onChange(listener: (list: Subscription[]) => void): () => void {
    return this.#board.onChange(listener)
  }

  /** Keeps the subscriptions from now on. */
  start(): void {
    if (this.#started) return
    this.#started = true
    void this.ensure()
  }

  /** Ends timers and requests. The subscriptions stay with Graph. */
  async stop(): Promise<void> {
    this.#started = false
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#abort.abort(new DOMException('The subscriptions were stopped.', 'AbortError'))
    await this.#turns.idle()
    this.#abort = new AbortController()
  }

  /** The address that reaches the webhook; null while there is none. */
  setPublicUrl(url: string | null): void {
    const publicUrl = url?.replace(/\/+$/, '') ?? null
    if (publicUrl === this.#publicUrl) return
    this.#publicUrl = publicUrl
    this.#upkeep.setPublicHost(
      publicUrl && URL.canParse(publicUrl) ? new URL(publicUrl).host : null,
    )
    if (!this.#started || !publicUrl) return
    // A pass that is running may use this address already; then nothing that failed is asked again at once.
    void this.#inBackground(() => this.#pass({ forced: this.#passUrl !== publicUrl }))
  }

  /**
   * Brings everything in order, once, whatever the waiting times after failures. A call during a pass is served
   * by one more pass. Never rejects: failures show in the list. An aborted signal only ends the waiting.
   */
  async ensure(signal?: AbortSignal): Promise<void> {
    this.#queuedPass ??= this.#inBackground(() => {
      this.#queuedPass = null
      return this.#pass({ forced: true })
    })
    await endedOr(this.#queuedPass, signal)
  }

  /**
   * Deletes the subscription of another server, then creates ours.
   * Throws AppError subscription-not-found, webhook-not-running and what the Graph client throws.
   */
  async takeOver(subscriptionId: string): Promise<void> {
    await this.#turns.run(async () => {
      await this.#load()
      const held = this.list.find(({ heldBy }) => heldBy?.subscriptionId === subscriptionId)
      if (!held) throw notHeld()
      // Never leave the contact center without any receiver.
      if (this.#publicUrl === null) throw noAddressYet()
      await this.#view.delete(subscriptionId, this.#abort.signal)
      this.#options.log.warning(
        'subscription',
        `Took over the subscription to ${subjectOf(held.key)} from ${held.heldBy?.host ?? 'another server'}.`,
        { subscriptionId },
      )
      await this.#pass({ forced: true })
    })
  }

  /** Acts on what Graph says about our subscriptions. The items are proven and stored already. */
  handleLifecycle(items: LifecycleNotification[]): void {
    // The next start looks at everything anyway.
    if (!this.#started) return
    void this.#inBackground(async () => {
      const acted = await Promise.all(items.map((item) => this.#handle(item)))
      if (acted.includes(true)) await this.#pass({ forced: false })
    })
  }

  /** A stored notification came. */
  noteDelivery(delivery: Delivery): void {
    if (delivery.subscriptionKey) {
      this.#board.noteDelivery(delivery.subscriptionKey, delivery.receivedAt)
    }
  }

  /** True when the event needs a pass. */
  async #handle(item: LifecycleNotification): Promise<boolean> {
    const { log } = this.#options
    const { lifecycleEvent, subscriptionId } = item
    const record = this.#records.all.find((one) => one.subscriptionId === subscriptionId)
    // An event of an earlier subscription that Graph was still trying to deliver.
    if (!record) return false
    const subject = subjectOf(record.key)
    switch (lifecycleEvent) {
      case 'reauthorizationRequired':
        log.info('subscription', `Microsoft asks to reauthorize the subscription to ${subject}.`)
        this.#board.set(record.key, { renewNow: true, retryAt: 0 })
        return true
      case 'subscriptionRemoved':
        log.warning(
          'subscription',
          `Microsoft removed the subscription to ${subject}. A new one is made; messages in between may be missing.`,
        )
        await this.#upkeep.noteRemoved(record)
        return true
      case 'missed':
        log.warning(
          'subscription',
          `Microsoft could not deliver some notifications of the subscription to ${subject}.`,
        )
        return false
      default:
        log.warning(
          'subscription',
          `Microsoft sent a lifecycle event that this version does not know, about the subscription to ${subject}.`,
          { lifecycleEvent },
        )
        return false
    }
  }

  async #pass({ forced }: { forced: boolean }): Promise<void> {
    const { signal } = this.#abort
    const isStopped = () => signal.aborted
    if (isStopped()) return
    const wanted = wantedSubscriptions(this.#options.settings())
    try {
      await this.#load()
      const alive = await this.#view.listAlive(signal)
      this.#passUrl = this.#publicUrl
      const pass = { alive, urls: this.#urls, forced, signal }
      await this.#removeUnwanted(wanted.map(({ key }) => key))
      const waiting = [...wanted]
      const worker = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          await this.#upkeep.keep(next, pass)
        }
      }
      const workers = Array.from({ length: AT_ONCE }, worker)
      // All have ended before anything is told, also when the work was stopped.
      await Promise.allSettled(workers)
      await Promise.all(workers)
      this.#passesFailed = 0
    } catch (error) {
      if (!isStopped()) this.#failAll(error)
    }
    this.#schedule()
  }

  /** Reads what an earlier run left. Before, the endpoint cannot tell ours from forged. */
  async #load(): Promise<void> {
    if (this.#loaded) return
    const { clientStates, settings } = this.#options
    await this.#records.load()
    const wanted = wantedSubscriptions(settings())
    await clientStates.load([...new Set([...this.#records.all, ...wanted].map(({ key }) => key))])
    this.#loaded = true
    this.#board.reset()
  }

  async #removeUnwanted(wanted: SubscriptionKey[]): Promise<void> {
    for (const record of this.#records.all) {
      if (wanted.includes(record.key)) continue
      try {
        await this.#upkeep.remove(record, this.#abort.signal)
      } catch (error) {
        if (this.#abort.signal.aborted) throw error
        this.#options.log.warning(
          'subscription',
          `The subscription to ${subjectOf(record.key)} is no longer wanted, but could not be deleted yet.`,
          { reason: error instanceof Error ? error.message : '' },
        )
      }
    }
  }

  /** Nothing could be looked at: what lives goes on living. */
  #failAll(cause: unknown): void {
    const error = inWordsForApplication(cause)
    const { settings, log } = this.#options
    this.#passesFailed += 1
    for (const { key } of wantedSubscriptions(settings())) {
      const record = this.#records.get(key)
      const isLiving = record !== undefined && this.#board.isAlive(record)
      const { status } = this.#board.entry(key)
      this.#board.set(key, {
        status: isLiving ? 'active' : status === 'held-elsewhere' ? status : 'failed',
        error: this.#board.report(key, error),
      })
    }
    log.warning('subscription', 'The subscriptions could not be checked. It is tried again.', {
      attempt: this.#passesFailed,
      reason: error instanceof Error ? error.message : '',
      details: error instanceof AppError ? error.details : undefined,
    })
  }

  #schedule(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    if (!this.#started) return
    const { clock, random } = this.#options
    const untilDue = this.#board.dueAt - clock.now().getTime()
    const untilNext = this.#passesFailed
      ? fullJitterMs(this.#passesFailed, { random, baseMs: 5_000, maxMs: 5 * 60_000 })
      : Math.min(untilDue, PASS_EVERY_MS)
    this.#cancelTimer = clock.after(Math.max(untilNext, LEAST_WAIT_MS), () => {
      void this.#inBackground(() => this.#pass({ forced: false }))
    })
  }

  get #urls() {
    if (this.#publicUrl === null) return null
    return {
      notificationUrl: this.#publicUrl + NOTIFICATION_PATH,
      lifecycleNotificationUrl: this.#publicUrl + LIFECYCLE_PATH,
    }
  }

  /** For work that nobody waits for. Never rejects. */
  #inBackground(work: () => Promise<void>): Promise<void> {
    return this.#turns.run(work).catch((error: unknown) => {
      this.#options.log.error('subscription', 'Keeping the subscriptions failed unexpectedly.', {
        reason: error instanceof Error ? error.message : typeof error,
      })
    })
  }
}

/** Waits for the work, or for the signal. */
async function endedOr(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work
  if (signal.aborted) return
  let stopWaiting = () => {}
  const aborted = new Promise<void>((resolve) => {
    stopWaiting = resolve
  })
  signal.addEventListener('abort', stopWaiting, { once: true })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stopWaiting)
  }
}
