// Stored notifications in SQLite: one row for each item that Graph posted and that is ours.
import { hash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Delivery, DeliveryKind, DeliveryOrigin } from '../contract/models/delivery.ts'
import type { SubscriptionKey } from '../contract/models/subscription.ts'
import type {
  ContentVerdict,
  JudgedDeliveries,
  NewDelivery,
  StoredDelivery,
  UnjudgedDelivery,
} from '../core/ports/stored.ts'
import { SeenRows } from './seen-rows.ts'

/** What one row holds, by our names. */
export const DELIVERY_COLUMNS = `id, received_at AS receivedAt, kind,
  subscription_key AS subscriptionKey, subscription_id AS subscriptionId, tenant_id AS tenantId,
  change_type AS changeType, resource, resource_id AS resourceId, rich, origin,
  sender_id AS senderId`

/** Enough of a hash that two of any number of notifications never have the same by chance. */
const KEY_BYTES = 16

const DELETE_DELIVERIES = `DELETE FROM deliveries
  WHERE id > ? AND id <= ? AND received_at < ? AND NOT EXISTS (
    SELECT 1 FROM hand_on WHERE delivery_id = deliveries.id AND state = 'waiting')`

const INSERT_DELIVERY = `INSERT INTO deliveries (received_at, kind, subscription_key, subscription_id,
    tenant_id, change_type, resource, resource_id, rich, item_json, certificate_id, sealed_tokens,
    verdict, item_key, origin, place, sender_id, headers_json)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`

export type Row = Record<string, string | number | bigint | null | Uint8Array>

export interface DeliveryRowsOptions {
  sqlite: DatabaseSync
  transaction: <T>(work: () => T) => T
  /** Part of the same commit: an item that is to be handed on. */
  handOn: (delivery: Delivery, lane: string) => void
}

/** The rows; every method works at once, as SQLite does. */
export class DeliveryRows {
  readonly seen: SeenRows
  #options: DeliveryRowsOptions
  #insert: StatementSync | undefined
  #delete: StatementSync | undefined
  /** The items of one post came with the same headers. */
  #headers: { of: NewDelivery['headers']; json: string | null } = { of: undefined, json: null }

  constructor(options: DeliveryRowsOptions) {
    this.seen = new SeenRows(options.sqlite)
    this.#options = options
  }

