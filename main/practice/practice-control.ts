// What the person (or a test) at the practice tenant can do to it: faults, traffic, messages, subscriptions.
import { randomUUID } from 'node:crypto'
import { checkSecret, findClient } from './clients.ts'
import { deletedItems } from './deleted-items.ts'
import { EntraError } from './entra-errors.ts'
import { createActions, type PracticeAction } from './actions.ts'
import type { FaultState, PracticeFault } from './faults.ts'
import { applicationJson } from './application-json.ts'
import { servicePrincipalJson } from './graph-service-principals.ts'
import type { DeliveryCounts, Notifier } from './notifications.ts'
import { findPerson } from './people.ts'
import { readResource } from './subscription-resources.ts'
import type { LiveSubscription, Subscriptions } from './subscriptions.ts'
import { TEAM_NAME, type Teams, type TeamsChange } from './teams.ts'
import { BOOTSTRAP_APP_ID, GRAPH_SERVICE_PRINCIPAL_ID, type Tenant } from './tenant.ts'
import type { Traffic } from './traffic.ts'

export interface PracticeControl {
  readonly faults: readonly FaultState[]
  setFault(name: PracticeFault, on: boolean): void
  /** What can be done once to the application that was made last, behind its maker's back. */
  readonly actions: readonly { name: PracticeAction; description: string }[]
  /** @throws Error in plain words when there is no such action, or nothing to do it to. */
  act(name: PracticeAction): void
  /** Seconds until what is stored from now on is seen by other calls; kept in memory only. */
  readonly replicationSeconds: number
  /** @throws Error for a number that is no such time. */
  setReplicationSeconds(seconds: number): void
  readonly traffic: { on: boolean; perMinute: number }
  /** People chat in chats and channels by themselves. @throws Error for an impossible rate. */
  setTraffic(traffic: { on: boolean; perMinute: number }): void
  readonly chats: readonly {
    id: string
    topic: string
    kind: 'chat' | 'channel'
    memberNames: string[]
  }[]
  /** Posts a message, joining the chat first if need be; resolves after the first attempts with how many notifications were accepted. */
  say(message: {
    chatId: string
    personId: string
    text: string
    image?: boolean
  }): Promise<{ messageId: string; notified: number }>
  /** Ends a subscription silently, as when its time is over. */
  expireSubscription(id: string): void
  /** Ends a subscription and says so: lifecycle event subscriptionRemoved. */
  removeSubscription(id: string): Promise<void>
  /** Lifecycle event reauthorizationRequired; unanswered, delivery pauses ten minutes later. */
  requestReauthorization(id: string): Promise<void>
  /** A subscription of the same application at another address, as another installation makes it. */
  addForeignSubscription(appId: string, resource: string, notificationUrl: string): string
  counts(): {
    applications: number
    servicePrincipals: number
    grants: number
    appRoleAssignments: number
    secrets: number
    subscriptions: number
  }
  /** How much is in the deleted items. */
  deletedCounts(): { applications: number; servicePrincipals: number }
  /** Ends the 30 days of everything that was deleted. */
  emptyDeletedItems(): void
  deliveries(): DeliveryCounts
  /** The stored objects of an application, for tests; undefined when there is none. */
  application(appId: string): unknown
  isSecretValid(appId: string, secret: string): boolean
}

/** How long delivery goes on after reauthorizationRequired. */
export const REAUTHORIZE_WITHIN_MS = 10 * 60_000

const MAX_REPLICATION_SECONDS = 600
const FOREIGN_LIFE_MS = 3 * 86_400_000

