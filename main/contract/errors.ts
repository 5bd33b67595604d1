// The error codes a person can meet, and ErrorReport: an error as a page or a program receives it.

/** Every error code. Programs and tests look at the code, people read the text. */
export type ErrorCode =
  // sign-in
  | 'sign-in-cancelled'
  | 'sign-in-timed-out'
  | 'sign-in-refused'
  | 'sign-in-required'
  | 'sign-in-failed'
  | 'device-code-expired'
  | 'wrong-account-type'
  | 'wrong-tenant'
  // provisioning
  | 'tenant-url-invalid'
  | 'plan-missing'
  | 'admin-role-missing'
  | 'consent-refused'
  | 'consent-missing'
  | 'secret-forbidden'
  | 'secret-lifetime-limited'
  | 'secret-unknown'
  | 'secret-id-pasted'
  | 'rotation-unfinished'
  | 'sealed-unreadable'
  | 'sealed-expired'
  | 'would-replace'
  | 'client-secret-wrong'
  | 'application-missing'
  | 'not-ready-in-time'
  | 'not-set-up'
  // Microsoft's services
  | 'graph-forbidden'
  | 'graph-not-found'
  | 'graph-conflict'
  | 'graph-throttled'
  | 'graph-unavailable'
  | 'graph-rejected'
  | 'network-unreachable'
  | 'tls-untrusted'
  | 'proxy-unreachable'
  | 'proxy-auth'
  | 'proxy-refused'
  | 'proxy-unsupported'
  | 'clock-wrong'
  // webhook, subscriptions, tunnel
  | 'port-in-use'
  | 'webhook-not-running'
  | 'public-url-invalid'
  | 'public-url-unreachable'
  | 'subscription-forbidden'
  | 'subscription-held-elsewhere'
  | 'subscription-place-free'
  | 'subscription-validation-failed'
  | 'subscription-not-found'
  | 'content-waiting'
  | 'content-unproven'
  | 'content-unreadable'
  | 'hand-on-url-invalid'
  | 'hand-on-unreachable'
  | 'hand-on-refused'
  | 'tunnel-auth'
  | 'tunnel-host-key'
  | 'tunnel-taken-over'
  | 'tunnel-config'
  | 'tunnel-limit'
  | 'tunnel-transient'
  // this machine
  | 'keychain-unavailable'
  | 'keychain-locked'
  | 'vault-key-wrong'
  | 'vault-unreadable'
  | 'database-unreadable'
  | 'disk-full'
  | 'data-folder-unwritable'
  | 'data-folder-in-use'
  | 'settings-unreadable'
  | 'update-off'
  | 'update-failed'
  | 'update-refused'
  // calls
  | 'input-invalid'
  | 'call-unknown'
  | 'busy'
  | 'cancelled'
  | 'practice-only'
  | 'not-found'
  | 'unexpected'

/** True for work that a person stopped, which is no failure. */
export function isStopByHand(code: ErrorCode): boolean {
  return code === 'cancelled' || code === 'sign-in-cancelled'
}

/** A page of the window, as named in its left rail. */
export type PageName =
  'overview' | 'setup' | 'application' | 'handover' | 'webhook' | 'log' | 'settings'

/** An error as it leaves the core: what happened and why, what to do next, and one redacted line of detail. */
export interface ErrorReport {
  code: ErrorCode
  /** What happened and why, in one or two sentences. */
  message: string
  /** What to do next. */
  nextStep: string
  /** One redacted line for the person who is asked for help, such as Graph's status, code and request-id. */
  details: string | null
  /** Short reference that is also in the log. */
  reference: string
  /** ISO 8601. */
  at: string
}
