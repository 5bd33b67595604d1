// Brings one subscription in order: looks first, then keeps, renews, adopts, creates, or says who holds it.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { AppError } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { ClientStates } from '../webhook/client-states.ts'
import type { Board } from './board.ts'
import {
  creationBody,
  graphNow,
  hasChangeTypes,
  hasContentAs,
  hostOf,
  isSameResource,
  readSubscription,
  type Certificate,
  type GraphSubscription,
  type SubscriptionGraph,
  type WebhookUrls,
} from './graph-subscription.ts'
import type { GraphView } from './graph-view.ts'
import {
  conflictWithoutHolder,
  explainFailure,
  heldElsewhere,
  placeFree,
  isAboutExpiry,
  isDefinite,
  retryAfterMsOf,
  statusOf,
  unreadableAnswer,
} from './problems.ts'
import type { PublicAddress } from './public-address.ts'
import type { SubscriptionRecord, SubscriptionRecords } from './records.ts'
import { retryDelayMs } from './renewal.ts'
import { subjectOf, type WantedSubscription } from './wanted.ts'

export interface UpkeepOptions {
  graph: SubscriptionGraph
  view: GraphView
  records: SubscriptionRecords
  clientStates: ClientStates
  board: Board
  address: PublicAddress
  settings: () => ConnectionSettings
  certificate: () => Promise<Certificate>
  clock: Clock
  random: Random
  log: Log
}

/** What one pass knows. */
export interface Pass {
  /** What exists, by Graph's list. */
  alive: GraphSubscription[]
  /** Null while we cannot be reached: then nothing is created. */
  urls: WebhookUrls | null
  /** True when a person or a change asked: then waiting times after failures do not count. */
  forced: boolean
  signal: AbortSignal
}

/** One that Graph ends so soon after it was made is not made anew at once again and again. */
const YOUNG_MS = 10 * 60_000

