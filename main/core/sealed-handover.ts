// The sealed hand-over: one file with all values and the secret, under a passphrase and with an expiry date.
import type { OpenedHandover } from '../contract/calls.ts'
import type { Cloud, ConnectionSettings, TextFile } from '../contract/models.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import type { Clock, Database, SecretStore } from './ports.ts'

export interface SealFacts {
  record: ProvisioningRecord
  clientSecret: string
  settings: ConnectionSettings
  cloud: Cloud
  passphrase: string
  validDays: number
  now: Date
}

/** The sealed file. */
export async function sealHandover(facts: SealFacts): Promise<TextFile> {
  await Promise.resolve()
  throw new Error(`handover.seal ${facts.now.toISOString()}`)
}

/**
 * Opens a sealed file and keeps what is in it: the record in the database, the secret in the vault.
 * Throws AppError sealed-unreadable, sealed-expired, would-replace.
 */
export async function openHandover(
  input: { text: string; passphrase: string; replace: boolean },
  deps: { database: Database; secrets: SecretStore; clock: Clock; cloud: Cloud },
): Promise<OpenedHandover & { tenantUrl: string }> {
  await Promise.resolve()
  throw new Error(`handover.open ${input.text.length} ${deps.cloud.id}`)
}
