// The live log's lines.
import type { Delivery } from './delivery.ts'

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

export type LogArea =
  | 'app'
  | 'sign-in'
  | 'setup'
  | 'secret'
  | 'webhook'
  | 'subscription'
  | 'tunnel'
  | 'inbox'
  | 'hand-on'
  | 'catch-up'
  | 'practice'

/** One line of the live log. */
export interface LogEntry {
  sequence: number
  at: string
  level: LogLevel
  area: LogArea
  message: string
  /** Redacted plain facts: ids, counts, durations. */
  facts: Record<string, string | number | boolean>
  /** Set when the line stands for a notification. */
  delivery: Delivery | null
}
