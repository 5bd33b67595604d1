// Checking pasted credentials with a real token, without an administrator.
import type { ErrorCode } from '../contract/errors.ts'
import type { CredentialsCheck } from '../contract/models/handover.ts'
import { AppError, isAbort, toErrorReport } from './app-error.ts'
import { type Credentials, readCredentials } from './credentials-input.ts'
import type { AppAuth } from './ports/auth.ts'
import type { Clock, Random } from './ports/clock.ts'
import type { WantedPermissions } from './entra/permissions.ts'

export interface CredentialsCheckDeps {
  appAuth: AppAuth
  wanted: WantedPermissions
  clock: Clock
  random: Random
  signal: AbortSignal
}

/** What a real token says about these credentials. Wrong ones are a result with an error, never a throw. */
export async function checkCredentials(
  input: { tenantId: string; clientId: string; clientSecret: string },
  deps: CredentialsCheckDeps,
): Promise<CredentialsCheck> {
  const { appAuth, wanted, clock, signal } = deps
  const read = readCredentials(input)
  // What is no id is not repeated: it may be the secret, pasted into the wrong field.
  const { tenantId, clientId } = read
  const result = { at: clock.now().toISOString(), tenantId, clientId }
  const none = { roles: [], missing: [], surplus: [] }
  if (read.error) {
    return { ...result, ...none, ok: false, error: toErrorReport(read.error, deps) }
  }
  try {
    const { roles } = await appAuth.acquire({ ...read, signal })
    const missing = wanted.application.filter((one) => !roles.includes(one))
    const surplus = roles.filter((one) => !wanted.application.includes(one))
    const error = missing.length > 0 ? toErrorReport(consentMissing(missing, roles), deps) : null
    return { ...result, ok: error === null, roles, missing, surplus, error }
  } catch (error) {
    const known = signal.aborted && isAbort(error) ? stopped(error) : inWordsForPasted(error, read)
    return { ...result, ...none, ok: false, error: toErrorReport(known, deps) }
  }
}

/** Entra's refusals speak to whoever applies a plan; here somebody has pasted three values. */
const NEXT_STEPS: Partial<Record<ErrorCode, string>> = {
  'client-secret-wrong':
    'Copy the secret’s Value again, whole and without spaces. Entra shows it only once, when it is made: if it is lost, ask for a new secret. A secret made a moment ago may need a minute.',
  'application-missing':
    'Check the Client ID: it is the “Application (client) ID” of the app registration, not its Object ID. Check that it belongs to this tenant, and the cloud in Settings. An application made a moment ago may need a minute.',
  'wrong-tenant':
    'Check the Tenant ID: it is the “Directory (tenant) ID” of the app registration. Check that Tenant ID and Client ID are not swapped, and the cloud in Settings.',
  'consent-missing':
    'Send the administrator the consent link, then check again when consent was given.',
}
const EXPIRED_SECRET = 'AADSTS7000222'

function inWordsForPasted(error: unknown, { tenantId }: Credentials): unknown {
  if (!(error instanceof AppError)) return error
  const { code, message, details } = error
  const nextStep = details?.includes(EXPIRED_SECRET)
    ? 'Ask whoever looks after the application for a new client secret, and paste its Value here.'
    : NEXT_STEPS[code]
  if (nextStep === undefined) return error
  const where = code === 'wrong-tenant' ? ` (${tenantId})` : ''
  return new AppError(code, {
    message: message.replace(/\.$/, `${where}.`),
    nextStep,
    details,
    cause: error,
  })
}

function consentMissing(missing: string[], roles: string[]): AppError {
  return new AppError('consent-missing', {
    message: `The tenant, the client ID and the secret are right, but a real token lacks ${missing.join(', ')}.`,
    nextStep:
      'Ask a Privileged Role Administrator or Global Administrator to add these application permissions and to grant admin consent, with the consent link or in the Microsoft Entra admin center under API permissions. Consent given a moment ago may need a minute; then check again.',
    details: `roles in the token: ${roles.join(' ') || 'none'}`,
  })
}

function stopped(cause: unknown): AppError {
  return new AppError('network-unreachable', {
    message: 'Microsoft did not answer in time, so the credentials could not be checked.',
    nextStep: 'Check the network connection and the proxy, then try again.',
    cause,
  })
}
