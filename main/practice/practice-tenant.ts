// Starts the practice tenant: a simulated Microsoft Entra and Microsoft Graph over HTTPS on loopback.
import { randomBytes } from 'node:crypto'
import { type After, realAfter } from './after.ts'
import { createFaults } from './faults.ts'
import { applicationRoutes } from './graph-applications.ts'
import { appRoleRoutes } from './graph-app-roles.ts'
import { clientSecretRoutes } from './graph-client-secrets.ts'
import { delegatedGrantRoutes } from './graph-delegated-grants.ts'
import { deletedItemRoutes } from './graph-deleted-items.ts'
import { organizationRoutes } from './graph-organization.ts'
import { peopleRoutes } from './graph-people.ts'
import { policyRoutes } from './graph-policies.ts'
import { createGraphRouter } from './graph-router.ts'
import { roleManagementRoutes } from './graph-role-management.ts'
import { servicePrincipalRoutes } from './graph-service-principals.ts'
import { subscriptionRoutes } from './graph-subscriptions.ts'
import { teamsRoutes } from './graph-teams.ts'
import { type PracticeExchange, startListener } from './listener.ts'
import { createLoginRouter } from './login-router.ts'
import { createNotifier } from './notifications.ts'
import { findPerson, people, practiceOrganization, type PracticePerson } from './people.ts'
import {
  askToReauthorize,
  createControl,
  type PracticeControl,
  REAUTHORIZE_WITHIN_MS,
} from './practice-control.ts'
import { directoryFrom, directoryToKeep, readSnapshot, type Snapshot } from './snapshot.ts'
import { readResource } from './subscription-resources.ts'
import { createSubscriptions, type LiveSubscription } from './subscriptions.ts'
import { createTeams, type TeamsChange } from './teams.ts'
import { createDirectory, type Tenant } from './tenant.ts'
import { makePracticeTls } from './tls.ts'
import { makeSigningKey } from './tokens.ts'
import { createTraffic } from './traffic.ts'
import { createWebhookPoster } from './webhook-post.ts'

export type { PracticeAction } from './actions.ts'
export type { FaultGroup, PracticeFault } from './faults.ts'
export type { PracticeExchange } from './listener.ts'
export type { PracticePerson } from './people.ts'
export type { PracticeControl } from './practice-control.ts'

export interface PracticeOptions {
  /** 0 or left out: a free port. */
  port?: number
  /**
   * Serve the pages a person sees (sign-in, consent, device code) over http on loopback, because a
   * browser does not know the tenant's own authority. Discovery then names that address; default off.
   */
  pagesOverHttp?: boolean
  /** The clock of everything but TLS certificates and the limits of single requests; the real one unless given. */
  now?: () => Date
  /** How it waits, for a clock that is not the real one. */
  after?: After
  /** Waits between the attempts to deliver a notification; some seconds in all unless given. */
  retryWaitsMs?: readonly number[]
  /** How often subscriptions whose token ends are looked for; every second unless given. */
  sweepEveryMs?: number
  /** How long new objects, secrets and grants stay invisible to other calls, in ms; default 1500. */
  replicationDelayMs?: number
  /** An earlier snapshot(): the tenant continues from there. */
  snapshot?: unknown
  /** Called after each change worth a new snapshot; may come often. */
  onChange?: () => void
  /**
   * Sees every exchange before it is handled, and again before the answer is sent; awaited.
   * When it throws, the connection drops without an answer.
   */
  tap?: (exchange: PracticeExchange) => void | Promise<void>
}

export interface PracticeTenant {
  /** https://localhost:PORT, of login and Graph alike. */
  readonly origin: string
  readonly loginHost: string
  readonly graphHost: string
  /** Where a browser finds the sign-in pages: the same, or http://localhost:PORT with pagesOverHttp. */
  readonly pagesOrigin: string
  /** The certificate of the tenant's own authority, made at start. */
  readonly caPem: string
  readonly tenantId: string
  readonly tenantDomain: string
  readonly tenantDisplayName: string
  readonly people: readonly PracticePerson[]
  readonly control: PracticeControl
  /** JSON; without any secret, token or clientState in plain. */
  snapshot(): unknown
  /** Resolves when no post to a webhook is under way: for whoever lets time pass by a clock of their own. */
  idle(): Promise<void>
  /** Ends the listener, its connections and every timer. */
  close(): Promise<void>
}

const DEFAULT_REPLICATION_MS = 1_500
const SWEEP_MS = 1_000

/**
 * Starts a practice tenant on a loopback port.
 * @throws Error in plain words when the snapshot cannot be read; the system's error when the port is taken.
 */
