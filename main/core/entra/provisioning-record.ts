// The provisioning record: what we made in the tenant, with its ids; kept so that any later run can go on from it.
import * as v from 'valibot'
import { AppError } from '../app-error.ts'
import type { Database } from '../ports.ts'

/** Where the client secret's text is kept in the SecretStore. */
export const CLIENT_SECRET_NAME = 'clientSecret'

const RECORD_NAME = 'provisioning'

const secretSchema = v.object({
  keyId: v.string(),
  /** First characters of the secret as Entra shows them. */
  hint: v.string(),
  displayName: v.string(),
  startDateTime: v.string(),
  endDateTime: v.string(),
})

const recordSchema = v.object({
  tenantId: v.string(),
  tenantDisplayName: v.string(),
  applicationObjectId: v.string(),
  appId: v.string(),
  servicePrincipalId: v.string(),
  uniqueName: v.string(),
  displayName: v.string(),
  redirectUri: v.string(),
  clientSecret: v.nullable(secretSchema),
  /** Written before a secret is asked for: if the answer is lost, this name finds the orphan. */
  pendingSecret: v.nullable(v.object({ displayName: v.string() })),
  /** When a token with all roles first came back; null while the set-up is unfinished. */
  completedAt: v.nullable(v.string()),
})

/** Ids not known yet are empty texts. */
export type ProvisioningRecord = v.InferOutput<typeof recordSchema>

/** The record, or null before the first run. Throws AppError settings-unreadable when it is damaged. */
export async function readProvisioningRecord(
  database: Database,
): Promise<ProvisioningRecord | null> {
  const value = await database.readRecord(RECORD_NAME)
  if (value === undefined || value === null) return null
  const parsed = v.safeParse(recordSchema, value)
  if (parsed.success) return parsed.output
  throw new AppError('settings-unreadable', {
    message: 'What EMI Tray noted about the application it set up cannot be read.',
    nextStep:
      'Restore the data folder from a backup, or disconnect in Settings and set up again: the application in your tenant is found and used again.',
    details: `provisioning record: ${v.getDotPath(parsed.issues[0]) ?? 'not an object'}`,
  })
}

export async function writeProvisioningRecord(
  database: Database,
  record: ProvisioningRecord,
): Promise<void> {
  await database.writeRecord(RECORD_NAME, record)
}
