// Every push to a page: name → payload.
import type { AppState, DeliveryNames, LogEntry } from './models.ts'

export interface Events {
  'state.changed': AppState
  'log.appended': LogEntry[]
  'delivery.named': DeliveryNames[]
}

export type EventName = keyof Events
