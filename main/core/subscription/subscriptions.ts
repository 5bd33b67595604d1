// The life of our subscriptions: one pass over all of them at a time, and whatever asks for one.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { Subscription, SubscriptionKey } from '../../contract/models/subscription.ts'
import { AppError } from '../app-error.ts'
import { untilAborted } from '../backoff.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import { Turns } from '../turns.ts'
import type { ClientStates } from '../webhook/client-states.ts'
import type { LifecycleNotification } from '../webhook/notifications.ts'
import { Board } from './board.ts'
import { graphNow, type Certificate, type SubscriptionGraph } from './graph-subscription.ts'
import { GraphView } from './graph-view.ts'
import { Lifecycle } from './lifecycle.ts'
import { PassTimer } from './pass-timer.ts'
import { PlaceChoices } from './place-choices.ts'
import { inWordsForApplication, retryAfterMsOf } from './problems.ts'
import { PublicAddress } from './public-address.ts'
import { SubscriptionRecords } from './records.ts'
import { Surplus } from './surplus.ts'
import { Upkeep } from './upkeep.ts'
import { wantedSubscriptions } from './wanted.ts'

export type { SubscriptionGraph } from './graph-subscription.ts'

/** These stay as they are while Graph cannot be asked. */
const LEFT_TO_OTHERS: Subscription['status'][] = ['held-elsewhere', 'observed']

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
  #address: PublicAddress
  #surplus: Surplus
  #lifecycle: Lifecycle
  #choices: PlaceChoices
  #timer: PassTimer
  #loaded = false
  #abort = new AbortController()
  // Passes, take-overs and lifecycle events run one after the other.
  #turns = new Turns()
  #queuedPass: Promise<void> | null = null

  constructor(options: SubscriptionsOptions) {
    const { graph, database, settings, clock, random } = options
    this.#options = options
    const records = new SubscriptionRecords(database)
    this.#records = records
    this.#board = new Board({
      wanted: () => wantedSubscriptions(settings()),
      graphNow: () => graphNow(graph, clock),
      ...{ records, clock, random },
    })
    this.#view = new GraphView(options)
    this.#address = new PublicAddress({ records, clock })
    const parts = { view: this.#view, records, board: this.#board, address: this.#address }
    this.#upkeep = new Upkeep({ ...options, ...parts })
    this.#surplus = new Surplus({ ...options, ...parts, upkeep: this.#upkeep })
    this.#lifecycle = new Lifecycle({ ...options, ...parts, upkeep: this.#upkeep })
    this.#choices = new PlaceChoices({ ...options, ...parts })
    const pass = () => void this.#inBackground(() => this.#pass({ forced: false }))
    this.#timer = new PassTimer({ clock, random, pass })
  }

  get list(): Subscription[] {
    return this.#board.list
  }

  /** Calls back with the list after each change; returns its own undo. */
  onChange(listener: (list: Subscription[]) => void): () => void {
    return this.#board.onChange(listener)
  }

  /** When Graph last showed the subscription of a key living, in ms since 1970; 0 before the first time. */
  seenAt(key: SubscriptionKey): number {
    return this.#board.seenAt(key)
  }

  /** When a place was taken from another server, in ms since 1970; 0 where it was not. */
  takenAt(key: SubscriptionKey): number {
    const place = this.#records.place(key)
    return place?.state === 'taken' ? Date.parse(place.since) : 0
  }

  /** Keeps the subscriptions from now on. */
  start(): void {
    if (this.#timer.isStarted) return
    this.#timer.start()
    void this.ensure()
  }

  /** Ends timers and requests. The subscriptions stay with Graph. */
  async stop(): Promise<void> {
    this.#timer.stop()
    this.#abort.abort(new DOMException('The subscriptions were stopped.', 'AbortError'))
    await this.#turns.idle()
    this.#abort = new AbortController()
  }

  /** The address that reaches the webhook; null while there is none. */
  setPublicUrl(url: string | null): void {
    const isUsableNews = this.#address.report(url)
    // Otherwise the pass of the next minute sees to it.
    if (this.#timer.isStarted && isUsableNews)
      void this.#inBackground(() => this.#pass({ forced: false }))
  }

  /**
   * Brings everything in order, once, whatever the waiting times after failures. A call during a pass is served
   * by one more pass. Never rejects: failures show in the list. An aborted signal only ends the waiting.
   */
  async ensure(signal?: AbortSignal): Promise<void> {
    this.#queuedPass ??= this.#inBackground(() => {
      this.#queuedPass = null
      this.#view.forgetGone()
      return this.#pass({ forced: true })
    })
    const pass = this.#queuedPass
    // The pass itself never rejects.
    await (signal ? untilAborted(pass, signal).catch(() => undefined) : pass)
  }

  /**
   * Deletes the subscription of another server, then creates ours.
   * Throws AppError subscription-not-found, webhook-not-running and what the Graph client throws.
   */
  async takeOver(subscriptionId: string): Promise<void> {
    await this.#choose({ forced: true }, (signal) => this.#choices.takeOver(subscriptionId, signal))
  }

  /**
   * Leaves the place to the server that holds it, on purpose. Throws AppError subscription-not-found when none does.
   */
  async observe({
    key,
    takeWhenFree,
  }: {
    key: SubscriptionKey
    takeWhenFree: boolean
  }): Promise<void> {
    await this.#choose({ forced: false }, () => this.#choices.observe(key, { takeWhenFree }))
  }

  /**
   * Deletes ours and leaves the place to the server that it was taken from, which must subscribe again by itself.
   * Throws AppError subscription-not-found where it was not taken over, and what the Graph client throws.
   */
  async handBack(key: SubscriptionKey): Promise<void> {
    await this.#choose({ forced: false }, (signal) => this.#choices.handBack(key, signal))
  }

  /** No longer leaves the place to another server: where it is free, ours is made. */
  async takePlace(key: SubscriptionKey): Promise<void> {
    await this.#choose({ forced: true }, () => this.#choices.take(key))
  }

  /** Acts on what Graph says about our subscriptions. The items are proven and stored already. */
  handleLifecycle(items: LifecycleNotification[]): void {
    // The next start looks at everything anyway.
    if (!this.#timer.isStarted) return
    void this.#inBackground(async () => {
      const acted = await Promise.all(items.map((item) => this.#lifecycle.handle(item)))
      if (acted.includes(true)) this.#timer.askForPass()
    })
  }

  /** Renews all soon: what Microsoft asked for may not have arrived. */
  reauthorize(): void {
    if (!this.#timer.isStarted) return
    void this.#inBackground(() => {
      this.#lifecycle.reauthorizeAll()
      this.#timer.askForPass()
      return Promise.resolve()
    })
  }

  /** A stored notification came. */
  noteDelivery(delivery: Delivery): void {
    if (delivery.subscriptionKey) {
      this.#board.noteDelivery(delivery.subscriptionKey, delivery.receivedAt)
    }
  }

  /** A person's choice about a place, in its turn, then a pass. */
  async #choose(
    { forced }: { forced: boolean },
    choice: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    await this.#turns.run(async () => {
      await this.#load()
      await choice(this.#abort.signal)
      await this.#pass({ forced })
    })
  }

  async #pass({ forced }: { forced: boolean }): Promise<void> {
    const { signal } = this.#abort
    this.#timer.noteBegun()
    const isStopped = () => signal.aborted
    if (isStopped()) return
    const wanted = wantedSubscriptions(this.#options.settings())
    try {
      await this.#load()
      const alive = await this.#view.listAlive(signal)
      const { urls, moved } = await this.#address.settle()
      // What failed at another address may work at this one.
      const pass = { alive, urls, forced: forced || moved, signal }
      await this.#surplus.removeUnwanted(wanted, pass)
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
      await this.#surplus.removeStrays(wanted, pass)
      this.#timer.noteDone()
    } catch (error) {
      if (!isStopped()) this.#failAll(error)
    }
    this.#timer.schedule(this.#board.dueInMs)
  }

  /** Reads what an earlier run left. Before, the endpoint cannot tell ours from forged. */
  async #load(): Promise<void> {
    if (this.#loaded) return
    const { clientStates, settings } = this.#options
    await this.#records.load()
    const wanted = wantedSubscriptions(settings())
    const keys = [...this.#records.all, ...wanted].map(({ key }) => key)
    // Until all are read, nothing can be told from a forgery: so also presence, which is kept elsewhere.
    await clientStates.load([...new Set<SubscriptionKey>([...keys, 'presence'])])
    this.#loaded = true
    this.#board.reset()
  }

  /** Nothing could be looked at: what lives goes on living. */
  #failAll(cause: unknown): void {
    const error = inWordsForApplication(cause)
    const { settings, log } = this.#options
    const attempt = this.#timer.noteFailed({ askedToWaitMs: retryAfterMsOf(cause) })
    for (const { key } of wantedSubscriptions(settings())) {
      const record = this.#records.get(key)
      const isLiving = record !== undefined && this.#board.isAlive(record)
      const { status } = this.#board.entry(key)
      this.#board.set(key, {
        status: isLiving ? 'active' : LEFT_TO_OTHERS.includes(status) ? status : 'failed',
        error: this.#board.report(key, error),
      })
    }
    log.warning('subscription', 'The subscriptions could not be checked. It is tried again.', {
      attempt,
      reason: error instanceof Error ? error.message : '',
      details: error instanceof AppError ? error.details : undefined,
    })
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
