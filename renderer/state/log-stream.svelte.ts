// The live log: the latest entries, what of them is shown, and what came while reading.
import type { LogEntry } from '../../main/contract/models/log.ts'
import type { PageClient } from '../client.ts'

/** The chips above the list. */
export type LogFilter = 'all' | 'notifications' | 'activity' | 'trouble'

const capacity = 5_000

/** Follows the log for as long as the pages are open. */
export class LogStream {
  entries = $state.raw<LogEntry[]>([])
  filter = $state<LogFilter>('all')
  search = $state('')
  /** False until the entries from before the pages opened have been read. */
  loaded = $state(false)

  /** What was there when the person paused; null while following. */
  #frozen = $state.raw<LogEntry[] | null>(null)
  readonly #client: PageClient

  constructor(client: PageClient) {
    this.#client = client
  }

  paused = $derived(this.#frozen !== null)
  visible = $derived(this.#select(this.#frozen ?? this.entries))
  /** How many entries that would be shown came since the pause. */
  newCount = $derived.by(() => {
    const frozen = this.#frozen
    if (!frozen) return 0
    const last = lastSequence(frozen)
    return this.#select(this.entries.filter((entry) => entry.sequence > last)).length
  })

  /** Starts following; returns its undo. */
  start(): () => void {
    const undoLog = this.#client.on('log.appended', (entries) => this.#take(entries))
    const undoStatus = this.#client.onStatus((status) => {
      if (status === 'open') void this.#load(lastSequence(this.entries))
    })
    return () => {
      undoLog()
      undoStatus()
    }
  }

  /** Holds the list still while new entries are counted. */
  pause(): void {
    this.#frozen ??= this.entries
  }

  /** Shows what came meanwhile, and what comes. */
  follow(): void {
    this.#frozen = null
  }

  async #load(afterSequence: number): Promise<void> {
    try {
      this.#take(await this.#client.call('log.list', { afterSequence }))
      this.loaded = true
    } catch {
      // The connection went away again; the next one asks anew.
    }
  }

  #take(added: LogEntry[]): void {
    const first = added[0]
    if (!first) return
    const last = this.entries.at(-1)
    if (last && first.sequence <= last.sequence) {
      if (first.at > last.at) {
        // A lower number at a later time: the core began anew, and so do we.
        this.entries = []
        this.#frozen = null
        void this.#load(0)
      }
      this.entries = merge(this.entries, added)
    } else {
      this.entries = [...this.entries, ...added].slice(-capacity)
    }
  }

  #select(entries: LogEntry[]): LogEntry[] {
    const words = this.search.trim().toLowerCase()
    return entries.filter((entry) => isOfKind(entry, this.filter) && contains(entry, words))
  }
}

function lastSequence(entries: LogEntry[]): number {
  return entries.at(-1)?.sequence ?? 0
}

function merge(known: LogEntry[], added: LogEntry[]): LogEntry[] {
  const bySequence = new Map([...known, ...added].map((entry) => [entry.sequence, entry]))
  return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence).slice(-capacity)
}

function isOfKind(entry: LogEntry, filter: LogFilter): boolean {
  switch (filter) {
    case 'all':
      return true
    case 'notifications':
      return entry.delivery !== null
    case 'activity':
      return entry.delivery === null
    case 'trouble':
      return entry.level === 'warning' || entry.level === 'error'
  }
}

function contains(entry: LogEntry, words: string): boolean {
  if (words === '') return true
  return [
    entry.message,
    entry.area,
    entry.delivery?.resource ?? '',
    entry.delivery?.changeType ?? '',
    ...Object.entries(entry.facts).flat().map(String),
  ].some((text) => text.toLowerCase().includes(words))
}
