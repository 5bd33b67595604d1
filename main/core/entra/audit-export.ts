// The audit trail as a file for people and for spreadsheets.
import type { AuditEntry, TextFile } from '../../contract/models.ts'

/** The whole trail as CSV or JSON; times are ISO 8601. */
export function exportAudit(entries: AuditEntry[], format: 'csv' | 'json'): TextFile {
  throw new Error(`audit.export ${format} ${entries.length}`)
}
