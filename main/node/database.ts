// The Database port on SQLite: schema, migrations, one write at a time, each flushed to disk before it is answered.
import { hash } from 'node:crypto'
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setImmediate as nextTick } from 'node:timers/promises'
import type {
  AuditEntry,
  Delivery,
  DeliveryKind,
  HandOnEntry,
  SubscriptionKey,
} from '../contract/models.ts'
import type {
  ContentVerdict,
  Database,
  DatabaseSize,
  HandOnResult,
  HandOnRow,
  JudgedDeliveries,
  NewAuditEntry,
  NewDelivery,
  UnjudgedDelivery,
} from '../core/ports.ts'
import { databaseError, tooNew, unreadable } from './database-error.ts'
import { HAND_ON_MIGRATION, HandOnRows } from './hand-on-store.ts'

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
  `ALTER TABLE deliveries ADD COLUMN certificate_id TEXT;
   ALTER TABLE deliveries ADD COLUMN sealed_tokens TEXT;
   ALTER TABLE deliveries ADD COLUMN verdict TEXT;
   ALTER TABLE deliveries ADD COLUMN verdict_reason TEXT;
   CREATE INDEX deliveries_unjudged ON deliveries (id) WHERE verdict = 'waiting';
   CREATE INDEX deliveries_by_certificate ON deliveries (certificate_id)
     WHERE certificate_id IS NOT NULL;`,
  // A repeated item is found by its key among all that are kept.
  `ALTER TABLE deliveries ADD COLUMN item_key BLOB;
   CREATE UNIQUE INDEX deliveries_by_key ON deliveries (item_key) WHERE item_key IS NOT NULL;`,
  HAND_ON_MIGRATION,
]

export interface OpenDatabaseOptions {
  migrations?: readonly string[]
  /** The most the file may grow to, in pages of 4 KiB; unlimited unless given. */
  maxPages?: number
  /** Erases what else holds the stored notifications, such as files that they were handed on to. */
  eraseDeliveries?: () => Promise<void>
}

/** Another process, such as the command line, may be writing. */
const BUSY_MS = 5_000

/** Above this size a full check would hold up the start. */
const CHECKED_BYTES = 256 * 1024 * 1024

/** 16 MiB. */
const PAGES_PER_CHECKPOINT = 4_096

/** What one row of deliveries holds, by our names. */
const COLUMNS = `id, received_at AS receivedAt, kind, subscription_key AS subscriptionKey,
  subscription_id AS subscriptionId, tenant_id AS tenantId, change_type AS changeType, resource,
  resource_id AS resourceId, rich`

/** A message's id: milliseconds since 1970. */
const TIME_ID = /^\d{13}$/

/** Enough that two of any number of notifications never have the same by chance. */
const KEY_HASH_BYTES = 16

const DELETE_DELIVERIES = `DELETE FROM deliveries
  WHERE id > ? AND id <= ? AND received_at < ? AND NOT EXISTS (
    SELECT 1 FROM hand_on WHERE delivery_id = deliveries.id AND state = 'waiting')`

const INSERT_DELIVERY = `INSERT INTO deliveries (received_at, kind, subscription_key, subscription_id,
    tenant_id, change_type, resource, resource_id, rich, item_json, certificate_id, sealed_tokens,
    verdict, item_key)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (item_key) WHERE item_key IS NOT NULL DO NOTHING`

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
  return new SqliteDatabase(sqlite, { file, ...options })
}

