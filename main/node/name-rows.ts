// Names of people, chats and channels in SQLite, as Graph told them: kept as long as a stored notification uses them.
import type { DatabaseSync } from 'node:sqlite'
import type { KnownName } from '../core/ports/stored.ts'

/** `user:` and the id is used by a sender, and by what has that id itself, such as a presence. */
const DELETE_UNUSED = `DELETE FROM names
  WHERE key > ?1 AND key <= ?2 AND at < ?3
    AND NOT EXISTS (SELECT 1 FROM deliveries WHERE place = key)
    AND NOT (key LIKE 'user:%' AND (
      EXISTS (SELECT 1 FROM deliveries WHERE sender_id = substr(key, 6))
      OR EXISTS (SELECT 1 FROM deliveries WHERE resource_id = substr(key, 6))))`

export interface NameRowsOptions {
  sqlite: DatabaseSync
  transaction: <T>(work: () => T) => T
}

/** The rows; every method works at once, as SQLite does. */
export class NameRows {
  #options: NameRowsOptions

  constructor(options: NameRowsOptions) {
    this.#options = options
  }

  /** Those of the keys that are known. */
  read(keys: string[]): KnownName[] {
    const read = this.#options.sqlite.prepare('SELECT key, name, at FROM names WHERE key = ?')
    return keys.flatMap((key) => {
      const row = read.get(key)
      return row ? [{ key, name: String(row['name']), at: String(row['at']) }] : []
    })
  }

  /** Keys of those that contain a text, in any case and any script. */
  find(text: string, limit: number): string[] {
    const wanted = text.toLowerCase()
    const keys: string[] = []
    for (const row of this.#options.sqlite.prepare('SELECT key, name FROM names').iterate()) {
      if (!String(row['name']).toLowerCase().includes(wanted)) continue
      keys.push(String(row['key']))
      if (keys.length === limit) break
    }
    return keys
  }

  write(names: KnownName[]): void {
    const { sqlite, transaction } = this.#options
    transaction(() => {
      const write = sqlite.prepare('INSERT OR REPLACE INTO names (key, name, at) VALUES (?, ?, ?)')
      for (const { key, name, at } of names) write.run(key, name, at)
    })
  }

  /** Of the `limit` names after a key, removes what no notification uses. */
  deleteUnused({ before, afterKey, limit }: { before: string; afterKey: string; limit: number }): {
    deleted: number
    lastKey: string | null
  } {
    const { sqlite } = this.#options
    const lastKey = sqlite
      .prepare(
        'SELECT max(key) AS lastKey FROM (SELECT key FROM names WHERE key > ? ORDER BY key LIMIT ?)',
      )
      .get(afterKey, Math.max(0, Math.floor(limit)))?.['lastKey']
    if (typeof lastKey !== 'string') return { deleted: 0, lastKey: null }
    const { changes } = sqlite.prepare(DELETE_UNUSED).run(afterKey, lastKey, before)
    return { deleted: Number(changes), lastKey }
  }
}
