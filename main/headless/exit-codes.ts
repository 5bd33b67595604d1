// The exit code of the command line for each error code, and their meaning for --help.
import type { ErrorCode } from '../contract/errors.ts'

export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  permission: 3,
  notReady: 4,
  network: 5,
  machine: 6,
  interrupted: 130,
} as const

type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What --help says about them. */
export const exitCodeHelp = `Exit codes:
  0    done
  1    something unexpected went wrong
  2    an option or a value was not accepted
  3    sign-in, a role or consent is needed
  4    not set up, or not ready yet
  5    the network or a service of Microsoft cannot be reached, or refused the request
  6    the keychain, the vault, the data folder or a port of this machine
  130  interrupted`

/** The exit code for an error. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return exitCodes[kinds[code]]
}

const kinds: Record<ErrorCode, keyof typeof exitCodes> = {
  'sign-in-cancelled': 'permission',
  'sign-in-timed-out': 'permission',
  'sign-in-refused': 'permission',
  'sign-in-required': 'permission',
  'sign-in-failed': 'permission',
  'device-code-expired': 'permission',
  'wrong-account-type': 'permission',
  'wrong-tenant': 'permission',
  'tenant-url-invalid': 'usage',
  'plan-missing': 'notReady',
  'admin-role-missing': 'permission',
  'consent-refused': 'permission',
  'consent-missing': 'permission',
  'secret-forbidden': 'permission',
  'secret-lifetime-limited': 'permission',
  'secret-unknown': 'notReady',
  'secret-id-pasted': 'usage',
  'rotation-unfinished': 'notReady',
  'sealed-unreadable': 'usage',
  'sealed-expired': 'usage',
  'would-replace': 'usage',
  'client-secret-wrong': 'notReady',
  'application-missing': 'notReady',
  'not-ready-in-time': 'notReady',
  'not-set-up': 'notReady',
  'graph-forbidden': 'permission',
  'graph-not-found': 'notReady',
  'graph-conflict': 'network',
  'graph-throttled': 'network',
  'graph-unavailable': 'network',
  'graph-rejected': 'network',
  'network-unreachable': 'network',
  'tls-untrusted': 'network',
  'proxy-unreachable': 'network',
  'proxy-auth': 'network',
  'proxy-refused': 'network',
  'proxy-unsupported': 'network',
  'clock-wrong': 'machine',
  'port-in-use': 'machine',
  'webhook-not-running': 'notReady',
  'public-url-invalid': 'usage',
  'public-url-unreachable': 'network',
  'subscription-forbidden': 'permission',
  'subscription-held-elsewhere': 'notReady',
  'subscription-place-free': 'notReady',
  'subscription-validation-failed': 'network',
  'subscription-not-found': 'notReady',
  'content-waiting': 'network',
  'content-unproven': 'unexpected',
  'content-unreadable': 'unexpected',
  'hand-on-url-invalid': 'usage',
  'hand-on-unreachable': 'network',
  'hand-on-refused': 'network',
  'tunnel-auth': 'network',
  'tunnel-host-key': 'network',
  'tunnel-taken-over': 'network',
  'tunnel-config': 'network',
  'tunnel-limit': 'network',
  'tunnel-transient': 'network',
  'keychain-unavailable': 'machine',
  'keychain-locked': 'machine',
  'vault-key-wrong': 'machine',
  'vault-unreadable': 'machine',
  'database-unreadable': 'machine',
  'disk-full': 'machine',
  'data-folder-unwritable': 'machine',
  'data-folder-in-use': 'machine',
  'settings-unreadable': 'machine',
  'update-off': 'notReady',
  'update-failed': 'network',
  'update-refused': 'network',
  'input-invalid': 'usage',
  'call-unknown': 'unexpected',
  busy: 'notReady',
  cancelled: 'interrupted',
  'practice-only': 'usage',
  'not-found': 'notReady',
  unexpected: 'unexpected',
}
