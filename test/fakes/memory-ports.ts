// In-memory versions of the core's smaller ports, for unit tests.
import type { AuditEntry, Delivery, LogEntry } from '../../main/contract/models.ts'
import { LogBook } from '../../main/core/log.ts'
import type {
  Clock,
  Database,
  NewAuditEntry,
  NewDelivery,
  Random,
  SecretStore,
} from '../../main/core/ports.ts'

/** Secrets in a Map. */
export class MemorySecrets implements SecretStore {
  readonly values = new Map<string, string>()

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.values.get(name))
  }
  set(name: string, value: string): Promise<void> {
    this.values.set(name, value)
    return Promise.resolve()
  }
  delete(name: string): Promise<void> {
    this.values.delete(name)
    return Promise.resolve()
  }
  clear(): Promise<void> {
    this.values.clear()
    return Promise.resolve()
  }
}

/** A Database in memory. Records pass through JSON, as on disk. */
export class MemoryDatabase implements Database {
  readonly records = new Map<string, string>()
  readonly deliveries: (Delivery & { itemJson: string })[] = []
  /** Thrown by the next addDeliveries, once. */
  failNext: Error | null = null

  readRecord(name: string): Promise<unknown> {
    const text = this.records.get(name)
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as unknown))
  }
  writeRecord(name: string, value: unknown): Promise<void> {
    this.records.set(name, JSON.stringify(value))
    return Promise.resolve()
  }
  deleteRecord(name: string): Promise<void> {
    this.records.delete(name)
    return Promise.resolve()
  }
  addDeliveries(items: NewDelivery[]): Promise<Delivery[]> {
    if (this.failNext) {
      const error = this.failNext
      this.failNext = null
      return Promise.reject(error)
    }
    const added = items.map((item, index) => ({ id: this.deliveries.length + index + 1, ...item }))
    this.deliveries.push(...added)
    return Promise.resolve(added.map(({ itemJson: _, ...delivery }) => delivery))
  }
  getDelivery(id: number): Promise<(Delivery & { itemJson: string }) | undefined> {
    return Promise.resolve(this.deliveries.find((delivery) => delivery.id === id))
  }
  latestDeliveries(limit: number): Promise<Delivery[]> {
    return Promise.resolve(this.deliveries.slice(-limit).reverse())
  }
  readonly audit: AuditEntry[] = []
  addAuditEntry(entry: NewAuditEntry): Promise<number> {
    const id = (this.audit.at(-1)?.id ?? 0) + 1
    this.audit.push({ ...(JSON.parse(JSON.stringify(entry)) as NewAuditEntry), id })
    return Promise.resolve(id)
  }
  auditEntriesAfter(id: number, limit: number): Promise<AuditEntry[]> {
    return Promise.resolve(this.audit.filter((entry) => entry.id > id).slice(0, limit))
  }
  lastAuditId(): Promise<number> {
    return Promise.resolve(this.audit.at(-1)?.id ?? 0)
  }
  erase(what: 'deliveries' | 'records' | 'everything'): Promise<void> {
    if (what !== 'records') this.deliveries.length = 0
    if (what !== 'deliveries') {
      this.records.clear()
      this.audit.length = 0
    }
    return Promise.resolve()
  }
  countDeliveries(): Promise<number> {
    return Promise.resolve(this.deliveries.length)
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Random values that repeat from run to run. Not random at all: for tests only. */
export function seededRandom(seed = 1): Random {
  let state = seed
  const next = () => {
    // Park and Miller's minimal standard generator.
    state = (state * 48_271) % 2_147_483_647
    return state
  }
  const bytes = (length: number) => Uint8Array.from({ length }, () => next() % 256)
  return {
    bytes,
    uuid: () => {
      const hex = [...bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      return [8, 12, 16, 20, 32].map((end, i, ends) => hex.slice(ends[i - 1] ?? 0, end)).join('-')
    },
    fraction: () => next() / 2_147_483_647,
  }
}

/** A log whose entries a test can read. */
export function memoryLog(clock: Clock): LogBook & { readonly entries: LogEntry[] } {
  const entries: LogEntry[] = []
  return Object.assign(new LogBook({ clock, sink: (entry) => entries.push(entry) }), { entries })
}
