// The stored notifications for whoever only looks, also while the app runs that owns them: never writes, never waits.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '../core/app-error.ts'
import type { Database } from '../core/ports/database.ts'
import { databaseError } from './database-error.ts'
import { MIGRATIONS } from './sqlite-file.ts'
import { DeliveryRows } from './delivery-rows.ts'
import { findChannels, searchRows } from './delivery-search.ts'
import { NameRows } from './name-rows.ts'

export type InboxReader = Pick<
  Database,
  'searchDeliveries' | 'findNames' | 'findChannels' | 'readNames' | 'getDelivery' | 'close'
>

/**
 * Opens the database of an inbox for reading. Throws AppError not-set-up where there is none, and
 * database-unreadable where another version wrote it.
 */
export function openInboxReader(file: string): InboxReader {
  if (!existsSync(file)) throw noInbox()
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = new DatabaseSync(file, { readOnly: true })
    const version = sqlite.prepare('PRAGMA user_version').get()?.['user_version']
    if (version !== MIGRATIONS.length) throw otherVersion()
    return readerOf(sqlite, file)
  } catch (error) {
    if (sqlite?.isOpen) sqlite.close()
    throw databaseError(error, file)
  }
}

function readerOf(sqlite: DatabaseSync, file: string): InboxReader {
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
    close: () => run(() => sqlite.close()),
  }
}

function noInbox(): AppError {
  return new AppError('not-set-up', {
    message: 'No notifications are stored in this data folder.',
    nextStep: 'Run “emi-tray setup” first, or name the right folder with --data.',
  })
}

function otherVersion(): AppError {
  return new AppError('database-unreadable', {
    message: 'The stored notifications were written by another version of EMI Tray.',
    nextStep:
      'Start EMI Tray of this version once, such as with “emi-tray status”, then try again.',
  })
}
