// Waiting that an AbortSignal can end: for a time, or for work; and the times between attempts.
import type { Clock, Random } from './ports/clock.ts'

/** Resolves after `ms` milliseconds. Rejects with the signal's reason when it aborts first. */
export function wait(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal))
      return
    }
    const onAbort = () => {
      cancel()
      if (signal) reject(abortReason(signal))
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** Waits for work that others may share or that minds no signal. Rejects with the signal's reason when it aborts first. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortReason(signal))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * Milliseconds before attempt number `attempt` (1-based): full jitter between 0 and a limit that doubles.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitterMs(
  attempt: number,
  { random, baseMs = 1_000, maxMs = 60_000 }: { random: Random; baseMs?: number; maxMs?: number },
): number {
  const limit = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(random.fraction() * limit)
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException('The work was stopped.', 'AbortError')
}
