// The audit trail as a file for people and for spreadsheets.
import type { TextFile } from '../../contract/models/handover.ts'
import type { AuditEntry } from '../../contract/models/removal.ts'
import { formatCsv } from '../csv.ts'
import { redactValue } from '../redact.ts'

const COLUMNS: (keyof AuditEntry)[] = [
  'id',
  'at',
  'account',
  'tenantId',
  'action',
  'object',
  'name',
  'method',
  'path',
  'outcome',
  'status',
  'requestId',
  'clientRequestId',
  'before',
  'after',
]

/** The whole trail as CSV or JSON, the oldest entry first; times are ISO 8601, before and after are JSON. */
export function exportAudit(entries: AuditEntry[], format: 'csv' | 'json'): TextFile {
  if (format === 'json') {
    return {
      name: 'emi-audit.json',
      mediaType: 'application/json',
      text: `${JSON.stringify(entries.map(withoutSecrets), null, 2)}\n`,
    }
  }
  const rows = entries.map((entry) => {
    const safe = withoutSecrets(entry)
    return COLUMNS.map((column) => textOf(safe[column]))
  })
  return { name: 'emi-audit.csv', mediaType: 'text/csv', text: formatCsv([COLUMNS, ...rows]) }
}

/** The trail holds none; but this file leaves the machine, so it is looked over once more. */
function withoutSecrets(entry: AuditEntry): Record<string, unknown> {
  return Object.fromEntries(
    COLUMNS.map((column): [string, unknown] => [column, redactValue(entry[column])]),
  )
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
