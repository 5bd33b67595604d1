// Presence of chosen people: one subscription in the administrator's own name, kept while that person is signed in.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { Subscription } from '../../contract/models/subscription.ts'
import { AppError, toErrorReport } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import { Turns } from '../turns.ts'
import type { ClientStates } from '../webhook/client-states.ts'
import { NOTIFICATION_PATH } from '../webhook-paths.ts'
import {
  type Certificate,
  certificateBody,
  type GraphSubscription,
  hostOf,
  readSubscription,
  type SubscriptionGraph,
} from './graph-subscription.ts'
import { GraphView } from './graph-view.ts'
import { Pace } from './pace.ts'
import { isDefinite, presenceElsewhere, statusOf, unreadableAnswer } from './problems.ts'
import {
  isPresenceResource,
  type PresenceRecord,
  presenceExpiry,
  presenceResource,
  readPresenceRecord,
  PRESENCE_RECORD,
} from './presence-request.ts'
import { retryDelayMs } from './renewal.ts'

/** Half of the hour that Microsoft grants. */
const RENEW_EVERY_MS = 30 * 60_000
/** Sign-in, settings and address may all change at once, or flap. */
const PASSES = { most: 6, withinMs: 5 * 60_000 }
/** While the vault has not been read, and at least between two passes. */
const SOON_MS = 5_000

export interface PresenceOptions {
  /** Speaks in the administrator's name, with Presence.Read.All. */
  graph: SubscriptionGraph
  /** Speaks in the application's name: it may look people up. */
  appGraph: SubscriptionGraph
  /** Sign-in name of who is signed in; empty for nobody. */
  administrator: () => string
  certificate: () => Promise<Certificate>
  database: Database
  clientStates: ClientStates
  settings: () => ConnectionSettings
  clock: Clock
  random: Random
  log: Log
  onChange: () => void
}

type Shown = Pick<Subscription, 'status' | 'heldBy' | 'error'>

