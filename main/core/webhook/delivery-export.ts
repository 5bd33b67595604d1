// Found notifications as a file for support: JSON lines, or an HTTP archive. No content, names, tokens or clientState.
import type {
  DeliveryExportFormat,
  DeliveryFilter,
  FoundDelivery,
} from '../../contract/models/delivery.ts'
import type { TextFile } from '../../contract/models/handover.ts'
import { redactValue } from '../redact.ts'
import type { Database } from '../ports/database.ts'
import type { StoredDelivery } from '../ports/stored.ts'
import { searchDeliveries, type DeliverySearchDeps } from './delivery-search.ts'
import { withoutContent } from './delivery-text.ts'

const PER_STEP = 200

/** What a page holds in memory at once; the command line writes any number. */
const MOST_IN_ONE_TEXT = 2_000

export interface DeliveryExportDeps extends DeliverySearchDeps {
  database: DeliverySearchDeps['database'] & Pick<Database, 'getDelivery'>
  version: string
  /** Where Graph posts to: for the addresses in an HTTP archive. */
  urls: { notificationUrl: string; lifecycleNotificationUrl: string }
}

/** A piece of the file; `items` is how many notifications it holds. */
export interface ExportPiece {
  text: string
  items: number
}

/** The file piece by piece, the newest notification first: memory stays flat, however many there are. */
export async function* exportDeliveries(
  { format, ...filter }: DeliveryFilter & { format: DeliveryExportFormat },
  deps: DeliveryExportDeps,
): AsyncGenerator<ExportPiece> {
  const { database, version } = deps
  if (format === 'har') yield { text: harHead(version), items: 0 }
  let isFirst = true
  let beforeId: number | undefined
  do {
    const page = await searchDeliveries({ ...filter, beforeId, limit: PER_STEP }, deps)
    for (const found of page.found) {
      const stored = await database.getDelivery(found.id)
      // Removed meanwhile, since it was old enough; and what Graph never posted is no HTTP request.
      if (!stored || (format === 'har' && found.origin === 'catch-up')) continue
      const separator = format === 'har' && !isFirst ? ',\n' : ''
      const entry = format === 'har' ? harEntry(found, stored, deps) : line(found, stored)
      const end = format === 'har' ? '' : '\n'
      yield { text: separator + JSON.stringify(redactValue(entry)) + end, items: 1 }
      isFirst = false
    }
    beforeId = page.nextBeforeId ?? undefined
  } while (beforeId !== undefined)
  if (format === 'har') yield { text: '\n]}}\n', items: 0 }
}

/** The file as one text, with the newest of what was found; `isCut` tells that there are more. */
export async function exportAsText(
  options: DeliveryFilter & { format: DeliveryExportFormat },
  deps: DeliveryExportDeps,
): Promise<TextFile & { count: number; isCut: boolean }> {
  const isHar = options.format === 'har'
  const pieces: string[] = []
  let count = 0
  let isCut = false
  for await (const { text, items } of exportDeliveries(options, deps)) {
    if (count + items > MOST_IN_ONE_TEXT) {
      isCut = true
      if (isHar) pieces.push('\n]}}\n')
      break
    }
    count += items
    pieces.push(text)
  }
  return {
    name: isHar ? 'emi-notifications.har' : 'emi-notifications.jsonl',
    mediaType: isHar ? 'application/json' : 'application/jsonl',
    text: pieces.join(''),
    ...{ count, isCut },
  }
}

function line(found: FoundDelivery, { itemJson, headers }: StoredDelivery) {
  const { summary: _, placeName: __, senderName: ___, ...known } = found
  return { ...known, headers, item: JSON.parse(withoutContent(itemJson)) as unknown }
}

function harHead(version: string): string {
  const creator = JSON.stringify({ name: 'EMI Tray', version })
  return `{"log":{"version":"1.2","creator":${creator},"entries":[\n`
}

/** One request of the archive. http://www.softwareishard.com/blog/har-12-spec/ */
function harEntry(
  { kind, receivedAt }: FoundDelivery,
  { itemJson, headers }: StoredDelivery,
  { urls }: DeliveryExportDeps,
) {
  const isChange = kind === 'changeNotification'
  const item: unknown = JSON.parse(withoutContent(itemJson))
  return {
    startedDateTime: receivedAt,
    time: 0,
    request: {
      method: 'POST',
      url: isChange ? urls.notificationUrl : urls.lifecycleNotificationUrl,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: Object.entries(headers ?? {}).map(([name, value]) => ({ name, value })),
      queryString: [],
      postData: { mimeType: 'application/json', text: JSON.stringify({ value: [item] }) },
      headersSize: -1,
      bodySize: -1,
    },
    response: {
      status: 202,
      statusText: 'Accepted',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [],
      content: { size: 0, mimeType: 'text/plain' },
      redirectURL: '',
      headersSize: -1,
      bodySize: 0,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
    comment:
      'One item of a post, which may have held more. How long the answer took is not kept; clientState, tokens and content are left out.',
  }
}
