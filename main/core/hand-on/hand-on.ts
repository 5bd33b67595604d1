// Handing events on to the contact center: what waits, in order per chat, with retries, and what was given up.
import type { HandOnEntry, HandOnState } from '../../contract/models/contact-center.ts'
import type { Delivery } from '../../contract/models/delivery.ts'
import type { MessageContent } from '../../contract/models/message.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { AppError, toErrorReport } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { HandOnFile } from '../ports/hand-on.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import type { NewDelivery } from '../ports/stored.ts'
import { Attempts } from './attempts.ts'
import { Courier } from './courier.ts'
import { EventMaker } from './event-maker.ts'
import { testEvent } from './event.ts'
import { fileTarget } from './file-target.ts'
import { parseHandOnUrl, placeOf } from './hand-on-url.ts'
import { httpTarget } from './http-target.ts'
import { laneOf } from './resource.ts'
import { SigningKey } from './signing-key.ts'
import type { Target } from './target.ts'

const LISTED_ENTRIES = 200
const SHOWN_EVERY_MS = 500

export interface HandOnDeps {
  database: Database
  secrets: SecretStore
  settings: () => ConnectionSettings
  clock: Clock
  random: Random
  log: Log
  fetch: typeof fetch
  /** The file target. */
  file: HandOnFile
  /** The decrypted content of a rich notification; null where there is none. */
  content: (delivery: Delivery) => Promise<unknown>
  /** Its message in one shape; null for what is no message, and where it is not to be handed on. */
  message?: (delivery: Delivery) => Promise<MessageContent | null>
  /** Hears how long an event took from its notification's arrival until it was taken. */
  onHandedOn?: (latencyMs: number) => void
  onChange: () => void
}

export class HandOn {
  #deps: HandOnDeps
  #key: SigningKey
  #attempts: Attempts
  #courier: Courier
  #seenSettings: string
  #cancelShowing: (() => void) | null = null
  #showAgain = false

