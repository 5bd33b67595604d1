// The client secret: keeping the one that is good, making a new one without ever losing it, cleaning up.
import { AppError } from '../app-error.ts'
import { wait } from '../backoff.ts'
import { asApplicationAdmin, getApplication } from './application.ts'
import type { EntraContext } from './context.ts'
import { hasGraphCode, hasStatus } from './graph-client.ts'
import { type Application, type PasswordCredential, readNewSecret } from './graph-objects.ts'
import { keepReplaced } from './left-behind.ts'
import {
  CLIENT_SECRET_NAME,
  type KnownSecret,
  type ProvisioningRecord,
} from './provisioning-record.ts'
import { replicationWaitMs, untilReplicated } from './replication.ts'
import { decideSecret, isFresh, knownSecretOf, orphansOf } from './secret-decision.ts'

/** Lifetimes to fall back to where a policy allows less; in months, the longest first. */
const SHORTER_LIFETIMES = [12, 6, 3, 1]
/** So that a policy's exact limit holds though our clock and Entra's differ a little. */
const CLOCK_MARGIN_MS = 60 * 60_000
const DAY_MS = 24 * 60 * 60_000
const VISIBLE_LIMIT_MS = 30_000

/**
 * Makes sure that a working secret exists and that its text is in the vault. `found` is the application as this
 * run's look has found it; `save` must be durable when it resolves. Throws AppError secret-forbidden, secret-lifetime-limited, admin-role-missing.
 */
export async function ensureSecret(
  context: EntraContext,
  {
    found,
    read,
    save,
  }: {
    found: Application
    read: () => ProvisioningRecord
    save: (change: Partial<ProvisioningRecord>) => Promise<void>
  },
): Promise<{ done: 'created' | 'found'; note: string; secret: KnownSecret }> {
  const { clock, secrets } = context
  const application = await untilSecretShows(context, { found, known: read().clientSecret })
  const credentials = application.passwordCredentials
  const text = await secrets.get(CLIENT_SECRET_NAME)
  const decision = decideSecret({ record: read(), text, credentials, now: clock.now() })
  if (decision.kind !== 'make') {
    const { credential } = decision
    // Orphans go first: once the record is settled, the pending name is no longer known.
    await removeOrphans(context, { ...read(), clientSecret: credential }, credentials)
    if (decision.kind === 'adopt' || read().pendingSecret) {
      await save({ clientSecret: credential, pendingSecret: null })
    }
    return { done: 'found', note: validUntil(credential), secret: credential }
  }
  await removeOrphans(context, read(), credentials)
  // It works on, and the record is about to forget it.
  if (decision.why === 'value-lost') await keepReplaced(context.database, read())
  // The same name again, if one is pending: should its secret turn up late, its name still betrays it.
  const displayName =
    read().pendingSecret?.displayName ?? `EMI Tray ${context.random.uuid().slice(0, 8)}`
  await save({ pendingSecret: { displayName } })
  const made = await addPassword(context, { id: application.id, displayName })
  // The text first: a note without its text is worth nothing, a text without its note can be matched again.
  await secrets.set(CLIENT_SECRET_NAME, made.secretText)
  await save({ clientSecret: made.credential, pendingSecret: null })
  return { done: 'created', note: made.note, secret: made.credential }
}

/** Looks once more for secrets of stopped runs, which a replica may have hidden before. */
export async function removeLateOrphans(
  context: EntraContext,
  record: ProvisioningRecord,
): Promise<void> {
  const { graph, signal } = context
  const id = record.applicationObjectId
  const application = await untilReplicated(() => getApplication(graph, { id, signal }), context)
  await removeOrphans(context, record, application.passwordCredentials)
}

/** The application, read again for a while where a secret made just now does not show in it yet. */
async function untilSecretShows(
  context: EntraContext,
  { found, known }: { found: Application; known: KnownSecret | null },
): Promise<Application> {
  const { graph, clock, signal } = context
  if (!known || !isFresh(known, clock.now())) return found
  const { id } = found
  let application = found
  const endsAt = clock.now().getTime() + VISIBLE_LIMIT_MS
  for (let attempt = 1; ; attempt += 1) {
    const isVisible = application.passwordCredentials.some((one) => one.keyId === known.keyId)
    if (isVisible || clock.now().getTime() >= endsAt) return application
    await wait(clock, replicationWaitMs(attempt), signal)
    application = await untilReplicated(() => getApplication(graph, { id, signal }), context)
  }
}

