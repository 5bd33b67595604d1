// What is counted while the app runs and stands in no state: answers of Graph, times, what was stored.
import type { HistogramCounts } from './open-metrics.ts'

/** Seconds; Graph judges an endpoint by ten, and drops what comes later. */
const ANSWER_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const HAND_ON_BOUNDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400]

/** A histogram since the start, in constant memory. */
export class Histogram {
  #bounds: readonly number[]
  #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    const found = this.#bounds.findIndex((bound) => value <= bound)
    const index = found === -1 ? this.#bounds.length : found
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#sum += value
  }

  get counts(): HistogramCounts {
    return { bounds: this.#bounds, counts: this.#counts, sum: this.#sum }
  }
}

/** Counts by a small number of known labels. */
export class CountBy<L extends string | number> {
  #counts: Map<L, number>

  /** Labels that are known beforehand are told from the start, as 0: an increase can only be seen from something. */
  constructor(known: readonly L[] = []) {
    this.#counts = new Map(known.map((label) => [label, 0]))
  }

  add(label: L, count = 1): void {
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + count)
  }

  get entries(): [L, number][] {
    return [...this.#counts]
  }
}

export type LocalAnswer = 'sent' | 'none' | 'refused' | 'failed'

export class Tally {
  /** From a post's arrival to our answer, storing included, in seconds. */
  readonly answers = new Histogram(ANSWER_BOUNDS)
  /** From a notification's arrival until the contact center took its event, in seconds. */
  readonly handOns = new Histogram(HAND_ON_BOUNDS)
  readonly stored = new CountBy<'changeNotification' | 'lifecycleNotification'>([
    'changeNotification',
    'lifecycleNotification',
  ])
  /** By HTTP status; 0 where no answer came. */
  readonly graphAnswers = new CountBy<number>()
  /** Requests for pictures on the local side. */
  readonly pictures = new CountBy<LocalAnswer>(['sent', 'none', 'refused', 'failed'])
}
