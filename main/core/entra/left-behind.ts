// What EMI Tray added to applications and left there when it changed to another one: kept in mind until it is removed.
import * as v from 'valibot'
import type { Database } from '../ports/database.ts'
import {
  type Added,
  addedSchema,
  isNothing,
  nothingAdded,
  type ProvisioningRecord,
  withAdded,
} from './provisioning-record.ts'
import { readSecretTrail } from './secret-trail.ts'

const RECORD_NAME = 'leftBehind'

const secretSchema = v.object({
  /** Null where only its name is known: its answer was lost, or only the audit trail tells of it. */
  keyId: v.nullable(v.string()),
  displayName: v.string(),
  hint: v.string(),
  /** Empty where it is not known. */
  endDateTime: v.string(),
})

const leftSchema = v.object({
  tenantId: v.string(),
  tenantDisplayName: v.string(),
  applicationObjectId: v.string(),
  appId: v.string(),
  servicePrincipalId: v.string(),
  displayName: v.string(),
  redirectUri: v.string(),
  secrets: v.array(secretSchema),
  added: addedSchema,
})

const recordSchema = v.object({
  /** True once the audit trail was asked what changes before this record have left. */
  trailRead: v.boolean(),
  applications: v.array(leftSchema),
})

/** A client secret that EMI Tray made and no longer uses. */
export type LeftSecret = v.InferOutput<typeof secretSchema>

/** What is left in one application. Texts that are not known are empty. */
export type LeftBehind = v.InferOutput<typeof leftSchema>

/** What is left, by application, the oldest first. What cannot be read counts as nothing. */
export async function readLeftBehind(database: Database): Promise<LeftBehind[]> {
  return (await readAll(database)).applications
}

/** What is left in one application; undefined for nothing. */
export async function readLeftIn(
  database: Database,
  applicationObjectId: string,
): Promise<LeftBehind | undefined> {
  const all = await readLeftBehind(database)
  return all.find((one) => one.applicationObjectId === applicationObjectId)
}

/** Keeps in mind the secret of an application that stays in use, before the record forgets it for another one. */
export function keepReplaced(database: Database, record: ProvisioningRecord): Promise<void> {
  return keepLeft(database, { ...record, rotation: null, pendingSecret: null }, nothingAdded())
}

/** Keeps in mind the secrets of an application, and what else was added to it, before the record forgets them. */
export async function keepLeft(
  database: Database,
  record: ProvisioningRecord,
  added: Added,
): Promise<void> {
  const { tenantId, tenantDisplayName, applicationObjectId, appId, servicePrincipalId } = record
  const { displayName, redirectUri } = record
  if (applicationObjectId === '') return
  const secrets = await ownSecrets(database, record)
  if (secrets.length === 0 && isNothing(added)) return
  const all = await readAll(database)
  const left = {
    ...{ tenantId, tenantDisplayName, applicationObjectId, appId, servicePrincipalId },
    ...{ displayName, redirectUri, secrets, added },
  }
  await write(database, { ...all, applications: withLeft(all.applications, left) })
}

/** Changes what is left in an application, and forgets it once there is nothing. */
export async function changeLeft(
  database: Database,
  applicationObjectId: string,
  change: (left: LeftBehind) => LeftBehind,
): Promise<void> {
  const all = await readAll(database)
  const isIt = (one: LeftBehind) => one.applicationObjectId === applicationObjectId
  if (!all.applications.some(isIt)) return
  const applications = all.applications
    .map((one) => (isIt(one) ? change(one) : one))
    .filter((one) => one.secrets.length > 0 || !isNothing(one.added))
  await write(database, { ...all, applications })
}

/** Forgets what is left in an application, which has been deleted. */
export function forgetLeftIn(database: Database, applicationObjectId: string): Promise<void> {
  return changeLeft(database, applicationObjectId, (left) => ({
    ...left,
    secrets: [],
    added: nothingAdded(),
  }))
}

