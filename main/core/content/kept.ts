// Keeps what was read for a short time, within bounds, and lets callers at the same time share one reading.
import type { Clock } from '../ports/clock.ts'

interface Entry<T> {
  value: T
  size: number
  readAt: number
}

export interface KeptOptions<T> {
  clock: Clock
  /** How long a value may be used. */
  keepMs: number
  /** Entries, or whatever `sizeOf` counts, that are kept at most; the least recently used go first. */
  most: number
  sizeOf?: (value: T) => number
}

export class Kept<T> {
  #options: KeptOptions<T>
  #entries = new Map<string, Entry<T>>()
  #reading = new Map<string, { startedAt: number; isPatient: boolean; value: Promise<T> }>()
  #size = 0

  constructor(options: KeptOptions<T>) {
    this.#options = options
  }

  /** What all kept values take together, in the unit of `most`. */
  get size(): number {
    return this.#size
  }

  /**
   * The kept value, or what `read` makes. `notBefore`, in ms since 1970, refuses what was read earlier. Who is in a
   * hurry does not wait with a patient reading, which others may overtake. Failures are not kept: they go to all who
   * waited.
   */
  async get(
    key: string,
    read: () => Promise<T>,
    { notBefore = 0, isPatient = false }: { notBefore?: number; isPatient?: boolean } = {},
  ): Promise<T> {
    const kept = this.#find(key)
    if (kept && kept.readAt >= notBefore) return kept.value
    const running = this.#reading.get(key)
    const mayJoin = running && (isPatient || !running.isPatient)
    if (mayJoin && running.startedAt >= notBefore) return running.value
    const reading = { startedAt: this.#now(), isPatient, value: read() }
    this.#reading.set(key, reading)
    try {
      const value = await reading.value
      this.#keep(key, value, reading.startedAt)
      return value
    } finally {
      if (this.#reading.get(key) === reading) this.#reading.delete(key)
    }
  }

  /** Puts a value in place of what was kept. */
  set(key: string, value: T): void {
    this.#keep(key, value, this.#now())
  }

  clear(): void {
    this.#entries.clear()
    this.#size = 0
  }

  #find(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    if (entry.readAt + this.#options.keepMs <= this.#now()) {
      this.#size -= entry.size
      return undefined
    }
    // The order of the map is that of use.
    this.#entries.set(key, entry)
    return entry
  }

  #keep(key: string, value: T, readAt: number): void {
    const { most, sizeOf } = this.#options
    const earlier = this.#entries.get(key)
    if (earlier) {
      if (earlier.readAt > readAt) return
      this.#size -= earlier.size
      this.#entries.delete(key)
    }
    const size = sizeOf?.(value) ?? 1
    if (size > most) return
    this.#entries.set(key, { value, size, readAt })
    this.#size += size
    for (const [oldest, entry] of this.#entries) {
      if (this.#size <= most) break
      this.#entries.delete(oldest)
      this.#size -= entry.size
    }
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }
}
