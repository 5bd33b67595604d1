// Time for the pages' state: moves only when the test says so.

interface Timer {
  at: number
  work: () => void
}

/** Timers and their time. */
export interface PageTimers {
  now: () => number
  after: (milliseconds: number, work: () => void) => () => void
  /** Moves the time on and runs what is due. */
  advance(milliseconds: number): void
  /** How many timers wait. */
  pending(): number
}

/** Timers that start at a moment, in milliseconds. */
export function pageTimers(start = 0): PageTimers {
  let now = start
  let timers: Timer[] = []
  return {
    now: () => now,
    after(milliseconds, work) {
      const timer = { at: now + milliseconds, work }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(milliseconds) {
      now += milliseconds
      const due = timers.filter((timer) => timer.at <= now).sort((a, b) => a.at - b.at)
      timers = timers.filter((timer) => timer.at > now)
      for (const timer of due) timer.work()
    },
    pending: () => timers.length,
  }
}