export class Presence {
  #options: PresenceOptions
  #view: GraphView
  /** Finds people: those whom the application may look up. */
  #people: GraphView
  #record: PresenceRecord | null = null
  #shown: Shown = { status: 'waiting', heldBy: null, error: null }
  #lastNotificationAt: string | null = null
  #publicUrl: string | null = null
  #attempt = 0
  /** What the last attempt was made for: when that changes, waiting times do not count. */
  #triedFor = ''
  #retryAt = 0
  #turns = new Turns()
  #pace: Pace
  #isQueued = false
  #cancelTimer: (() => void) | null = null
  #abort = new AbortController()

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#view = new GraphView(options)
    this.#people = new GraphView({ graph: options.appGraph, clock: options.clock })
    this.#pace = new Pace({ clock: options.clock, ...PASSES })
  }

  /** Reads what an earlier run noted. */
  async load(): Promise<void> {
    this.#record = readPresenceRecord(await this.#options.database.readRecord(PRESENCE_RECORD))
  }

  /** The one row for the pages; none where nobody's presence is wanted. */
  get list(): Subscription[] {
    if (this.#names.length === 0) return []
    const record = this.#record
    return [
      {
        key: 'presence',
        resource: record?.resource ?? '/communications/presences',
        changeTypes: ['updated'],
        ...this.#shown,
        subscriptionId: record?.subscriptionId ?? null,
        expirationDateTime: record?.expirationDateTime ?? null,
        createdAt: record?.createdAt ?? null,
        renewedAt: record?.renewedAt ?? null,
        lastNotificationAt: this.#lastNotificationAt,
        observing: null,
        takenFrom: null,
        remedies: [],
      },
    ]
  }

  /** The certificates that its subscription names. */
  get certificateIds(): string[] {
    return this.#record ? [this.#record.encryptionCertificateId] : []
  }

  setPublicUrl(url: string | null): void {
    this.#publicUrl = url?.replace(/\/+$/, '') ?? null
    this.wake()
  }

  noteDelivery({ receivedAt }: Delivery): void {
    this.#lastNotificationAt = receivedAt
  }

  /** Something changed: looks at everything again, soon. Returns at once. */
  wake(): void {
    if (this.#isQueued || this.#abort.signal.aborted || !this.#isOfInterest) return
    const { waitMs } = this.#pace
    if (waitMs > 0) {
      this.#after(waitMs)
      return
    }
    this.#isQueued = true
    this.#pace.note()
    this.#cancelTimer?.()
    this.#cancelTimer = null
    void this.#turns.run(() => this.#pass())
  }

  /** Deletes it while the administrator can still do that: before a sign-out. Failures are logged: it ends by itself. */
  async end(): Promise<void> {
    await this.#turns.run(() => this.#remove(this.#abort.signal))
  }

  /** Ends timers and requests. The subscription stays for the rest of its hour. */
  async stop(): Promise<void> {
    this.#abort.abort(new DOMException('Presence was stopped.', 'AbortError'))
    this.#cancelTimer?.()
    this.#cancelTimer = null
    await this.#turns.idle()
  }

  get #names(): string[] {
    return [...new Set(this.#options.settings().presencePeople.map((name) => name.toLowerCase()))]
  }

  get #isOfInterest(): boolean {
    return this.#names.length > 0 || this.#record !== null
  }

  async #pass(): Promise<void> {
    const { administrator, clientStates, clock } = this.#options
    const { signal } = this.#abort
    const isStopped = () => signal.aborted
    this.#isQueued = false
    if (isStopped()) return
    const names = this.#names
    if (names.length === 0) {
      await this.#remove(signal)
      return
    }
    const account = administrator()
    if (account === '' || this.#publicUrl === null) {
      const status = account === '' ? 'paused' : 'waiting'
      this.#show({ status, heldBy: null, error: null })
      return
    }
    // A state that is made before the others were read would have genuine notifications refused.
    if (!clientStates.loaded) {
      this.#after(SOON_MS)
      return
    }
    const purpose = JSON.stringify([account, this.#publicUrl, names])
    const leftMs = this.#retryAt - clock.now().getTime()
    if (purpose === this.#triedFor && leftMs > 0 && this.#attempt > 0) {
      this.#after(leftMs)
      return
    }
    this.#triedFor = purpose
    try {
      await this.#keep({ names, url: this.#publicUrl + NOTIFICATION_PATH, signal })
      this.#attempt = 0
      this.#show({ status: 'active', heldBy: null, error: null })
      this.#after(RENEW_EVERY_MS)
    } catch (error) {
      if (!isStopped()) this.#fail(error)
    }
  }

  async #keep(given: { names: string[]; url: string; signal: AbortSignal }): Promise<void> {
    const { names, url, signal } = given
    const ids: string[] = []
    for (const name of names) ids.push(await this.#people.userId(name, signal))
    const resource = presenceResource(ids)
    const certificate = await this.#options.certificate()
    const record = this.#record
    const account = this.#options.administrator()
    if (record?.account === account && record.resource === resource && this.#isAlive(record)) {
      if (await this.#renew(record, { url, certificate, signal })) return
    } else if (record) {
      await this.#remove(signal)
    }
    await this.#create({ resource, url, certificate, signal })
  }

  /** False when Microsoft does not know it any more. */
  async #renew(
    record: PresenceRecord,
    { url, certificate, signal }: { url: string; certificate: Certificate; signal: AbortSignal },
  ): Promise<boolean> {
    const { clock, log } = this.#options
    const isSame =
      record.notificationUrl === url && record.encryptionCertificateId === certificate.id
    const age = Math.abs(clock.now().getTime() - Date.parse(record.renewedAt ?? record.createdAt))
    if (isSame && this.#attempt === 0 && age < RENEW_EVERY_MS - SOON_MS) return true
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

  async #create(given: {
    resource: string
    url: string
    certificate: Certificate
    signal: AbortSignal
    isSecondTry?: boolean
  }): Promise<void> {
    const { graph, clientStates, clock, log, administrator } = this.#options
    const { resource, url, certificate, signal } = given
    this.#show({ status: 'creating', heldBy: null, error: null })
    const clientState = await clientStates.create('presence')
    let created: GraphSubscription | undefined
    try {
      // Presence comes with its content; below an hour it needs no lifecycleNotificationUrl.
      const body = {
        changeType: 'updated',
        resource,
        notificationUrl: url,
        clientState,
        includeResourceData: true,
        ...certificateBody(certificate),
        expirationDateTime: presenceExpiry(this.#options),
      }
      const note = {
        object: 'subscription',
        name: '/communications/presences',
        before: null,
        after: { people: this.#names.length, notificationHost: hostOf({ notificationUrl: url }) },
      }
      created = readSubscription(await graph.post('/subscriptions', body, { signal, note }))
    } catch (error) {
      // Without a definite answer Graph may have made it; then the next attempt meets its conflict.
      if (isDefinite(error)) await clientStates.discard('presence', clientState)
      if (statusOf(error) !== 409 || given.isSecondTry) throw error
      await this.#clearPlace(url, signal)
      return this.#create({ ...given, isSecondTry: true })
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
      people: this.#names.length,
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

  async #remove(signal: AbortSignal): Promise<void> {
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

  #fail(error: unknown): void {
    const { clock, random, log } = this.#options
    if (error instanceof AppError && error.code === 'sign-in-required') {
      this.#show({ status: 'paused', heldBy: null, error: null })
      return
    }
    const isRefused =
      statusOf(error) === 403 ||
      (error instanceof AppError && error.code === 'subscription-forbidden')
    this.#attempt += 1
    const waitMs = retryDelayMs(this.#attempt, { random, refused: isRefused })
    this.#retryAt = clock.now().getTime() + waitMs
    const report = toErrorReport(error, { clock, random })
    const isNews = this.#shown.error?.message !== report.message
    const status = isRefused ? 'refused' : 'failed'
    this.#show({ status, heldBy: null, error: isNews ? report : this.#shown.error })
    if (isNews) log.warning('subscription', `Presence is not in order: ${report.message}`)
    this.#after(waitMs)
  }

  #after(ms: number): void {
    if (this.#abort.signal.aborted) return
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.clock.after(ms, () => {
      this.#cancelTimer = null
      this.wake()
    })
  }

  #show(shown: Shown): void {
    this.#shown = shown
    this.#options.onChange()
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
    this.#options.onChange()
  }
}
