// Log entries: levels, sequence numbers, memory of the latest, and who hears of new ones.
import type { Delivery } from '../contract/models/delivery.ts'
import type { LogArea, LogEntry, LogLevel } from '../contract/models/log.ts'
import type { Clock } from './ports/clock.ts'
import { redactText } from './redact.ts'

export type LogFacts = Record<string, string | number | boolean | null | undefined>

/** What the areas of the core write to. */
export interface Log {
  debug(area: LogArea, message: string, facts?: LogFacts): void
  info(area: LogArea, message: string, facts?: LogFacts): void
  warning(area: LogArea, message: string, facts?: LogFacts): void
  error(area: LogArea, message: string, facts?: LogFacts): void
  /** A line that stands for one stored notification. */
  delivery(delivery: Delivery, message: string): void
}

/** The latest entries, kept so that a page that was away can ask for what it missed. */
const KEPT_ENTRIES = 5_000

export class LogBook implements Log {
  #entries: LogEntry[] = []
  #sequence = 0
  #listeners = new Set<(entries: LogEntry[]) => void>()
  #clock: Clock
  #sink: (entry: LogEntry) => void

  constructor(options: { clock: Clock; sink: (entry: LogEntry) => void }) {
    this.#clock = options.clock
    this.#sink = options.sink
  }

  debug(area: LogArea, message: string, facts?: LogFacts): void {
    this.#add('debug', { area, message, facts })
  }
  info(area: LogArea, message: string, facts?: LogFacts): void {
    this.#add('info', { area, message, facts })
  }
  warning(area: LogArea, message: string, facts?: LogFacts): void {
    this.#add('warning', { area, message, facts })
  }
  error(area: LogArea, message: string, facts?: LogFacts): void {
    this.#add('error', { area, message, facts })
  }
  delivery(delivery: Delivery, message: string): void {
    this.#add('info', { area: 'inbox', message, delivery, at: delivery.receivedAt })
  }

  /** Entries after a sequence number, oldest first. */
  after(sequence: number): LogEntry[] {
    return this.#entries.filter((entry) => entry.sequence > sequence)
  }

  /** Calls back with each new entry; returns its own undo. */
  onAppended(listener: (entries: LogEntry[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #add(
    level: LogLevel,
    entry: {
      area: LogArea
      message: string
      facts?: LogFacts | undefined
      delivery?: Delivery
      at?: string
    },
  ): void {
    this.#sequence += 1
    const added: LogEntry = {
      sequence: this.#sequence,
      at: entry.at ?? this.#clock.now().toISOString(),
      level,
      area: entry.area,
      message: redactText(entry.message),
      facts: cleanFacts(entry.facts ?? {}),
      delivery: entry.delivery ?? null,
    }
    this.#entries.push(added)
    // Dropping in blocks keeps adding cheap.
    if (this.#entries.length > KEPT_ENTRIES * 1.2)
      this.#entries = this.#entries.slice(-KEPT_ENTRIES)
    this.#sink(added)
    for (const listener of this.#listeners) listener([added])
  }
}

function cleanFacts(facts: LogFacts): LogEntry['facts'] {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => {
      if (value === undefined || value === null) return []
      return [[name, typeof value === 'string' ? redactText(value) : value]]
    }),
  )
}
