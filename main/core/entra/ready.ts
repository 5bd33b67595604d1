// Waiting until the application's own token really comes back with every wanted role.
import { AppError } from '../app-error.ts'
import { wait } from '../backoff.ts'
import type { AppAuth, AppToken } from '../ports/auth.ts'
import type { Clock } from '../ports/clock.ts'

const LIMIT_MS = 5 * 60_000
/** How long a secret that is not new may be called wrong: it will not become right. */
const KNOWN_SECRET_LIMIT_MS = 20_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

export interface ReadyOptions {
  appAuth: AppAuth
  credentials: { tenantId: string; clientId: string; clientSecret: string }
  /** Application permissions that the token must carry. */
  roles: string[]
  /** True when the secret was made just now, so that “wrong secret” means “not everywhere yet”. */
  isSecretFresh: boolean
  clock: Clock
  signal: AbortSignal
  onWait: (waitingFor: string) => void
}

/** The first token with all roles. Throws AppError not-ready-in-time, client-secret-wrong and others. */
export async function waitForToken(options: ReadyOptions): Promise<AppToken> {
  const { appAuth, credentials, roles, clock, signal, onWait } = options
  const startedAt = clock.now().getTime()
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    const outcome = await tryOnce(() => appAuth.acquire({ ...credentials, signal }))
    if ('token' in outcome) {
      const missing = missingIn(outcome.token, roles)
      if (missing.length === 0) return outcome.token
    }
    const waitedMs = clock.now().getTime() - startedAt
    if ('error' in outcome) giveUpOnSecret(outcome.error, { ...options, waitedMs })
    const waitingFor =
      'token' in outcome
        ? `Microsoft has not put ${missingIn(outcome.token, roles).join(', ')} into effect yet`
        : WAITING_FOR[outcome.error.code]
    if (waitedMs >= LIMIT_MS) throw notReady(waitingFor ?? '', outcome)
    onWait(waitingFor ?? 'Waiting for Microsoft')
    await wait(clock, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)), signal)
  }
}

/** The wanted roles that a token lacks. */
export function missingIn(token: AppToken, roles: string[]): string[] {
  return roles.filter((role) => !token.roles.includes(role))
}

/** What passes by itself, and what it means. */
export const WAITING_FOR: Partial<Record<AppError['code'], string>> = {
  'client-secret-wrong': 'The new secret is not known everywhere yet',
  'application-missing': 'The new application is not known everywhere yet',
  'network-unreachable': 'Microsoft’s sign-in service cannot be reached at the moment',
  'proxy-unreachable': 'The proxy of this network cannot be reached at the moment',
  'graph-unavailable': 'Microsoft’s sign-in service has a problem at the moment',
  'graph-throttled': 'Microsoft’s sign-in service asks us to wait',
}

/** A token, or the error that will pass by itself. Throws every other error. */
export async function tryOnce(
  work: () => Promise<AppToken>,
): Promise<{ token: AppToken } | { error: AppError }> {
  try {
    return { token: await work() }
  } catch (error) {
    if (error instanceof AppError && WAITING_FOR[error.code] !== undefined) return { error }
    throw error
  }
}

function giveUpOnSecret(
  error: AppError,
  { isSecretFresh, waitedMs }: { isSecretFresh: boolean; waitedMs: number },
): void {
  if (error.code !== 'client-secret-wrong' || isSecretFresh) return
  if (waitedMs >= KNOWN_SECRET_LIMIT_MS) throw error
}

function notReady(
  waitingFor: string,
  outcome: { token: AppToken } | { error: AppError },
): AppError {
  const cause = 'error' in outcome ? outcome.error : undefined
  return new AppError('not-ready-in-time', {
    message: `Everything is set up, but Microsoft has not put it into effect within five minutes. ${waitingFor}.`,
    nextStep:
      'Nothing is lost. Wait a few minutes, then apply the plan again: it goes on from here and changes nothing twice.',
    details: cause?.details,
    cause,
  })
}
