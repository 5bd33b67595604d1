// The preflight's look at the way to Microsoft Graph: reachable, through whose TLS, and with the right time.
import type { CheckResult } from '../../contract/models/setup.ts'
import type { AppError } from '../app-error.ts'
import { untrustedIssuer } from '../network-error.ts'
import type { TlsInspection } from '../ports/network.ts'
import { ok, problem, type Reading, valueOf } from './check-result.ts'
import type { EntraContext } from './context.ts'

/** Tokens and secrets are refused when the clock is further off than this. */
const CLOCK_TOLERANCE_MS = 5 * 60_000
/** Graph was reached, so no firewall is in the way. */
const OUTAGES: AppError['code'][] = ['graph-unavailable', 'graph-throttled']

/** `failure` is why Graph did not answer; `tls` holds null where nobody inspects on the way by design. */
export function graphResult(
  context: EntraContext,
  { failure, tls }: { failure: AppError | null; tls: Reading<TlsInspection | null> },
): CheckResult {
  const graphHost = hostOf(context.cloud.graphHost)
  const hosts = `${graphHost} and ${hostOf(context.cloud.loginHost)}`
  const seen = valueOf(tls) ?? null
  if (seen && !seen.isTrusted) {
    return problem(context, {
      name: 'graph',
      state: 'failed',
      ...untrustedIssuer(graphHost, seen.issuer),
      reason: 'Anybody in that place could read the administrator’s tokens.',
      ask: `The connection of my computer to ${graphHost} ends at a certificate signed by ${seen.issuer}, which is not trusted here. Could you send me the root certificate of that proxy as a PEM file, or exempt ${hosts} from TLS inspection?`,
    })
  }
  if (failure) {
    return problem(context, {
      name: 'graph',
      state: 'failed',
      message: failure.message,
      reason: `Everything that is set up goes through ${graphHost}.${seen && !seen.isPublic ? ` On the way, ${seen.issuer} opens the traffic and signs it anew.` : ''}`,
      nextStep: failure.nextStep,
      ask: OUTAGES.includes(failure.code)
        ? `Microsoft Graph answers my computer, but with an error: ${failure.message} Could you look under Service health in the Microsoft 365 admin center whether Microsoft knows of a problem?`
        : `My computer needs HTTPS (port 443) to ${hosts}. It fails with: ${failure.message} Could you allow it on the firewall and the proxy?`,
    })
  }
  if (seen && !seen.isPublic) {
    return problem(context, {
      name: 'graph',
      state: 'warning',
      message: `Microsoft Graph answers, but ${seen.issuer} opens the traffic on the way and signs it anew.`,
      reason:
        'This computer trusts that authority, so the set-up works. Whoever runs it can read the administrator’s tokens and the client secret, and some policies of Microsoft refuse such connections.',
      nextStep:
        'If that is your organization’s proxy, you can go on. Better is an exemption for Microsoft’s sign-in and Graph.',
      ask: `The traffic of my computer to ${hosts} is opened by ${seen.issuer}. Could you exempt these hosts from TLS inspection, as Microsoft recommends for its sign-in services?`,
    })
  }
  if (seen)
    return ok('graph', `Microsoft Graph answers; its certificate was signed by ${seen.issuer}.`)
  const note = 'error' in tls ? ' Its certificate could not be looked at.' : ''
  return ok('graph', `Microsoft Graph answers.${note}`)
}

/** Is this computer's time near enough to Microsoft's? `aheadMs` is null where it could not be compared. */
export function clockResult(context: EntraContext, aheadMs: number | null): CheckResult {
  const reason = 'Microsoft refuses tokens and secrets of a computer whose time is wrong.'
  if (aheadMs === null) {
    return problem(context, {
      name: 'clock',
      state: 'warning',
      message: 'The time of this computer could not be compared with Microsoft’s.',
      reason,
      nextStep: 'Look at the date, time and time zone of this computer, then check again.',
      ask: 'Could you check that my computer gets its time from a time server?',
    })
  }
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) {
    return ok('clock', 'The clock of this computer is right.')
  }
  const offset = `${minutes} minutes ${aheadMs > 0 ? 'ahead of' : 'behind'} Microsoft’s`
  return problem(context, {
    name: 'clock',
    state: 'failed',
    message: `The clock of this computer is ${offset}.`,
    reason,
    nextStep: 'Set the date, time and time zone of this computer, then check again.',
    ask: `The clock of my computer is ${offset}. Could you correct it and its time server?`,
  })
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address
}
