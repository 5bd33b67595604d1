// The inbox: stores what Graph posted, many posts in one commit, and tells who listens.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { NewDelivery } from '../ports/stored.ts'

/** One caller's items, waiting for their commit. */
interface Waiting {
  items: NewDelivery[]
  resolve: (deliveries: Delivery[]) => void
  reject: (error: unknown) => void
}

/** Keeps one commit short, so that its callers are answered well within Graph's ten seconds. */
const MAX_ITEMS_PER_COMMIT = 1_000

/**
 * Most of a commit's time is the flush, however much it flushes. Posts that follow each other by less than a few
 * turns of the event loop share one; together they wait no longer than this.
 */
const GATHER_MS = 3
const QUIET_TURNS = 3
const ENOUGH_POSTS = 250

/** A commit that takes longer than this is worth a line in the log. */
const SLOW_COMMIT_MS = 2_000

export class Inbox {
  #database: Database
  #clock: Clock
  #log: Log
  #waiting: Waiting[] = []
  #committing = false
  #received = 0
  #duplicates = 0
  #handOnLane: (item: NewDelivery) => string | undefined
  #placeOf: (resource: string) => string | null
  #listeners = new Set<(deliveries: Delivery[]) => void>()

  constructor({
    database,
    clock,
    log,
    handOnLane = () => undefined,
    placeOf = () => null,
  }: {
    database: Database
    clock: Clock
    log: Log
    /** The lane in which an item then waits to be handed on; undefined for none. */
    handOnLane?: (item: NewDelivery) => string | undefined
    /** The chat or channel that a resource is about, by which it is found again. */
    placeOf?: (resource: string) => string | null
  }) {
    this.#database = database
    this.#clock = clock
    this.#log = log
    this.#handOnLane = handOnLane
    this.#placeOf = placeOf
  }

  /** Number of items stored since the start. */
  get received(): number {
    return this.#received
  }

  /** Number of items since the start that were stored before. */
  get duplicates(): number {
    return this.#duplicates
  }

  /**
   * Stores items and gives back those that are new; they are flushed to disk when this resolves. Items that arrive while a commit runs
   * go together in the next one. Rejects with what the database throws, such as AppError disk-full.
   */
  add(items: NewDelivery[]): Promise<Delivery[]> {
    if (items.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject })
      if (!this.#committing) void this.#commitAll()
    })
  }

  /** Calls back with items once they are stored; returns its own undo. */
  onAdded(listener: (deliveries: Delivery[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #commitAll(): Promise<void> {
    this.#committing = true
    try {
      while (this.#waiting.length > 0) {
        await this.#gather()
        await this.#commit(this.#takeGroup())
      }
    } finally {
      this.#committing = false
    }
  }

  /** Waits for the posts that are just coming in: the fewer commits, the more posts a second. */
  async #gather(): Promise<void> {
    const until = this.#clock.now().getTime() + GATHER_MS
    let quietTurns = 0
    while (quietTurns < QUIET_TURNS && this.#waiting.length < ENOUGH_POSTS) {
      const before = this.#waiting.length
      await this.#database.nextTurn()
      quietTurns = this.#waiting.length === before ? quietTurns + 1 : 0
      if (this.#clock.now().getTime() >= until) return
    }
  }

  #takeGroup(): Waiting[] {
    let items = 0
    const fitting = this.#waiting.findIndex((waiting) => {
      items += waiting.items.length
      return items > MAX_ITEMS_PER_COMMIT
    })
    // A single post above the limit still goes, alone.
    return this.#waiting.splice(0, fitting === -1 ? this.#waiting.length : Math.max(fitting, 1))
  }

  async #commit(group: Waiting[]): Promise<void> {
    const startedAt = this.#clock.now().getTime()
    const items: NewDelivery[] = []
    for (const waiting of group) for (const item of waiting.items) items.push(this.#prepared(item))
    let deliveries: Delivery[]
    try {
      deliveries = await this.#database.addDeliveries(items)
    } catch (error) {
      for (const waiting of group) waiting.reject(error)
      return
    }
    const durationMs = this.#clock.now().getTime() - startedAt
    if (durationMs > SLOW_COMMIT_MS) {
      this.#log.warning('inbox', 'Storing notifications was slow.', {
        durationMs,
        items: deliveries.length,
      })
    }
    this.#received += deliveries.length
    this.#duplicates += items.length - deliveries.length
    let taken = 0
    for (const waiting of group) {
      const from = taken
      // The new ones come in the order in which they were given, with the others left out.
      for (const item of waiting.items) if (isMadeOf(deliveries[taken], item)) taken += 1
      waiting.resolve(deliveries.slice(from, taken))
    }
    if (deliveries.length > 0) this.#tell(deliveries)
  }

  #prepared(item: NewDelivery): NewDelivery {
    const lane = this.#handOnLane(item)
    // Set where it is: a copy of each item would cost more than all else that is done with it here.
    item.place = this.#placeOf(item.resource)
    if (lane !== undefined) item.handOnLane = lane
    return item
  }

  #tell(deliveries: Delivery[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(deliveries)
      } catch (error) {
        // What is stored stays stored: a listener's fault must not turn into a refusal.
        this.#log.error('inbox', 'Passing on stored notifications failed.', {
          reason: error instanceof Error ? error.message : typeof error,
        })
      }
    }
  }
}

function isMadeOf(delivery: Delivery | undefined, item: NewDelivery): boolean {
  return (
    delivery?.resource === item.resource &&
    delivery.subscriptionId === item.subscriptionId &&
    // What was caught up may turn out not to be new.
    (delivery.changeType === item.changeType || item.caughtUp !== undefined) &&
    delivery.resourceId === item.resourceId &&
    delivery.receivedAt === item.receivedAt
  )
}
