// What can be done once, behind the back of whoever set up an application: the surprises of real tenants.
import { randomUUID } from 'node:crypto'
import { keepConsent } from './consents.ts'
import { deleteApplication } from './deleted-items.ts'
import { newSecret } from './secrets.ts'
import { people } from './people.ts'
import type { LiveSubscription } from './subscriptions.ts'
import type { TeamsChange } from './teams.ts'
import { isObject, type JsonObject, stringsOf } from './json.ts'
import { findScope, GRAPH_APP_ID } from './permissions-table.ts'
import {
  type ApplicationRecord,
  BOOTSTRAP_APP_ID,
  newServicePrincipal,
  type ServicePrincipalRecord,
  type Tenant,
} from './tenant.ts'

const descriptions = {
  'activate-role': 'Activate the eligible administrator role, as PIM does.',
  'revoke-consent': 'Take away every application permission of the EMI application.',
  'revoke-delegated-consent': 'Take away every delegated permission of the EMI application.',
  'remove-secret': 'Remove every client secret of the EMI application.',
  'expire-secret': 'Let every client secret of the EMI application expire now.',
  'disable-service-principal': 'Switch off sign-in for the EMI application.',
  'delete-application': 'Delete the EMI application; it can be restored for 30 days.',
  'make-similar-applications':
    'Add three applications that look like EMI: by name, by redirect URI and by both.',
  'add-surplus':
    'Add what nobody asked for to the EMI application: a redirect URI, Mail.Read and a secret.',
  'remove-subscriptions': 'Take away every subscription of the EMI application, and tell it so.',
  'take-channel-messages':
    'Let another server of the EMI application hold the subscription to messages in channels.',
  'change-presence': 'Let everybody’s presence change, as when a meeting begins or ends.',
} as const

export type PracticeAction = keyof typeof descriptions

export interface Actions {
  readonly list: readonly { name: PracticeAction; description: string }[]
  /** @throws Error in plain words when there is no such action, or nothing to do it to. */
  act(name: PracticeAction): void
}

/** The Entra admin center: what made the applications that somebody made by hand. */
const PORTAL_APP_ID = 'c44b4083-3bb0-49c1-b47d-974e53cbdf3c'
const SURPLUS_REDIRECT_URI = 'https://former-contact-center.example/oauth/callback'
const SURPLUS_SCOPE = 'Mail.Read'
const SURPLUS_SECRET = 'Added by somebody else'
const SURPLUS_SECRET_MS = 90 * 86_400_000
const EXPIRED_SINCE_MS = 60_000
const CHANNEL_MESSAGES = '/teams/getAllMessages'
const OTHER_SERVER_URL = 'https://other-server.example/notifications'

/** What the actions need of the subscriptions. */
export interface ActedSubscriptions {
  list(): LiveSubscription[]
  /** Ends one silently. */
  drop(id: string): void
  /** Ends one and says so. */
  takeAway(id: string): void
  addForeign(appId: string, resource: string, notificationUrl: string): void
}

