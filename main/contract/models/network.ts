// The check of the addresses that have to be reached, hop by hop.
import type { JobState } from './job.ts'

export type NetworkTargetId = 'sign-in' | 'graph' | 'tunnel' | 'public-url' | 'hand-on'

/** One hop on the way to an address. */
export interface NetworkHop {
  name: string
  state: 'ok' | 'warning' | 'failed'
  durationMs: number
  message: string
  nextStep: string | null
}

/** An address that has to be reached, and how far one gets; after a failed hop there are no more. */
export interface NetworkTarget {
  id: NetworkTargetId
  name: string
  /** `host:port` */
  address: string
  hops: NetworkHop[]
}

export interface NetworkState {
  job: JobState
  /** Whether a password for the proxy is kept; the password itself is never shown. */
  passwordSet: boolean
  /** When the last check came to its end; null while one runs and before the first. */
  checkedAt: string | null
  targets: NetworkTarget[]
}
