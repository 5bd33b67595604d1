// What a place to hand events on to can answer, the same for an address and for a file.
import type { AppError } from '../app-error.ts'
import type { CloudEvent, TestData } from './event.ts'

export type AnyEvent = CloudEvent | CloudEvent<TestData>

export type Outcome =
  | { kind: 'taken'; status: number }
  | {
      kind: 'failed'
      error: AppError
      /** What the receiver asked to wait; null when it did not say. */
      retryAfterMs: number | null
      /** True when it is about this event alone, and others may well be taken. */
      aboutThisEvent: boolean
      /** True when the receiver asked not to be sent anything for now. */
      holdAll: boolean
    }

export interface Target {
  /** How many events go at the same time, each of another lane. */
  lanes: number
  /** Hands one event on. Rejects only when the signal ends it. */
  send: (event: AnyEvent, signal: AbortSignal) => Promise<Outcome>
}
