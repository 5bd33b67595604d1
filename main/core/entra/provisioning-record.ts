// The provisioning record: what we made in the tenant, with its ids; kept so that any later run can go on from it.
import * as v from 'valibot'
import { AppError } from '../app-error.ts'
import type { Database } from '../ports/database.ts'

/** Where the text of the client secret that is handed over is kept in the SecretStore. */
export const CLIENT_SECRET_NAME = 'clientSecret'
/** During a rotation: the new one until it is proven. */
export const NEXT_SECRET_NAME = 'clientSecret.next'
/** During a rotation: the old one until its successor is confirmed. */
export const PREVIOUS_SECRET_NAME = 'clientSecret.previous'

const RECORD_NAME = 'provisioning'

const secretSchema = v.object({
  keyId: v.string(),
  /** First characters of the secret as Entra shows them. */
  hint: v.string(),
  displayName: v.string(),
  startDateTime: v.string(),
  endDateTime: v.string(),
  /** True where a rotation got tokens with it before it took it into use. */
  proven: v.optional(v.boolean()),
})

/** The shape in which it is kept what this installation added. */
export const addedSchema = v.object({
  application: v.boolean(),
  servicePrincipal: v.boolean(),
  redirectUri: v.boolean(),
  /** In requiredResourceAccess, as `delegated Chat.ReadWrite`. */
  configured: v.array(v.string()),
  /** In the delegated grant. */
  scopes: v.array(v.string()),
  /** Assigned application permissions. */
  roles: v.array(v.string()),
})

const rotationSchema = v.object({
  phase: v.picklist(['adding', 'proving', 'handing-over', 'removing']),
  startedAt: v.string(),
  /** Written before the secret is asked for: if the answer is lost, this name finds the orphan. */
  displayName: v.string(),
  newSecret: v.nullable(secretSchema),
  oldSecret: v.nullable(secretSchema),
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
  /** How the application came here: made or adopted by this installation, or received in a sealed hand-over. */
  origin: v.optional(v.picklist(['made', 'adopted', 'received']), 'made'),
  /** What this installation added; only that is ever taken away unasked. Permissions by Graph's names. */
  added: v.optional(addedSchema, nothingAdded()),
  /** Written before the application is made: if the answer is lost, a later run knows whose it is. */
  creating: v.optional(v.object({ uniqueName: v.string(), configured: v.array(v.string()) })),
  /** The rotation that is under way; its texts are in the SecretStore. */
  rotation: v.optional(v.nullable(rotationSchema), null),
  /** When a token with all roles first came back; null while the set-up is unfinished. */
  completedAt: v.nullable(v.string()),
})

/** Ids not known yet are empty texts. */
export type ProvisioningRecord = v.InferOutput<typeof recordSchema>

/** What Graph tells of a secret that we made; its text is in the SecretStore. */
export type KnownSecret = v.InferOutput<typeof secretSchema>

/** What this installation added to the tenant. */
export type Added = v.InferOutput<typeof addedSchema>

/** What an installation has added before its first write. */
export function nothingAdded(): Added {
  return {
    application: false,
    servicePrincipal: false,
    redirectUri: false,
    configured: [],
    scopes: [],
    roles: [],
  }
}

/** What was added, and more. */
export function withAdded(added: Added, more: Partial<Added>): Added {
  return {
    application: added.application || (more.application ?? false),
    servicePrincipal: added.servicePrincipal || (more.servicePrincipal ?? false),
    redirectUri: added.redirectUri || (more.redirectUri ?? false),
    configured: union(added.configured, more.configured),
    scopes: union(added.scopes, more.scopes),
    roles: union(added.roles, more.roles),
  }
}

/** True where nothing of it is there. */
export function isNothing(added: Added): boolean {
  return Object.values(added).every((one) => (Array.isArray(one) ? one.length === 0 : !one))
}

/** A record before anything is known. */
export function emptyRecord(
  known: Pick<ProvisioningRecord, 'tenantId' | 'uniqueName' | 'origin'>,
): ProvisioningRecord {
  return {
    tenantDisplayName: '',
    applicationObjectId: '',
    appId: '',
    servicePrincipalId: '',
    displayName: '',
    redirectUri: '',
    clientSecret: null,
    pendingSecret: null,
    added: nothingAdded(),
    rotation: null,
    completedAt: null,
    ...known,
  }
}

/** True for an application that EMI Tray made, and not somebody else or another installation. */
export function isMadeHere({ applicationObjectId, origin, added }: ProvisioningRecord): boolean {
  return applicationObjectId !== '' && (origin === 'made' || added.application)
}

/** The record, or null before the first run. Throws AppError settings-unreadable when it is damaged. */
export async function readProvisioningRecord(
  database: Pick<Database, 'readRecord'>,
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

function union(values: string[], more: string[] = []): string[] {
  return [...new Set([...values, ...more])]
}
