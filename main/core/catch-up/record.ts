// The gap log in the database, with what it takes to see a gap after a restart.
import * as v from 'valibot'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import type { Database } from '../ports/database.ts'
import { Turns } from '../turns.ts'
import { gapSchema, type GapRecord } from './gap.ts'
import type { ReceivingRecord } from './receiving.ts'

export interface CatchUpRecord {
  receiving: ReceivingRecord
  gaps: GapRecord[]
  /** When it was last compared with Teams. */
  checkedAt: string | null
  /** Messages up to then were compared: younger ones may still have been on their way. */
  comparedUntil: string | null
}

const RECORD_NAME = 'catch-up'

const schema = v.object({
  version: v.literal(1),
  receiving: v.object({
    receivingAt: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
    subscriptions: v.array(
      v.object({
        key: v.custom<SubscriptionKey>((value) => typeof value === 'string'),
        subscriptionId: v.string(),
        aliveAt: v.pipe(v.string(), v.isoTimestamp()),
      }),
    ),
    free: v.optional(
      v.array(
        v.object({
          key: v.custom<SubscriptionKey>((value) => typeof value === 'string'),
          since: v.pipe(v.string(), v.isoTimestamp()),
        }),
      ),
      [],
    ),
  }),
  gaps: v.array(gapSchema),
  checkedAt: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  comparedUntil: v.optional(v.nullable(v.pipe(v.string(), v.isoTimestamp())), null),
})

export class CatchUpRecords {
  #database: Database
  #turns = new Turns()

  constructor(database: Database) {
    this.#database = database
  }

  /** What an earlier run kept. What cannot be read counts as none. */
  async load(): Promise<CatchUpRecord> {
    const parsed = v.safeParse(schema, await this.#database.readRecord(RECORD_NAME))
    if (!parsed.success) {
      const receiving = { receivingAt: null, subscriptions: [] }
      return { receiving, gaps: [], checkedAt: null, comparedUntil: null }
    }
    const { receiving, gaps, checkedAt, comparedUntil } = parsed.output
    return { receiving, gaps, checkedAt, comparedUntil: comparedUntil ?? checkedAt }
  }

  /** Keeps it; on disk when this resolves. Throws AppError disk-full and others. */
  save(record: CatchUpRecord): Promise<void> {
    return this.#turns.run(() => this.#database.writeRecord(RECORD_NAME, { version: 1, ...record }))
  }
}
