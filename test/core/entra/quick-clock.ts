// A clock on which only waiting is quick: a busy computer, which takes longer for all else, runs into no limit by it.
import type { Clock } from '../../../main/core/ports/clock.ts'

/** What takes that long is a limit, or nearly: it stays far away, also on a busy computer. */
const LEAST_LIMIT_MS = 60_000
const SPEED_OF_LIMITS = 4

export interface QuickClock extends Clock {
  /** Sets it to the real time and the speed it began with. */
  restart: () => void
  /** Waits that begin from now on are this many times as fast. */
  hurry: (speed: number) => void
}

/** The real time, in which a wait takes this many times less, and moves the clock by as much as was waited for. */
export function quickClock(usualSpeed: number): QuickClock {
  let aheadMs = 0
  let speed = usualSpeed
  return {
    restart: () => {
      aheadMs = 0
      speed = usualSpeed
    },
    hurry: (faster) => {
      speed = faster
    },
    now: () => new Date(Date.now() + aheadMs),
    after: (ms, callback) => {
      const dueMs = Date.now() + aheadMs + ms
      const finish = () => {
        // Waits beside each other pass at the same time.
        aheadMs = Math.max(aheadMs, dueMs - Date.now())
        callback()
      }
      const timer = setTimeout(finish, ms / (ms < LEAST_LIMIT_MS ? speed : SPEED_OF_LIMITS))
      return () => {
        clearTimeout(timer)
      }
    },
  }
}
