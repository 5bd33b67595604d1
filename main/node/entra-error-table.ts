// The table of Entra's refusals (AADSTS numbers): what each means, what to do, and where Microsoft says so.
import type { ErrorCode } from '../contract/errors.ts'

export interface Meaning {
  code: ErrorCode
  message: string
  nextStep: string
  /** The page of Microsoft that explains it. */
  source: string
}

type Row = Omit<Meaning, 'source'> & { source?: string }

/** Microsoft's list of these numbers. */
const REFERENCE =
  'https://learn.microsoft.com/entra/identity-platform/reference-error-codes#aadsts-error-codes'
const TROUBLESHOOT = 'https://learn.microsoft.com/troubleshoot/azure/active-directory'
const OAUTH_ERRORS =
  'https://learn.microsoft.com/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application'
const DEVICE_CODE =
  'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code#expected-errors'

const SIGN_IN_AGAIN = 'Sign in again.'
const ASK_IDENTITY_TEAM =
  'Ask your identity team: the sign-in log in Entra names the policy. Give them the details below.'
const OTHER_CLIENT =
  'Ask your identity team to allow Microsoft Graph Command Line Tools, or enter the client id of a public, multi-tenant client of your own in Settings.'
/** A page without a way on: Entra answers nothing then, or that consent was declined. */
const APPROVAL =
  'If the page says that an administrator must approve, start again with a Privileged Role Administrator or Global Administrator.'
const WORK_ACCOUNT = 'Sign in with a work account that belongs to the tenant itself.'
const CHECK_CLOUD = 'Check the cloud in Settings.'
const WAIT = 'Wait a few minutes, then try again.'
const NEW_CODE = 'Start again to get a new code, and enter it within its time.'
const CHOOSE_CLOUD =
  'Choose the tenant’s cloud in Settings, such as US Government, then sign in again.'
const MAKE_AGAIN = 'Make the plan again and apply it: what is missing is made again.'