export class Upkeep {
  #options: UpkeepOptions

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** Brings one subscription in order. Failures show on the board; throws only when the signal aborts. */
  async keep(wanted: WantedSubscription, pass: Pass): Promise<void> {
    const { board, records } = this.#options
    try {
      const record = records.get(wanted.key)
      if (record && (await this.#keepOurs(wanted, { record, pass }))) return
      await this.#place(wanted, pass)
    } catch (error) {
      if (pass.signal.aborted) {
        const record = records.get(wanted.key)
        board.set(wanted.key, { status: record && board.isAlive(record) ? 'active' : 'waiting' })
        throw error
      }
      this.#fail(wanted, error)
    }
  }

  /** Deletes one of ours that is no longer wanted, and forgets it. */
  async remove(record: SubscriptionRecord, signal: AbortSignal): Promise<void> {
    const { view, records, clientStates, log } = this.#options
    await view.delete(record.subscriptionId, signal)
    await records.delete(record.key)
    await records.endPlace(record.key)
    await clientStates.forget(record.key)
    log.info(
      'subscription',
      `Deleted the subscription to ${subjectOf(record.key)}: it is no longer wanted.`,
    )
  }

  /** Graph does not have one of ours any more: a new one may be made, at once where it does not happen again and again. */
  async noteRemoved(record: SubscriptionRecord): Promise<void> {
    const { view, records, board, random } = this.#options
    view.noteGone(record.subscriptionId)
    await records.delete(record.key)
    const isYoung = Math.abs(this.#graphNow() - Date.parse(record.createdAt)) < YOUNG_MS
    const { losses } = board.entry(record.key)
    const waitMs = isYoung && losses > 0 ? retryDelayMs(losses, { random, refused: false }) : 0
    board.set(record.key, {
      status: 'waiting',
      retryAt: waitMs > 0 ? this.#now() + waitMs : 0,
      attempt: 0,
      losses: isYoung ? losses + 1 : 0,
      renewNow: false,
    })
  }

  /** True when our subscription lives and is in order; false when a new one must be made. */
  async #keepOurs(
    wanted: WantedSubscription,
    { record, pass }: { record: SubscriptionRecord; pass: Pass },
  ): Promise<boolean> {
    const { view, board, records, log } = this.#options
    const { urls, signal } = pass
    const found =
      pass.alive.find(({ id }) => id === record.subscriptionId) ??
      (await view.lookUp(record.subscriptionId, signal))
    if (!found) {
      log.warning('subscription', `${goneText(record)} A new one is made.`, {
        subscriptionId: record.subscriptionId,
      })
      await this.noteRemoved(record)
      return false
    }
    board.noteSeen(record.key)
    // Before anything is deleted: without a certificate what lives must go on living.
    const certificate = wanted.withContent ? await this.#options.certificate() : null
    const reason = urls && this.#whyUnfit(wanted, { found, record, urls })
    if (reason && board.isWaiting(record.key) && !pass.forced) return true
    if (reason) {
      if (!(await this.#proveAddress(record, { found, urls, signal }))) return false
      log.info(
        'subscription',
        `The subscription to ${subjectOf(record.key)} is made anew: ${reason}.`,
      )
      await view.delete(found.id, signal)
      await records.delete(record.key)
      return false
    }
    const hasMoved = urls !== null && found.notificationUrl !== urls.notificationUrl
    const isWaiting = !pass.forced && board.isWaiting(record.key)
    // Not while it waits to be made anew: a certificate cannot turn content on.
    const hasOtherCertificate =
      certificate !== null &&
      record.encryptionCertificateId !== certificate.id &&
      hasContentAs(found, contentOf(wanted, record))
    if (!isWaiting && (hasMoved || hasOtherCertificate || board.isRenewalDue(record))) {
      return this.#renew(record, {
        notificationUrl: hasMoved ? urls.notificationUrl : null,
        certificate: hasOtherCertificate ? certificate : null,
        signal,
      })
    }
    if (found.expirationDateTime !== record.expirationDateTime) {
      await records.set({ ...record, expirationDateTime: found.expirationDateTime })
    }
    if (!isWaiting) board.setActive(record.key)
    return true
  }

  /**
   * Before one that posts to another address is deleted: has Graph post to the new one already. So nothing is missed
   * until the new subscription is made, and where Graph cannot reach the new address, the old one stays as it is.
   * False when Graph does not know the subscription any more.
   */
  async #proveAddress(
    record: SubscriptionRecord,
    { found, urls, signal }: { found: GraphSubscription; urls: WebhookUrls; signal: AbortSignal },
  ): Promise<boolean> {
    if (found.notificationUrl === urls.notificationUrl) return true
    return this.#renew(record, {
      notificationUrl: urls.notificationUrl,
      certificate: null,
      signal,
    })
  }

  /** Why a living subscription of ours cannot be kept by a PATCH; null when it can. */
  #whyUnfit(
    wanted: WantedSubscription,
    {
      found,
      record,
      urls,
    }: { found: GraphSubscription; record: SubscriptionRecord; urls: WebhookUrls },
  ): string | null {
    if (!this.#options.clientStates.knows(wanted.key, found.id)) return 'its clientState is lost'
    if (!hasChangeTypes(found, wanted.changeTypes)) return 'it tells of other changes'
    if (!hasContentAs(found, contentOf(wanted, record))) {
      // includeResourceData cannot be patched.
      return wanted.withContent
        ? 'the content of messages shall come along'
        : 'the content of messages shall not come along any more'
    }
    // https://learn.microsoft.com/graph/change-notifications-lifecycle-events: cannot be patched.
    if (found.lifecycleNotificationUrl !== urls.lifecycleNotificationUrl) {
      return 'the public address has changed'
    }
    return null
  }

  /** Renews, which also reauthorizes. False when Graph does not know the subscription any more. */
  async #renew(
    record: SubscriptionRecord,
    change: {
      notificationUrl: string | null
      certificate: Certificate | null
      signal: AbortSignal
    },
  ): Promise<boolean> {
    const { view, board, records, random, log } = this.#options
    const { renewNow } = board.entry(record.key)
    board.set(record.key, { status: 'renewing' })
    let renewed: GraphSubscription | undefined
    try {
      renewed = await view.renew(record, change)
    } catch (error) {
      // Only the longer life was refused: delivery goes on with a fresh token all the same.
      if (!renewNow || !isAboutExpiry(error)) throw error
      await view.reauthorize(record, change.signal)
      board.set(record.key, { renewNow: false })
      board.setActive(record.key)
      log.info('subscription', `Reauthorized the subscription to ${subjectOf(record.key)}.`)
      return true
    }
    if (!renewed) {
      log.warning('subscription', `${goneText(record)} A new one is made.`)
      await this.noteRemoved(record)
      return false
    }
    await records.set({
      ...record,
      notificationUrl: renewed.notificationUrl,
      expirationDateTime: renewed.expirationDateTime,
      renewedAt: new Date(this.#graphNow()).toISOString(),
      encryptionCertificateId: change.certificate?.id ?? record.encryptionCertificateId ?? null,
    })
    board.set(record.key, { renewNow: false, fraction: random.fraction() })
    board.setActive(record.key)
    log.info('subscription', `Renewed the subscription to ${subjectOf(record.key)}.`, {
      expirationDateTime: renewed.expirationDateTime,
    })
    return true
  }

  /** Takes the place that a subscription of this resource has: adopts, yields or creates. */
  async #place(wanted: WantedSubscription, pass: Pass & { isSecondTry?: boolean }): Promise<void> {
    const { view, board, clientStates, log } = this.#options
    const { key } = wanted
    const { urls, signal } = pass
    const resolved = await view.resolve(wanted, signal)
    const sameResource = pass.alive.filter(
      (found) =>
        view.isAlive(found) &&
        (isSameResource(found.resource, resolved.resource) ||
          isSameResource(found.resource, wanted.resource)),
    )
    let holder: GraphSubscription | undefined
    for (const found of sameResource) {
      if (!urls || !this.#options.address.isOurs(found.notificationUrl)) {
        // Without an address of ours, one that we may have made cannot be told from others yet.
        if (urls || !clientStates.knows(key, found.id)) holder ??= found
      } else if (
        hasChangeTypes(found, wanted.changeTypes) &&
        hasContentAs(found, { withContent: wanted.withContent, noted: wanted.withContent }) &&
        (await clientStates.adopt(key, found.id))
      ) {
        // Graph made it, but its answer never reached us.
        await this.#keepRecord(resolved, { found, certificateId: found.encryptionCertificateId })
        log.info('subscription', `Recognised the subscription to ${subjectOf(key)} as ours.`, {
          subscriptionId: found.id,
        })
        return
      } else {
        // It posts to us, but nobody knows its clientState any more.
        await view.delete(found.id, signal)
      }
    }
    if (holder) {
      await this.#yieldTo(holder, resolved)
      return
    }
    if (await this.#leavesPlace(resolved)) return
    if (!urls) {
      board.set(key, { status: 'waiting', heldBy: null, remedies: [], error: null, retryAt: 0 })
      return
    }
    if (board.entry(key).heldBy) board.set(key, { heldBy: null, error: null })
    else if (!pass.forced && board.isWaiting(key)) return
    await this.#create(resolved, { ...pass, urls })
  }

  async #create(
    wanted: WantedSubscription,
    pass: Pass & { urls: WebhookUrls; isSecondTry?: boolean },
  ): Promise<void> {
    const { graph, board, clientStates, clock, log } = this.#options
    const { key } = wanted
    const { urls, signal } = pass
    board.set(key, { status: 'creating' })
    const certificate = wanted.withContent ? await this.#options.certificate() : null
    // In the vault before Graph is asked: its first notification may come before its answer.
    const clientState = await clientStates.create(key)
    let answer: unknown
    try {
      const now = graphNow(graph, clock)
      const body = creationBody(wanted, { urls, clientState, certificate, now })
      const { resource, changeTypes, withContent } = wanted
      const notificationHost = hostOf(urls)
      const note = {
        object: 'subscription',
        name: resource,
        before: null,
        after: { resource, changeTypes, withContent, notificationHost },
      }
      answer = await graph.post('/subscriptions', body, { signal, note })
    } catch (error) {
      // Without a definite answer Graph may have created it; then the next pass finds and adopts it.
      if (isDefinite(error)) await clientStates.discard(key, clientState)
      if (statusOf(error) !== 409) throw error
      await this.#settleConflict(error, { wanted, pass })
      return
    }
    const created = readSubscription(answer)
    if (!created) throw unreadableAnswer()
    await this.#keepRecord(wanted, { found: created, certificateId: certificate?.id ?? null })
    await clientStates.confirm(key, { clientState, subscriptionId: created.id })
    log.info('subscription', `Created the subscription to ${subjectOf(key)}.`, {
      subscriptionId: created.id,
      resource: wanted.resource,
      expirationDateTime: created.expirationDateTime,
    })
  }

  /** Graph says that there is one already: looks again, once, and never posts in a loop. */
  async #settleConflict(
    error: unknown,
    { wanted, pass }: { wanted: WantedSubscription; pass: Pass & { isSecondTry?: boolean } },
  ): Promise<void> {
    const alive = await this.#options.view.listAlive(pass.signal)
    const isShown = alive.some((found) => isSameResource(found.resource, wanted.resource))
    if (pass.isSecondTry || !isShown) throw conflictWithoutHolder(error, wanted)
    await this.#place(wanted, { ...pass, alive, isSecondTry: true })
  }

  async #keepRecord(
    wanted: WantedSubscription,
    { found, certificateId }: { found: GraphSubscription; certificateId: string | null },
  ): Promise<void> {
    const { board, records } = this.#options
    await records.set({
      key: wanted.key,
      subscriptionId: found.id,
      resource: wanted.resource,
      notificationUrl: found.notificationUrl,
      lifecycleNotificationUrl: found.lifecycleNotificationUrl ?? '',
      expirationDateTime: found.expirationDateTime,
      createdAt: new Date(this.#graphNow()).toISOString(),
      renewedAt: null,
      // Content for an unknown certificate gets ours with the next pass.
      encryptionCertificateId: wanted.withContent ? (certificateId ?? '') : null,
    })
    board.set(wanted.key, { renewNow: false })
    board.setActive(wanted.key)
  }

  /** True for a free place that is left to another server. */
  async #leavesPlace(wanted: WantedSubscription): Promise<boolean> {
    const { records, board, log } = this.#options
    const { key } = wanted
    const place = records.place(key)
    if (!place || place.state === 'taken') return false
    const isNews = board.entry(key).error?.code !== 'subscription-place-free'
    if (place.takeWhenFree) {
      log.info('subscription', `The place for ${subjectOf(key)} is free: it is taken as chosen.`)
      await records.endPlace(key)
      return false
    }
    const problem = placeFree(wanted, place)
    if (isNews) log.warning('subscription', problem.message)
    board.set(key, {
      status: 'observed',
      heldBy: null,
      remedies: [],
      error: board.report(key, problem),
      attempt: 0,
      retryAt: 0,
    })
    return true
  }

  async #yieldTo(holder: GraphSubscription, wanted: WantedSubscription): Promise<void> {
    const { board, records, log } = this.#options
    const { key } = wanted
    const heldBy = {
      host: hostOf(holder),
      subscriptionId: holder.id,
      expirationDateTime: holder.expirationDateTime,
    }
    const place = records.place(key)
    const isObserved = place && place.state !== 'taken' && place.host === heldBy.host
    // Another host than the one it was left to, or one that took it back: the person decides anew.
    if (place && !isObserved) await records.endPlace(key)
    const isNews = board.entry(key).heldBy?.subscriptionId !== holder.id
    if (isObserved) {
      if (isNews) {
        log.info('subscription', `${heldBy.host} receives ${subjectOf(key)}; it is observed only.`)
      }
      const rest = { heldBy, remedies: [], error: null, attempt: 0, retryAt: 0 }
      board.set(key, { status: 'observed', ...rest })
      return
    }
    if (isNews) {
      log.warning(
        'subscription',
        `The subscription to ${subjectOf(key)} is held by ${heldBy.host}.`,
        {
          subscriptionId: holder.id,
          expirationDateTime: holder.expirationDateTime,
        },
      )
    }
    board.set(key, {
      status: 'held-elsewhere',
      heldBy,
      remedies: [],
      error: board.report(key, heldElsewhere(wanted, heldBy)),
      attempt: 0,
      retryAt: 0,
    })
  }

  #fail(wanted: WantedSubscription, cause: unknown): void {
    const { board, records, random, settings, log } = this.#options
    const { key } = wanted
    const record = records.get(key)
    const problem = explainFailure(cause, wanted, {
      hasChatReadAll: settings().optionalPermissions.includes('Chat.Read.All'),
      host: this.#options.address.host,
    })
    const refused = problem.status === 'refused'
    const attempt = board.entry(key).attempt + 1
    board.set(key, {
      // A failed renewal does not end a subscription that still lives.
      status: record && board.isAlive(record) ? 'active' : problem.status,
      heldBy: null,
      remedies: problem.remedies,
      error: board.report(key, problem.error),
      attempt,
      retryAt:
        this.#now() + Math.max(retryDelayMs(attempt, { random, refused }), retryAfterMsOf(cause)),
    })
    log.warning(
      'subscription',
      `The subscription to ${subjectOf(key)} is not in order: ${textOf(problem.error)}`,
      {
        attempt,
        details: problem.error instanceof AppError ? problem.error.details : undefined,
      },
    )
  }

  #now(): number {
    return this.#options.clock.now().getTime()
  }

  #graphNow(): number {
    return graphNow(this.#options.graph, this.#options.clock).getTime()
  }
}

function contentOf(wanted: WantedSubscription, record: SubscriptionRecord) {
  return {
    withContent: wanted.withContent,
    noted: (record.encryptionCertificateId ?? null) !== null,
  }
}

function goneText({ key }: SubscriptionRecord): string {
  return `The subscription to ${subjectOf(key)} is gone.`
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something unexpected'
}
