// How each wanted subscription stands, as pages see it, and when it is due again.
import type { ErrorReport } from '../../contract/errors.ts'
import type {
  Observing,
  Subscription,
  SubscriptionKey,
} from '../../contract/models/subscription.ts'
import { toErrorReport } from '../app-error.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { SharedPlace, SubscriptionRecord, SubscriptionRecords } from './records.ts'
import { LONGEST_WAIT_MS, renewalTime } from './renewal.ts'
import type { WantedSubscription } from './wanted.ts'

/** What is known of one subscription besides its record. */
export interface Entry {
  status: Subscription['status']
  heldBy: Subscription['heldBy']
  remedies: Subscription['remedies']
  error: ErrorReport | null
  lastNotificationAt: string | null
  /** Attempts that failed in a row. */
  attempt: number
  /** Subscriptions in a row that Graph ended soon after they were made. */
  losses: number
  /** Not tried again before this time, in ms since 1970. */
  retryAt: number
  /** Graph asked for reauthorization. */
  renewNow: boolean
  /** Where in the spread this one renews; see renewalTime. */
  fraction: number
}

/** More often than this, arriving notifications are not worth a new picture. */
const DELIVERIES_SHOWN_EVERY_MS = 1_000

export class Board {
  #wanted: () => WantedSubscription[]
  #records: SubscriptionRecords
  #clock: Clock
  #graphNow: () => Date
  #random: Random
  #entries = new Map<SubscriptionKey, Entry>()
  #listeners = new Set<(list: Subscription[]) => void>()
  #seenAt = new Map<SubscriptionKey, number>()

  constructor(options: {
    wanted: () => WantedSubscription[]
    records: SubscriptionRecords
    clock: Clock
    /** Now by Graph's clock: that is what ends subscriptions. */
    graphNow: () => Date
    random: Random
  }) {
    this.#wanted = options.wanted
    this.#records = options.records
    this.#clock = options.clock
    this.#graphNow = options.graphNow
    this.#random = options.random
  }

  get list(): Subscription[] {
    return this.#wanted().map((wanted) => {
      const { status, heldBy, remedies, error, lastNotificationAt } = this.entry(wanted.key)
      const record = this.#records.get(wanted.key)
      const place = this.#records.place(wanted.key)
      return {
        key: wanted.key,
        resource: record?.resource ?? wanted.resource,
        changeTypes: wanted.changeTypes,
        status,
        subscriptionId: record?.subscriptionId ?? null,
        expirationDateTime: record?.expirationDateTime ?? null,
        createdAt: record?.createdAt ?? null,
        renewedAt: record?.renewedAt ?? null,
        lastNotificationAt,
        heldBy,
        observing: place && place.state !== 'taken' ? observingOf(place) : null,
        takenFrom: record && place?.state === 'taken' ? place.host : null,
        remedies,
        error,
      }
    })
  }

  entry(key: SubscriptionKey): Entry {
    const known = this.#entries.get(key)
    if (known) return known
    const entry: Entry = {
      status: this.#firstStatus(key),
      heldBy: null,
      remedies: [],
      error: null,
      lastNotificationAt: null,
      attempt: 0,
      losses: 0,
      retryAt: 0,
      renewNow: false,
      fraction: this.#random.fraction(),
    }
    this.#entries.set(key, entry)
    return entry
  }

  #firstStatus(key: SubscriptionKey): Subscription['status'] {
    const record = this.#records.get(key)
    if (record && this.isAlive(record)) return 'active'
    const place = this.#records.place(key)
    return place && place.state !== 'taken' ? 'observed' : 'waiting'
  }

  /** Changes an entry and tells the listeners. */
  set(key: SubscriptionKey, change: Partial<Entry>): void {
    this.#entries.set(key, { ...this.entry(key), ...change })
    this.tell()
  }

  /** It works: whatever was wrong is over. */
  setActive(key: SubscriptionKey): void {
    const { status, heldBy, error, attempt, retryAt } = this.entry(key)
    if (status === 'active' && !heldBy && !error && attempt === 0 && retryAt === 0) return
    this.set(key, {
      status: 'active',
      heldBy: null,
      remedies: [],
      error: null,
      attempt: 0,
      retryAt: 0,
    })
  }

  /** The report of an error; the earlier one when it says the same, so that its time and reference stay. */
  report(key: SubscriptionKey, error: unknown): ErrorReport {
    const fresh = toErrorReport(error, { clock: this.#clock, random: this.#random })
    const earlier = this.entry(key).error
    return earlier?.code === fresh.code && earlier.message === fresh.message ? earlier : fresh
  }

  /** Forgets everything that is not in the records; after they were read. */
  reset(): void {
    this.#entries.clear()
    this.tell()
  }

  /** Graph showed it, living, just now. */
  noteSeen(key: SubscriptionKey): void {
    this.#seenAt.set(key, this.#clock.now().getTime())
  }

  /** When Graph last showed it living, in ms since 1970; 0 before the first time. */
  seenAt(key: SubscriptionKey): number {
    return this.#seenAt.get(key) ?? 0
  }

  noteDelivery(key: SubscriptionKey, receivedAt: string): void {
    const entry = this.entry(key)
    const shown = entry.lastNotificationAt
    if (shown !== null && Date.parse(receivedAt) - Date.parse(shown) < DELIVERIES_SHOWN_EVERY_MS) {
      return
    }
    this.set(key, { lastNotificationAt: receivedAt })
  }

  isAlive(record: SubscriptionRecord): boolean {
    return Date.parse(record.expirationDateTime) > this.#graphNow().getTime()
  }

  isRenewalDue(record: SubscriptionRecord): boolean {
    return this.entry(record.key).renewNow || this.#renewAt(record) <= this.#graphNow().getTime()
  }

  /** True while something that failed is not to be tried again yet. */
  isWaiting(key: SubscriptionKey): boolean {
    const leftMs = this.entry(key).retryAt - this.#clock.now().getTime()
    return leftMs > 0 && leftMs <= LONGEST_WAIT_MS
  }

  /** Milliseconds until the next of them wants attention; Infinity when none does. */
  get dueInMs(): number {
    return Math.min(
      Infinity,
      ...this.#wanted().map(({ key }) => {
        const { retryAt } = this.entry(key)
        const record = this.#records.get(key)
        if (retryAt > 0) return this.isWaiting(key) ? retryAt - this.#clock.now().getTime() : 0
        return record ? this.#renewAt(record) - this.#graphNow().getTime() : Infinity
      }),
    )
  }

  /** Calls back with the list after each change; returns its own undo. */
  onChange(listener: (list: Subscription[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(): void {
    const list = this.list
    for (const listener of this.#listeners) listener(list)
  }

  #renewAt(record: SubscriptionRecord): number {
    return renewalTime({
      issuedAt: record.renewedAt ?? record.createdAt,
      expiresAt: record.expirationDateTime,
      fraction: this.entry(record.key).fraction,
    })
  }
}

function observingOf({ host, since, state, takeWhenFree }: SharedPlace): Observing {
  return { host, since, handedBack: state === 'handed-back', takeWhenFree }
}
