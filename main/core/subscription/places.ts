// Takes the place that a resource has for one subscription: adopts what we made, leaves it to its holder, or creates.
import {
  creationBody,
  graphNow,
  hasChangeTypes,
  hasContentAs,
  hostOf,
  isSameResource,
  readSubscription,
  type GraphSubscription,
  type WebhookUrls,
} from './graph-subscription.ts'
import {
  conflictWithoutHolder,
  heldElsewhere,
  placeFree,
  isDefinite,
  statusOf,
  unreadableAnswer,
} from './problems.ts'
import { subjectOf, type WantedSubscription } from './wanted.ts'

import type { Pass, UpkeepOptions } from './upkeep-options.ts'

export class Places {
  #options: UpkeepOptions

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** Takes the place that a subscription of this resource has: adopts, yields or creates. */
  async take(wanted: WantedSubscription, pass: Pass & { isSecondTry?: boolean }): Promise<void> {
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
    await this.take(wanted, { ...pass, alive, isSecondTry: true })
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

  #graphNow(): number {
    return graphNow(this.#options.graph, this.#options.clock).getTime()
  }
}
