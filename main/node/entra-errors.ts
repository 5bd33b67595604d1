// Entra's refusals (AADSTS numbers) as AppErrors: what happened and what to do next, for people and for the application.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
import type { ErrorCode } from '../contract/errors.ts'
import { AppError } from '../core/app-error.ts'

/** An error answer of Entra, as far as it could be read. */
export interface EntraRefusal {
  /** OAuth's error, such as access_denied. */
  error: string
  description: string
  /** AADSTS number; null where there is none. */
  number: number | null
  status: number
}

/** Who asked for the token. */
export type Asker = 'person' | 'application'

interface Meaning {
  code: ErrorCode
  message: string
  nextStep: string
}

const SIGN_IN_AGAIN = 'Sign in again.'
const ASK_IDENTITY_TEAM =
  'Ask your identity team: the sign-in log in Entra names the policy. Give them the details below.'
const OTHER_CLIENT =
  'Ask your identity team to allow Microsoft Graph Command Line Tools, or enter the client id of a public, multi-tenant client of your own in Settings.'
/** A page without a way on: Entra answers nothing then, or that consent was declined. */
const APPROVAL =
  'If the page says that an administrator must approve, start again with a Privileged Role Administrator or Global Administrator.'
const WORK_ACCOUNT = 'Sign in with a work account that belongs to the tenant itself.'

/** The same for people and the application. */
const MEANINGS: Record<number, Meaning> = {
  16000: refused(
    'Several accounts are signed in, and Microsoft could not tell which one to use.',
    SIGN_IN_AGAIN,
  ),
  50011: failed(
    'The sign-in client does not accept answers on this computer (redirect URI http://localhost).',
    OTHER_CLIENT,
  ),
  50020: wrongAccount(
    'This account comes from another organization and is not known in the tenant.',
  ),
  50034: wrongAccount('This account does not exist in the tenant.'),
  50053: refused(
    'The account is locked after too many wrong passwords.',
    'Wait some minutes, or ask your identity team to unlock it.',
  ),
  50055: refused(
    'The password of the account has expired.',
    'Change it at a sign-in page of Microsoft, then sign in again.',
  ),
  50057: refused(
    'The account is disabled.',
    'Ask your identity team to enable it, or use another one.',
  ),
  50058: required('Nobody is signed in any more.'),
  50072: required('Microsoft wants the account to register for multi-factor authentication.'),
  50074: required('Microsoft wants a second factor.'),
  50076: required('Microsoft wants a second factor, after a change of policy or place.'),
  50079: required('Microsoft wants the account to register for multi-factor authentication.'),
  50097: refused(
    'Your organization lets people sign in from managed devices only.',
    ASK_IDENTITY_TEAM,
  ),
  50105: refused(
    'Your organization lets only assigned people use the sign-in client.',
    'Ask your identity team to assign you to the enterprise application Microsoft Graph Command Line Tools, or enter the client id of a public client of your own in Settings.',
  ),
  50126: refused('The user name or password is wrong.', SIGN_IN_AGAIN),
  50158: required('Another sign-in service must confirm the sign-in.'),
  50194: failed(
    'The sign-in client is registered for a single tenant. EMI Tray learns the tenant from the sign-in, so it needs a client that any organization may use.',
    'Ask your identity team to set its supported account types to “Accounts in any organizational directory”, or enter another client id in Settings.',
  ),
  50173: required(
    'The earlier sign-in is no longer valid, for instance after a change of password.',
  ),
  53000: refused(
    'Your organization lets people sign in from compliant devices only.',
    ASK_IDENTITY_TEAM,
  ),
  53001: refused(
    'Your organization lets people sign in from joined devices only.',
    ASK_IDENTITY_TEAM,
  ),
  53003: refused(
    'A Conditional Access policy of your organization blocks this sign-in.',
    `If you used a device code, sign in with the browser. Otherwise: ${ASK_IDENTITY_TEAM}`,
  ),
  530032: refused('Your organization’s security defaults block this sign-in.', ASK_IDENTITY_TEAM),
  530033: refused(
    'Your organization’s token protection blocks this sign-in.',
    `Sign in with the browser on a managed computer. Otherwise: ${ASK_IDENTITY_TEAM}`,
  ),
  530034: refused(
    'Your organization blocks this sign-in because of a risk it sees.',
    ASK_IDENTITY_TEAM,
  ),
  500011: failed(
    'Microsoft Graph is not known at this sign-in address. The cloud may be the wrong one.',
    'Check the cloud in Settings.',
  ),
  65001: {
    code: 'consent-missing',
    message:
      'Nobody has consented to what the application asks for, or the consent was taken back.',
    nextStep: 'Sign in as an administrator and accept what is asked.',
  },
  65002: failed(
    'The sign-in client may not ask for these permissions: Microsoft has fixed what it gets.',
    'In Settings enter the client id of Microsoft Graph Command Line Tools (14d82eec-204b-4c2f-b7e8-296a70dab67e) or of a public client of your own.',
  ),
  65004: consentRefused(
    'Consent was declined on Microsoft’s page. Nothing was changed.',
    `Start again, and accept what is asked. ${APPROVAL}`,
  ),
  650053: failed(
    'The sign-in client asked for a permission that Microsoft Graph does not know here.',
    'Check the cloud in Settings.',
  ),
  70000: required('The earlier sign-in is no longer valid.'),
  70008: required('The earlier sign-in has expired.'),
  70011: failed(
    'Microsoft does not understand what was asked for.',
    'Check the cloud and the sign-in client in Settings.',
  ),
  70016: deviceCode('The code was not entered yet.'),
  70018: deviceCode('The code is not valid.'),
  70019: deviceCode('The code has expired.'),
  70020: deviceCode('The code has expired.'),
  70043: required('Your organization wants you to sign in afresh from time to time.'),
  700082: required('The earlier sign-in has expired, since it was not used for a long time.'),
  700084: required('The earlier sign-in has expired.'),
  700016: failed(
    'The sign-in client is not known in this tenant or cloud.',
    `Check the cloud in Settings. ${OTHER_CLIENT}`,
  ),
  7000112: failed('The sign-in client is disabled in this tenant.', OTHER_CLIENT),
  7000215: secretWrong(
    'Microsoft does not accept the client secret.',
    'Apply the plan again: if the secret was removed or replaced in Entra, a new one is made. A secret made a moment ago may need a minute.',
  ),
  7000218: failed(
    'The sign-in client is not a public client.',
    'Allow public client flows for it in Entra, or enter another client id in Settings.',
  ),
  7000222: secretWrong(
    'The client secret has expired.',
    'Apply the plan again: it makes a new one. Then paste that into the integration account.',
  ),
  7000229: missing('The application has no enterprise application in the tenant.'),
  9002313: failed(
    'Microsoft does not understand the request.',
    'Check the addresses in Settings, then try again.',
  ),
  90002: wrongTenant('Microsoft does not know this tenant.'),
  90033: unavailable(),
  90038: wrongCloud(),
  90043: wrongCloud(),
  90051: wrongCloud(),
  90072: wrongAccount(
    'This account comes from another organization and is not known in the tenant.',
  ),
  900382: wrongCloud(),
  900432: wrongCloud(),
  90094: adminConsentNeeded(),
  90095: adminConsentNeeded(),
  900023: wrongTenant('Microsoft does not know this tenant.'),
}

