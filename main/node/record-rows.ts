// Reading the records and the audit trail, for the app that owns the database and for whoever only looks.
import type { DatabaseSync } from 'node:sqlite'
import type { AuditEntry } from '../contract/models/removal.ts'
import type { NewAuditEntry } from '../core/ports/database.ts'

/** A small JSON record by its name; undefined where there is none. */
export function readRecord(sqlite: DatabaseSync, name: string): unknown {
  const row = sqlite.prepare('SELECT json FROM records WHERE name = ?').get(name)
  return row === undefined ? undefined : (JSON.parse(String(row['json'])) as unknown)
}

/** Entries of the audit trail with a greater id, the oldest first. */
export function auditEntriesAfter(
  sqlite: DatabaseSync,
  { id, limit }: { id: number; limit: number },
): AuditEntry[] {
  return sqlite
    .prepare('SELECT id, entry_json FROM audit WHERE id > ? ORDER BY id LIMIT ?')
    .all(id, Math.max(0, Math.floor(limit)))
    .map((row) => ({
      ...(JSON.parse(String(row['entry_json'])) as NewAuditEntry),
      id: Number(row['id']),
    }))
}
