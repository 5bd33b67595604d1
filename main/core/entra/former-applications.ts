// Applications that EMI Tray made and that are no longer in use: kept in mind, so that a person can still remove them.
import * as v from 'valibot'
import { AppError } from '../app-error.ts'
import type { Database } from '../ports/database.ts'
import type { EntraContext } from './context.ts'
import { forgetLeftIn, keepLeft } from './left-behind.ts'
import {
  isMadeHere,
  nothingAdded,
  type ProvisioningRecord,
  readProvisioningRecord,
} from './provisioning-record.ts'
import { takeApplication } from './take-away.ts'
import type { ListedItem } from './tenant-items.ts'
import { requireSameTenant } from './tenant-reading.ts'

const RECORD_NAME = 'formerApplications'
/** What the id of such an item begins with; the application's object id follows. */
const FORMER_PREFIX = 'former-application:'

const formerSchema = v.object({
  tenantId: v.string(),
  tenantDisplayName: v.string(),
  applicationObjectId: v.string(),
  appId: v.string(),
  displayName: v.string(),
})

/** What is needed to name such an application, and to delete it. */
export type FormerApplication = v.InferOutput<typeof formerSchema>

/** Those of earlier set-ups, oldest first, without the recorded one. What cannot be read counts as none. */
export async function readFormerApplications(
  database: Database,
  record: ProvisioningRecord | null,
): Promise<FormerApplication[]> {
  const former = await readAll(database)
  return former.filter((one) => one.applicationObjectId !== record?.applicationObjectId)
}

/**
 * Keeps in mind what EMI Tray has in the tenant before the record becomes that of another application: the recorded
 * one where it was made here, else what was added to it.
 */
export async function keepEarlier(database: Database, record: ProvisioningRecord): Promise<void> {
  const isOurs = isMadeHere(record)
  await keepLeft(database, record, isOurs ? nothingAdded() : record.added)
  if (!isOurs) return
  const { tenantId, tenantDisplayName, applicationObjectId, appId, displayName } = record
  const kept = await readFormerApplications(database, record)
  await database.writeRecord(RECORD_NAME, [
    ...kept,
    { tenantId, tenantDisplayName, applicationObjectId, appId, displayName },
  ])
}

/** True for one that was made here and used before. */
export async function isFormerApplication(
  database: Database,
  applicationObjectId: string,
): Promise<boolean> {
  const former = await readAll(database)
  return former.some((one) => one.applicationObjectId === applicationObjectId)
}

/** Forgets one that has been removed, with all that was left in it. */
export async function forgetFormerApplication(
  database: Database,
  applicationObjectId: string,
): Promise<void> {
  await forgetLeftIn(database, applicationObjectId)
  const former = await readAll(database)
  const left = former.filter((one) => one.applicationObjectId !== applicationObjectId)
  if (left.length === 0) await database.deleteRecord(RECORD_NAME)
  else if (left.length < former.length) await database.writeRecord(RECORD_NAME, left)
}

/** The list of them for a person. */
export function formerItems(former: FormerApplication[]): ListedItem[] {
  return former.map(({ applicationObjectId, appId, displayName, tenantDisplayName }) => ({
    id: FORMER_PREFIX + applicationObjectId,
    place: 'tenant',
    kind: 'former-application',
    name: `${displayName || 'Application without a name'}, no longer in use`,
    detail: `Client ID ${appId}, in ${tenantDisplayName}. EMI Tray made it and then changed to another application; its client secret may still work. With it every secret and subscription of it ends, whoever made it. Entra keeps it for 30 days under “Deleted applications”.`,
    removable: true,
  }))
}

/**
 * Deletes the one that an item of the list stands for; that it is gone already is fine. Throws AppError not-found
 * where it has come into use again since, wrong-tenant, admin-role-missing, GraphError and others.
 */
export async function removeFormerApplication(
  context: EntraContext,
  itemId: string,
): Promise<void> {
  const { database } = context
  const former = (await readAll(database)).find(
    ({ applicationObjectId }) => itemId === FORMER_PREFIX + applicationObjectId,
  )
  if (!former) return
  const { applicationObjectId, displayName } = former
  const record = await readProvisioningRecord(database)
  if (record?.applicationObjectId === applicationObjectId) {
    throw new AppError('not-found', {
      message: `${displayName} has come into use again since the list was made, so it was not removed.`,
      nextStep: 'List again and choose from what it shows.',
    })
  }
  requireSameTenant(context, former)
  await takeApplication(context, former)
  await forgetFormerApplication(database, applicationObjectId)
}

async function readAll(database: Database): Promise<FormerApplication[]> {
  const parsed = v.safeParse(v.array(formerSchema), await database.readRecord(RECORD_NAME))
  return parsed.success ? parsed.output : []
}
