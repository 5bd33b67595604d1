// Waiting in the practice tenant: by the real clock unless it is given another.

/** Calls back once after `ms` milliseconds; returns what cancels it. */
export type After = (ms: number, callback: () => void) => () => void

/** Waits by the real clock, without keeping the process alive. */
export const realAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms)
  timer.unref()
  return () => clearTimeout(timer)
}
