// The calendar file that reminds of the secret's expiry.
import type { TextFile } from '../contract/models.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'

/** An .ics file with one event and its alarms. Throws AppError secret-unknown without a secret. */
export function createCalendar(facts: { record: ProvisioningRecord | null; now: Date }): TextFile {
  throw new Error(`calendar.create ${facts.now.toISOString()}`)
}