/** Where the application itself is meant, and not the client a person signs in with. */
const FOR_APPLICATION: Record<number, Meaning> = {
  50034: missing('The application does not exist in the tenant.'),
  // https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
  53003: refused(
    'A Conditional Access policy of your organization blocks the application here, often because of this computer’s address.',
    'Ask your identity team to allow it: the service principal sign-in log in Entra names the policy. Give them the details below.',
  ),
  700016: missing('The application does not exist in the tenant, or is not known everywhere yet.'),
  7000112: refused(
    'Somebody has disabled the application in the tenant.',
    'Ask your identity team to enable it in the Microsoft Entra admin center: Enterprise applications, its Properties, “Enabled for users to sign in?”.',
  ),
  65001: {
    code: 'consent-missing',
    message: 'An administrator has not consented to the application yet, or took it back.',
    nextStep: 'Sign in as an administrator, then apply the plan again.',
  },
}

/** Refusals without a number, by OAuth's own words. */
const BY_OAUTH_ERROR: Record<string, Meaning> = {
  access_denied: {
    code: 'sign-in-cancelled',
    message: 'The sign-in was cancelled on Microsoft’s page.',
    nextStep: 'Start it again when you are ready.',
  },
  authorization_declined: {
    code: 'sign-in-cancelled',
    message: 'The sign-in was declined on the page where the code is entered.',
    nextStep: 'Start it again when you are ready.',
  },
  consent_required: consentRefused(
    'What the sign-in asks for needs consent.',
    'Start again, and accept what is asked.',
  ),
  expired_token: deviceCode('The code has expired.'),
  code_expired: deviceCode('The code has expired.'),
  bad_verification_code: deviceCode('The code is not valid.'),
  invalid_client: secretWrong(
    'Microsoft does not accept the client secret.',
    'Apply the plan again: if the secret was removed or replaced in Entra, a new one is made.',
  ),
  invalid_grant: required('The earlier sign-in is no longer valid.'),
  interaction_required: required('Microsoft wants to see you.'),
  login_required: required('Nobody is signed in any more.'),
  temporarily_unavailable: unavailable(),
}

