// The sealed hand-over: one file with all values and the secret, under a passphrase and with an expiry date.
import type { Cloud } from '../contract/models/connection.ts'
import type { OpenedHandover, TextFile } from '../contract/models/handover.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { AppError } from './app-error.ts'
import { uniqueNameOf } from './entra/application.ts'
import { keepEarlier } from './entra/former-applications.ts'
import { keepReplaced } from './entra/left-behind.ts'
import { wantedPermissions } from './entra/permissions.ts'
import {
  CLIENT_SECRET_NAME,
  NEXT_SECRET_NAME,
  nothingAdded,
  PREVIOUS_SECRET_NAME,
  type ProvisioningRecord,
  readProvisioningRecord,
  writeProvisioningRecord,
} from './entra/provisioning-record.ts'
import type { Clock } from './ports/clock.ts'
import type { Database } from './ports/database.ts'
import type { SecretStore } from './ports/secret-store.ts'
import {
  readSealedContent,
  SEALED_FORMAT,
  SEALED_VERSION,
  type SealedContent,
} from './sealed-content.ts'
import { decryptWithPassphrase, encryptWithPassphrase } from './sealed-file.ts'
import { parseTenantUrl } from './settings.ts'

const DAY_MS = 24 * 60 * 60_000

export interface SealFacts {
  record: ProvisioningRecord
  clientSecret: string
  settings: ConnectionSettings
  cloud: Cloud
  passphrase: string
  validDays: number
  now: Date
}

/** The settings that a sealed hand-over brings along. */
export type ReceivedSettings = Pick<
  ConnectionSettings,
  'tenantUrl' | 'formVersion' | 'integrationName' | 'optionalPermissions'
>

/**
 * The sealed file. Takes about a second, during which this process does nothing else. `workFactor` is for tests.
 * Throws AppError secret-unknown, tenant-url-invalid.
 */
export async function sealHandover(
  facts: SealFacts,
  { workFactor }: { workFactor?: number } = {},
): Promise<TextFile> {
  const { passphrase } = facts
  const json = JSON.stringify(contentOf(facts))
  return {
    name: 'emi-handover.age',
    mediaType: 'text/plain',
    text: await encryptWithPassphrase(json, { passphrase, workFactor }),
  }
}

/**
 * Opens a sealed file and keeps what is in it: the record in the database, the secret in the vault.
 * EMI Tray honours the expiry date, which nobody can change without the passphrase; it does not stop somebody who
 * knows the passphrase and opens the file with another age program.
 * Throws AppError sealed-unreadable, sealed-expired, would-replace, input-invalid, rotation-unfinished.
 */
export async function openHandover(
  input: { text: string; passphrase: string; replace: boolean },
  deps: { database: Database; secrets: SecretStore; clock: Clock; cloud: Cloud },
): Promise<OpenedHandover & { settings: ReceivedSettings }> {
  const content = readSealedContent(await decryptWithPassphrase(input.text, input.passphrase))
  const now = deps.clock.now()
  requireValid(content, now)
  requireCloud(content.cloud, deps.cloud)
  const existing = await readProvisioningRecord(deps.database)
  const isSame = existing?.appId === content.appId && existing.tenantId === content.tenantId
  if (existing) requireRoom(existing, { isSame, replace: input.replace })
  if (existing && !isSame) await keepEarlier(deps.database, existing)
  else if (existing && existing.clientSecret?.keyId !== content.clientSecret.keyId) {
    await keepReplaced(deps.database, existing)
  }
  await keep(recordOf(content, { existing: isSame ? existing : null, now }), content, deps)
  const { tenantDisplayName, applicationName, appId, createdAt, expiresAt } = content
  const { tenantUrl, formVersion, integrationName, permissions } = content
  return {
    ...{ tenantDisplayName, applicationName, appId, createdAt, expiresAt },
    settings: {
      ...{ tenantUrl, formVersion, integrationName },
      optionalPermissions: permissions.optional,
    },
  }
}

function contentOf({
  record,
  clientSecret: secretText,
  settings,
  cloud,
  validDays,
  now,
}: SealFacts): SealedContent {
  const { clientSecret } = record
  if (!clientSecret) {
    throw new AppError('secret-unknown', {
      message: 'EMI Tray does not know which secret of the application it holds.',
      nextStep: 'Apply the plan in Setup: it makes a new secret and keeps its value.',
    })
  }
  const { delegated, application } = wantedPermissions(settings)
  const { tenantId, tenantDisplayName, appId, applicationObjectId, servicePrincipalId } = record
  return {
    format: SEALED_FORMAT,
    version: SEALED_VERSION,
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + validDays * DAY_MS).toISOString(),
    cloud,
    ...{ tenantId, tenantDisplayName },
    tenantUrl: parseTenantUrl(settings.tenantUrl),
    applicationName: record.displayName,
    ...{ appId, applicationObjectId, servicePrincipalId },
    redirectUri: record.redirectUri,
    clientSecret: {
      keyId: clientSecret.keyId,
      hint: clientSecret.hint,
      displayName: clientSecret.displayName,
      start: clientSecret.startDateTime,
      end: clientSecret.endDateTime,
      text: secretText,
    },
    permissions: { delegated, application, optional: settings.optionalPermissions },
    formVersion: settings.formVersion,
    integrationName: settings.integrationName,
  }
}