/** The actions of one tenant. They take effect at once, without the delay of replication. */
export function createActions(
  tenant: Tenant,
  presence: { announce: (change: TeamsChange) => void; isWatched: () => boolean },
  subscriptions: ActedSubscriptions,
): Actions {
  let isBusy = false
  const { directory } = tenant
  const run: Record<PracticeAction, () => void> = {
    'activate-role': () => {
      if (!tenant.faults.isOn('pim-eligible-role')) {
        throw new Error('No role waits for its activation in the practice tenant.')
      }
      tenant.faults.set('pim-eligible-role', false)
    },
    'revoke-consent': () => {
      const { id } = principalOf(tenant)
      directory.assignments = directory.assignments.filter((one) => one.principalId !== id)
    },
    'revoke-delegated-consent': () => {
      const { id } = principalOf(tenant)
      directory.grants = directory.grants.filter((one) => one.clientId !== id)
    },
    'remove-secret': () => {
      emiApplication(tenant).secrets = []
    },
    'expire-secret': () => {
      const endedAt = tenant.now() - EXPIRED_SINCE_MS
      for (const secret of emiApplication(tenant).secrets) {
        const startedAt = Math.min(Date.parse(secret.startDateTime), endedAt - EXPIRED_SINCE_MS)
        secret.startDateTime = new Date(startedAt).toISOString()
        secret.endDateTime = new Date(endedAt).toISOString()
      }
    },
    'disable-service-principal': () => {
      const principal = principalOf(tenant)
      principal.properties = { ...principal.properties, accountEnabled: false }
    },
    'delete-application': () => {
      deleteApplication(tenant, emiApplication(tenant))
    },
    'make-similar-applications': () => {
      const { properties } = emiApplication(tenant)
      const displayName = properties['displayName']
      const web = { redirectUris: redirectUris(properties) }
      addApplication(tenant, { displayName })
      addApplication(tenant, { displayName: 'Teams connector (made by hand)', web })
      addApplication(tenant, { displayName, web })
    },
    'add-surplus': () => addSurplus(tenant),
    'remove-subscriptions': () => {
      const { appId } = emiApplication(tenant)
      const found = subscriptions.list().filter(({ record }) => record.applicationId === appId)
      if (found.length === 0) {
        throw new Error('The EMI application has no subscription in the practice tenant.')
      }
      for (const { record } of found) subscriptions.takeAway(record.id)
    },
    'take-channel-messages': () => {
      const { appId } = emiApplication(tenant)
      for (const { record } of subscriptions.list()) {
        const isTheirs = record.applicationId === appId && record.resource === CHANNEL_MESSAGES
        if (isTheirs) subscriptions.drop(record.id)
      }
      subscriptions.addForeign(appId, CHANNEL_MESSAGES, OTHER_SERVER_URL)
    },
    'change-presence': () => {
      if (!presence.isWatched()) {
        throw new Error('Nobody receives presence from the practice tenant yet.')
      }
      isBusy = !isBusy
      const availability = isBusy ? 'Busy' : 'Available'
      for (const { id: personId } of people) {
        presence.announce({ kind: 'presence', changeType: 'updated', personId, availability })
      }
    },
  }
  return {
    list: Object.entries(descriptions).map(([name, description]) => ({
      name: name as PracticeAction,
      description,
    })),
    act: (name) => {
      if (!Object.hasOwn(run, name)) {
        throw new Error(`There is no practice action named “${name}”.`)
      }
      run[name]()
      tenant.changed()
    },
  }
}

function addSurplus(tenant: Tenant): void {
  const record = emiApplication(tenant)
  const principal = principalOf(tenant)
  const { properties } = record
  const uris = redirectUris(properties).filter((uri) => uri !== SURPLUS_REDIRECT_URI)
  const web = isObject(properties['web']) ? properties['web'] : {}
  record.properties = {
    ...properties,
    web: { ...web, redirectUris: [...uris, SURPLUS_REDIRECT_URI] },
    requiredResourceAccess: withScope(properties['requiredResourceAccess']),
  }
  keepConsent(tenant, { appId: principal.appId, scopes: [SURPLUS_SCOPE], personId: null })
  const now = tenant.now()
  const { secret } = newSecret({
    displayName: SURPLUS_SECRET,
    start: new Date(now),
    end: new Date(now + SURPLUS_SECRET_MS),
    visibleAt: 0,
  })
  record.secrets.push(secret)
}

function withScope(declared: unknown): JsonObject[] {
  const resources = Array.isArray(declared) ? declared.filter(isObject) : []
  const extra = { id: findScope(SURPLUS_SCOPE)?.id ?? '', type: 'Scope' }
  const graph = resources.find((one) => one['resourceAppId'] === GRAPH_APP_ID)
  const accesses: unknown[] = Array.isArray(graph?.['resourceAccess'])
    ? graph['resourceAccess']
    : []
  const isThere = accesses.some((one) => isObject(one) && one['id'] === extra.id)
  return [
    ...resources.filter((one) => one !== graph),
    { resourceAppId: GRAPH_APP_ID, resourceAccess: isThere ? accesses : [...accesses, extra] },
  ]
}

/** The application that the sign-in client made last: EMI Tray's, in practice. */
function emiApplication(tenant: Tenant): ApplicationRecord {
  const found = tenant.directory.applications.findLast(
    (one) => one.createdByAppId === BOOTSTRAP_APP_ID,
  )
  if (!found) throw new Error('There is no EMI application in the practice tenant yet.')
  return found
}

function principalOf(tenant: Tenant): ServicePrincipalRecord {
  const { appId } = emiApplication(tenant)
  const found = tenant.directory.servicePrincipals.find((one) => one.appId === appId)
  if (!found) throw new Error('The EMI application has no service principal yet.')
  return found
}

function addApplication(tenant: Tenant, properties: JsonObject): void {
  const appId = randomUUID()
  tenant.directory.applications.push({
    id: randomUUID(),
    appId,
    uniqueName: null,
    createdDateTime: new Date(tenant.now()).toISOString(),
    createdByAppId: PORTAL_APP_ID,
    ownerIds: [],
    properties: { signInAudience: 'AzureADMyOrg', ...properties },
    secrets: [],
    visibleAt: 0,
  })
  newServicePrincipal(tenant, appId, 0)
}

function redirectUris(properties: JsonObject): string[] {
  const web = properties['web']
  return isObject(web) ? stringsOf(web, 'redirectUris') : []
}