/** By number; the same for people and the application. */
export const meanings: Record<number, Meaning> = sourced({
  // ---- the account ----
  16000: refused(
    'Several accounts are signed in, and Microsoft could not tell which one to use.',
    'Sign in again and choose the administrator’s account on Microsoft’s page.',
  ),
  16001: refused('The account that was chosen is no longer offered.', 'Sign in again.'),
  16003: wrongAccount('The account was never added to the tenant.'),
  50014: wrongAccount('The guest invitation of this account was never accepted.'),
  50020: {
    ...wrongAccount('This account comes from another organization and is not known in the tenant.'),
    source: `${TROUBLESHOOT}/error-code-aadsts50020-user-account-identity-provider-does-not-exist`,
  },
  500208: wrongAccount('Accounts of this domain, such as personal ones, cannot be used here.'),
  50034: wrongAccount('This account does not exist in the tenant.'),
  51004: wrongAccount('The directory of the tenant does not hold this account.'),
  90072: wrongAccount(
    'This external account is not in the tenant, so it cannot give the second factor there.',
  ),
  50053: refused(
    'The account is locked after too many wrong passwords, or this computer’s address is blocked.',
    'Wait some minutes, or ask your identity team to unlock it.',
  ),
  50055: refused(
    'The password of the account has expired.',
    'Change it at a sign-in page of Microsoft, then sign in again.',
  ),
  50056: refused(
    'The account has no password in the directory.',
    'Sign in again and enter the password, or ask your identity team to set one.',
  ),
  50057: refused(
    'The account is disabled.',
    'Ask your identity team to enable it, or use another one.',
  ),
  50126: refused(
    'The user name or password is wrong.',
    'Sign in again, and type both with care: too many attempts lock the account.',
  ),
  50144: refused(
    'The password of the account in the local Active Directory has expired.',
    'Change it on a computer of your organization, then sign in again.',
  ),
  50058: required('Nobody is signed in any more.'),
  50072: required('Microsoft wants the account to enroll for a second factor.'),
  50074: required('Microsoft wants a second factor.'),
  50076: required('Microsoft wants a second factor, after a change of policy or place.'),
  50078: required('The second factor was given too long ago for the policy.'),
  50079: required('Microsoft wants the account to register for multi-factor authentication.'),
  50089: required('The sign-in took too long, and its page has expired.'),
  50132: required('The session ended when the password was changed or expired.'),
  50133: required('The session was ended, for instance after a recent change of password.'),
  50158: required('Another sign-in service must confirm the sign-in.'),
  50173: required('Somebody revoked the earlier sign-in, or the password was changed.'),
  70000: required('The earlier sign-in is no longer valid.'),
  70008: required('The earlier sign-in has expired.'),
  70043: required('Your organization wants you to sign in afresh from time to time.'),
  700082: required('The earlier sign-in has expired, since it was not used for a long time.'),
  700084: required('The earlier sign-in had a fixed end, which has passed.'),

  // ---- policies of the organization ----
  50002: refused(
    'Your organization’s proxy lets people sign in to certain tenants only, and this is none of them.',
    'Ask your network team about tenant restrictions for this tenant.',
  ),
  500021: refused(
    'Your network’s tenant restrictions do not list this tenant.',
    'Ask your network team to add the tenant to “Restrict-Access-To-Tenants”, or use another network.',
  ),
  500212: refused(
    'The policy of your home organization does not let its people work in this tenant.',
    'Sign in with an account of the tenant itself, or ask your identity team about outbound access.',
  ),
  500213: refused(
    'The policy of the tenant does not let people of your home organization in.',
    'Sign in with an account of the tenant itself.',
  ),
  50005: refused(
    'A Conditional Access policy does not allow the operating system of this computer.',
    ASK_IDENTITY_TEAM,
  ),
  50097: refused(
    'Your organization lets people sign in from managed devices only.',
    'Sign in with the browser on a managed computer. If this is one, ask your identity team.',
  ),
  50105: {
    ...refused(
      'Your organization lets only assigned people use the sign-in client.',
      'Ask your identity team to assign you to the enterprise application Microsoft Graph Command Line Tools, or enter the client id of a public client of your own in Settings.',
    ),
    source: `${TROUBLESHOOT}/error-code-aadsts50105-user-not-assigned-role`,
  },
  50131: refused(
    'A Conditional Access policy refused this device or found the sign-in suspicious.',
    ASK_IDENTITY_TEAM,
  ),
  53000: refused(
    'Your organization lets people sign in from compliant devices only.',
    ASK_IDENTITY_TEAM,
  ),
  53001: refused(
    'Your organization lets people sign in from joined devices only.',
    ASK_IDENTITY_TEAM,
  ),
  53002: refused(
    'Your organization lets people sign in with approved applications only.',
    OTHER_CLIENT,
  ),
  53003: refused(
    'A Conditional Access policy of your organization blocks this sign-in.',
    `If you used a device code, sign in with the browser. Otherwise: ${ASK_IDENTITY_TEAM}`,
  ),
  53004: refused(
    'The account must register for multi-factor authentication first, and a risk stops it from doing so here.',
    'Register at https://aka.ms/mfasetup from a trusted place, or ask your identity team.',
  ),
  53011: refused(
    'Your home organization sees a risk in this account and blocks it.',
    'Ask your identity team to look at the risk in Entra ID Protection and to release the account.',
  ),
  530032: refused('A security policy of the tenant blocks this sign-in.', ASK_IDENTITY_TEAM),
  530033: {
    ...refused(
      'Your organization’s token protection blocks this sign-in.',
      `Sign in with the browser on a managed computer. Otherwise: ${ASK_IDENTITY_TEAM}`,
    ),
    source:
      'https://learn.microsoft.com/entra/identity/conditional-access/concept-token-protection',
  },
  530034: refused(
    'Your organization blocks this sign-in because of a risk it sees.',
    ASK_IDENTITY_TEAM,
  ),
  530035: refused(
    'Your organization’s security defaults block this sign-in.',
    'Sign in with the browser instead of a device code. Otherwise ask your identity team.',
  ),

  // ---- consent ----
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
  650052: failed(
    'The organization has not subscribed to a service that the client asks for.',
    'Check the cloud in Settings, and that the tenant has Microsoft Teams.',
  ),
  650053: {
    ...failed(
      'The sign-in client asked for a permission that Microsoft Graph does not know here.',
      CHECK_CLOUD,
    ),
    source: lookUp(650053),
  },
  650056: {
    ...failed(
      'The sign-in client is not set up completely: its registration lists no permissions, or nobody consented to them.',
      'Ask your identity team to add the permissions to the client’s registration, or enter another client id in Settings.',
    ),
    source: `${TROUBLESHOOT}/error-code-aadsts650056-misconfigured-app`,
  },
  650057: failed(
    'The registration of the sign-in client does not list Microsoft Graph among its permissions.',
    'Ask your identity team to add Microsoft Graph’s delegated permissions there, or enter another client id in Settings.',
  ),
  90093: consentRefused(
    'The directory refused the consent: this account may not give it.',
    'Sign in as a Privileged Role Administrator or Global Administrator.',
  ),
  90094: consentRefused(
    'What the sign-in asks for takes an administrator’s consent, and this account cannot give it.',
    'Sign in as a Privileged Role Administrator or Global Administrator, or ask one to consent to the sign-in client.',
  ),
  90095: consentRefused(
    'An administrator must approve the sign-in client first; Microsoft’s page offers to send the request.',
    'Send the request on Microsoft’s page and wait for the approval, or sign in as a Privileged Role Administrator or Global Administrator.',
  ),

  // ---- the client and its secret ----
  50011: {
    ...failed(
      'The sign-in client does not accept answers on this computer (redirect URI http://localhost).',
      OTHER_CLIENT,
    ),
    source: `${TROUBLESHOOT}/error-code-aadsts50011-reply-url-mismatch`,
  },
  50194: failed(
    'The sign-in client is registered for a single tenant. EMI Tray learns the tenant from the sign-in, so it needs a client that any organization may use.',
    'Ask your identity team to set its supported account types to “Accounts in any organizational directory”, or enter another client id in Settings.',
  ),
  70001: {
    ...missing('The client is not known in this tenant, or it is disabled there.'),
    source: `${TROUBLESHOOT}/error-code-aadsts70001-app-not-found-in-directory`,
  },
  70002: secretWrong(
    'The client secret does not match the application.',
    'Apply the plan again: a secret that does not match any more is replaced.',
  ),
  700025: failed(
    'The application is registered as a public client, which has no secret.',
    'Ask your identity team to set “Allow public client flows” to No in its registration, under Authentication.',
  ),
  700016: failed(
    'The sign-in client is not known in this tenant or cloud.',
    `${CHECK_CLOUD} ${OTHER_CLIENT}`,
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
  7000229: {
    ...missing('The application has no enterprise application in the tenant.'),
    source: lookUp(7000229),
  },
  1000031: refused(
    'Your organization has closed access to the client for the moment.',
    'Ask your identity team when and why access to it was closed.',
  ),

  // ---- the request ----
  500011: failed(
    'Microsoft Graph is not known at this sign-in address. The cloud may be the wrong one.',
    CHECK_CLOUD,
  ),
  70011: failed(
    'Microsoft does not understand the permissions that were asked for.',
    'Check the cloud and the sign-in client in Settings.',
  ),
  9002313: failed(
    'Microsoft does not understand the request.',
    'Check the addresses in Settings, then try again.',
  ),
  900144: failed(
    'A part of the request got lost on the way to Microsoft.',
    'Try again. If it stays so, ask your network team whether the proxy changes requests.',
  ),
  900561: failed(
    'The browser went back to a page of the sign-in that was done already.',
    'Start the sign-in again, and do not use the browser’s Back button.',
  ),
  50196: failed(
    'The same request came too often within a short time.',
    'Wait five minutes, then sign in again.',
  ),

  // ---- device code ----
  70016: deviceCode('The code was not entered yet.', DEVICE_CODE),
  70018: deviceCode('The code that was entered is not valid.'),
  70019: deviceCode('The code expired before it was entered.'),
  70020: deviceCode('The time for entering the code is over.', DEVICE_CODE),

  // ---- tenant and cloud ----
  50059: wrongTenant('Nothing in the request says which tenant is meant.'),
  50128: wrongTenant('The domain of the account or tenant is not known to Microsoft.'),
  90002: wrongTenant('Microsoft does not know this tenant.'),
  900023: {
    ...wrongTenant('The name of the tenant is neither an ID nor a domain.'),
    source: lookUp(900023),
  },
  90038: wrongCloud(
    'The tenant belongs to another cloud of Microsoft than the one chosen in Settings.',
  ),
  90043: wrongCloud('The sign-in was sent on to another cloud of Microsoft, which is not allowed.'),
  90051: wrongCloud('The sign-in names a cloud of Microsoft that does not exist.'),
  900382: wrongCloud('The application asks one cloud of Microsoft from within another.'),
  900432: wrongCloud('The application’s tenant is in another cloud than the address it asks.'),

  // ---- Microsoft's own problems ----
  50033: unavailable('Microsoft’s sign-in service stumbled over the request.'),
  90006: unavailable('A service behind Microsoft’s sign-in does not answer at the moment.'),
  90012: unavailable('Microsoft’s sign-in service took too long to answer.'),
  90024: unavailable('Microsoft’s sign-in service had too much to do for this one request.'),
  90033: unavailable('Microsoft’s directory service is not available at the moment.'),
  90090: unavailable('The directory behind Microsoft’s sign-in is not available at the moment.'),
  90055: {
    code: 'graph-throttled',
    message: 'The tenant sends too many requests to Microsoft’s sign-in service.',
    nextStep: WAIT,
  },
})

/** By number, where the application itself is meant, and not the client a person signs in with. */
export const meaningsForApplication: Record<number, Meaning> = sourced({
  50034: missing('The application does not exist in the tenant.'),
  53003: {
    ...refused(
      'A Conditional Access policy of your organization blocks the application here, often because of this computer’s address.',
      'Ask your identity team to allow it: the service principal sign-in log in Entra names the policy. Give them the details below.',
    ),
    source: 'https://learn.microsoft.com/entra/identity/conditional-access/workload-identity',
  },
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
})

/** Refusals without a number, by OAuth's own words. */
export const meaningsByOAuthError: Record<string, Meaning> = {
  access_denied: oauth({
    code: 'sign-in-cancelled',
    message: 'The sign-in was cancelled on Microsoft’s page.',
    nextStep: 'Start it again when you are ready.',
  }),
  authorization_declined: oauth({
    code: 'sign-in-cancelled',
    message: 'The sign-in was declined on the page where the code is entered.',
    nextStep: 'Start it again when you are ready.',
  }),
  consent_required: oauth(
    consentRefused(
      'What the sign-in asks for needs consent.',
      'Start again, and accept what is asked.',
    ),
  ),
  expired_token: oauth(deviceCode('The code has expired.')),
  code_expired: oauth(deviceCode('The code is too old.')),
  bad_verification_code: oauth(deviceCode('The code is not valid.')),
  invalid_client: oauth(
    secretWrong(
      'Microsoft does not accept the application’s credentials.',
      'Apply the plan again: if the secret was removed or replaced in Entra, a new one is made.',
    ),
  ),
  invalid_grant: oauth(required('Microsoft does not take the earlier sign-in any more.')),
  interaction_required: oauth(required('Microsoft wants to see you.')),
  login_required: oauth(required('Microsoft wants you to sign in.')),
  temporarily_unavailable: oauth(unavailable('Microsoft’s sign-in service is busy.')),
}

/** By HTTP status, where nothing else is known. */
export const busy: Meaning = oauth({
  code: 'graph-throttled',
  message: 'Microsoft’s sign-in service is asked too often at the moment.',
  nextStep: WAIT,
})
export const down: Meaning = oauth(
  unavailable('Microsoft’s sign-in service has a problem of its own at the moment.'),
)
export const unknown: Meaning = oauth(
  failed(
    'Microsoft refused the sign-in.',
    'Try again. If it happens again, give the details to your identity team.',
  ),
)

/** Microsoft's page about one number, for those that the reference does not list. */
function lookUp(number: number): string {
  return `https://login.microsoftonline.com/error?code=${number}`
}

function sourced(rows: Record<number, Row>): Record<number, Meaning> {
  return Object.fromEntries(
    Object.entries(rows).map(([number, row]) => [number, { source: REFERENCE, ...row }]),
  )
}

function oauth(row: Row): Meaning {
  return { source: OAUTH_ERRORS, ...row }
}

function refused(message: string, nextStep: string): Row {
  return { code: 'sign-in-refused', message, nextStep }
}
function failed(message: string, nextStep: string): Row {
  return { code: 'sign-in-failed', message, nextStep }
}
function required(message: string): Row {
  return { code: 'sign-in-required', message, nextStep: SIGN_IN_AGAIN }
}
function wrongAccount(message: string): Row {
  return { code: 'wrong-account-type', message, nextStep: WORK_ACCOUNT }
}
function wrongTenant(message: string): Row {
  return {
    code: 'wrong-tenant',
    message,
    nextStep: 'Check the cloud in Settings, and the account.',
  }
}
function consentRefused(message: string, nextStep: string): Row {
  return { code: 'consent-refused', message, nextStep }
}
function deviceCode(message: string, source?: string): Row {
  const row: Row = { code: 'device-code-expired', message, nextStep: NEW_CODE }
  return source === undefined ? row : { ...row, source }
}
function secretWrong(message: string, nextStep: string): Row {
  return { code: 'client-secret-wrong', message, nextStep }
}
function missing(message: string): Row {
  return { code: 'application-missing', message, nextStep: MAKE_AGAIN }
}
function wrongCloud(message: string): Row {
  return { code: 'wrong-tenant', message, nextStep: CHOOSE_CLOUD }
}
function unavailable(message: string): Row {
  return { code: 'graph-unavailable', message, nextStep: WAIT }
}
