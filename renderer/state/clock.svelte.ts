// What time it is, once a second, for everything on the pages that counts.

/** What the clock is given of its window. */
export interface ClockPort {
  now: () => number
  /** Runs `work` again and again; returns its undo. */
  every: (milliseconds: number, work: () => void) => () => void
}

/** The time as the pages show it, in milliseconds. */
export class Clock {
  now = $state(0)

  readonly #port: ClockPort

  constructor(port: ClockPort) {
    this.#port = port
    this.now = port.now()
  }

  /** Starts ticking; returns its undo. */
  start(): () => void {
    return this.#port.every(1_000, () => {
      this.now = this.#port.now()
    })
  }
}