/** Asks the audit trail, once, for the secrets that changes before this record have left. */
export async function adoptTrail(
  database: Database,
  record: ProvisioningRecord | null,
): Promise<void> {
  const all = await readAll(database)
  if (all.trailRead) return
  let { applications } = all
  for (const secret of await readSecretTrail(database)) {
    const { tenantId, applicationObjectId, applicationName, displayName, endDateTime } = secret
    const known = applications.find((one) => one.applicationObjectId === applicationObjectId)
    const isOfRecord = record?.applicationObjectId === applicationObjectId
    const listed = [...(known?.secrets ?? []), ...(isOfRecord ? secretsOf(record) : [])]
    if (listed.some((one) => one.displayName === displayName)) continue
    applications = withLeft(applications, {
      ...{ tenantId, applicationObjectId },
      tenantDisplayName: record?.tenantId === tenantId ? record.tenantDisplayName : tenantId,
      appId: isOfRecord ? record.appId : (known?.appId ?? ''),
      servicePrincipalId: known?.servicePrincipalId ?? '',
      displayName: isOfRecord ? record.displayName : known?.displayName || applicationName,
      redirectUri: known?.redirectUri ?? '',
      secrets: [{ keyId: null, displayName, hint: '', endDateTime }],
      added: nothingAdded(),
    })
  }
  await write(database, { trailRead: true, applications })
}

/** Ids and names of the secrets that the record knows of. */
export function secretsOf(record: ProvisioningRecord): LeftSecret[] {
  const { clientSecret, rotation, pendingSecret } = record
  const known = [clientSecret, rotation?.newSecret, rotation?.oldSecret]
  const pending = [pendingSecret?.displayName, rotation?.newSecret ? null : rotation?.displayName]
  return [
    ...known.flatMap((one) => one ?? []),
    ...pending.flatMap((name) =>
      name ? [{ keyId: null, displayName: name, hint: '', endDateTime: '' }] : [],
    ),
  ].map(({ keyId, displayName, hint, endDateTime }) => ({ keyId, displayName, hint, endDateTime }))
}

/** True for two notes of one secret. */
export function isSameSecret(one: LeftSecret, other: LeftSecret): boolean {
  return one.keyId !== null && other.keyId !== null
    ? one.keyId === other.keyId
    : one.displayName !== '' && one.displayName === other.displayName
}

/** One that another installation made and handed over is not ours to remove; the trail tells which of them are. */
async function ownSecrets(database: Database, record: ProvisioningRecord): Promise<LeftSecret[]> {
  const secrets = secretsOf(record)
  if (record.origin !== 'received') return secrets
  const ours = await readSecretTrail(database)
  return secrets.filter(({ displayName }) =>
    ours.some(
      (one) =>
        one.applicationObjectId === record.applicationObjectId && one.displayName === displayName,
    ),
  )
}

function withLeft(applications: LeftBehind[], left: LeftBehind): LeftBehind[] {
  const isOf = (one: LeftBehind) => one.applicationObjectId === left.applicationObjectId
  const earlier = applications.find(isOf)
  if (!earlier) return [...applications, left]
  const older = earlier.secrets.filter(
    (one) => !left.secrets.some((other) => isSameSecret(one, other)),
  )
  const merged = {
    ...left,
    redirectUri: left.added.redirectUri ? left.redirectUri : earlier.redirectUri,
    secrets: [...older, ...left.secrets],
    added: withAdded(earlier.added, left.added),
  }
  return applications.map((one) => (isOf(one) ? merged : one))
}

async function readAll(database: Database): Promise<v.InferOutput<typeof recordSchema>> {
  const parsed = v.safeParse(recordSchema, await database.readRecord(RECORD_NAME))
  return parsed.success ? parsed.output : { trailRead: false, applications: [] }
}

function write(database: Database, record: v.InferOutput<typeof recordSchema>): Promise<void> {
  return database.writeRecord(RECORD_NAME, record)
}