/** Settings of the connection, check of the file, migrations. */
function prepare(sqlite: DatabaseSync, options: OpenDatabaseOptions & { file: string }): void {
  // Lets a file shrink in small steps. Set for a new one only: for others it would write before the check below.
  const isNew = statSync(options.file).size === 0
  if (isNew) sqlite.exec('PRAGMA auto_vacuum = INCREMENTAL')
  // In WAL mode a commit is one append; FULL flushes it before the commit returns. https://sqlite.org/wal.html
  sqlite.exec('PRAGMA journal_mode = WAL')
  sqlite.exec('PRAGMA synchronous = FULL')
  // Writing the log back into the file costs a flush of its own, which new posts would have to wait for.
  sqlite.exec(`PRAGMA wal_autocheckpoint = ${PAGES_PER_CHECKPOINT}`)
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
  #insert: StatementSync | undefined
  #delete: StatementSync | undefined
  #handOn: HandOnRows
  #eraseDeliveries: (() => Promise<void>) | undefined

  constructor(
    sqlite: DatabaseSync,
    { file, eraseDeliveries }: OpenDatabaseOptions & { file: string },
  ) {
    this.#sqlite = sqlite
    this.#file = file
    this.#eraseDeliveries = eraseDeliveries
    this.#handOn = new HandOnRows({
      sqlite,
      columns: COLUMNS,
      toDelivery,
      transaction: (work) => inTransaction(sqlite, work),
    })
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
    return this.#run(() =>
      inTransaction(this.#sqlite, () => {
        this.#insert ??= this.#sqlite.prepare(INSERT_DELIVERY)
        const added: Delivery[] = []
        for (const { itemJson, content, identity, handOnLane: lane, ...item } of items) {
          const { changes, lastInsertRowid } = this.#insert.run(
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
            content?.certificateId ?? null,
            content?.sealedTokens ?? null,
            content ? 'waiting' : null,
            identity === undefined ? null : keyOf(identity, item.resourceId),
          )
          if (changes === 0) continue
          const delivery = { id: Number(lastInsertRowid), ...item }
          added.push(delivery)
          if (lane !== undefined) this.#handOn.add(delivery, lane)
        }
        return added
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

  deleteDeliveries({
    before,
    afterId,
    limit,
  }: {
    before: string
    afterId: number
    limit: number
  }): Promise<{ deleted: number; lastId: number | null }> {
    return this.#run(() => {
      const step = this.#sqlite
        .prepare(
          `SELECT max(id) AS lastId, min(received_at) AS oldest FROM (
             SELECT id, received_at FROM deliveries WHERE id > ? ORDER BY id LIMIT ?)`,
        )
        .get(afterId, Math.max(0, Math.floor(limit)))
      const lastId = step?.['lastId']
      if (typeof lastId !== 'number' || String(step?.['oldest']) >= before) {
        return { deleted: 0, lastId: null }
      }
      this.#delete ??= this.#sqlite.prepare(DELETE_DELIVERIES)
      return { deleted: Number(this.#delete.run(afterId, lastId, before).changes), lastId }
    })
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
    return this.#run(() =>
      this.#sqlite
        .prepare(
          `SELECT id, received_at, tenant_id, sealed_tokens FROM deliveries
           WHERE verdict = 'waiting' AND id > ? ORDER BY id LIMIT ?`,
        )
        .all(afterId, Math.max(0, Math.floor(limit)))
        .map((row) => ({
          id: Number(row['id']),
          receivedAt: String(row['received_at']),
          tenantId: String(row['tenant_id']),
          sealedTokens: String(row['sealed_tokens'] ?? ''),
        })),
    )
  }

  setVerdicts(verdicts: JudgedDeliveries[]): Promise<void> {
    return this.#run(() =>
      inTransaction(this.#sqlite, () => {
        // What was refused must not keep out the genuine item that it looks like.
        const update = this.#sqlite.prepare(
          `UPDATE deliveries SET verdict = ?1, verdict_reason = ?2, sealed_tokens = NULL,
             item_key = iif(?1 = 'refused', NULL, item_key)
           WHERE id = ?3 AND verdict = 'waiting'`,
        )
        for (const { ids, verdict, reason } of verdicts) {
          for (const id of ids) update.run(verdict, reason, id)
        }
      }),
    )
  }

  readVerdict(id: number): ReturnType<Database['readVerdict']> {
    return this.#run(() => {
      const row = this.#sqlite
        .prepare(
          'SELECT verdict, verdict_reason FROM deliveries WHERE id = ? AND verdict IS NOT NULL',
        )
        .get(id)
      return (
        row && {
          verdict: String(row['verdict']) as ContentVerdict,
          reason: row['verdict_reason'] === null ? null : String(row['verdict_reason']),
        }
      )
    })
  }

  isCertificateNamed(certificateId: string): Promise<boolean> {
    return this.#run(
      () =>
        this.#sqlite
          .prepare('SELECT 1 FROM deliveries WHERE certificate_id = ? LIMIT 1')
          .get(certificateId) !== undefined,
    )
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
        if (what !== 'records') this.#sqlite.exec('DELETE FROM hand_on; DELETE FROM deliveries')
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

/**
 * The key of an identity. Most notifications are of messages, whose ids are times: set before the hash, they keep
 * the new keys beside each other in the index, where otherwise each would change a page of its own.
 */
function keyOf(identity: string, resourceId: string | null): Uint8Array {
  const key = Buffer.alloc(6 + KEY_HASH_BYTES)
  if (resourceId !== null && TIME_ID.test(resourceId)) key.writeUIntBE(Number(resourceId), 0, 6)
  hash('sha256', identity, 'buffer').copy(key, 6, 0, KEY_HASH_BYTES)
  return key
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
