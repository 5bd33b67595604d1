// Every push to a page: name → payload.
import type { DeliveryNames } from './models/delivery.ts'
import type { LogEntry } from './models/log.ts'
import type { AppState } from './models/state.ts'

export interface Events {
  'state.changed': AppState
  'log.appended': LogEntry[]
  'delivery.named': DeliveryNames[]
}

export type EventName = keyof Events
