// What stored notifications tell of a resource's versions: so that what was caught up and what comes late is kept once.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { DeliveryOrigin } from '../contract/models/delivery.ts'
import {
  isLateRepeat,
  REPEATS_MS,
  unseenChange,
  versionIn,
  type StoredVersion,
} from './seen-versions.ts'
import type { NewDelivery } from '../core/ports/stored.ts'

/** The rows; every method works at once, as SQLite does. */
export class SeenRows {
  #sqlite: DatabaseSync
  #versions: StatementSync | undefined
  /** When something was caught up last, in ms since 1970; undefined until it was looked up. */
  #caughtUpAt: number | undefined

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite
  }

  /** The item as it is to be stored; null when what it tells of is stored already. */
  fresh(item: NewDelivery): NewDelivery | null {
    if (item.caughtUp) {
      const changeType = this.#unseen(item, item.caughtUp)
      if (changeType === null) return null
      this.#caughtUpAt = Date.parse(item.receivedAt)
      return { ...item, changeType }
    }
    return this.#mayRepeat(item) && this.#isLateRepeat(item) ? null : item
  }

  /** Those of the items that were read whose change is not stored. */
  unseenOf(items: NewDelivery[]): NewDelivery[] {
    return items.filter((item) => item.caughtUp && this.#unseen(item, item.caughtUp) !== null)
  }

  /** Names of places with a prefix, those after a name, in the order of names. */
  knownPlaces(prefix: string, after: string, limit: number): string[] {
    // Jumps from name to name in the index, however many notifications each has. https://sqlite.org/lang_with.html
    return this.#sqlite
      .prepare(
        `WITH RECURSIVE names (place) AS (
           SELECT min(place) FROM deliveries WHERE place IS NOT NULL AND place > ?
           UNION ALL
           SELECT (SELECT min(place) FROM deliveries WHERE place IS NOT NULL AND place > names.place)
           FROM names WHERE names.place IS NOT NULL
         )
         SELECT place FROM names WHERE place IS NOT NULL LIMIT ?`,
      )
      .all(after, Math.max(0, Math.floor(limit)))
      .map((row) => String(row['place']))
      .filter((place) => place.startsWith(prefix))
  }

  #unseen(item: NewDelivery, caughtUp: NonNullable<NewDelivery['caughtUp']>): string | null {
    return unseenChange({ ...caughtUp, changeType: item.changeType }, this.#stored(item))
  }

  /** Only for some hours after a catch-up does Graph repeat what was caught up: otherwise nobody has to look. */
  #mayRepeat({ kind, origin, resourceId, receivedAt }: NewDelivery): boolean {
    if (kind !== 'changeNotification' || resourceId === null) return false
    if (origin !== undefined && origin !== 'graph') return false
    this.#caughtUpAt ??= this.#lastCaughtUp()
    if (this.#caughtUpAt === -Infinity) return false
    return Date.parse(receivedAt) - this.#caughtUpAt <= REPEATS_MS
  }

  #isLateRepeat(item: NewDelivery): boolean {
    const caughtUp = this.#stored(item).filter(({ origin }) => origin === 'catch-up')
    if (caughtUp.length === 0) return false
    return isLateRepeat({ ...item, ...versionIn(item.itemJson) }, caughtUp)
  }

  #lastCaughtUp(): number {
    const row = this.#sqlite
      .prepare(
        `SELECT received_at FROM deliveries WHERE origin = 'catch-up' ORDER BY id DESC LIMIT 1`,
      )
      .get()
    return row ? Date.parse(String(row['received_at'])) : -Infinity
  }

  #stored({ resource, resourceId }: NewDelivery): StoredVersion[] {
    this.#versions ??= this.#sqlite.prepare(
      `SELECT change_type, origin, received_at, item_json FROM deliveries
       WHERE resource_id = ? AND resource = ? AND origin <> 'test'
         AND coalesce(verdict, '') <> 'refused'`,
    )
    return this.#versions.all(resourceId, resource).map((row) => ({
      changeType: String(row['change_type']),
      origin: String(row['origin']) as DeliveryOrigin,
      receivedAt: String(row['received_at']),
      ...versionIn(String(row['item_json'])),
    }))
  }
}