/** The controls of one tenant. */
export function createControl(parts: {
  tenant: Tenant
  teams: Teams
  traffic: Traffic
  subscriptions: Subscriptions
  notifier: Notifier
}): PracticeControl {
  const { tenant, teams, traffic, subscriptions, notifier } = parts
  const { directory } = tenant
  const presence = {
    announce: (change: TeamsChange) => void notifier.tell(change),
    isWatched: () => subscriptions.list().some(({ record }) => /presences/i.test(record.resource)),
  }
  const actions = createActions(tenant, presence, {
    list: () => subscriptions.list(),
    drop: (id) => subscriptions.remove(id),
    takeAway: (id) => void control.removeSubscription(id),
    addForeign: (...foreign) => control.addForeignSubscription(...foreign),
  })
  const existing = (id: string): LiveSubscription => {
    const found = subscriptions.find(id)
    if (!found) throw new Error(`There is no subscription ${id} in the practice tenant.`)
    return found
  }
  const control: PracticeControl = {
    get faults() {
      return tenant.faults.list
    },
    setFault: (name, on) => tenant.faults.set(name, on),
    actions: actions.list,
    act: (name) => actions.act(name),
    get replicationSeconds() {
      return tenant.replicationDelayMs / 1000
    },
    setReplicationSeconds: (seconds) => {
      if (!(seconds >= 0 && seconds <= MAX_REPLICATION_SECONDS)) {
        throw new Error(`Choose between 0 and ${MAX_REPLICATION_SECONDS} seconds.`)
      }
      tenant.replicationDelayMs = seconds * 1000
    },
    get traffic() {
      return traffic.settings
    },
    setTraffic: (settings) => {
      traffic.set(settings)
      tenant.changed()
    },
    get chats() {
      return teams.chats.map((chat) => {
        const memberNames = chat.memberIds.map((id) => findPerson(id)?.displayName ?? id)
        const topic = chat.topic ?? memberNames.join(', ')
        const isChannel = chat.kind === 'channel'
        return {
          id: chat.id,
          topic: isChannel ? `${TEAM_NAME} / ${topic}` : topic,
          kind: chat.kind,
          memberNames,
        }
      })
    },
    say: async ({ chatId, personId, text, image }) => {
      const chat = teams.findChat(chatId)
      if (!chat) throw new Error(`There is no chat ${chatId} in the practice tenant.`)
      if (!findPerson(personId)) throw new Error(`There is no person ${personId} here.`)
      const joined = teams.join(chat, personId)
      if (joined) await notifier.tell(joined)
      const message = teams.post({ chat, personId, text, image: image === true })
      const notified = await notifier.tell({ kind: 'message', changeType: 'created', message })
      return { messageId: message.id, notified }
    },
    expireSubscription: (id) => {
      existing(id).record.expiresAt = tenant.now()
      subscriptions.list()
    },
    removeSubscription: async (id) => {
      const found = existing(id)
      subscriptions.remove(found.record.id)
      await notifier.tellLifecycle(found, 'subscriptionRemoved')
    },
    requestReauthorization: (id) => askToReauthorize(tenant, notifier, existing(id)),
    addForeignSubscription: (appId, resourceText, notificationUrl) => {
      const principal = directory.servicePrincipals.find((one) => one.appId === appId)
      const creatorId = principal?.id ?? randomUUID()
      const expiresAt = tenant.now() + FOREIGN_LIFE_MS
      const caller = {
        kind: 'application',
        appId,
        permissions: [],
        servicePrincipalId: creatorId,
        tokenExpiresAt: expiresAt,
      } as const
      const id = randomUUID()
      const resource = readResource(resourceText, caller)
      subscriptions.add({
        resource,
        record: {
          id,
          applicationId: appId,
          creatorId,
          personId: null,
          resource: resourceText,
          changeType: resource.rules.changeTypes.join(','),
          notificationUrl,
          lifecycleNotificationUrl: null,
          notificationUrlAppId: null,
          latestSupportedTlsVersion: 'v1_2',
          includeResourceData: false,
          encryptionCertificate: null,
          encryptionCertificateId: null,
          expiresAt,
          tokenExpiresAt: expiresAt,
          wasAskedToReauthorize: false,
          clientState: null,
          hasClientState: false,
          sealed: null,
        },
      })
      return id
    },
    counts: () => {
      const builtIn = directory.servicePrincipals
        .filter((one) => one.id === GRAPH_SERVICE_PRINCIPAL_ID || one.appId === BOOTSTRAP_APP_ID)
        .map((one) => one.id)
      return {
        applications: directory.applications.length,
        servicePrincipals: directory.servicePrincipals.length - builtIn.length,
        grants: directory.grants.filter((one) => !builtIn.includes(one.clientId)).length,
        appRoleAssignments: directory.assignments.length,
        secrets: directory.applications.reduce((sum, one) => sum + one.secrets.length, 0),
        subscriptions: subscriptions.list().length,
      }
    },
    deletedCounts: () => {
      const { applications, servicePrincipals } = deletedItems(tenant)
      return { applications: applications.length, servicePrincipals: servicePrincipals.length }
    },
    emptyDeletedItems: () => {
      directory.deletedApplications = []
      directory.deletedServicePrincipals = []
      tenant.changed()
    },
    deliveries: () => ({ ...notifier.counts }),
    application: (appId) => {
      const record = directory.applications.find((one) => one.appId === appId)
      if (!record) return undefined
      const principal = directory.servicePrincipals.find((one) => one.appId === appId)
      return {
        application: applicationJson(tenant, record),
        servicePrincipal: principal ? servicePrincipalJson(tenant, principal) : null,
        grants: structuredClone(directory.grants.filter((one) => one.clientId === principal?.id)),
        appRoleAssignments: structuredClone(
          directory.assignments.filter((one) => one.principalId === principal?.id),
        ),
      }
    },
    isSecretValid: (appId, secret) => {
      try {
        checkSecret(tenant, findClient(tenant, appId), secret)
        return true
      } catch (error) {
        if (error instanceof EntraError) return false
        throw error
      }
    },
  }
  return control
}

/** Sends reauthorizationRequired once; after the time it names, delivery pauses. */
export async function askToReauthorize(
  tenant: Tenant,
  notifier: Notifier,
  subscription: LiveSubscription,
): Promise<void> {
  const { record } = subscription
  record.wasAskedToReauthorize = true
  record.tokenExpiresAt = Math.min(record.tokenExpiresAt, tenant.now() + REAUTHORIZE_WITHIN_MS)
  await notifier.tellLifecycle(subscription, 'reauthorizationRequired')
}
