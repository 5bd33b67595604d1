// The gap log: times in which notifications may have been lost, and what was read instead.
import type { SubscriptionKey } from './subscription.ts'

/** Why notifications may have been lost. */
export type GapReason =
  | 'not-running'
  | 'sleep'
  | 'tunnel'
  | 'paused'
  | 'subscription-removed'
  | 'subscription-gone'
  | 'reauthorization'
  | 'missed'
  | 'not-stored'
  | 'silent'
  | 'held-elsewhere'
  | 'place-free'

/**
 * `partly`: something could not be read and is named in `lost`; `cannot`: nothing could; `elsewhere`: another server
 * received it, and it is not read unless a person chooses so.
 */
export type GapPhase =
  'open' | 'waiting' | 'catching-up' | 'done' | 'partly' | 'cannot' | 'elsewhere'

/** Another server that had the place of a subscription. */
export interface GapHolder {
  host: string
  key: SubscriptionKey
}

/** A time in which notifications may have been lost, and what was read from Graph instead. */
export interface Gap {
  id: number
  since: string
  /** null while it goes on. */
  until: string | null
  reasons: GapReason[]
  phase: GapPhase
  /** Changes that were read and stored. */
  recovered: number
  /** Changes that were read, and had been notified after all. */
  alreadyThere: number
  /** People and channels that were read; null before and after. */
  progress: { done: number; total: number } | null
  /** When it is tried again after a failure. */
  nextAttemptAt: string | null
  /** Why the last attempt failed; null otherwise. */
  error: string | null
  /** What cannot be recovered, and why, as sentences. */
  lost: { what: string; why: string }[]
  endedAt: string | null
  /** Who received it instead; null for other gaps. */
  elsewhere: GapHolder | null
}

/** The gap log. */
export interface GapLog {
  /** The newest first; only the latest are kept. */
  entries: Gap[]
  /** True while Graph is read: for a gap, or to find out whether something is missing. */
  checking: boolean
  /** When it was last found, by asking Graph, that nothing is missing. */
  checkedAt: string | null
}