/** The error for a refusal by Entra. */
export function errorOfRefusal(refusal: EntraRefusal, asker: Asker, cause?: unknown): AppError {
  const { number, error, status } = refusal
  const known =
    (number !== null && asker === 'application' ? FOR_APPLICATION[number] : undefined) ??
    (number === null ? undefined : MEANINGS[number]) ??
    (status === 429 ? throttled() : status >= 500 ? unavailable() : undefined) ??
    BY_OAUTH_ERROR[error] ??
    failed(
      'Microsoft refused the sign-in.',
      'Try again. If it happens again, give the details to your identity team.',
    )
  const { code, message, nextStep } = known
  return new AppError(code, { message, nextStep, details: detailsOf(refusal), cause })
}

/** The AADSTS number in a text; null when there is none. */
export function numberIn(text: string): number | null {
  const digits = /AADSTS(\d+)/.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Numbers and ids only: Entra's own sentences may name people. */
function detailsOf({ error, description, number, status }: EntraRefusal): string {
  const ids = description.match(
    /(Trace ID|Correlation ID|Timestamp): [\w:. -]+?(?=\s+(?:Trace ID|Correlation ID|Timestamp):|\s*$)/g,
  )
  return [
    number === null ? `Entra ${error}` : `AADSTS${number} ${error}`,
    status > 0 ? `status ${status}` : '',
    ...(ids ?? []),
  ]
    .filter(Boolean)
    .join(', ')
}

function refused(message: string, nextStep: string): Meaning {
  return { code: 'sign-in-refused', message, nextStep }
}
function failed(message: string, nextStep: string): Meaning {
  return { code: 'sign-in-failed', message, nextStep }
}
function required(message: string): Meaning {
  return { code: 'sign-in-required', message, nextStep: SIGN_IN_AGAIN }
}
function wrongAccount(message: string): Meaning {
  return { code: 'wrong-account-type', message, nextStep: WORK_ACCOUNT }
}
function wrongTenant(message: string): Meaning {
  return {
    code: 'wrong-tenant',
    message,
    nextStep: 'Check the cloud in Settings, and the account.',
  }
}
function consentRefused(message: string, nextStep: string): Meaning {
  return { code: 'consent-refused', message, nextStep }
}
function adminConsentNeeded(): Meaning {
  return consentRefused(
    'What the sign-in asks for takes an administrator’s consent, and this account cannot give it.',
    'Sign in as a Privileged Role Administrator or Global Administrator, or ask one to consent to the sign-in client.',
  )
}
function deviceCode(message: string): Meaning {
  const nextStep = 'Start again to get a new code, and enter it within its time.'
  return { code: 'device-code-expired', message, nextStep }
}
function secretWrong(message: string, nextStep: string): Meaning {
  return { code: 'client-secret-wrong', message, nextStep }
}
function missing(message: string): Meaning {
  return {
    code: 'application-missing',
    message,
    nextStep: 'Make the plan again and apply it: what is missing is made again.',
  }
}
function wrongCloud(): Meaning {
  return {
    code: 'wrong-tenant',
    message: 'The tenant belongs to another cloud of Microsoft than the one chosen in Settings.',
    nextStep: 'Choose the tenant’s cloud in Settings, such as US Government, then sign in again.',
  }
}
function unavailable(): Meaning {
  return {
    code: 'graph-unavailable',
    message: 'Microsoft’s sign-in service has a problem of its own at the moment.',
    nextStep: 'Wait a few minutes, then try again.',
  }
}
function throttled(): Meaning {
  return {
    code: 'graph-throttled',
    message: 'Microsoft’s sign-in service is asked too often at the moment.',
    nextStep: 'Wait a few minutes, then try again.',
  }
}
