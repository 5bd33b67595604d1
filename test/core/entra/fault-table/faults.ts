// The table: each fault and how the set-up ends under it; and the rule by which two faults together end.
import { type Expected, type ExpectedWarning, MOMENTS, one } from './endings.ts'
import type { Fault } from './practice-world.ts'

/** When faults begin: before the sign-in, between sign-in and check, or once the plan has been looked over. */
export type Begin = 'sign-in' | 'check' | 'apply'

interface Row {
  ends: Record<Begin, Expected>
  /** What the check warns of, where the fault is there by then. */
  warns?: ExpectedWarning[]
  /** The answer by which Graph shows that the fault did bite, as `status code`. */
  shows?: RegExp
}

const SIGN_IN_AS_ADMIN = /Application Administrator.*Global Administrator.*activate it/
const ASK_CONSENT_ADMIN =
  /consent link.*Privileged Role Administrator or Global Administrator.*what is done stays.*activate it/

const MAY_NOT_CREATE = one('application', {
  code: 'admin-role-missing',
  message: /nora\.lindqvist@.* may not create or change applications/,
  nextStep: SIGN_IN_AS_ADMIN,
})
const MAY_NOT_CONSENT = one('delegated-grant', {
  code: 'admin-role-missing',
  message: /nora\.lindqvist@.* may not consent/,
  nextStep: ASK_CONSENT_ADMIN,
})
const SECRET_FORBIDDEN = one('client-secret', {
  code: 'secret-forbidden',
  message: /policy of your organization forbids client secrets/,
  nextStep: /Ask your identity team to exempt this application.*apply the plan again/,
})
const GRAPH_DOWN = {
  code: 'graph-unavailable',
  message: /Microsoft Graph/,
  nextStep: /Wait a few minutes, then try again/,
}
const ENTRA_DOWN = {
  code: 'graph-unavailable',
  message: /directory service is not available/,
  nextStep: /Wait a few minutes, then try again/,
}
const REGISTRATION_UNREAD: ExpectedWarning = {
  name: 'app-registration',
  message: /could not be read/,
  nextStep: /Ask your identity team, or sign in with a role/,
  ask: /may users of this tenant register applications.*assign me the role/i,
  link: 'entra-user-settings',
}

/** How the set-up ends under each fault alone. */
export const TABLE: Record<Fault, Row> = {
  throttling: { ends: always('ready'), shows: /^429 TooManyRequests/ },
  'slow-replication': { ends: always('ready'), shows: /^404 / },
  'seconds-per-object': { ends: always('ready'), shows: /^404 / },
  'cae-claims-challenge': { ends: always('ready'), shows: /^401 InvalidAuthenticationToken/ },
  'secret-lifetime-limited': {
    ends: always('ready'),
    shows: /^400 CredentialInvalidLifetimeAsPerAppPolicy/,
  },
  // A Global Administrator may register applications whatever users may.
  'users-may-not-register': { ends: always('ready') },
  'secret-forbidden-by-policy': {
    ends: always(SECRET_FORBIDDEN),
    shows: /^400 CredentialTypeNotAllowedAsPerAppPolicy/,
  },
  'custom-role-only': {
    ends: always(MAY_NOT_CONSENT),
    shows: /^403 Authorization_RequestDenied/,
    warns: [
      {
        name: 'roles',
        message: /no active administrator role/,
        nextStep: /activate it, then press Check again.*sign in with a Global Administrator/,
        ask: /could a Global Administrator or Privileged Role Administrator sign in/i,
        link: 'pim-my-roles',
      },
      REGISTRATION_UNREAD,
    ],
  },
  // It works for what every user may do, and no further.
  'pim-eligible-role': {
    ends: always(MAY_NOT_CONSENT),
    shows: /^403 Authorization_RequestDenied/,
    warns: [
      {
        name: 'roles',
        message: /no active administrator role/,
        nextStep: /Privileged Identity Management.*activate it, then press Check again/,
        ask: /could a Global Administrator or Privileged Role Administrator sign in/i,
        link: 'pim-my-roles',
      },
      REGISTRATION_UNREAD,
    ],
  },
  'no-admin-role': {
    ends: always(MAY_NOT_CREATE),
    shows: /^403 Authorization_RequestDenied/,
    warns: [
      {
        name: 'roles',
        message: /no active administrator role/,
        nextStep: /sign in with a Global Administrator/,
        ask: /could a Global Administrator or Privileged Role Administrator sign in/i,
        link: 'pim-my-roles',
      },
      REGISTRATION_UNREAD,
    ],
  },
  'graph-unavailable': {
    ends: {
      'sign-in': one('first read', GRAPH_DOWN),
      check: {
        at: 'check',
        problems: [
          {
            code: 'tenant',
            message: /The tenant could not be read.*Nothing may be written/,
            nextStep: /See also the result for Microsoft Graph. Wait a few minutes/,
            ask: /cannot read the tenant/,
          },
          {
            code: 'account',
            message: /The account could not be read.*Nothing may be written/,
            nextStep: /See also the result for Microsoft Graph. Wait a few minutes/,
            ask: /cannot read the account/,
          },
          {
            ...GRAPH_DOWN,
            code: 'graph',
            ask: /Microsoft Graph answers my computer, but with an error: .*Service health/,
          },
        ],
      },
      apply: one('first read of applying', GRAPH_DOWN),
    },
    shows: /^503 ServiceUnavailable/,
  },
  'token-endpoint-down': {
    ends: {
      'sign-in': one('token of the sign-in', ENTRA_DOWN),
      // The check begins with a fresh token.
      check: one('check', ENTRA_DOWN),
      // The sign-in still holds; only the application's own token is missing in the end.
      apply: one('token', {
        code: 'not-ready-in-time',
        message: /Everything is set up, but.*sign-in service has a problem/,
        nextStep: /Nothing is lost.*apply the plan again/,
      }),
    },
  },
  'consent-refused': {
    ends: {
      'sign-in': one('consent page', {
        code: 'consent-refused',
        message: /Consent was declined.*Nothing was changed/,
        nextStep: /Start again, and accept/,
      }),
      // Consent to the sign-in client is asked at the sign-in and never again.
      check: 'ready',
      apply: 'ready',
    },
  },
}

