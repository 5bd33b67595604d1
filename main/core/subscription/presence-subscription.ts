// The one presence subscription with Graph, and its record: created, renewed, made anew, deleted.
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { ClientStates } from '../webhook/client-states.ts'
import {
  type Certificate,
  type GraphSubscription,
  hostOf,
  readSubscription,
  type SubscriptionGraph,
} from './graph-subscription.ts'
import { GraphView } from './graph-view.ts'
import { isDefinite, presenceElsewhere, statusOf, unreadableAnswer } from './problems.ts'
import {
  isPresenceResource,
  PRESENCE_RECORD,
  presenceBody,
  presenceExpiry,
  type PresenceRecord,
  presenceResource,
  readPresenceRecord,
  RENEW_PRESENCE_EVERY_MS,
} from './presence-request.ts'

/** A renewal that is due in a moment is done now. */
const EARLY_MS = 5_000

export interface PresenceSubscriptionOptions {
  /** Speaks in the administrator's name, with Presence.Read.All. */
  graph: SubscriptionGraph
  /** Speaks in the application's name: it may look people up. */
  appGraph: SubscriptionGraph
  /** Sign-in name of who is signed in; empty for nobody. */
  administrator: () => string
  certificate: () => Promise<Certificate>
  database: Database
  clientStates: ClientStates
  clock: Clock
  log: Log
  /** Called before Graph is asked for a new one. */
  onCreating: () => void
  /** Called when there is none any more. */
  onForgotten: () => void
}

/** What is wanted of Graph. */
export interface WantedPresence {
  /** Sign-in names of the people, each once. */
  names: string[]
  /** The notificationUrl. */
  url: string
  /** True after a failure: then it is renewed though that is not due. */
  afterFailure: boolean
  signal: AbortSignal
}

interface Creation {
  names: string[]
  resource: string
  url: string
  certificate: Certificate
  signal: AbortSignal
}

export class PresenceSubscription {
  #options: PresenceSubscriptionOptions
  #view: GraphView
  /** Finds people: those whom the application may look up. */
  #people: GraphView
  #record: PresenceRecord | null = null

  constructor(options: PresenceSubscriptionOptions) {
    this.#options = options
    this.#view = new GraphView(options)
    this.#people = new GraphView({ graph: options.appGraph, clock: options.clock })
  }

  /** Reads what an earlier run noted. */
  async load(): Promise<void> {
    this.#record = readPresenceRecord(await this.#options.database.readRecord(PRESENCE_RECORD))
  }

  /** As it is noted; null while there is none. */
  get record(): PresenceRecord | null {
    return this.#record
  }

