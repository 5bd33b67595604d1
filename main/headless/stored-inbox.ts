// Opens the inbox of a data folder for reading, beside the app that may run on it.
import { join } from 'node:path'
import { searchedParts } from '../core/hand-on/resource.ts'
import type { Clock } from '../core/ports/clock.ts'
import { readSettings } from '../core/settings.ts'
import { webhookUrls } from '../core/webhook-paths.ts'
import type { DeliveryExportDeps } from '../core/webhook/delivery-export.ts'
import { openInboxReader } from '../node/inbox-reader.ts'
import { readSettingsFile } from '../node/settings-file.ts'
import { notSetUp } from './follow.ts'

/** What searching and exporting take; close it in the end. */
export interface StoredInbox extends DeliveryExportDeps {
  close(): Promise<void>
}

/** Opens it. Throws AppError not-set-up, settings-unreadable and what the reader throws. */
export async function openStoredInbox(
  folder: string,
  { version, clock }: { version: string; clock: Clock },
): Promise<StoredInbox> {
  const { mode, connections } = readSettings(await readSettingsFile(join(folder, 'settings.json')))
  if (mode === null) throw notSetUp()
  const { publicUrl, webhookPort } = connections[mode]
  const database = openInboxReader(join(folder, mode, 'emi.sqlite'))
  return {
    ...{ database, clock, version },
    readResource: searchedParts,
    urls: webhookUrls(publicUrl || `http://127.0.0.1:${webhookPort}`),
    close: () => database.close(),
  }
}
