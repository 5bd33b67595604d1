import { describe, expect, it } from 'vitest'
import { exportAudit } from '../../../main/core/entra/audit-export.ts'
import type { AuditEntry } from '../../../main/contract/models/removal.ts'
import { parseCsv, withoutMark } from '../read-csv.ts'
import { SAMPLE_SECRET } from '../sample-record.ts'

const entry: AuditEntry = {
  id: 1,
  at: '2026-03-02T09:00:00.000Z',
  account: 'nora@contoso.example',
  tenantId: '11111111-1111-4111-8111-111111111111',
  action: 'change',
  object: 'application',
  name: '=cmd|"/C calc"!A1',
  method: 'PATCH',
  path: '/applications/2222',
  outcome: 'done',
  status: 204,
  requestId: 'req-1',
  clientRequestId: 'client-1',
  before: { redirectUris: [] },
  after: { redirectUris: ['https://acme.example.com/x'] },
}
const lost: AuditEntry = { ...entry, id: 2, outcome: 'unknown', status: null, requestId: null }

describe('the audit trail as CSV', () => {
  it('has one line for each write with everything about it', () => {
    const { text, name, mediaType } = exportAudit([entry, lost], 'csv')
    const [head = [], first = [], second = []] = parseCsv(text)
    expect(head).toEqual(Object.keys(entry))
    expect(first).toEqual([
      '1',
      entry.at,
      entry.account,
      entry.tenantId,
      'change',
      'application',
      `'${entry.name}`,
      'PATCH',
      entry.path,
      'done',
      '204',
      'req-1',
      'client-1',
      '{"redirectUris":[]}',
      '{"redirectUris":["https://acme.example.com/x"]}',
    ])
    expect(withoutMark(first[6] ?? '')).toBe(entry.name)
    expect(second.slice(9, 12)).toEqual(['unknown', '', ''])
    expect([name, mediaType]).toEqual(['emi-audit.csv', 'text/csv'])
  })

  it('is a line of headings before the first write', () => {
    expect(parseCsv(exportAudit([], 'csv').text)).toHaveLength(1)
  })
})

describe('the audit trail as JSON', () => {
  it('is the entries as they are', () => {
    const { text, name, mediaType } = exportAudit([entry, lost], 'json')
    expect(JSON.parse(text)).toEqual([entry, lost])
    expect([name, mediaType]).toEqual(['emi-audit.json', 'application/json'])
  })
})

it.each(['csv', 'json'] as const)(
  'lets no secret out, should one ever have got in (%s)',
  (format) => {
    const leak = { ...entry, after: { secretText: SAMPLE_SECRET } }
    expect(exportAudit([leak], format).text).not.toContain(SAMPLE_SECRET)
  },
)
