// The Database port on SQLite: schema, migrations, one write at a time, each flushed to disk before it is answered.
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTick } from 'node:timers/promises'
import type { AuditEntry, Delivery, DeliveryKind, SubscriptionKey } from '../contract/models.ts'
import type { Database, NewAuditEntry, NewDelivery } from '../core/ports.ts'
import { databaseError, tooNew, unreadable } from './database-error.ts'

/** One step of the schema each; a step that was released never changes. `user_version` counts those done. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE records (
     name TEXT PRIMARY KEY,
     json TEXT NOT NULL
   ) STRICT;
   CREATE TABLE deliveries (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     received_at TEXT NOT NULL,
     kind TEXT NOT NULL,
     subscription_key TEXT,
     subscription_id TEXT NOT NULL,
     tenant_id TEXT NOT NULL,
     change_type TEXT NOT NULL,
     resource TEXT NOT NULL,
     resource_id TEXT,
     rich INTEGER NOT NULL,
     item_json TEXT NOT NULL
   ) STRICT;
   CREATE INDEX deliveries_by_time ON deliveries (received_at);
   CREATE INDEX deliveries_by_kind ON deliveries (kind, received_at);
   CREATE INDEX deliveries_by_subscription ON deliveries (subscription_id, received_at);`,
  `CREATE TABLE audit (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     entry_json TEXT NOT NULL
   ) STRICT;`,
]

export interface OpenDatabaseOptions {
  migrations?: readonly string[]
  /** The most the file may grow to, in pages of 4 KiB; unlimited unless given. */
  maxPages?: number
}

/** Another process, such as the command line, may be writing. */
const BUSY_MS = 5_000

/** Above this size a full check would hold up the start. */
const CHECKED_BYTES = 256 * 1024 * 1024

/** What one row of deliveries holds, by our names. */
const COLUMNS = `id, received_at AS receivedAt, kind, subscription_key AS subscriptionKey,
  subscription_id AS subscriptionId, tenant_id AS tenantId, change_type AS changeType, resource,
  resource_id AS resourceId, rich`

type Row = Record<string, string | number | bigint | null | Uint8Array>

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
  return new SqliteDatabase(sqlite, file)
}

/** Settings of the connection, check of the file, migrations. */
function prepare(sqlite: DatabaseSync, options: OpenDatabaseOptions & { file: string }): void {
  // In WAL mode a commit is one append; FULL flushes it before the commit returns. https://sqlite.org/wal.html
  sqlite.exec('PRAGMA journal_mode = WAL')
  sqlite.exec('PRAGMA synchronous = FULL')
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

  constructor(sqlite: DatabaseSync, file: string) {
    this.#sqlite = sqlite
    this.#file = file
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

  async addDeliveries(items: NewDelivery[]): Promise<Delivery[]> {
    // Lets posts that are already waiting in their sockets be read, so that they share the next commit.
    await nextTick()
    return this.#run(() =>
      inTransaction(this.#sqlite, () => {
        const insert = this.#sqlite.prepare(
          `INSERT INTO deliveries (received_at, kind, subscription_key, subscription_id, tenant_id,
             change_type, resource, resource_id, rich, item_json)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        return items.map(({ itemJson, ...item }) => {
          const { lastInsertRowid } = insert.run(
            item.receivedAt,
            item.kind,
            item.subscriptionKey,
            item.subscriptionId,
            item.tenantId,
            item.changeType,
            item.resource,
            item.resourceId,
            item.rich ? 1 : 0,
            itemJson,
          )
          return { id: Number(lastInsertRowid), ...item }
        })
      }),
    )
  }

  getDelivery(id: number): Promise<(Delivery & { itemJson: string }) | undefined> {
    return this.#run(() => {
      const row = this.#sqlite
        .prepare(`SELECT ${COLUMNS}, item_json AS itemJson FROM deliveries WHERE id = ?`)
        .get(id)
      return row && { ...toDelivery(row), itemJson: String(row['itemJson']) }
    })
  }

  latestDeliveries(limit: number): Promise<Delivery[]> {
    return this.#run(() =>
      this.#sqlite
        .prepare(`SELECT ${COLUMNS} FROM deliveries ORDER BY id DESC LIMIT ?`)
        .all(Math.max(0, Math.floor(limit)))
        .map(toDelivery),
    )
  }

  countDeliveries(): Promise<number> {
    return this.#run(() =>
      Number(this.#sqlite.prepare('SELECT count(*) AS n FROM deliveries').get()?.['n']),
    )
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

  erase(what: 'deliveries' | 'records' | 'everything'): Promise<void> {
    return this.#run(() => {
      // What was deleted must not stay readable in free pages. https://sqlite.org/pragma.html#pragma_secure_delete
      this.#sqlite.exec('PRAGMA secure_delete = ON')
      inTransaction(this.#sqlite, () => {
        if (what !== 'records') this.#sqlite.exec('DELETE FROM deliveries')
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

function toDelivery(row: Row): Delivery {
  const text = (name: string) => String(row[name])
  const nullable = (name: string) => (row[name] === null ? null : text(name))
  return {
    id: Number(row['id']),
    receivedAt: text('receivedAt'),
    kind: text('kind') as DeliveryKind,
    subscriptionKey: nullable('subscriptionKey') as SubscriptionKey | null,
    subscriptionId: text('subscriptionId'),
    tenantId: text('tenantId'),
    changeType: text('changeType'),
    resource: text('resource'),
    resourceId: nullable('resourceId'),
    rich: row['rich'] === 1,
  }
}

/** The WAL and its index get the mode of the database file. */
function makePrivateFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}
