// The Database port on SQLite: one write at a time, each flushed to disk before it is answered.
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTick } from 'node:timers/promises'
import type { HandOnEntry } from '../contract/models/contact-center.ts'
import type { Delivery } from '../contract/models/delivery.ts'
import type { AuditEntry } from '../contract/models/removal.ts'
import type { Database, NewAuditEntry } from '../core/ports/database.ts'
import type { HandOnResult, HandOnRow } from '../core/ports/hand-on.ts'
import type {
  DatabaseSize,
  DeliveryMatches,
  DeliveryQuery,
  JudgedDeliveries,
  KnownName,
  NewDelivery,
  StoredDelivery,
  UnjudgedDelivery,
} from '../core/ports/stored.ts'
import { databaseError } from './database-error.ts'
import { DELIVERY_COLUMNS, DeliveryRows, toDelivery } from './delivery-rows.ts'
import { findChannels, searchRows } from './delivery-search.ts'
import { HandOnRows } from './hand-on-store.ts'
import { NameRows } from './name-rows.ts'
import { auditEntriesAfter, readRecord } from './record-rows.ts'
import { inTransaction, openSqliteFile, type SqliteFileOptions } from './sqlite-file.ts'

export interface OpenDatabaseOptions extends SqliteFileOptions {
  /** Erases what else holds the stored notifications, such as files that they were handed on to. */
  eraseDeliveries?: () => Promise<void>
}

/**
 * Opens the database and makes it, with its folder, where it does not exist yet; only this user may read it.
 * Throws AppError data-folder-unwritable, disk-full, data-folder-in-use, or database-unreadable for a file that is damaged.
 */
export async function openDatabase(
  file: string,
  { eraseDeliveries, ...options }: OpenDatabaseOptions = {},
): Promise<Database> {
  await nextTick()
  return new SqliteDatabase(openSqliteFile(file, options), { file, eraseDeliveries })
}

class SqliteDatabase implements Database {
  #sqlite: DatabaseSync
  #file: string
  #deliveries: DeliveryRows
  #names: NameRows
  #handOn: HandOnRows
  #eraseDeliveries: (() => Promise<void>) | undefined

