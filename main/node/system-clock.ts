// The machine's clock and its source of random values.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock, Random } from '../core/ports/clock.ts'

/** Node turns longer timeouts into 1 ms. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    let timer: NodeJS.Timeout
    const waitFor = (restMs: number) => {
      const stepMs = Math.min(restMs, LONGEST_TIMEOUT_MS)
      timer = setTimeout(() => {
        if (restMs > stepMs) waitFor(restMs - stepMs)
        else callback()
      }, stepMs)
    }
    waitFor(ms)
    return () => {
      clearTimeout(timer)
    }
  },
}

/** Random values from the operating system. */
export const systemRandom: Random = {
  bytes: (length) => Uint8Array.from(randomBytes(length)),
  uuid: () => randomUUID(),
  // 48 bits: all that fits a double and more than any spreading needs.
  fraction: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
}
