// What is stored in a data folder, for commands that only read: beside the app that runs on it, or where nobody may write.
import { join } from 'node:path'
import type { Mode } from '../contract/models/connection.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { searchedParts } from '../core/hand-on/resource.ts'
import type { Clock } from '../core/ports/clock.ts'
import { readSettings } from '../core/settings.ts'
import { webhookUrls } from '../core/webhook-paths.ts'
import type { DeliveryExportDeps } from '../core/webhook/delivery-export.ts'
import { isThereToRead } from '../node/data-folder.ts'
import { openDatabaseReader, type DatabaseReader } from '../node/database-reader.ts'
import { readSettingsFile } from '../node/settings-file.ts'
import { notSetUp } from './follow.ts'

/** The data of the connection that is chosen; close it in the end. */
export interface StoredData extends DeliveryExportDeps {
  mode: Mode
  settings: ConnectionSettings
  database: DatabaseReader
  close(): Promise<void>
}

/** Opens it. Throws AppError not-set-up, settings-unreadable and what the reader throws. */
export async function openStoredData(
  folder: string,
  { version, clock }: { version: string; clock: Clock },
): Promise<StoredData> {
  const file = join(folder, 'settings.json')
  if (!isThereToRead(file)) throw notSetUp()
  const { mode, connections } = readSettings(await readSettingsFile(file))
  if (mode === null) throw notSetUp()
  const settings = connections[mode]
  const database = openDatabaseReader(join(folder, mode, 'emi.sqlite'))
  return {
    ...{ mode, settings, database, clock, version },
    readResource: searchedParts,
    urls: webhookUrls(settings.publicUrl || `http://127.0.0.1:${settings.webhookPort}`),
    close: () => database.close(),
  }
}
