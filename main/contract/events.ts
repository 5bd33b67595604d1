// Every push to a page: name → payload.
import type { AppState, LogEntry } from './models.ts'

export interface Events {
  'state.changed': AppState
  'log.appended': LogEntry[]
}

export type EventName = keyof Events
