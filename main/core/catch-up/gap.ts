// Holes in what was received, as gaps: made, merged, ended; pure functions over the record that is kept.
import * as v from 'valibot'
import type { Gap, GapReason } from '../../contract/models/gaps.ts'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'

/** What one subscription, or each of several people's, tells of. */
export type CatchUpArea = 'chats' | 'chat-messages' | 'channel-messages'

/** A time in which notifications may have been lost. Times are in ms since 1970. */
export interface Hole {
  since: number
  until: number
  reason: GapReason
  areas: CatchUpArea[]
}

/** People first; chats one by one only where people may not be read; then channels. */
export type CatchUpStep = 'people' | 'chats' | 'channels'

/** Where an interrupted catch-up goes on. */
export interface GapCursor {
  step: CatchUpStep
  /** The last source of the step that is done; they are read in the order of their names. */
  after: string
}

/** A gap as it is kept. */
export interface GapRecord extends Gap {
  areas: CatchUpArea[]
  cursor: GapCursor | null
  /** Failed attempts in a row. */
  attempt: number
  /** When the other server was last seen to have the place; null for other gaps. */
  seenAt: string | null
}

/** So many gaps are kept and shown. */
export const GAPS_KEPT = 50

export const ALL_AREAS: CatchUpArea[] = ['chats', 'chat-messages', 'channel-messages']

const time = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text)), 'is no time'),
)
const count = v.pipe(v.number(), v.minValue(0))

/** The shape in which gaps are kept. */
export const gapSchema = v.object({
  id: v.number(),
  since: time,
  until: v.nullable(time),
  reasons: v.array(
    v.picklist([
      'not-running',
      'sleep',
      'tunnel',
      'paused',
      'subscription-removed',
      'subscription-gone',
      'reauthorization',
      'missed',
      'not-stored',
      'silent',
      'held-elsewhere',
      'place-free',
    ]),
  ),
  phase: v.picklist(['open', 'waiting', 'catching-up', 'done', 'partly', 'cannot', 'elsewhere']),
  recovered: count,
  alreadyThere: count,
  progress: v.nullable(v.object({ done: count, total: count })),
  nextAttemptAt: v.nullable(time),
  error: v.nullable(v.string()),
  lost: v.array(v.object({ what: v.string(), why: v.string() })),
  endedAt: v.nullable(time),
  areas: v.array(v.picklist(['chats', 'chat-messages', 'channel-messages'])),
  cursor: v.nullable(
    v.object({ step: v.picklist(['people', 'chats', 'channels']), after: v.string() }),
  ),
  attempt: count,
  elsewhere: v.optional(
    v.nullable(
      v.object({
        host: v.string(),
        key: v.custom<SubscriptionKey>((value) => typeof value === 'string'),
      }),
    ),
    null,
  ),
  seenAt: v.optional(v.nullable(time), null),
}) satisfies v.GenericSchema<unknown, GapRecord>

/** What a subscription of this key tells of. */
export function areaOf(key: SubscriptionKey): CatchUpArea {
  return key === 'chats' || key === 'channel-messages' ? key : 'chat-messages'
}

/** A gap that is open: it lasts until `endGap`. */
export function openGap(
  hole: Pick<Hole, 'since' | 'reason' | 'areas'>,
  earlier: readonly GapRecord[],
): GapRecord {
  return {
    id: Math.max(0, ...earlier.map(({ id }) => id)) + 1,
    since: new Date(hole.since).toISOString(),
    until: null,
    reasons: [hole.reason],
    areas: hole.areas,
    phase: 'open',
    recovered: 0,
    alreadyThere: 0,
    progress: null,
    nextAttemptAt: null,
    error: null,
    lost: [],
    endedAt: null,
    cursor: null,
    attempt: 0,
    elsewhere: null,
    seenAt: null,
  }
}

/**
 * Adds a hole that is over: to a gap that it overlaps and that nobody has begun to catch up, else as one of its own.
 * The newest gap comes first.
 */
export function addHole(gaps: readonly GapRecord[], hole: Hole): GapRecord[] {
  const overlapping = gaps.filter((gap) => isWaiting(gap) && overlaps(gap, hole))
  const fresh: GapRecord = {
    ...openGap(hole, gaps),
    until: new Date(hole.until).toISOString(),
    phase: 'waiting',
  }
  const merged = overlapping.reduce(
    (one, other) => ({
      ...one,
      id: Math.min(one.id, other.id),
      since: earliest(one.since, other.since),
      until: latest(one.until ?? '', other.until ?? ''),
      reasons: [...new Set([...other.reasons, ...one.reasons])],
      areas: [...new Set([...other.areas, ...one.areas])],
    }),
    fresh,
  )
  const rest = gaps.filter((gap) => !overlapping.includes(gap))
  return bounded([merged, ...rest])
}

/** Newest first, and no more than are kept; one that is not finished stays, however old it is. */
export function bounded(gaps: readonly GapRecord[]): GapRecord[] {
  const sorted = [...gaps].sort((a, b) => b.since.localeCompare(a.since))
  const finished = sorted.filter((gap) => isFinished(gap) && gap.until !== null)
  const tooMany = new Set(
    finished.slice(Math.max(0, GAPS_KEPT - (sorted.length - finished.length))),
  )
  return sorted.filter((gap) => !tooMany.has(gap))
}

/** True once nothing more is to be done about a gap. */
export function isFinished({ phase }: Pick<Gap, 'phase'>): boolean {
  return ['done', 'partly', 'cannot', 'elsewhere'].includes(phase)
}

/** What pages see of it. */
export function shownGap({
  areas: _,
  cursor: __,
  attempt: ___,
  seenAt: ____,
  ...gap
}: GapRecord): Gap {
  return gap
}

function isWaiting(gap: GapRecord): boolean {
  return gap.phase === 'waiting' && gap.cursor === null && gap.until !== null
}

function overlaps(gap: GapRecord, hole: Hole): boolean {
  return Date.parse(gap.since) <= hole.until && Date.parse(gap.until ?? '') >= hole.since
}

function earliest(one: string, other: string): string {
  return one < other ? one : other
}

function latest(one: string, other: string): string {
  return one > other ? one : other
}
