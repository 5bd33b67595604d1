// The Database port on SQLite: schema, migrations, one write at a time, each flushed to disk before it is answered.
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
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
import { databaseError, tooNew, unreadable } from './database-error.ts'
import { DELIVERY_COLUMNS, DeliveryRows, toDelivery } from './delivery-rows.ts'
import {
  CONTENT_MIGRATION,
  DELIVERIES_MIGRATION,
  KEY_MIGRATION,
  NAMES_MIGRATION,
  SEARCH_MIGRATION,
} from './delivery-schema.ts'
import { findChannels, searchRows } from './delivery-search.ts'
import { HAND_ON_MIGRATION, HandOnRows } from './hand-on-store.ts'
import { NameRows } from './name-rows.ts'

/** One step of the schema each; a step that was released never changes. `user_version` counts those done. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE records (
     name TEXT PRIMARY KEY,
     json TEXT NOT NULL
   ) STRICT;
   ${DELIVERIES_MIGRATION}`,
  `CREATE TABLE audit (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     entry_json TEXT NOT NULL
   ) STRICT;`,
  CONTENT_MIGRATION,
  KEY_MIGRATION,
  HAND_ON_MIGRATION,
  `${SEARCH_MIGRATION}
   ${NAMES_MIGRATION}`,
]

export interface OpenDatabaseOptions {
  migrations?: readonly string[]
  /** The most the file may grow to, in pages of 8 KiB; unlimited unless given. */
  maxPages?: number
  /** Erases what else holds the stored notifications, such as files that they were handed on to. */
  eraseDeliveries?: () => Promise<void>
}

/** Another process, such as the command line, may be writing. */
const BUSY_MS = 5_000

/** A notification takes one to four KiB: in pages of this size less room is left over, and each commit writes fewer. */
const PAGE_BYTES = 8 * 1024
const FOLDED_BYTES = 4 * 1024 * 1024

/** Above this size a full check would hold up the start. */
const CHECKED_BYTES = 256 * 1024 * 1024

/**
 * Opens the database and makes it, with its folder, where it does not exist yet; only this user may read it.
 * Throws AppError data-folder-unwritable, disk-full, data-folder-in-use, or unexpected for a file that is damaged.
 */
export async function openDatabase(
  file: string,
  options: OpenDatabaseOptions = {},
): Promise<Database> {
  await nextTick()
  let sqlite: DatabaseSync | undefined
  try {
    makePrivateFile(file)
    sqlite = new DatabaseSync(file, { timeout: BUSY_MS })
    prepare(sqlite, { file, ...options })
  } catch (error) {
    if (sqlite?.isOpen) sqlite.close()
    throw databaseError(error, file)
  }
  return new SqliteDatabase(sqlite, { file, ...options })
}

/** Settings of the connection, check of the file, migrations. */
function prepare(sqlite: DatabaseSync, options: OpenDatabaseOptions & { file: string }): void {
  // Lets a file shrink in small steps. Set for a new one only: for others it would write before the check below.
  const isNew = statSync(options.file).size === 0
  if (isNew) sqlite.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL`)
  // In WAL mode a commit is one append; FULL flushes it before the commit returns. https://sqlite.org/wal.html
  sqlite.exec('PRAGMA journal_mode = WAL')
  sqlite.exec('PRAGMA synchronous = FULL')
  // Folding the log back holds up everybody: little at a time. SQLite's own default, which counts pages of 4 KiB.
  sqlite.exec(`PRAGMA wal_autocheckpoint = ${FOLDED_BYTES / PAGE_BYTES}`)
  // macOS flushes only to the drive's cache otherwise. https://sqlite.org/pragma.html#pragma_fullfsync
  sqlite.exec('PRAGMA fullfsync = ON')
  sqlite.exec('PRAGMA trusted_schema = OFF')
  if (statSync(options.file).size <= CHECKED_BYTES) {
    const check: unknown = sqlite.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
    if (check !== 'ok') throw unreadable(options.file, String(check))
  }
  if (options.maxPages !== undefined) {
    sqlite.exec(`PRAGMA max_page_count = ${Math.floor(options.maxPages)}`)
  }
  migrate(sqlite, { file: options.file, migrations: options.migrations ?? MIGRATIONS })
}

function migrate(
  sqlite: DatabaseSync,
  { file, migrations }: { file: string; migrations: readonly string[] },
): void {
  inTransaction(sqlite, () => {
    const version = Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
    if (version > migrations.length) throw tooNew(file)
    for (const step of migrations.slice(version)) sqlite.exec(step)
    if (version < migrations.length) sqlite.exec(`PRAGMA user_version = ${migrations.length}`)
  })
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
    { file, eraseDeliveries }: OpenDatabaseOptions & { file: string },
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
    return this.#run(() => {
      const row = this.#sqlite.prepare('SELECT json FROM records WHERE name = ?').get(name)
      return row === undefined ? undefined : (JSON.parse(String(row['json'])) as unknown)
    })
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
    return this.#run(() =>
      this.#sqlite
        .prepare('SELECT id, entry_json FROM audit WHERE id > ? ORDER BY id LIMIT ?')
        .all(id, Math.max(0, Math.floor(limit)))
        .map((row) => ({
          ...(JSON.parse(String(row['entry_json'])) as NewAuditEntry),
          id: Number(row['id']),
        })),
    )
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

/** Runs work in one transaction: all of it is on disk afterwards, or nothing. */
function inTransaction<T>(sqlite: DatabaseSync, work: () => T): T {
  sqlite.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    sqlite.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite rolls back by itself after some errors, such as a full disk.
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
    throw error
  }
}

/** The WAL and its index get the mode of the database file. */
function makePrivateFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}
