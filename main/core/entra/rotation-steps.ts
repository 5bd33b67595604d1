// The single steps of a rotation: add a secret that no stop can lose, prove it, find and remove what must go.
import type { Progress } from '../../contract/models/job.ts'
import { AppError } from '../app-error.ts'
import { wait } from '../backoff.ts'
import type { AppToken } from '../ports/auth.ts'
import { asApplicationAdmin, getApplication } from './application.ts'
import { addPassword } from './client-secret.ts'
import type { EntraContext } from './context.ts'
import { hasStatus } from './graph-client.ts'
import type { PasswordCredential } from './graph-objects.ts'
import { wantedPermissions } from './permissions.ts'
import {
  type KnownSecret,
  NEXT_SECRET_NAME,
  type ProvisioningRecord,
} from './provisioning-record.ts'
import { missingIn, tryOnce, WAITING_FOR } from './ready.ts'
import { replicationWaitMs, untilReplicated } from './replication.ts'
import { isFresh, knownSecretOf } from './secret-decision.ts'

// Terraform's provider waits for five in a row too: one answer may come from a replica that is ahead of the others.
// https://github.com/hashicorp/terraform-provider-azuread
export const PROOFS_NEEDED = 5
const PROOF_PAUSE_MS = 2_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000
/** New secrets usually work within seconds; it can take minutes. */
const PROOF_LIMIT_MS = 10 * 60_000
/** How often to look whether a secret that is called wrong is still there, and how many looks must miss it. */
const LOOK_EVERY_MS = 30_000
const MISSES_NEEDED = 2
const VISIBLE_LIMIT_MS = 30_000
/** A secret that shows and yet is not known: asked again this often. */
const REMOVAL_ATTEMPTS = 4

export type Rotation = NonNullable<ProvisioningRecord['rotation']>

/** The record as it is, and what changes it durably. */
export interface RotationNotes {
  readonly record: ProvisioningRecord
  save: (change: Partial<ProvisioningRecord>) => Promise<void>
}

export type Tell = (progress: Omit<Progress, 'startedAt'>, proofs: number) => void

/** Every secret of the application, as Graph shows them. */
async function readCredentials(
  context: EntraContext,
  record: ProvisioningRecord,
): Promise<PasswordCredential[]> {
  const { graph, signal } = context
  const id = record.applicationObjectId
  const application = await untilReplicated(() => getApplication(graph, { id, signal }), context)
  return application.passwordCredentials
}

/**
 * The rotation's new secret, with its text in the vault: the one that a stopped run asked for if its text was
 * kept, else a fresh one. Throws AppError secret-forbidden, secret-lifetime-limited, admin-role-missing.
 */
export async function ensureNextSecret(
  context: EntraContext,
  { record }: RotationNotes,
  { displayName }: Rotation,
): Promise<KnownSecret> {
  const { secrets } = context
  const text = await secrets.get(NEXT_SECRET_NAME)
  const asked = await findNamed(context, { record, displayName, isExpected: text !== undefined })
  const kept = asked.find((one) => text !== undefined && one.hint && text.startsWith(one.hint))
  if (kept) return knownSecretOf(kept)
  const id = record.applicationObjectId
  // The same name again: one whose answer was lost, and with it its text, is betrayed by it and removed later.
  const made = await addPassword(context, { id, displayName })
  await secrets.set(NEXT_SECRET_NAME, made.secretText)
  return made.credential
}

/**
 * Waits until tokens with every role come back five times running. `gone` when somebody removed the secret
 * meanwhile. Throws AppError not-ready-in-time, consent-missing and what the sign-in service refuses for good.
 */
