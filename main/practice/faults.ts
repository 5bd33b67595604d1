// The faults that can be switched on to rehearse bad days, each with a sentence for the person who does.

export type FaultGroup = 'account' | 'policy' | 'directory' | 'service' | 'webhook'

export const POLICY_MAX_SECRET_DAYS = 180

const catalog = {
  'no-admin-role': [
    'account',
    'Nobody holds an administrator role or may register applications, whoever signs in.',
  ],
  'pim-eligible-role': [
    'account',
    'Administrators are only eligible for their role, and have to activate it first.',
  ],
  'custom-role-only': [
    'account',
    'Administrators hold a custom role instead: it manages applications, but cannot consent.',
  ],
  'consent-refused': ['account', 'Consent is declined at sign-in, whatever the person presses.'],
  'cae-claims-challenge': [
    'account',
    'Graph asks for a new token with other claims before it accepts a sign-in.',
  ],
  'users-may-not-register': [
    'policy',
    'The organization’s policy lets only administrators register applications.',
  ],
  'secret-forbidden-by-policy': ['policy', 'The organization’s policy forbids client secrets.'],
  'secret-lifetime-limited': [
    'policy',
    `The organization’s policy limits client secrets to ${POLICY_MAX_SECRET_DAYS} days.`,
  ],
  'slow-replication': [
    'directory',
    'New objects, secrets and grants take ten times longer to appear.',
  ],
  throttling: [
    'service',
    'Graph answers every third request with 429 and asks to wait two seconds.',
  ],
  'one-read-a-second': [
    'service',
    'Graph allows one read of messages a second for each chat and channel, and answers others with 429.',
  ],
  'graph-unavailable': ['service', 'Graph answers every request with 503.'],
  'token-endpoint-down': ['service', 'Nobody gets a token: the token endpoint answers 503.'],
  'notifications-stop': [
    'webhook',
    'Graph stops posting notifications; what happens meanwhile is never told.',
  ],
  'subscription-validation-fails': [
    'webhook',
    'Graph says it could not validate the notification address, so no subscription is made.',
  ],
} as const satisfies Record<string, readonly [FaultGroup, string]>

export type PracticeFault = keyof typeof catalog

export interface FaultState {
  name: PracticeFault
  group: FaultGroup
  description: string
  on: boolean
}

export interface Faults {
  readonly list: readonly FaultState[]
  isOn(name: PracticeFault): boolean
  set(name: PracticeFault, on: boolean): void
}

/** All faults, off. A fault is looked at when a request comes, so a change applies to the next one. */
export function createFaults(): Faults {
  const on = new Set<PracticeFault>()
  return {
    get list() {
      return Object.entries(catalog).map(([key, [group, description]]) => {
        const name = key as PracticeFault
        return { name, group, description, on: on.has(name) }
      })
    },
    isOn: (name) => on.has(name),
    set: (name, value) => {
      if (!Object.hasOwn(catalog, name)) {
        throw new Error(`There is no practice fault named “${name}”.`)
      }
      if (value) on.add(name)
      else on.delete(name)
    },
  }
}
