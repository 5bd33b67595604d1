// Keeps a subscription that is ours: looks whether it lives and fits, renews it, or makes way for a new one.
import {
  graphNow,
  hasChangeTypes,
  hasContentAs,
  type Certificate,
  type GraphSubscription,
  type WebhookUrls,
} from './graph-subscription.ts'
import { isAboutExpiry } from './problems.ts'
import type { SubscriptionRecord } from './records.ts'
import { retryDelayMs } from './renewal.ts'
import { subjectOf, type WantedSubscription } from './wanted.ts'

import type { Pass, UpkeepOptions } from './upkeep-options.ts'

/** One that Graph ends so soon after it was made is not made anew at once again and again. */
const YOUNG_MS = 10 * 60_000

export class OwnSubscriptions {
  #options: UpkeepOptions

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** True when our subscription lives and is in order; false when a new one must be made. */
  async keep(
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
