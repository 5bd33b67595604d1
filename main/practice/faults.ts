// The faults that can be switched on to rehearse bad days, each with a sentence for the person who does.

export type PracticeFault =
  | 'throttling'
  | 'graph-unavailable'
  | 'token-endpoint-down'
  | 'slow-replication'
  | 'secret-forbidden-by-policy'
  | 'secret-lifetime-limited'
  | 'no-admin-role'
  | 'consent-refused'
  | 'notifications-stop'
  | 'subscription-validation-fails'

export interface Faults {
  readonly list: readonly { name: PracticeFault; description: string; on: boolean }[]
  isOn(name: PracticeFault): boolean
  set(name: PracticeFault, on: boolean): void
}

export const POLICY_MAX_SECRET_DAYS = 180

const descriptions: Record<PracticeFault, string> = {
  throttling: 'Graph answers every third request with 429 and asks to wait two seconds.',
  'graph-unavailable': 'Graph answers every request with 503.',
  'token-endpoint-down': 'Nobody gets a token: the token endpoint answers 503.',
  'slow-replication': 'New objects, secrets and grants take ten times longer to appear.',
  'secret-forbidden-by-policy': 'The organization’s policy forbids client secrets.',
  'secret-lifetime-limited': `The organization’s policy limits client secrets to ${POLICY_MAX_SECRET_DAYS} days.`,
  'no-admin-role': 'Nobody holds an administrator role, whoever signs in.',
  'consent-refused': 'Consent is declined at sign-in, whatever the person presses.',
  'notifications-stop': 'Graph stops posting notifications; what happens meanwhile is never told.',
  'subscription-validation-fails':
    'Graph says it could not validate the notification address, so no subscription is made.',
}

/** All faults, off. A fault is looked at when a request comes, so a change applies to the next one. */
export function createFaults(): Faults {
  const on = new Set<PracticeFault>()
  return {
    get list() {
      return Object.entries(descriptions).map(([name, description]) => {
        const fault = name as PracticeFault
        return { name: fault, description, on: on.has(fault) }
      })
    },
    isOn: (name) => on.has(name),
    set: (name, value) => {
      if (!(name in descriptions)) throw new Error(`There is no practice fault named “${name}”.`)
      if (value) on.add(name)
      else on.delete(name)
    },
  }
}
