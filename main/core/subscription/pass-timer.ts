// When the next pass over the subscriptions comes: every minute, soon after an event, later while Graph cannot be asked.
import type { Clock, Random } from '../ports/clock.ts'
import { Pace } from './pace.ts'
import { backoffMs, LONGEST_WAIT_MS } from './renewal.ts'

/** Graph's list is compared with ours at least this often. */
const PASS_EVERY_MS = 60_000
const LEAST_WAIT_MS = 5_000
const LONGEST_BACKOFF_MS = 5 * 60_000

/** How often events may ask for a pass beside that; what comes faster shares one. */
const EVENT_PASSES = { most: 3, withinMs: 30_000 }

export interface PassTimerOptions {
  clock: Clock
  random: Random
  /** Begins a pass. Returns at once. */
  pass: () => void
}

export class PassTimer {
  #options: PassTimerOptions
  #eventPasses: Pace
  #isStarted = false
  /** An event happened that no pass has looked at yet. */
  #isAsked = false
  #failed = 0
  /** How long Graph asked to be left alone when the last pass failed. */
  #askedToWaitMs = 0
  #cancelTimer = () => {}

  constructor(options: PassTimerOptions) {
    this.#options = options
    this.#eventPasses = new Pace({ clock: options.clock, ...EVENT_PASSES })
  }

  /** Without it no pass comes by itself. */
  get isStarted(): boolean {
    return this.#isStarted
  }

  start(): void {
    this.#isStarted = true
  }

  stop(): void {
    this.#isStarted = false
    this.#cancelTimer()
  }

  /** A pass begins: it looks at everything that happened until now. */
  noteBegun(): void {
    this.#isAsked = false
  }

  /** A pass looked at everything. */
  noteDone(): void {
    this.#failed = 0
  }

  /** Nothing could be looked at. Returns how many passes in a row failed. */
  noteFailed({ askedToWaitMs }: { askedToWaitMs: number }): number {
    this.#failed += 1
    this.#askedToWaitMs = askedToWaitMs
    return this.#failed
  }

  /** Sets the time of the next pass, once one has ended. `dueInMs` is when a subscription is due, Infinity for none. */
  schedule(dueInMs: number): void {
    this.#cancelTimer()
    if (!this.#isStarted) return
    const { clock, random, pass } = this.#options
    const waitMs = this.#failed
      ? Math.max(
          backoffMs(this.#failed, { random, maxMs: LONGEST_BACKOFF_MS }),
          Math.min(this.#askedToWaitMs, LONGEST_WAIT_MS),
        )
      : Math.max(Math.min(dueInMs, PASS_EVERY_MS), LEAST_WAIT_MS)
    this.#cancelTimer = clock.after(waitMs, pass)
  }

  /** Something happened that a pass should look at soon; while Graph cannot be asked, that has its own time. */
  askForPass(): void {
    if (!this.#isStarted || this.#isAsked || this.#failed > 0) return
    this.#isAsked = true
    const look = () => {
      this.#cancelTimer()
      this.#eventPasses.note()
      this.#options.pass()
    }
    const { waitMs } = this.#eventPasses
    if (waitMs === 0) {
      look()
      return
    }
    this.#cancelTimer()
    this.#cancelTimer = this.#options.clock.after(waitMs, look)
  }
}