  add(items: NewDelivery[]): Delivery[] {
    const { sqlite, transaction, handOn } = this.#options
    return transaction(() => {
      this.#insert ??= sqlite.prepare(INSERT_DELIVERY)
      const added: Delivery[] = []
      for (const given of items) {
        const item = this.seen.fresh(given)
        if (!item) continue
        const { content, identity, handOnLane: lane } = item
        const { changes, lastInsertRowid } = this.#insert.run(
          item.receivedAt,
          item.kind,
          item.subscriptionKey,
          item.subscriptionId,
          item.tenantId,
          item.changeType,
          item.resource,
          item.resourceId,
          item.rich ? 1 : 0,
          item.itemJson,
          content?.certificateId ?? null,
          content?.sealedTokens ?? null,
          content ? 'waiting' : null,
          identity === undefined ? null : keyOf(identity),
          item.origin ?? 'graph',
          item.place ?? null,
          item.senderId ?? null,
          this.#headersJson(item.headers),
        )
        if (changes === 0) continue
        const delivery = asDelivery(Number(lastInsertRowid), item)
        added.push(delivery)
        if (lane !== undefined) handOn(delivery, lane)
      }
      return added
    })
  }

  get(id: number): StoredDelivery | undefined {
    const row = this.#options.sqlite
      .prepare(
        `SELECT ${DELIVERY_COLUMNS}, item_json AS itemJson, place, headers_json AS headersJson
         FROM deliveries WHERE id = ?`,
      )
      .get(id)
    if (!row) return undefined
    const { headersJson: headers, place } = row
    return {
      ...toDelivery(row),
      itemJson: String(row['itemJson']),
      place: typeof place === 'string' ? place : null,
      headers: typeof headers === 'string' ? (JSON.parse(headers) as Record<string, string>) : null,
    }
  }

  latest(limit: number): Delivery[] {
    return this.#options.sqlite
      .prepare(`SELECT ${DELIVERY_COLUMNS} FROM deliveries ORDER BY id DESC LIMIT ?`)
      .all(Math.max(0, Math.floor(limit)))
      .map(toDelivery)
  }

  count(): number {
    return Number(this.#options.sqlite.prepare('SELECT count(*) AS n FROM deliveries').get()?.['n'])
  }

  delete({ before, afterId, limit }: { before: string; afterId: number; limit: number }): {
    deleted: number
    lastId: number | null
  } {
    const { sqlite } = this.#options
    const step = sqlite
      .prepare(
        `SELECT max(id) AS lastId, min(received_at) AS oldest FROM (
           SELECT id, received_at FROM deliveries WHERE id > ? ORDER BY id LIMIT ?)`,
      )
      .get(afterId, Math.max(0, Math.floor(limit)))
    const lastId = step?.['lastId']
    if (typeof lastId !== 'number' || String(step?.['oldest']) >= before) {
      return { deleted: 0, lastId: null }
    }
    this.#delete ??= sqlite.prepare(DELETE_DELIVERIES)
    return { deleted: Number(this.#delete.run(afterId, lastId, before).changes), lastId }
  }

  noteSenders(senders: { deliveryId: number; senderId: string }[]): void {
    const { sqlite, transaction } = this.#options
    transaction(() => {
      const update = sqlite.prepare('UPDATE deliveries SET sender_id = ? WHERE id = ?')
      for (const { deliveryId, senderId } of senders) update.run(senderId, deliveryId)
    })
  }

  unjudged(afterId: number, limit: number): UnjudgedDelivery[] {
    return this.#options.sqlite
      .prepare(
        `SELECT id, received_at, tenant_id, subscription_key, sealed_tokens FROM deliveries
         WHERE verdict = 'waiting' AND id > ? ORDER BY id LIMIT ?`,
      )
      .all(afterId, Math.max(0, Math.floor(limit)))
      .map((row) => ({
        id: Number(row['id']),
        receivedAt: String(row['received_at']),
        tenantId: String(row['tenant_id']),
        subscriptionKey: row['subscription_key'] as SubscriptionKey | null,
        sealedTokens: String(row['sealed_tokens'] ?? ''),
      }))
  }

  setVerdicts(verdicts: JudgedDeliveries[]): void {
    const { sqlite, transaction } = this.#options
    transaction(() => {
      // What was refused must not keep out the genuine item that it looks like.
      const update = sqlite.prepare(
        `UPDATE deliveries SET verdict = ?1, verdict_reason = ?2, sealed_tokens = NULL,
           item_key = iif(?1 = 'refused', NULL, item_key)
         WHERE id = ?3 AND verdict = 'waiting'`,
      )
      for (const { ids, verdict, reason } of verdicts) {
        for (const id of ids) update.run(verdict, reason, id)
      }
    })
  }

  verdict(id: number): { verdict: ContentVerdict; reason: string | null } | undefined {
    const row = this.#options.sqlite
      .prepare(
        'SELECT verdict, verdict_reason FROM deliveries WHERE id = ? AND verdict IS NOT NULL',
      )
      .get(id)
    return (
      row && {
        verdict: String(row['verdict']) as ContentVerdict,
        reason: row['verdict_reason'] === null ? null : String(row['verdict_reason']),
      }
    )
  }

  isCertificateNamed(certificateId: string): boolean {
    const found = this.#options.sqlite
      .prepare('SELECT 1 FROM deliveries WHERE certificate_id = ? LIMIT 1')
      .get(certificateId)
    return found !== undefined
  }

  #headersJson(headers: NewDelivery['headers']): string | null {
    if (headers !== this.#headers.of) {
      this.#headers = { of: headers, json: headers ? JSON.stringify(headers) : null }
    }
    return this.#headers.json
  }
}

/** Field by field: a copy of the whole would cost more than what is kept of it. */
function asDelivery(id: number, item: NewDelivery): Delivery {
  return {
    id,
    receivedAt: item.receivedAt,
    kind: item.kind,
    subscriptionKey: item.subscriptionKey,
    subscriptionId: item.subscriptionId,
    tenantId: item.tenantId,
    changeType: item.changeType,
    resource: item.resource,
    resourceId: item.resourceId,
    rich: item.rich,
    origin: item.origin ?? 'graph',
    senderId: item.senderId ?? null,
  }
}

/** Reads a row of DELIVERY_COLUMNS. */
export function toDelivery(row: Row): Delivery {
  const text = (name: string) => String(row[name])
  const nullable = (name: string) => (row[name] === null ? null : text(name))
  return {
    id: Number(row['id']),
    receivedAt: text('receivedAt'),
    kind: text('kind') as DeliveryKind,
    subscriptionKey: nullable('subscriptionKey') as SubscriptionKey | null,
    subscriptionId: text('subscriptionId'),
    tenantId: text('tenantId'),
    changeType: text('changeType'),
    resource: text('resource'),
    resourceId: nullable('resourceId'),
    rich: row['rich'] === 1,
    origin: text('origin') as DeliveryOrigin,
    senderId: nullable('senderId'),
  }
}

function keyOf(identity: string): Uint8Array {
  const key = Buffer.allocUnsafe(KEY_BYTES)
  // As text of one byte a character: a buffer of its own would take longer to make than the hash.
  key.write(hash('sha256', identity, 'binary'), 0, KEY_BYTES, 'latin1')
  return key
}
