// A limit to how often something is done: so many times within a while, whatever asks for it.
import type { Clock } from '../ports/clock.ts'

export class Pace {
  #clock: Clock
  #most: number
  #withinMs: number
  /** When it was done lately, in ms since 1970; the oldest first. */
  #times: number[] = []

  constructor({ clock, most, withinMs }: { clock: Clock; most: number; withinMs: number }) {
    this.#clock = clock
    this.#most = most
    this.#withinMs = withinMs
  }

  /** Milliseconds until it may be done again; 0 for now. */
  get waitMs(): number {
    const now = this.#clock.now().getTime()
    // A clock that was set back must not hold anything up: what lies ahead of now is forgotten.
    this.#times = this.#times.filter((at) => at <= now && at > now - this.#withinMs)
    const first = this.#times.at(-this.#most)
    return first === undefined ? 0 : first + this.#withinMs - now
  }

  /** It is being done now. */
  note(): void {
    this.#times.push(this.#clock.now().getTime())
    this.#times = this.#times.slice(-this.#most)
  }
}
