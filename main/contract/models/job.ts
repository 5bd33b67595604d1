// Long work as a page follows it.
import type { ErrorReport } from '../errors.ts'

/** Real progress of a running step. */
export interface Progress {
  /** 1-based. */
  current: number
  total: number
  /** What is being done or waited for. */
  doing: string
  /** How long it usually takes, in seconds; null if unknown. */
  usuallySeconds: number | null
  startedAt: string
}

/** Long work outside the guided run: whether it runs, how far it is, how it failed. */
export interface JobState {
  running: boolean
  progress: Progress | null
  error: ErrorReport | null
}
