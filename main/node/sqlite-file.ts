// The SQLite file: who may read it, how it is written, whether it is sound, and the steps of its schema.
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { databaseError, tooNew, unreadable } from './database-error.ts'
import {
  CONTENT_MIGRATION,
  DELIVERIES_MIGRATION,
  KEY_MIGRATION,
  NAMES_MIGRATION,
  RESOURCE_KEY_MIGRATION,
  SEARCH_MIGRATION,
} from './delivery-schema.ts'
import { HAND_ON_MIGRATION } from './hand-on-store.ts'

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
  RESOURCE_KEY_MIGRATION,
]

export interface SqliteFileOptions {
  migrations?: readonly string[]
  /** The most the file may grow to, in pages of 8 KiB; unlimited unless given. */
  maxPages?: number
}

/** Another process, such as the command line, may be writing. */
const BUSY_MS = 5_000

/** A notification takes one to four KiB: in pages of this size less room is left over, and each commit writes fewer. */
const PAGE_BYTES = 8 * 1024
const FOLDED_BYTES = 4 * 1024 * 1024

/** Above this size a full check would hold up the start. */
const CHECKED_BYTES = 256 * 1024 * 1024

/**
 * Opens the file and makes it, with its folder, where it does not exist yet; only this user may read it.
 * Throws AppError data-folder-unwritable, disk-full, data-folder-in-use, or database-unreadable for a file that is damaged.
 */
export function openSqliteFile(file: string, options: SqliteFileOptions): DatabaseSync {
  let sqlite: DatabaseSync | undefined
  try {
    makePrivateFile(file)
    sqlite = new DatabaseSync(file, { timeout: BUSY_MS })
    prepare(sqlite, { file, ...options })
    return sqlite
  } catch (error) {
    if (sqlite?.isOpen) sqlite.close()
    throw databaseError(error, file)
  }
}

/** Settings of the connection, check of the file, migrations. */
function prepare(sqlite: DatabaseSync, options: SqliteFileOptions & { file: string }): void {
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

/** Runs work in one transaction: all of it is on disk afterwards, or nothing. */
export function inTransaction<T>(sqlite: DatabaseSync, work: () => T): T {
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
