// The one word that a line of the log is filed under.
import type { DeliveryKind } from '../../main/contract/models/delivery.ts'
import type { LogEntry, LogLevel } from '../../main/contract/models/log.ts'

/** A notification by its kind, everything else by its level. */
export type LogKind = DeliveryKind | LogLevel

/** The kind of an entry. Trouble comes before everything. */
export function logKind(entry: LogEntry): LogKind {
  if (entry.level === 'warning' || entry.level === 'error') return entry.level
  return entry.delivery?.kind ?? entry.level
}
