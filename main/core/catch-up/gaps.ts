// The gaps that are kept, the newest first: added, changed, shown; and which one is to be caught up next.
import type { Gap } from '../../contract/models/gaps.ts'
import { fullJitterMs } from '../backoff.ts'
import type { Random } from '../ports/clock.ts'
import { noteHolders, ongoingIds, type HolderFacts } from './elsewhere.ts'
import {
  addHole,
  bounded,
  isFinished,
  openGap,
  shownGap,
  type GapRecord,
  type Hole,
} from './gap.ts'
import { TICK_MS, type OpenHole } from './receiving.ts'

/** After a gap ended, before it is caught up: its end may only have been a pause for breath. */
const SETTLE_MS = 45_000
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 15 * 60_000

export class Gaps {
  #all: GapRecord[] = []

  /** Takes up what an earlier run left. A catch-up that was cut off waits to go on. */
  load(gaps: readonly GapRecord[]): void {
    this.#all = gaps.map((gap) =>
      gap.phase === 'catching-up'
        ? { ...gap, phase: 'waiting' as const, nextAttemptAt: null }
        : gap,
    )
  }

  get all(): readonly GapRecord[] {
    return this.#all
  }

  /** What pages see: the hole that goes on, where there is one, and all that are kept. */
  shown(open: OpenHole | null): Gap[] {
    if (!open) return this.#all.map(shownGap)
    const { since, reasons, areas } = open
    const gap = openGap({ since, reason: 'not-running', areas }, this.#all)
    return [{ ...gap, reasons }, ...this.#all].map(shownGap)
  }

  /** Adds holes that are over. Returns the gaps that were not there before. */
  add(holes: readonly Hole[]): GapRecord[] {
    const known = new Set(this.#all.map(({ id }) => id))
    for (const hole of holes) this.#all = addHole(this.#all, hole)
    return this.#all.filter(({ id }) => !known.has(id))
  }

  /** Notes which places other servers have. True where that began or ended. */
  noteHolders(facts: HolderFacts): boolean {
    const earlier = ongoingIds(this.#all)
    this.#all = noteHolders(this.#all, facts)
    return ongoingIds(this.#all) !== earlier
  }

  /** Has what another server received read after all. False where it is none, or goes on. */
  release(id: number): boolean {
    const gap = this.get(id)
    if (gap?.phase !== 'elsewhere' || gap.until === null) return false
    this.change(id, { phase: 'waiting' })
    return true
  }

  /** One by its id; undefined when it is no longer kept. */
  get(id: number): GapRecord | undefined {
    return this.#all.find((gap) => gap.id === id)
  }

  change(id: number, change: Partial<GapRecord>): void {
    this.#all = bounded(this.#all.map((gap) => (gap.id === id ? { ...gap, ...change } : gap)))
  }

  /** What an attempt that failed at `now` (ms since 1970) changes: it waits, longer each time. */
  failedAttempt(
    id: number,
    { now, random }: { now: number; random: Random },
  ): Pick<GapRecord, 'phase' | 'attempt' | 'nextAttemptAt'> {
    const attempt = (this.get(id)?.attempt ?? 0) + 1
    const waitMs =
      TICK_MS + fullJitterMs(attempt, { random, baseMs: FIRST_WAIT_MS, maxMs: LONGEST_WAIT_MS })
    return { phase: 'waiting', attempt, nextAttemptAt: new Date(now + waitMs).toISOString() }
  }

  /** Forgets the waiting times after failures. */
  forgetWaits(): void {
    this.#all = this.#all.map((gap) => ({ ...gap, nextAttemptAt: null }))
  }

  /** True once nothing more happens to any of them. */
  get areFinished(): boolean {
    return this.#all.every(isFinished)
  }

  /** The oldest one to be caught up at `now` (ms since 1970); with `atOnce` also one that has only just ended. */
  due({ now, atOnce }: { now: number; atOnce: boolean }): GapRecord | undefined {
    return this.#all.findLast(({ phase, until, nextAttemptAt }) => {
      if (phase !== 'waiting' || until === null) return false
      const dueAt = nextAttemptAt ? Date.parse(nextAttemptAt) : Date.parse(until) + SETTLE_MS
      // Further ahead than anybody waits: the clock was set back meanwhile.
      const isDue = dueAt <= now || dueAt > now + TICK_MS + LONGEST_WAIT_MS
      return isDue || (atOnce && nextAttemptAt === null)
    })
  }
}