export const FAULTS = Object.keys(TABLE) as Fault[]

/** Every two of them, once. */
export function pairsOf(faults: readonly Fault[]): [Fault, Fault][] {
  return faults.flatMap((first, index) =>
    faults.slice(index + 1).map((second): [Fault, Fault] => [first, second]),
  )
}

/**
 * How two faults together end. The rule: the run ends as under the one that bites first, in the order of MOMENTS;
 * under two that bite at the same moment as under either, since they say the same there; ready only if it is ready
 * under both. Where faults change what the other one means, the pair has a line of its own in TOGETHER.
 */
export function expectedOfPair(pair: readonly [Fault, Fault], begin: Begin): Expected {
  const special = TOGETHER.find(
    (line) => line.pair.every((fault) => pair.includes(fault)) && begin in line.ends,
  )
  const ending = special?.ends[begin]
  if (ending) return ending
  const [first, second] = pair.map((fault) => TABLE[fault].ends[begin])
  if (first === undefined || first === 'ready') return second ?? 'ready'
  if (second === undefined || second === 'ready') return first
  return MOMENTS.indexOf(second.at) < MOMENTS.indexOf(first.at) ? second : first
}

/** Faults that change each other's meaning. */
const TOGETHER: { pair: [Fault, Fault]; why: string; ends: Partial<Record<Begin, Expected>> }[] = [
  {
    pair: ['users-may-not-register', 'pim-eligible-role'],
    why: 'Without an active role the administrator is a user, and users may not register.',
    ends: always(MAY_NOT_CREATE),
  },
  {
    pair: ['cae-claims-challenge', 'token-endpoint-down'],
    why: 'Graph wants another token, and nobody gets one.',
    ends: { apply: one('first read of applying', ENTRA_DOWN) },
  },
  {
    pair: ['no-admin-role', 'consent-refused'],
    why: 'Who is no administrator is not even asked: the page says that one must approve.',
    ends: {
      'sign-in': one('consent page', {
        code: 'consent-refused',
        message: /takes an administrator’s consent, and this account cannot give it/,
        nextStep: /Privileged Role Administrator or Global Administrator/,
      }),
    },
  },
  {
    pair: ['pim-eligible-role', 'consent-refused'],
    why: 'Where roles sleep, the sign-in client was approved before: nothing is asked, so nothing is refused.',
    ends: { 'sign-in': MAY_NOT_CONSENT },
  },
  {
    pair: ['custom-role-only', 'consent-refused'],
    why: 'Here, too, the sign-in client was approved before.',
    ends: { 'sign-in': MAY_NOT_CONSENT },
  },
]

function always(expected: Expected): Record<Begin, Expected> {
  return { 'sign-in': expected, check: expected, apply: expected }
}
