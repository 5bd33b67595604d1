// How fast Graph is read: never above its limits for one chat or channel, and well below the one for the application.
import { wait } from '../backoff.ts'
import type { Clock } from '../ports.ts'

/**
 * One read a second of each chat and channel, twenty a second of all for an application; half of that is left to
 * whoever reads messages meanwhile. https://learn.microsoft.com/graph/throttling-limits#microsoft-teams-service-limits
 */
const SAME_PLACE_MS = 1_100
const ANY_PLACE_MS = 100

export class Pace {
  #clock: Clock
  #nextAt = 0
  #nextAtPlace = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves when the next read may go; of this chat or channel where one is named. Rejects when the signal aborts. */
  async turn(place: string | null, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now().getTime()
    const at = Math.max(now, this.#nextAt, (place && this.#nextAtPlace.get(place)) || 0)
    this.#nextAt = Math.max(now, this.#nextAt) + ANY_PLACE_MS
    if (place) {
      for (const [name, free] of this.#nextAtPlace) if (free <= now) this.#nextAtPlace.delete(name)
      this.#nextAtPlace.set(place, at + SAME_PLACE_MS)
    }
    if (at > now) await wait(this.#clock, at - now, signal)
    signal.throwIfAborted()
  }
}
