// The inbox: stores what Graph posted, many posts in one commit, and tells who listens.
import type { Delivery } from '../../contract/models.ts'
import type { Log } from '../log.ts'
import type { Clock, Database, NewDelivery } from '../ports.ts'

/** One caller's items, waiting for their commit. */
interface Waiting {
  items: NewDelivery[]
  resolve: (deliveries: Delivery[]) => void
  reject: (error: unknown) => void
}

/** Keeps one commit short, so that its callers are answered well within Graph's ten seconds. */
const MAX_ITEMS_PER_COMMIT = 1_000

/** A commit that takes longer than this is worth a line in the log. */
const SLOW_COMMIT_MS = 2_000

export class Inbox {
  #database: Database
  #clock: Clock
  #log: Log
  #waiting: Waiting[] = []
  #committing = false
  #received = 0
  #listeners = new Set<(deliveries: Delivery[]) => void>()

  constructor({ database, clock, log }: { database: Database; clock: Clock; log: Log }) {
    this.#database = database
    this.#clock = clock
    this.#log = log
  }

  /** Number of items stored since the start. */
  get received(): number {
    return this.#received
  }

  /**
   * Stores items; they are flushed to disk when this resolves. Items that arrive while a commit runs
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
      for (let group = this.#takeGroup(); group.length > 0; group = this.#takeGroup()) {
        await this.#commit(group)
      }
    } finally {
      this.#committing = false
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
    let deliveries: Delivery[]
    try {
      deliveries = await this.#database.addDeliveries(group.flatMap((waiting) => waiting.items))
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
    let taken = 0
    for (const waiting of group) {
      waiting.resolve(deliveries.slice(taken, taken + waiting.items.length))
      taken += waiting.items.length
    }
    this.#tell(deliveries)
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