  constructor(deps: HandOnDeps) {
    this.#deps = deps
    this.#key = new SigningKey(deps)
    this.#seenSettings = this.#relevantSettings()
    this.#attempts = new Attempts({
      ...deps,
      events: new EventMaker(deps),
      onChange: () => this.#show(),
    })
    this.#courier = new Courier({
      ...deps,
      attempts: this.#attempts,
      target: () => this.#usableTarget(),
    })
  }

  state(): HandOnState {
    const { handOnTarget: target } = this.#deps.settings()
    const { waiting, dead, handedOn, lastHandedOnAt, error, circuit } = this.#attempts
    const phase = this.#phase()
    const goesOut = phase !== 'off' && phase !== 'paused' && waiting > 0
    return {
      ...{ target, phase, waiting, dead, handedOn },
      place: this.#place(),
      failingSince: isoOf(circuit.failingSince),
      lastHandedOnAt: lastHandedOnAt?.toISOString() ?? null,
      nextAttemptAt: goesOut ? isoOf(this.#courier.nextAttemptAt) : null,
      error: phase === 'off' ? null : error,
    }
  }

  /** Reads how much waits, also for whoever only looks. */
  load(): Promise<void> {
    return this.#attempts.load()
  }

  /** Takes up what waits. */
  start(): void {
    this.#courier.start()
  }

  /** The lane in which a new item has to wait; undefined when it is not handed on. */
  laneOf(
    item: Pick<NewDelivery, 'kind' | 'resource' | 'subscriptionId' | 'origin'>,
  ): string | undefined {
    if (this.#deps.settings().handOnTarget === 'none') return undefined
    return isForThem(item) ? laneOf(item) : undefined
  }

  /** Wakes up for items that were stored just now. */
  noteStored(deliveries: Delivery[]): void {
    const lanes = deliveries.flatMap((delivery) => this.laneOf(delivery) ?? [])
    if (lanes.length === 0) return
    this.#attempts.waiting += lanes.length
    this.#courier.add(lanes)
    this.#show()
  }

  /** Looks at changed settings. */
  noteSettings(): void {
    const settings = this.#relevantSettings()
    if (settings === this.#seenSettings) return
    this.#seenSettings = settings
    this.#startOver()
  }

  /** Sends a signed event that tells of nothing. Throws AppError hand-on-…. */
  async test(): Promise<{ status: number; durationMs: number }> {
    const { clock, random } = this.#deps
    const startedAt = clock.now()
    const event = testEvent({ id: random.uuid(), at: startedAt })
    const outcome = await this.#target({ isTest: true }).send(event, this.#courier.signal)
    if (outcome.kind === 'failed') throw outcome.error
    const durationMs = clock.now().getTime() - startedAt.getTime()
    // What was held back need not wait for the next probe.
    if (this.#attempts.circuit.failingSince !== null) this.#startOver()
    return { status: outcome.status, durationMs }
  }

  async revealKey(): Promise<{ key: string }> {
    return { key: await this.#key.current() }
  }

  async newKey(): Promise<void> {
    await this.#key.renew()
    this.#deps.log.info('hand-on', 'Made a new signing key. The earlier one signs along for a day.')
  }

  list(state: 'waiting' | 'dead'): Promise<HandOnEntry[]> {
    return this.#deps.database.listHandOn(state, LISTED_ENTRIES)
  }

  /** Hands these on again; with none named, all that were given up. Throws AppError hand-on-url-invalid. */
  async redeliver(deliveryIds: number[]): Promise<{ count: number }> {
    const { database, clock, log } = this.#deps
    // Throws where there is nowhere to hand them on to.
    this.#target()
    const what = deliveryIds.length === 0 ? 'dead' : await this.#withLanes(deliveryIds)
    const count = await database.queueHandOn(what, clock.now().toISOString())
    await this.#attempts.recount()
    log.info('hand-on', 'Events are handed on again.', { count })
    this.#startOver()
    return { count }
  }

  async stop(): Promise<void> {
    await this.#courier.stop()
    this.#cancelShowing?.()
    await this.#deps.file.close()
  }

  #startOver(): void {
    this.#attempts.startOver()
    this.#courier.startOver()
    this.#show()
  }

  /** Throws AppError hand-on-url-invalid where there is nowhere to hand events on to. */
  #target({ isTest = false } = {}): Target {
    const { settings, file, clock, fetch } = this.#deps
    const { handOnTarget, handOnUrl } = settings()
    switch (handOnTarget) {
      case 'file':
        return fileTarget(file)
      case 'http':
        return httpTarget({ url: parseHandOnUrl(handOnUrl), key: this.#key, clock, fetch, isTest })
      case 'none':
        throw new AppError('hand-on-url-invalid', {
          message: 'Handing on is switched off.',
          nextStep: 'Choose on the Webhook page where events are handed on to.',
        })
    }
  }

  /** null while nothing may go out. */
  #usableTarget(): Target | null {
    const { handOnTarget, handOnPaused } = this.#deps.settings()
    if (handOnTarget === 'none' || handOnPaused) return null
    try {
      return this.#target()
    } catch (error) {
      this.#attempts.error = toErrorReport(error, this.#deps)
      return null
    }
  }

  #place(): string | null {
    const { handOnTarget, handOnUrl } = this.#deps.settings()
    if (handOnTarget === 'file') return this.#deps.file.path
    if (handOnTarget === 'none' || !URL.canParse(handOnUrl)) return null
    return placeOf(new URL(handOnUrl))
  }

  #phase(): HandOnState['phase'] {
    const { handOnTarget, handOnPaused } = this.#deps.settings()
    const { waiting, dead, error, circuit } = this.#attempts
    if (handOnTarget === 'none') return 'off'
    if (handOnPaused) return 'paused'
    if (dead > 0 || error?.code === 'hand-on-url-invalid') return 'failing'
    const isRetrying = waiting > 0 && (circuit.openUntil !== null || this.#courier.isResting)
    return isRetrying ? 'retrying' : 'working'
  }

  async #withLanes(deliveryIds: number[]): Promise<{ deliveryId: number; lane: string }[]> {
    const { database } = this.#deps
    const ids = [...new Set(deliveryIds)]
    const found = await Promise.all(ids.map((id) => database.getDelivery(id)))
    return found.flatMap((delivery) =>
      delivery && isForThem(delivery) ? [{ deliveryId: delivery.id, lane: laneOf(delivery) }] : [],
    )
  }

  #relevantSettings(): string {
    const { handOnTarget, handOnUrl, handOnPaused } = this.#deps.settings()
    return JSON.stringify([handOnTarget, handOnUrl, handOnPaused])
  }

  /** Tells of a change, at most twice a second: hundreds of events may go in that time. */
  #show(): void {
    if (this.#cancelShowing) {
      this.#showAgain = true
      return
    }
    this.#deps.onChange()
    this.#cancelShowing = this.#deps.clock.after(SHOWN_EVERY_MS, () => {
      this.#cancelShowing = null
      if (!this.#showAgain) return
      this.#showAgain = false
      this.#show()
    })
  }
}

/** Not what concerns EMI Tray alone: what Graph says about subscriptions, and tests. */
function isForThem({ kind, origin }: Pick<NewDelivery, 'kind' | 'origin'>): boolean {
  return kind === 'changeNotification' && origin !== 'test'
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
