// The database for whoever only looks, also while the app runs that owns it, or where nobody may write: never writes, never waits.
import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { AppError } from '../core/app-error.ts'
import type { Database } from '../core/ports/database.ts'
import { isThereToRead } from './data-folder.ts'
import { databaseError } from './database-error.ts'
import { isOfOtherThanRoot } from './folder-owner.ts'
import { MIGRATIONS } from './sqlite-file.ts'
import { auditEntriesAfter, readRecord } from './record-rows.ts'
import { DeliveryRows } from './delivery-rows.ts'
import { findChannels, searchRows } from './delivery-search.ts'
import { NameRows } from './name-rows.ts'

export type DatabaseReader = Pick<
  Database,
  | 'searchDeliveries'
  | 'findNames'
  | 'findChannels'
  | 'readNames'
  | 'getDelivery'
  | 'readRecord'
  | 'auditEntriesAfter'
  | 'close'
>

/**
 * Opens a database for reading. Throws AppError not-set-up where there is none, data-folder-unwritable where it may not
 * be read, and database-unreadable where another version wrote it.
 */
export function openDatabaseReader(file: string): DatabaseReader {
  if (!isThereToRead(file)) throw noDatabase()
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = openForReading(file)
    const version = sqlite.prepare('PRAGMA user_version').get()?.['user_version']
    if (version !== MIGRATIONS.length) throw otherVersion()
    return readerOf(sqlite, file)
  } catch (error) {
    if (sqlite?.isOpen) sqlite.close()
    throw databaseError(error, file)
  }
}

/**
 * A file in WAL mode needs the index of its log, which nobody can make in a folder that is only read, and root must not
 * in another user's. Without a log all is in the file, and nobody writes it; with one, the index is there to read.
 * https://www.sqlite.org/wal.html#read_only_databases
 */
function openForReading(file: string): DatabaseSync {
  const folder = path.dirname(file)
  const isOthers = isOfOtherThanRoot(folder)
  const isLogged = existsSync(`${file}-wal`)
  if (!isOthers && (isLogged || isWritable(folder))) {
    return new DatabaseSync(file, { readOnly: true })
  }
  const url = pathToFileURL(file)
  url.search = isLogged ? 'readonly_shm=1' : 'immutable=1'
  return new DatabaseSync(url, { readOnly: true })
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    // Whatever the reason: nothing can be made there.
    return false
  }
}

function readerOf(sqlite: DatabaseSync, file: string): DatabaseReader {
  const transaction = <T>(work: () => T) => work()
  const deliveries = new DeliveryRows({ sqlite, transaction, handOn: () => {} })
  const names = new NameRows({ sqlite, transaction })
  const run = <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      try {
        resolve(work())
      } catch (error) {
        reject(databaseError(error, file))
      }
    })
  return {
    searchDeliveries: (query) => run(() => searchRows(sqlite, query)),
    findNames: (text, limit) => run(() => names.find(text, limit)),
    findChannels: (channelId, limit) => run(() => findChannels(sqlite, channelId, limit)),
    readNames: (keys) => run(() => names.read(keys)),
    getDelivery: (id) => run(() => deliveries.get(id)),
    readRecord: (name) => run(() => readRecord(sqlite, name)),
    auditEntriesAfter: (id, limit) => run(() => auditEntriesAfter(sqlite, { id, limit })),
    close: () => run(() => sqlite.close()),
  }
}

function noDatabase(): AppError {
  return new AppError('not-set-up', {
    message: 'Nothing is stored in this data folder yet.',
    nextStep: 'Run “emi-tray setup” first, or name the right folder with --data.',
  })
}

function otherVersion(): AppError {
  return new AppError('database-unreadable', {
    message: 'The data was written by another version of EMI Tray.',
    nextStep:
      'Start EMI Tray of this version once, such as with “emi-tray status”, then try again.',
  })
}
