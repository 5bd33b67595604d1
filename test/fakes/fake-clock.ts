// A clock that stands still until a test moves it.
import type { Clock } from '../../main/core/ports/clock.ts'

interface Timer {
  dueAt: number
  callback: () => void
}

/** A Clock for tests: time passes only through `advance`. */
export class FakeClock implements Clock {
  #nowMs: number
  #timers = new Set<Timer>()

  constructor(start = '2026-03-02T09:00:00.000Z') {
    this.#nowMs = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#nowMs)
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { dueAt: this.#nowMs + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Number of timers that are waiting. */
  get pending(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next timer; undefined when none waits. */
  get nextInMs(): number | undefined {
    const due = Math.min(...[...this.#timers].map((timer) => timer.dueAt))
    return Number.isFinite(due) ? due - this.#nowMs : undefined
  }

  /** Sets the time of day to another one, as a person or a time server does: timers run on as before. */
  jump(ms: number): void {
    this.#nowMs += ms
    for (const timer of this.#timers) timer.dueAt += ms
  }

  /** Lets `ms` milliseconds pass, firing timers in order and letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms
    await settle()
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.dueAt - b.dueAt)[0]
      if (!next || next.dueAt > end) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueAt)
      next.callback()
      await settle()
    }
    this.#nowMs = end
    await settle()
  }
}

/** Lets everything that is already resolvable resolve, timers and sockets aside. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}
