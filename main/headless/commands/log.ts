// emi-tray log: searches and exports stored notifications, also while the app runs.
import * as v from 'valibot'
import { deliveryFilterEntries } from '../../contract/delivery-filter.ts'
import type {
  DeliveryExportFormat,
  DeliveryFilter,
  FoundDelivery,
} from '../../contract/models/delivery.ts'
import { AppError } from '../../core/app-error.ts'
import { exportDeliveries } from '../../core/webhook/delivery-export.ts'
import { searchDeliveries } from '../../core/webhook/delivery-search.ts'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { writeNewFileInPieces } from '../new-file.ts'
import { oneLine } from '../output.ts'
import type { StoredData } from '../stored-data.ts'

export interface LogOptions {
  from?: string
  to?: string
  kind?: string
  origin?: string
  change?: string
  place?: string
  sender?: string
  subscription?: string
  handOn?: string
  content?: string
  limit?: number
  export?: DeliveryExportFormat
  out?: string
}

const LIMIT = 50
const PER_STEP = 200

const filterSchema = v.object(deliveryFilterEntries)

/** Prints the newest that match, or writes all of them to a file. */
export async function runLog(
  context: CommandContext,
  options: LogOptions,
  [text]: string[],
): Promise<number> {
  const filter = filterOf(options, text)
  if ((options.export === undefined) !== (options.out === undefined)) {
    throw new AppError('input-invalid', {
      message: 'An export needs a format and a file to write to.',
      nextStep: 'Name both: --export jsonl or --export har, and a new file with --out.',
    })
  }
  const inbox = await context.world.openStored(context.common)
  try {
    return options.export !== undefined && options.out !== undefined
      ? await write(context, inbox, { filter, format: options.export, out: options.out })
      : await print(context, inbox, { filter, limit: options.limit ?? LIMIT })
  } finally {
    await inbox.close()
  }
}

async function print(
  { output, world }: CommandContext,
  inbox: StoredData,
  { filter, limit }: { filter: DeliveryFilter; limit: number },
): Promise<number> {
  const found: FoundDelivery[] = []
  let beforeId: number | null | undefined
  let tooManyNames = false
  while (found.length < limit && beforeId !== null) {
    world.signal.throwIfAborted()
    const page = await searchDeliveries(
      { ...filter, beforeId, limit: Math.min(PER_STEP, limit - found.length) },
      inbox,
    )
    found.push(...page.found)
    tooManyNames ||= page.tooManyNames
    beforeId = page.nextBeforeId
  }
  const hasMore = beforeId !== null
  const nothing =
    Object.keys(filter).length > 0 ? 'No stored notification matches.' : 'Nothing is stored yet.'
  output.result({ command: 'log', found, hasMore, tooManyNames }, [
    ...(found.length === 0 ? [nothing] : found.map(lineOf)),
    ...(hasMore ? [`There may be older ones. --limit shows more than ${limit}.`] : []),
    ...(tooManyNames ? ['More people and chats have such a name than were looked for.'] : []),
  ])
  return exitCodes.ok
}

async function write(
  { output, world }: CommandContext,
  inbox: StoredData,
  { filter, format, out }: { filter: DeliveryFilter; format: DeliveryExportFormat; out: string },
): Promise<number> {
  let count = 0
  async function* texts(): AsyncGenerator<string> {
    for await (const { text, items } of exportDeliveries({ ...filter, format }, inbox)) {
      world.signal.throwIfAborted()
      count += items
      yield text
    }
  }
  const file = await writeNewFileInPieces(out, { pieces: texts(), what: 'The export' })
  output.result({ command: 'log', file, format, count }, [
    `Wrote ${count} ${count === 1 ? 'notification' : 'notifications'} to ${file}. It holds no message, name or secret.`,
  ])
  return exitCodes.ok
}

function filterOf(options: LogOptions, text: string | undefined): DeliveryFilter {
  const given: Partial<Record<keyof DeliveryFilter, string | undefined>> = {
    from: options.from,
    to: options.to,
    kind:
      options.kind &&
      (options.kind === 'lifecycle' ? 'lifecycleNotification' : 'changeNotification'),
    origin: options.origin,
    changeType: options.change,
    place: options.place?.startsWith('19:') ? `chat:${options.place}` : options.place,
    senderId: options.sender,
    subscriptionId: options.subscription,
    handOn: options.handOn,
    verdict: options.content,
    text,
  }
  const wanted = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  )
  const parsed = v.safeParse(filterSchema, wanted)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new AppError('input-invalid', {
    message: `The search is not valid: ${v.getDotPath(issue) ?? 'it'} ${issue.message}.`,
    nextStep: 'Times are written as 2026-03-02T09:00Z. Add --help to see all options.',
  })
}

/** Such as `2026-03-02T09:00:00.000Z  #17  New chat message  Ana Lima in Front desk  handed on`. */
function lineOf(found: FoundDelivery): string {
  const who = found.senderName ?? found.senderId
  const where = found.placeName ?? found.place ?? found.resource
  return oneLine(
    [
      found.receivedAt,
      `#${found.id}`,
      found.summary,
      who === null ? where : `${who} in ${where}`,
      ...(found.origin === 'graph' ? [] : [ORIGINS[found.origin]]),
      ...(found.handOn ? [HAND_ON[found.handOn.state]] : []),
    ]
      .filter((part) => part !== '')
      .join('  '),
  )
}

const ORIGINS = { 'catch-up': 'caught up later', test: 'test' }
const HAND_ON = { waiting: 'waits to be handed on', done: 'handed on', dead: 'given up' }
