// The preflight: what would stop provisioning, found before anything is written. Only reads.
import type { ApplicationCandidate, CheckResult } from '../../contract/models.ts'
import { AppError } from '../app-error.ts'
import type { EntraContext } from './context.ts'
import {
  APPLICATION_ROLES,
  CONSENT_ROLES,
  mayConsent,
  mayCreateApplications,
} from './directory-roles.ts'
import { readMe, readOrganizations } from './graph-objects.ts'

/** Tokens and secrets are refused when the clock is further off than this. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

const plain = { reason: null, askText: null, link: null }

/** What would stop provisioning. Failures of single checks are results; only a stop by the signal throws. */
export async function checkTenant(
  context: EntraContext,
): Promise<{ checks: CheckResult[]; candidates: ApplicationCandidate[] }> {
  const { graph, account, signal } = context
  const asked = await Promise.all([
    attempt(async () => readOrganizations(await graph.list('/organization', { signal }))),
    attempt(async () => readMe(await graph.get('/me', { signal }))),
  ])
  signal.throwIfAborted()
  const [organization, me] = asked
  const failure = 'error' in organization ? organization.error : 'error' in me ? me.error : null
  const checks: CheckResult[] = [
    'value' in organization ? tenantResult(context, organization.value[0]?.id) : unread('tenant'),
    'value' in me ? ok('account', `Signed in as ${account.username}.`) : unread('account'),
    rolesResult(account.roles),
    failure ? graphFailure(failure) : ok('graph', 'Microsoft Graph answers.'),
    clockResult(graph.clockAheadMs ?? null),
  ]
  return { checks, candidates: [] }
}

function tenantResult({ account }: EntraContext, id: string | undefined): CheckResult {
  if (id !== undefined && id !== account.tenantId) {
    return {
      name: 'tenant',
      state: 'failed',
      message: `The sign-in belongs to another tenant than ${account.tenantDisplayName}.`,
      nextStep: 'Sign out, then sign in with an administrator of the right tenant.',
      ...plain,
    }
  }
  return ok('tenant', `The tenant is ${account.tenantDisplayName} (${account.tenantDomain}).`)
}

function rolesResult(roles: string[]): CheckResult {
  const held = roles.join(', ')
  if (mayConsent(roles)) return ok('roles', `The account may set up everything: ${held}.`)
  const consent = CONSENT_ROLES.join(' or ')
  if (mayCreateApplications(roles)) {
    return {
      name: 'roles',
      state: 'warning',
      message: `The account may create the application (${held}), but not consent to its application permissions.`,
      nextStep: `You can go on: what is possible is made. For the rest, a ${consent} signs in here and applies the plan again.`,
      ...plain,
    }
  }
  const rolesText = held ? `Its active roles are: ${held}.` : 'It has no active administrator role.'
  return {
    name: 'roles',
    state: 'failed',
    message: `The account may not create applications. ${rolesText}`,
    nextStep: `Sign in with a ${consent}; for a part of it ${APPLICATION_ROLES.join(' or ')} is enough. If you hold a role in Privileged Identity Management, activate it, sign in again and check again.`,
    ...plain,
  }
}

function clockResult(aheadMs: number | null): CheckResult {
  if (aheadMs === null) {
    return {
      name: 'clock',
      state: 'warning',
      message: 'The time of this computer could not be compared with Microsoft’s.',
      nextStep: null,
      ...plain,
    }
  }
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS)
    return ok('clock', 'The clock of this computer is right.')
  const direction = aheadMs > 0 ? 'ahead of' : 'behind'
  return {
    name: 'clock',
    state: 'failed',
    message: `The clock of this computer is ${minutes} minutes ${direction} Microsoft’s. Tokens and secrets would be refused.`,
    nextStep: 'Set the date, time and time zone of this computer, then check again.',
    ...plain,
  }
}

function graphFailure(error: AppError): CheckResult {
  return {
    name: 'graph',
    state: 'failed',
    message: error.message,
    nextStep: error.nextStep,
    ...plain,
  }
}

function unread(name: 'tenant' | 'account'): CheckResult {
  const message = `The ${name} could not be read, since Microsoft Graph did not answer as expected.`
  return {
    name,
    state: 'failed',
    message,
    nextStep: 'See the result for Microsoft Graph below.',
    ...plain,
  }
}

function ok(name: CheckResult['name'], message: string): CheckResult {
  return { name, state: 'ok', message, nextStep: null, ...plain }
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { error: AppError }> {
  try {
    return { value: await work() }
  } catch (error) {
    if (error instanceof AppError) return { error }
    throw error
  }
}
