// What the set-up left in the database, for whoever only reads: the record of the application, and what was proven of it.
import type { VerifyResult } from '../contract/models/setup.ts'
import { readProvisioningRecord, type ProvisioningRecord } from './entra/provisioning-record.ts'
import type { Database } from './ports/database.ts'
import { Proofs } from './proofs.ts'

export interface StoredSetup {
  record: ProvisioningRecord | null
  verified: VerifyResult | null
  /** When a person confirmed that Test connection said OK. */
  confirmedAt: string | null
}

/** Reads it. Throws AppError settings-unreadable where the record is damaged. */
export async function readStoredSetup(
  database: Pick<Database, 'readRecord'>,
): Promise<StoredSetup> {
  const record = await readProvisioningRecord(database)
  const refuse = () => Promise.reject(new Error('The database is only read.'))
  const readRecord = (name: string) => database.readRecord(name)
  const proofs = new Proofs({ readRecord, writeRecord: refuse, deleteRecord: refuse })
  await proofs.load()
  return {
    record,
    verified: proofs.verified(record),
    confirmedAt: proofs.confirmedAt(record),
  }
}