export async function startPracticeTenant(options: PracticeOptions = {}): Promise<PracticeTenant> {
  const kept = options.snapshot === undefined ? undefined : readSnapshot(options.snapshot)
  const [tls, signingKey] = await Promise.all([makePracticeTls(), makeSigningKey()])
  const clock = options.now ?? (() => new Date())
  const now = () => clock().getTime()
  const tenant: Tenant = {
    id: practiceOrganization.tenantId,
    domain: practiceOrganization.domain,
    displayName: practiceOrganization.displayName,
    startedAt: kept?.startedAt ?? now(),
    now,
    replicationDelayMs: options.replicationDelayMs ?? DEFAULT_REPLICATION_MS,
    faults: createFaults(),
    signingKey,
    directory: kept ? directoryFrom(kept.directory) : createDirectory(),
    sealSalt: kept?.sealSalt ?? randomBytes(16).toString('base64url'),
    origin: '',
    pagesOrigin: '',
    changed: () => options.onChange?.(),
  }
  const teams = createTeams({ startedAt: tenant.startedAt, now })
  const restored = kept?.subscriptions.map(restoreSubscription) ?? []
  const subscriptions = createSubscriptions(tenant, restored)
  const poster = createWebhookPoster()
  const after = options.after ?? realAfter
  const { retryWaitsMs, sweepEveryMs = SWEEP_MS } = options
  const notifier = createNotifier({
    ...{ tenant, subscriptions, poster, after },
    ...(retryWaitsMs === undefined ? {} : { retryWaitsMs }),
  })
  const announce = (change: TeamsChange): void => {
    void notifier.tell(change)
  }
  const traffic = createTraffic(teams, { announce, after })

  const login = createLoginRouter(tenant, (proof) => {
    subscriptions.secretProved(proof)
    for (const subscription of subscriptions.list()) {
      if (subscription.record.applicationId === proof.appId) notifier.release(subscription)
    }
  })
  const graph = createGraphRouter(tenant, [
    ...peopleRoutes,
    ...organizationRoutes,
    ...policyRoutes,
    ...roleManagementRoutes,
    ...applicationRoutes,
    ...clientSecretRoutes,
    ...deletedItemRoutes,
    ...servicePrincipalRoutes,
    ...delegatedGrantRoutes,
    ...appRoleRoutes,
    ...teamsRoutes(teams, announce),
    ...subscriptionRoutes({
      subscriptions,
      poster,
      onReauthorized: (subscription) => notifier.release(subscription),
    }),
  ])
  const listener = await startListener({
    port: options.port ?? 0,
    pagesOverHttp: options.pagesOverHttp ?? false,
    tls,
    tap: options.tap,
    handle: (request) => (request.host === 'graph' ? graph(request) : login(request)),
  })
  tenant.origin = listener.origin
  tenant.pagesOrigin = listener.pagesOrigin
  if (kept) traffic.set(kept.traffic)

  let cancelSweep = () => {}
  const sweep = (): void => {
    for (const subscription of subscriptions.list()) {
      const { wasAskedToReauthorize, tokenExpiresAt } = subscription.record
      const isSoonOver = tokenExpiresAt - now() < REAUTHORIZE_WITHIN_MS
      if (isSoonOver && !wasAskedToReauthorize) {
        void askToReauthorize(tenant, notifier, subscription)
      }
    }
    cancelSweep = after(sweepEveryMs, sweep)
  }
  cancelSweep = after(sweepEveryMs, sweep)

  return {
    origin: listener.origin,
    loginHost: listener.origin,
    graphHost: listener.origin,
    pagesOrigin: listener.pagesOrigin,
    caPem: tls.caPem,
    tenantId: tenant.id,
    tenantDomain: tenant.domain,
    tenantDisplayName: tenant.displayName,
    people,
    control: createControl({ tenant, teams, traffic, subscriptions, notifier }),
    snapshot: (): Snapshot => ({
      version: 1,
      startedAt: tenant.startedAt,
      sealSalt: tenant.sealSalt,
      directory: directoryToKeep(tenant.directory),
      subscriptions: subscriptions.sealedRecords(),
      traffic: traffic.settings,
    }),
    idle: () => poster.idle(),
    close: async () => {
      cancelSweep()
      traffic.close()
      notifier.close()
      poster.close()
      await listener.close()
    },
  }
}

function restoreSubscription(record: Snapshot['subscriptions'][number]): LiveSubscription {
  const { applicationId: appId, creatorId, tokenExpiresAt } = record
  const person = findPerson(record.personId ?? '')
  const base = { appId, permissions: [], tokenExpiresAt }
  const resource = readResource(
    record.resource,
    person
      ? { ...base, kind: 'delegated', person, role: person.role }
      : { ...base, kind: 'application', servicePrincipalId: creatorId },
  )
  return { record, resource }
}