  /** Renews it where it is due, else creates it. Throws AppError subscription-held-elsewhere and what Graph's client throws. */
  async keep({ names, url, afterFailure, signal }: WantedPresence): Promise<void> {
    const ids: string[] = []
    for (const name of names) ids.push(await this.#people.userId(name, signal))
    const resource = presenceResource(ids)
    const certificate = await this.#options.certificate()
    const record = this.#record
    const account = this.#options.administrator()
    if (record?.account === account && record.resource === resource && this.#isAlive(record)) {
      if (await this.#renew(record, { url, certificate, afterFailure, signal })) return
    } else if (record) {
      await this.remove(signal)
    }
    const creation = { names, resource, url, certificate, signal }
    try {
      await this.#create(creation)
    } catch (error) {
      if (statusOf(error) !== 409) throw error
      await this.#clearPlace(url, signal)
      await this.#create(creation)
    }
  }

  /** Deletes it while whoever made it is signed in, and forgets it. Failures are logged: it ends by itself. */
  async remove(signal: AbortSignal): Promise<void> {
    const record = this.#record
    if (!record) return
    const { administrator, log } = this.#options
    try {
      // Only whoever made it can delete it.
      if (record.account === administrator() && this.#isAlive(record)) {
        await this.#view.delete(record.subscriptionId, signal)
      }
    } catch (error) {
      if (signal.aborted) return
      log.warning('subscription', 'Presence could not be unsubscribed; it ends within the hour.', {
        reason: error instanceof Error ? error.message : '',
      })
    }
    await this.#forget()
  }

  /** False when Microsoft does not know it any more. */
  async #renew(
    record: PresenceRecord,
    {
      url,
      certificate,
      afterFailure,
      signal,
    }: Omit<WantedPresence, 'names'> & { certificate: Certificate },
  ): Promise<boolean> {
    const { clock, log } = this.#options
    const isSame =
      record.notificationUrl === url && record.encryptionCertificateId === certificate.id
    const age = Math.abs(clock.now().getTime() - Date.parse(record.renewedAt ?? record.createdAt))
    if (isSame && !afterFailure && age < RENEW_PRESENCE_EVERY_MS - EARLY_MS) return true
    const renewed = await this.#view.renew(
      { ...record, key: 'presence', lifecycleNotificationUrl: '' },
      {
        notificationUrl: record.notificationUrl === url ? null : url,
        certificate: record.encryptionCertificateId === certificate.id ? null : certificate,
        expirationDateTime: presenceExpiry(this.#options),
        signal,
      },
    )
    if (!renewed) {
      await this.#forget()
      return false
    }
    await this.#keepRecord({
      ...record,
      notificationUrl: url,
      expirationDateTime: renewed.expirationDateTime,
      renewedAt: clock.now().toISOString(),
      encryptionCertificateId: certificate.id,
    })
    log.info('subscription', 'Renewed the subscription to the presence of chosen people.')
    return true
  }

  async #create({ names, resource, url, certificate, signal }: Creation): Promise<void> {
    const { graph, clientStates, clock, log, administrator, onCreating } = this.#options
    onCreating()
    const clientState = await clientStates.create('presence')
    let created: GraphSubscription | undefined
    try {
      const expirationDateTime = presenceExpiry(this.#options)
      const body = presenceBody({ resource, url, clientState, certificate, expirationDateTime })
      const note = {
        object: 'subscription',
        name: '/communications/presences',
        before: null,
        after: { people: names.length, notificationHost: hostOf({ notificationUrl: url }) },
      }
      created = readSubscription(await graph.post('/subscriptions', body, { signal, note }))
    } catch (error) {
      // Without a definite answer Graph may have made it; then the next attempt meets its conflict.
      if (isDefinite(error)) await clientStates.discard('presence', clientState)
      throw error
    }
    if (!created) throw unreadableAnswer()
    await this.#keepRecord({
      subscriptionId: created.id,
      account: administrator(),
      resource,
      notificationUrl: url,
      expirationDateTime: created.expirationDateTime,
      createdAt: clock.now().toISOString(),
      renewedAt: null,
      encryptionCertificateId: certificate.id,
    })
    await clientStates.confirm('presence', { clientState, subscriptionId: created.id })
    log.info('subscription', 'Created the subscription to the presence of chosen people.', {
      people: names.length,
    })
  }

  /** Microsoft allows one for each person and client: one that posts here is ours and goes, another stays. */
  async #clearPlace(url: string, signal: AbortSignal): Promise<void> {
    const found = (await this.#view.listAlive(signal)).filter(({ resource }) =>
      isPresenceResource(resource),
    )
    const foreign = found.find(({ notificationUrl }) => notificationUrl !== url)
    if (foreign) throw presenceElsewhere(hostOf(foreign), foreign.expirationDateTime)
    for (const { id } of found) await this.#view.delete(id, signal)
  }

  #isAlive({ expirationDateTime }: PresenceRecord): boolean {
    return Date.parse(expirationDateTime) > this.#options.clock.now().getTime()
  }

  async #keepRecord(record: PresenceRecord): Promise<void> {
    this.#record = record
    await this.#options.database.writeRecord(PRESENCE_RECORD, { version: 1, ...record })
  }

  async #forget(): Promise<void> {
    this.#record = null
    await this.#options.database.deleteRecord(PRESENCE_RECORD)
    this.#options.onForgotten()
  }
}
