// What waits to be handed on, in SQLite: one row for each notification, written in the same commit as it.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { HandOnEntry } from '../contract/models/contact-center.ts'
import type { Delivery } from '../contract/models/delivery.ts'
import type { HandOnResult, HandOnRow } from '../core/ports/hand-on.ts'

/** The step of the schema; a row goes with its notification. */
export const HAND_ON_MIGRATION = `
  CREATE TABLE hand_on (
    delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    queued_at TEXT NOT NULL,
    next_attempt_at TEXT,
    done_at TEXT,
    last_error TEXT
  ) STRICT;
  CREATE INDEX hand_on_waiting ON hand_on (lane, delivery_id) WHERE state = 'waiting';
  CREATE INDEX hand_on_dead ON hand_on (delivery_id) WHERE state = 'dead';`

export interface HandOnStoreOptions {
  sqlite: DatabaseSync
  /** The columns of deliveries, and how a row of them is read. */
  columns: string
  toDelivery: (row: Record<string, string | number | bigint | null | Uint8Array>) => Delivery
  transaction: <T>(work: () => T) => T
}

/** The rows; every method works at once, as SQLite does. */
export class HandOnRows {
  #options: HandOnStoreOptions
  #add: StatementSync | undefined
  #next: StatementSync | undefined
  #note: StatementSync | undefined

  constructor(options: HandOnStoreOptions) {
    this.#options = options
  }

  /** Part of the transaction that stores the notification. */
  add({ id, receivedAt }: Pick<Delivery, 'id' | 'receivedAt'>, lane: string): void {
    this.#add ??= this.#options.sqlite.prepare(
      `INSERT INTO hand_on (delivery_id, lane, state, queued_at) VALUES (?, ?, 'waiting', ?)`,
    )
    this.#add.run(id, lane, receivedAt)
  }

  lanes(after: string, limit: number): string[] {
    // Jumps from name to name in the index, however much waits in each. https://sqlite.org/lang_with.html
    return this.#options.sqlite
      .prepare(
        `WITH RECURSIVE names (lane) AS (
           SELECT min(lane) FROM hand_on WHERE state = 'waiting' AND lane > ?
           UNION ALL
           SELECT (SELECT min(lane) FROM hand_on WHERE state = 'waiting' AND lane > names.lane)
           FROM names WHERE names.lane IS NOT NULL
         )
         SELECT lane FROM names WHERE lane IS NOT NULL LIMIT ?`,
      )
      .all(after, limit)
      .map((row) => String(row['lane']))
  }

  next(lane: string): HandOnRow | undefined {
    const { sqlite, columns, toDelivery } = this.#options
    this.#next ??= sqlite.prepare(
      `SELECT ${columns}, attempts, queued_at AS queuedAt, next_attempt_at AS nextAttemptAt
       FROM hand_on JOIN deliveries ON deliveries.id = hand_on.delivery_id
       WHERE state = 'waiting' AND lane = ? ORDER BY delivery_id LIMIT 1`,
    )
    const row = this.#next.get(lane)
    return (
      row && {
        delivery: toDelivery(row),
        attempts: Number(row['attempts']),
        queuedAt: String(row['queuedAt']),
        nextAttemptAt: textOf(row['nextAttemptAt']),
      }
    )
  }

  note(results: HandOnResult[]): void {
    const { sqlite, transaction } = this.#options
    // Not flushed: the next stored notification flushes it along, and until then a loss of power costs a repetition
    // at most. In WAL mode that never damages the file. https://sqlite.org/pragma.html#pragma_synchronous
    sqlite.exec('PRAGMA synchronous = NORMAL')
    try {
      transaction(() => {
        this.#note ??= sqlite.prepare(
          `UPDATE hand_on SET state = ?, attempts = coalesce(?, attempts), next_attempt_at = ?,
             done_at = ?, last_error = ?
           WHERE delivery_id = ? AND state = 'waiting'`,
        )
        for (const result of results) {
          const failed = result.state === 'done' ? null : result
          this.#note.run(
            result.state,
            failed?.attempts ?? null,
            result.state === 'waiting' ? result.nextAttemptAt : null,
            result.state === 'done' ? result.at : null,
            failed?.lastError ?? null,
            result.deliveryId,
          )
        }
      })
    } finally {
      sqlite.exec('PRAGMA synchronous = FULL')
    }
  }

  count(): { waiting: number; dead: number } {
    const of = (state: 'waiting' | 'dead') =>
      Number(
        this.#options.sqlite
          .prepare(`SELECT count(*) AS n FROM hand_on WHERE state = '${state}'`)
          .get()?.['n'],
      )
    return { waiting: of('waiting'), dead: of('dead') }
  }

  list(state: 'waiting' | 'dead', limit: number): HandOnEntry[] {
    return this.#options.sqlite
      .prepare(
        // Not a parameter: the indexes are made for each state.
        `SELECT delivery_id, attempts, next_attempt_at, last_error FROM hand_on
         WHERE state = '${state === 'dead' ? 'dead' : 'waiting'}' ORDER BY delivery_id LIMIT ?`,
      )
      .all(limit)
      .map((row) => ({
        deliveryId: Number(row['delivery_id']),
        state,
        attempts: Number(row['attempts']),
        nextAttemptAt: textOf(row['next_attempt_at']),
        lastError: textOf(row['last_error']),
      }))
  }

  queue(what: 'dead' | { deliveryId: number; lane: string }[], queuedAt: string): number {
    const { sqlite, transaction } = this.#options
    return transaction(() => {
      if (what === 'dead') {
        const { changes } = sqlite
          .prepare(
            `UPDATE hand_on SET state = 'waiting', attempts = 0, queued_at = ?,
               next_attempt_at = NULL, last_error = NULL WHERE state = 'dead'`,
          )
          .run(queuedAt)
        return Number(changes)
      }
      const insert = sqlite.prepare(
        `INSERT INTO hand_on (delivery_id, lane, state, queued_at)
         SELECT id, ?, 'waiting', ? FROM deliveries WHERE id = ?
         ON CONFLICT (delivery_id) DO UPDATE SET state = 'waiting', attempts = 0,
           queued_at = excluded.queued_at, next_attempt_at = NULL, done_at = NULL, last_error = NULL`,
      )
      let count = 0
      for (const { deliveryId, lane } of what) {
        count += Number(insert.run(lane, queuedAt, deliveryId).changes)
      }
      return count
    })
  }

  giveUp(queuedUntil: string, lastError: string): number {
    const { changes } = this.#options.sqlite
      .prepare(
        `UPDATE hand_on SET state = 'dead', next_attempt_at = NULL, last_error = ?
         WHERE state = 'waiting' AND queued_at <= ?`,
      )
      .run(lastError, queuedUntil)
    return Number(changes)
  }
}

function textOf(value: string | number | bigint | null | Uint8Array | undefined): string | null {
  return typeof value === 'string' ? value : null
}