async function removeOrphans(
  context: EntraContext,
  record: ProvisioningRecord,
  credentials: PasswordCredential[],
): Promise<void> {
  const { graph, signal, log } = context
  const path = `/applications/${record.applicationObjectId}/removePassword`
  for (const { keyId, displayName, endDateTime } of orphansOf(record, credentials)) {
    const note = {
      object: 'passwordCredential',
      name: displayName ?? keyId,
      before: { keyId, displayName, endDateTime },
      after: null,
    }
    try {
      await asApplicationAdmin(context, () => graph.post(path, { keyId }, { signal, note }))
      log.info('setup', 'Removed a client secret whose value an interrupted run had lost.', {
        keyId,
      })
    } catch (error) {
      // Gone already: that is all we wanted.
      if (!hasStatus(error, 400, 404)) throw error
    }
  }
}

/**
 * A new secret, as long-lived as wanted or as a policy allows. Its text is in the answer and nowhere else. Throws
 * AppError secret-forbidden, secret-lifetime-limited, admin-role-missing.
 */
export async function addPassword(
  context: EntraContext,
  { id, displayName }: { id: string; displayName: string },
): Promise<{ secretText: string; credential: KnownSecret; note: string }> {
  const { clock, settings, log } = context
  const wanted = settings.secretLifetimeMonths
  const lifetimes = [wanted, ...SHORTER_LIFETIMES.filter((months) => months < wanted)]
  let refused: unknown
  for (const months of lifetimes) {
    const endDateTime = endOfLifetime(clock.now(), { months, isFallback: months !== wanted })
    try {
      const answer = await requestPassword(context, { id, displayName, endDateTime })
      const { secretText, ...credential } = readNewSecret(answer)
      const kept = knownSecretOf({ ...credential, displayName })
      const known = { ...kept, hint: kept.hint || secretText.slice(0, 3) }
      const note = validUntil(known)
      if (months === wanted) return { secretText, credential: known, note }
      log.warning('setup', 'A policy of the organization limits the lifetime of client secrets.', {
        askedMonths: wanted,
        gotMonths: months,
      })
      const why = `your organization’s policy does not allow ${wanted} months`
      return { secretText, credential: known, note: `${note}; ${why}` }
    } catch (error) {
      if (!hasGraphCode(error, 'CredentialInvalidLifetimeAsPerAppPolicy')) throw error
      refused = error
    }
  }
  throw new AppError('secret-lifetime-limited', {
    message: 'A policy of your organization allows client secrets for less than a month only.',
    nextStep:
      'Ask your identity team to exempt this application from the app management policy, then apply the plan again.',
    details: refused instanceof AppError ? refused.details : undefined,
    cause: refused,
  })
}

async function requestPassword(
  context: EntraContext,
  { id, displayName, endDateTime }: { id: string; displayName: string; endDateTime: Date },
): Promise<unknown> {
  const { graph, signal } = context
  const passwordCredential = { displayName, endDateTime: endDateTime.toISOString() }
  const body = { passwordCredential }
  const note = {
    object: 'passwordCredential',
    name: displayName,
    before: null,
    after: passwordCredential,
  }
  try {
    return await asApplicationAdmin(context, () =>
      untilReplicated(
        () => graph.post(`/applications/${id}/addPassword`, body, { signal, note }),
        context,
      ),
    )
  } catch (error) {
    if (!hasGraphCode(error, 'CredentialTypeNotAllowedAsPerAppPolicy')) throw error
    throw new AppError('secret-forbidden', {
      message:
        'A policy of your organization forbids client secrets, and Bright Pattern’s form accepts nothing else.',
      nextStep:
        'Ask your identity team to exempt this application from the app management policy (defaultAppManagementPolicy), then apply the plan again.',
      details: error instanceof AppError ? error.details : undefined,
      cause: error,
    })
  }
}

/** The end of a secret's life. Fallbacks count months as 30 days, as policies written in days do. */
export function endOfLifetime(
  now: Date,
  { months, isFallback }: { months: number; isFallback: boolean },
): Date {
  const end = new Date(now)
  const day = end.getUTCDate()
  end.setUTCDate(1)
  end.setUTCMonth(end.getUTCMonth() + months)
  const daysInMonth = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0))
  end.setUTCDate(Math.min(day, daysInMonth.getUTCDate()))
  const inDays = now.getTime() + months * 30 * DAY_MS
  const endMs = isFallback ? Math.min(end.getTime(), inDays) : end.getTime()
  return new Date(endMs - CLOCK_MARGIN_MS)
}

function validUntil({ endDateTime, hint }: KnownSecret): string {
  return `begins with ${hint}, valid until ${endDateTime.slice(0, 10)}`
}