export async function proveSecret(
  context: EntraContext,
  {
    record,
    secret,
    text,
    tell,
  }: {
    record: ProvisioningRecord
    secret: KnownSecret
    text: string
    tell: Tell
  },
): Promise<'proven' | 'gone'> {
  const { appAuth, clock, signal, settings } = context
  const roles = wantedPermissions(settings).application
  const credentials = { tenantId: record.tenantId, clientId: record.appId, clientSecret: text }
  const startedAt = clock.now().getTime()
  const isThere = async () => {
    const all = await readCredentials(context, record)
    return all.some((one) => one.keyId === secret.keyId)
  }
  if (!isFresh(secret, clock.now()) && !(await isThere())) return 'gone'
  let [proofs, failures, lookAt, misses, wasThere] = [0, 0, startedAt, 0, false]
  tellProofs(tell, { proofs, doing: 'Trying the new secret' })
  for (;;) {
    signal.throwIfAborted()
    const outcome = await tryOnce(() => appAuth.acquire({ ...credentials, signal }))
    const missing = 'token' in outcome ? missingIn(outcome.token, roles) : []
    if ('token' in outcome && missing.length === 0) {
      proofs += 1
      failures = 0
      wasThere = true
      tellProofs(tell, { proofs, doing: 'Trying the new secret' })
      if (proofs === PROOFS_NEEDED) return 'proven'
      await wait(clock, PROOF_PAUSE_MS, signal)
      continue
    }
    proofs = 0
    failures += 1
    const now = clock.now().getTime()
    const isWrong = 'error' in outcome && outcome.error.code === 'client-secret-wrong'
    if (isWrong && now >= lookAt) {
      const isMissing = !(await isThere())
      misses = isMissing ? misses + 1 : 0
      wasThere ||= !isMissing
      if (wasThere && misses >= MISSES_NEEDED) return 'gone'
      lookAt = now + LOOK_EVERY_MS
    }
    if (now - startedAt >= PROOF_LIMIT_MS) throw notProven(outcome, { missing, record })
    const waitingFor = 'error' in outcome ? WAITING_FOR[outcome.error.code] : undefined
    const doing = waitingFor ?? `Microsoft has not put ${missing.join(', ')} into effect yet`
    tellProofs(tell, { proofs, doing })
    await wait(clock, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)), signal)
  }
}

/**
 * Removes secrets that carry the rotation's name, apart from the one that stays: their answers were lost. With
 * `isExpected` it looks for a while, since one asked for a moment ago may not show yet.
 */
export async function removeNamesakes(
  context: EntraContext,
  options: {
    record: ProvisioningRecord
    displayName: string
    keep: string | undefined
    isExpected: boolean
  },
): Promise<void> {
  const { record, displayName, keep } = options
  for (const { keyId } of await findNamed(context, options)) {
    if (keyId !== keep) await removeSecret(context, { record, keyId, displayName })
  }
}

/** Removes one secret. One that is gone already is fine. Throws AppError admin-role-missing and others. */
export async function removeSecret(
  context: EntraContext,
  {
    record,
    keyId,
    displayName,
  }: {
    record: ProvisioningRecord
    keyId: string
    displayName: string
  },
): Promise<void> {
  const { graph, clock, signal, log } = context
  const path = `/applications/${record.applicationObjectId}/removePassword`
  const note = {
    object: 'passwordCredential',
    name: displayName,
    before: { keyId, displayName },
    after: null,
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      await asApplicationAdmin(context, () => graph.post(path, { keyId }, { signal, note }))
      log.info('secret', 'Removed a client secret.', { keyId, displayName })
      return
    } catch (error) {
      // Gone already: that is all we wanted. Graph says 400 for a keyId that it does not know, and for much else.
      if (!hasStatus(error, 400, 404)) throw error
      const all = hasStatus(error, 400) ? await readCredentials(context, record) : []
      if (!all.some((one) => one.keyId === keyId)) return
      if (attempt === REMOVAL_ATTEMPTS) throw error
    }
    // It shows by now: a replica did not know a secret this new.
    await wait(clock, replicationWaitMs(attempt), signal)
  }
}

/** Secrets with this name; where one is expected, looks for a while until it shows. */
async function findNamed(
  context: EntraContext,
  {
    record,
    displayName,
    isExpected,
  }: { record: ProvisioningRecord; displayName: string; isExpected: boolean },
): Promise<PasswordCredential[]> {
  const { clock, signal } = context
  const endsAt = clock.now().getTime() + VISIBLE_LIMIT_MS
  for (let attempt = 1; ; attempt += 1) {
    const all = await readCredentials(context, record)
    const found = all.filter((one) => one.displayName === displayName)
    if (!isExpected || found.length > 0 || clock.now().getTime() >= endsAt) return found
    await wait(clock, replicationWaitMs(attempt), signal)
  }
}

function tellProofs(tell: Tell, { proofs, doing }: { proofs: number; doing: string }): void {
  const current = Math.min(proofs + 1, PROOFS_NEEDED)
  tell({ current, total: PROOFS_NEEDED, doing, usuallySeconds: 30 }, proofs)
}

function notProven(
  outcome: { token: AppToken } | { error: AppError },
  { missing, record }: { missing: string[]; record: ProvisioningRecord },
): AppError {
  if ('token' in outcome) {
    return new AppError('consent-missing', {
      message: `The new secret works, but ${record.displayName} has not been granted ${missing.join(', ')}. The old secret stays in use.`,
      nextStep: 'Repair the application first, then go on with the rotation.',
    })
  }
  const { error } = outcome
  return new AppError('not-ready-in-time', {
    message: `The new secret has not come into effect within ten minutes. ${WAITING_FOR[error.code] ?? error.message}. The old secret stays in use.`,
    nextStep: 'Nothing is lost. Wait a few minutes, then go on with the rotation.',
    details: error.details,
    cause: error,
  })
}
