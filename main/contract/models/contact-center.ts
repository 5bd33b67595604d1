// What the contact center gets of us: events that are handed on, and the local side that it asks.
import type { ErrorReport } from '../errors.ts'

/** The server for the contact center and for monitoring, beside the webhook. */
export interface LocalSideState {
  /** Where it listens; null while it does not. */
  address: string | null
  /** What addresses of pictures begin with; null while they are not offered. */
  baseUrl: string | null
  error: ErrorReport | null
}

/** Where events go after the inbox. */
export type HandOnTarget = 'none' | 'http' | 'file'

/** How the hand-on to the contact center fares. */
export interface HandOnState {
  target: HandOnTarget
  phase: 'off' | 'paused' | 'working' | 'retrying' | 'failing'
  /** Where to: host and path of the address, or the file. */
  place: string | null
  /** Since when nothing was taken any more; null while it works. */
  failingSince: string | null
  waiting: number
  /** Given up after three days of attempts. */
  dead: number
  /** Handed on since the start. */
  handedOn: number
  lastHandedOnAt: string | null
  nextAttemptAt: string | null
  error: ErrorReport | null
}

/** One event that could not be handed on, or still waits. */
export interface HandOnEntry {
  deliveryId: number
  state: 'waiting' | 'dead'
  attempts: number
  nextAttemptAt: string | null
  lastError: string | null
}
