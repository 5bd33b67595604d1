// The report without secrets: what was set up, with ids, permissions, who consented when, and when the secret expires.
import type {
  AuditEntry,
  Cloud,
  ConnectionSettings,
  DriftReport,
  TextFile,
  VerifyResult,
} from '../contract/models.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'

export interface ReportFacts {
  record: ProvisioningRecord
  settings: ConnectionSettings
  cloud: Cloud
  verified: VerifyResult | null
  drift: DriftReport | null
  audit: AuditEntry[]
  confirmedAt: string | null
  version: string
  now: Date
}

/** The report as Markdown, or as one printable page of HTML. */
export function createReport(facts: ReportFacts, format: 'markdown' | 'html'): TextFile {
  throw new Error(`report.create ${format} ${facts.version}`)
}