function requireValid({ createdAt, expiresAt }: SealedContent, now: Date): void {
  if (now.getTime() <= Date.parse(expiresAt)) return
  throw new AppError('sealed-expired', {
    message: `The sealed hand-over could be opened until ${expiresAt.slice(0, 10)}; that day has passed.`,
    nextStep:
      'Ask for a new file. If it is not that late, check the date and time of this computer.',
    details: `made ${createdAt}, expired ${expiresAt}, now ${now.toISOString()}`,
  })
}

/** A secret of one cloud is worth nothing in another. */
function requireCloud(theirs: SealedContent['cloud'], ours: Cloud): void {
  if (theirs.id === ours.id && (ours.id !== 'custom' || isSameHost(theirs, ours))) return
  throw new AppError('input-invalid', {
    message: `The hand-over is for “${theirs.displayName}”, and this connection uses “${ours.displayName}”.`,
    nextStep: `Choose “${theirs.displayName}” as the cloud in Settings, then open the file again.`,
    details: `${theirs.loginHost}, ${theirs.graphHost}`,
  })
}

/** Without ports: the practice tenant has others after every start. */
function isSameHost(theirs: SealedContent['cloud'], ours: Cloud): boolean {
  const hostOf = (address: string) => (URL.canParse(address) ? new URL(address).hostname : '')
  return (
    hostOf(theirs.loginHost) === hostOf(ours.loginHost) &&
    hostOf(theirs.graphHost) === hostOf(ours.graphHost)
  )
}

function requireRoom(
  existing: ProvisioningRecord,
  { isSame, replace }: { isSame: boolean; replace: boolean },
): void {
  // Two secrets are known here and one of them will be removed: a third would get mixed up with them.
  if (isSame && existing.rotation) {
    throw new AppError('rotation-unfinished', {
      message: `The secret of ${existing.displayName} is being replaced on this computer, and that is not finished.`,
      nextStep: 'Confirm or abandon the rotation first, then open the file again.',
    })
  }
  if (isSame || replace || existing.appId === '') return
  throw new AppError('would-replace', {
    message: `${existing.displayName} in ${existing.tenantDisplayName} is set up here already, and the hand-over is for another application.`,
    nextStep:
      'If the other application is to be used from now on, open the file again and choose to replace. The old one stays in the tenant, and EMI Tray forgets its secret. What EMI Tray made there, the application or what it added to it, is listed from then on by “Leave EMI Tray” in Settings, which can remove it.',
    details: `Client ID ${existing.appId}`,
  })
}

function recordOf(
  content: SealedContent,
  { existing, now }: { existing: ProvisioningRecord | null; now: Date },
): ProvisioningRecord {
  const { keyId, hint, displayName, start, end } = content.clientSecret
  return {
    tenantId: content.tenantId,
    tenantDisplayName: content.tenantDisplayName,
    applicationObjectId: content.applicationObjectId,
    appId: content.appId,
    servicePrincipalId: content.servicePrincipalId,
    uniqueName: uniqueNameOf(content.tenantUrl),
    displayName: content.applicationName,
    redirectUri: content.redirectUri,
    clientSecret: { keyId, hint, displayName, startDateTime: start, endDateTime: end },
    // What this installation itself made in the tenant stays known as such.
    pendingSecret: existing?.pendingSecret ?? null,
    origin: existing?.origin ?? 'received',
    added: existing?.added ?? nothingAdded(),
    rotation: null,
    completedAt: existing?.completedAt ?? now.toISOString(),
  }
}

/** The secret first: a record without its secret would look ready and not work. */
async function keep(
  record: ProvisioningRecord,
  content: SealedContent,
  { database, secrets }: { database: Database; secrets: SecretStore },
): Promise<void> {
  const before = await secrets.get(CLIENT_SECRET_NAME)
  await secrets.set(CLIENT_SECRET_NAME, content.clientSecret.text)
  try {
    await writeProvisioningRecord(database, record)
  } catch (error) {
    // The old record still stands, so its secret must.
    if (before === undefined) await secrets.delete(CLIENT_SECRET_NAME)
    else await secrets.set(CLIENT_SECRET_NAME, before)
    throw error
  }
  // A rotation of the application that was replaced cannot be finished any more.
  await secrets.delete(NEXT_SECRET_NAME)
  await secrets.delete(PREVIOUS_SECRET_NAME)
}