  constructor(
    sqlite: DatabaseSync,
    { file, eraseDeliveries }: { file: string; eraseDeliveries: (() => Promise<void>) | undefined },
  ) {
    this.#sqlite = sqlite
    this.#file = file
    this.#eraseDeliveries = eraseDeliveries
    const transaction = <T>(work: () => T) => inTransaction(sqlite, work)
    this.#handOn = new HandOnRows({
      ...{ sqlite, transaction },
      columns: DELIVERY_COLUMNS,
      toDelivery,
    })
    this.#deliveries = new DeliveryRows({
      ...{ sqlite, transaction },
      handOn: (delivery, lane) => this.#handOn.add(delivery, lane),
    })
    this.#names = new NameRows({ sqlite, transaction })
  }

  readRecord(name: string): Promise<unknown> {
    return this.#run(() => readRecord(this.#sqlite, name))
  }

  writeRecord(name: string, value: unknown): Promise<void> {
    return this.#run(() => {
      this.#sqlite
        .prepare('INSERT OR REPLACE INTO records (name, json) VALUES (?, ?)')
        .run(name, JSON.stringify(value ?? null))
    })
  }

  deleteRecord(name: string): Promise<void> {
    return this.#run(() => {
      this.#sqlite.prepare('DELETE FROM records WHERE name = ?').run(name)
    })
  }

  nextTurn(): Promise<void> {
    return nextTick()
  }

  addDeliveries(items: NewDelivery[]): Promise<Delivery[]> {
    return this.#run(() => this.#deliveries.add(items))
  }

  unseenOf(items: NewDelivery[]): Promise<NewDelivery[]> {
    return this.#run(() => this.#deliveries.seen.unseenOf(items))
  }

  knownPlaces(prefix: string, after: string, limit: number): Promise<string[]> {
    return this.#run(() => this.#deliveries.seen.knownPlaces(prefix, after, limit))
  }

  getDelivery(id: number): Promise<StoredDelivery | undefined> {
    return this.#run(() => this.#deliveries.get(id))
  }

  latestDeliveries(limit: number): Promise<Delivery[]> {
    return this.#run(() => this.#deliveries.latest(limit))
  }

  countDeliveries(): Promise<number> {
    return this.#run(() => this.#deliveries.count())
  }

  deleteDeliveries(
    step: Parameters<Database['deleteDeliveries']>[0],
  ): ReturnType<Database['deleteDeliveries']> {
    return this.#run(() => this.#deliveries.delete(step))
  }

  searchDeliveries(query: DeliveryQuery): Promise<DeliveryMatches> {
    return this.#run(() => searchRows(this.#sqlite, query))
  }

  findNames(text: string, limit: number): Promise<string[]> {
    return this.#run(() => this.#names.find(text, limit))
  }

  findChannels(channelId: string, limit: number): Promise<string[]> {
    return this.#run(() => findChannels(this.#sqlite, channelId, limit))
  }

  noteSenders(senders: { deliveryId: number; senderId: string }[]): Promise<void> {
    return this.#run(() => this.#deliveries.noteSenders(senders))
  }

  readNames(keys: string[]): Promise<KnownName[]> {
    return this.#run(() => this.#names.read(keys))
  }

  writeNames(names: KnownName[]): Promise<void> {
    return this.#run(() => this.#names.write(names))
  }

  deleteUnusedNames(
    step: Parameters<Database['deleteUnusedNames']>[0],
  ): ReturnType<Database['deleteUnusedNames']> {
    return this.#run(() => this.#names.deleteUnused(step))
  }

  size(): Promise<DatabaseSize> {
    return this.#run(() => {
      const pageSize = this.#pragma('page_size')
      const free = this.#pragma('freelist_count')
      return { used: (this.#pragma('page_count') - free) * pageSize, free: free * pageSize }
    })
  }

  giveBack(bytes: number): Promise<void> {
    return this.#run(() => {
      const pages = Math.max(0, Math.floor(bytes / this.#pragma('page_size')))
      if (pages > 0) this.#sqlite.exec(`PRAGMA incremental_vacuum(${pages})`)
    })
  }

  unjudgedDeliveries(afterId: number, limit: number): Promise<UnjudgedDelivery[]> {
    return this.#run(() => this.#deliveries.unjudged(afterId, limit))
  }

  setVerdicts(verdicts: JudgedDeliveries[]): Promise<void> {
    return this.#run(() => this.#deliveries.setVerdicts(verdicts))
  }

  readVerdict(id: number): ReturnType<Database['readVerdict']> {
    return this.#run(() => this.#deliveries.verdict(id))
  }

  isCertificateNamed(certificateId: string): Promise<boolean> {
    return this.#run(() => this.#deliveries.isCertificateNamed(certificateId))
  }

  handOnLanes(after: string, limit: number): Promise<string[]> {
    return this.#run(() => this.#handOn.lanes(after, limit))
  }

  nextHandOn(lane: string): Promise<HandOnRow | undefined> {
    return this.#run(() => this.#handOn.next(lane))
  }

  async noteHandOn(results: HandOnResult[]): Promise<void> {
    // Answers that are already waiting in their sockets can be read, so that their results share the next commit.
    await nextTick()
    return this.#run(() => this.#handOn.note(results))
  }

  countHandOn(): Promise<{ waiting: number; dead: number }> {
    return this.#run(() => this.#handOn.count())
  }

  listHandOn(state: 'waiting' | 'dead', limit: number): Promise<HandOnEntry[]> {
    return this.#run(() => this.#handOn.list(state, limit))
  }

  queueHandOn(
    what: 'dead' | { deliveryId: number; lane: string }[],
    queuedAt: string,
  ): Promise<number> {
    return this.#run(() => this.#handOn.queue(what, queuedAt))
  }

  giveUpHandOn(queuedUntil: string, lastError: string): Promise<number> {
    return this.#run(() => this.#handOn.giveUp(queuedUntil, lastError))
  }

  addAuditEntry(entry: NewAuditEntry): Promise<number> {
    return this.#run(() => {
      const { lastInsertRowid } = this.#sqlite
        .prepare('INSERT INTO audit (entry_json) VALUES (?)')
        .run(JSON.stringify(entry))
      return Number(lastInsertRowid)
    })
  }

  auditEntriesAfter(id: number, limit: number): Promise<AuditEntry[]> {
    return this.#run(() => auditEntriesAfter(this.#sqlite, { id, limit }))
  }

  lastAuditId(): Promise<number> {
    return this.#run(() =>
      Number(this.#sqlite.prepare('SELECT max(id) AS n FROM audit').get()?.['n'] ?? 0),
    )
  }

  async erase(what: 'deliveries' | 'records' | 'everything'): Promise<void> {
    if (what !== 'records') await this.#eraseDeliveries?.()
    await this.#run(() => {
      // What was deleted must not stay readable in free pages. https://sqlite.org/pragma.html#pragma_secure_delete
      this.#sqlite.exec('PRAGMA secure_delete = ON')
      inTransaction(this.#sqlite, () => {
        if (what !== 'records') {
          this.#sqlite.exec('DELETE FROM hand_on; DELETE FROM deliveries; DELETE FROM names')
        }
        if (what !== 'deliveries') this.#sqlite.exec('DELETE FROM records; DELETE FROM audit')
      })
      this.#sqlite.exec('VACUUM')
      this.#sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    })
  }

  async close(): Promise<void> {
    if (!this.#sqlite.isOpen) return
    // The last connection that closes also folds the WAL into the file.
    await this.#run(() => {
      this.#sqlite.close()
    })
  }

  #pragma(name: 'page_size' | 'page_count' | 'freelist_count'): number {
    return Number(this.#sqlite.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
  }

  #run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        resolve(work())
      } catch (error) {
        reject(databaseError(error, this.#file))
      }
    })
  }
}
