// The life of our subscriptions: one pass at a time, timers for renewal and retries, lifecycle events, take-over.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { Subscription, SubscriptionKey } from '../../contract/models/subscription.ts'
import { AppError } from '../app-error.ts'
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
import { Pace } from './pace.ts'
import {
  inWordsForApplication,
  noAddressYet,
  notHeld,
  notShared,
  retryAfterMsOf,
} from './problems.ts'
import { PublicAddress } from './public-address.ts'
import { type SharedPlace, SubscriptionRecords } from './records.ts'
import { backoffMs, LONGEST_WAIT_MS } from './renewal.ts'
import { Surplus } from './surplus.ts'
import { Upkeep } from './upkeep.ts'
import { subjectOf, wantedSubscriptions } from './wanted.ts'

export type { SubscriptionGraph } from './graph-subscription.ts'

/** Graph's list is compared with ours at least this often. */
const PASS_EVERY_MS = 60_000
const LEAST_WAIT_MS = 5_000

/** These stay as they are while Graph cannot be asked. */
const LEFT_TO_OTHERS: Subscription['status'][] = ['held-elsewhere', 'observed']

/** How often events may ask for a pass beside that; what comes faster shares one. */
const EVENT_PASSES = { most: 3, withinMs: 30_000 }

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
  #eventPasses: Pace
  /** An event happened that no pass has looked at yet. */
  #isAsked = false
  #loaded = false
  #started = false
  #passesFailed = 0
  /** How long Graph asked to be left alone when the last pass failed. */
  #askedToWaitMs = 0
  #abort = new AbortController()
  #cancelTimer: (() => void) | null = null
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
    this.#eventPasses = new Pace({ clock, ...EVENT_PASSES })
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
    const isUsableNews = this.#address.report(url)
    // Otherwise the pass of the next minute sees to it.
    if (this.#started && isUsableNews) void this.#inBackground(() => this.#pass({ forced: false }))
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
      if (this.#address.reported === null) throw noAddressYet()
      await this.#view.delete(subscriptionId, this.#abort.signal)
      if (held.heldBy) await this.#notePlace(held.key, { state: 'taken', host: held.heldBy.host })
      this.#options.log.warning(
        'subscription',
        `Took over the subscription to ${subjectOf(held.key)} from ${held.heldBy?.host ?? 'another server'}.`,
        { subscriptionId },
      )
      await this.#pass({ forced: true })
    })
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
    await this.#turns.run(async () => {
      await this.#load()
      const { heldBy } = this.#board.entry(key)
      const host = heldBy?.host ?? this.#records.place(key)?.host
      const { state } = this.#records.place(key) ?? {}
      // A place that was left once can get another choice, also while nobody holds it.
      if (host === undefined || (!heldBy && state === 'taken')) throw notShared(key, 'observe')
      const isHandedBack = state === 'handed-back'
      await this.#notePlace(key, {
        state: isHandedBack ? 'handed-back' : 'observed',
        host,
        takeWhenFree,
      })
      if (heldBy) this.#board.set(key, { status: 'observed', error: null, remedies: [] })
      await this.#pass({ forced: false })
    })
  }

  /**
   * Deletes ours and leaves the place to the server that it was taken from, which must subscribe again by itself.
   * Throws AppError subscription-not-found where it was not taken over, and what the Graph client throws.
   */
  async handBack(key: SubscriptionKey): Promise<void> {
    await this.#turns.run(async () => {
      await this.#load()
      const place = this.#records.place(key)
      const record = this.#records.get(key)
      if (!record || place?.state !== 'taken') throw notShared(key, 'hand-back')
      await this.#view.delete(record.subscriptionId, this.#abort.signal)
      // The clientState stays: what Graph still delivers of the deleted one is ours.
      await this.#notePlace(key, { state: 'handed-back', host: place.host })
      await this.#records.delete(key)
      this.#options.log.warning(
        'subscription',
        `Handed the subscription to ${subjectOf(key)} back to ${place.host}.`,
      )
      await this.#pass({ forced: false })
    })
  }

  /** No longer leaves the place to another server: where it is free, ours is made. */
  async takePlace(key: SubscriptionKey): Promise<void> {
    await this.#turns.run(async () => {
      await this.#load()
      if (this.#address.reported === null) throw noAddressYet()
      if (this.#records.place(key)?.state !== 'taken') await this.#records.endPlace(key)
      await this.#pass({ forced: true })
    })
  }

  /** Acts on what Graph says about our subscriptions. The items are proven and stored already. */
  handleLifecycle(items: LifecycleNotification[]): void {
    // The next start looks at everything anyway.
    if (!this.#started) return
    void this.#inBackground(async () => {
      const acted = await Promise.all(items.map((item) => this.#lifecycle.handle(item)))
      if (acted.includes(true)) this.#askForPass()
    })
  }

  /** Renews all soon: what Microsoft asked for may not have arrived. */
  reauthorize(): void {
    if (!this.#started) return
    void this.#inBackground(() => {
      this.#lifecycle.reauthorizeAll()
      this.#askForPass()
      return Promise.resolve()
    })
  }

  /** A stored notification came. */
  noteDelivery(delivery: Delivery): void {
    if (delivery.subscriptionKey) {
      this.#board.noteDelivery(delivery.subscriptionKey, delivery.receivedAt)
    }
  }

  async #pass({ forced }: { forced: boolean }): Promise<void> {
    const { signal } = this.#abort
    this.#isAsked = false
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
    const keys = [...this.#records.all, ...wanted].map(({ key }) => key)
    // Until all are read, nothing can be told from a forgery: so also presence, which is kept elsewhere.
    await clientStates.load([...new Set<SubscriptionKey>([...keys, 'presence'])])
    this.#loaded = true
    this.#board.reset()
  }

  async #notePlace(
    key: SubscriptionKey,
    place: Pick<SharedPlace, 'state' | 'host'> & { takeWhenFree?: boolean },
  ): Promise<void> {
    const since = this.#options.clock.now().toISOString()
    await this.#records.setPlace({ key, since, takeWhenFree: false, ...place })
  }

  /** Nothing could be looked at: what lives goes on living. */
  #failAll(cause: unknown): void {
    const error = inWordsForApplication(cause)
    const { settings, log } = this.#options
    this.#passesFailed += 1
    this.#askedToWaitMs = retryAfterMsOf(cause)
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
    const waitMs = this.#passesFailed
      ? Math.max(
          backoffMs(this.#passesFailed, { random, maxMs: 5 * 60_000 }),
          Math.min(this.#askedToWaitMs, LONGEST_WAIT_MS),
        )
      : Math.max(Math.min(this.#board.dueInMs, PASS_EVERY_MS), LEAST_WAIT_MS)
    this.#cancelTimer = clock.after(waitMs, () => {
      void this.#inBackground(() => this.#pass({ forced: false }))
    })
  }

  /** Something happened that a pass should look at soon; while Graph cannot be asked, that has its own time. */
  #askForPass(): void {
    if (this.#isAsked || this.#passesFailed > 0) return
    this.#isAsked = true
    const look = () => {
      this.#cancelTimer?.()
      this.#cancelTimer = null
      this.#eventPasses.note()
      void this.#inBackground(() => this.#pass({ forced: false }))
    }
    const { waitMs } = this.#eventPasses
    if (waitMs === 0) {
      look()
      return
    }
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.clock.after(waitMs, look)
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
