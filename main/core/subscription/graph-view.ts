// What Graph has of ours and of others: listed, looked up, deleted; and whom a user principal name means.
import type { Clock } from '../ports/clock.ts'
import {
  certificateBody,
  graphNow,
  readSubscription,
  renewalBody,
  type Certificate,
  type GraphSubscription,
  type SubscriptionGraph,
} from './graph-subscription.ts'
import { statusOf, unreadableAnswer, userMissing } from './problems.ts'
import type { SubscriptionRecord } from './records.ts'
import { userResource, type WantedSubscription } from './wanted.ts'

export class GraphView {
  #graph: SubscriptionGraph
  #clock: Clock
  /** Ids that were deleted, though Graph's list may still show them for a while. */
  #gone = new Set<string>()
  #userIds = new Map<string, string>()

  constructor({ graph, clock }: { graph: SubscriptionGraph; clock: Clock }) {
    this.#graph = graph
    this.#clock = clock
  }

  /** This application's subscriptions, without the expired and the deleted. */
  async listAlive(signal: AbortSignal): Promise<GraphSubscription[]> {
    const found = await this.#graph.list('/subscriptions', { signal })
    return found.flatMap((value) => {
      const subscription = readSubscription(value)
      return subscription && this.isAlive(subscription) ? [subscription] : []
    })
  }

  /** One living subscription by its id: the list may lag behind. */
  async lookUp(id: string, signal: AbortSignal): Promise<GraphSubscription | undefined> {
    if (this.#gone.has(id)) return undefined
    try {
      const found = readSubscription(await this.#graph.get(subscriptionPath(id), { signal }))
      return found && this.isAlive(found) ? found : undefined
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  }

  /**
   * Renews and reauthorizes, moves the notificationUrl and exchanges the certificate where one is given. Undefined when Graph does not know
   * the subscription any more. What counts is the expiry in the answer: Graph may grant less than was asked for.
   */
  async renew(
    { subscriptionId: id, resource, expirationDateTime }: SubscriptionRecord,
    {
      notificationUrl,
      certificate,
      expirationDateTime: until,
      signal,
    }: {
      notificationUrl: string | null
      certificate: Certificate | null
      /** The longest life of a Teams subscription unless given. */
      expirationDateTime?: string
      signal: AbortSignal
    },
  ): Promise<GraphSubscription | undefined> {
    const renewal = until
      ? { expirationDateTime: until }
      : renewalBody(graphNow(this.#graph, this.#clock))
    const body = {
      ...renewal,
      ...(notificationUrl && { notificationUrl }),
      ...(certificate && certificateBody(certificate)),
    }
    try {
      const after = {
        expirationDateTime: renewal.expirationDateTime,
        movesAddress: notificationUrl !== null,
      }
      const note = { object: 'subscription', name: resource, before: { expirationDateTime }, after }
      const answer = await this.#graph.patch(subscriptionPath(id), body, { signal, note })
      const renewed = readSubscription(answer)
      if (!renewed) throw unreadableAnswer()
      return renewed
    } catch (error) {
      if (statusOf(error) !== 404) throw error
      this.noteGone(id)
      return undefined
    }
  }

  /** Lets delivery go on without a longer life. https://learn.microsoft.com/graph/api/subscription-reauthorize */
  async reauthorize(
    { subscriptionId: id, resource }: SubscriptionRecord,
    signal: AbortSignal,
  ): Promise<void> {
    const note = { object: 'subscription', name: resource, before: null, after: 'reauthorized' }
    await this.#graph.post(`${subscriptionPath(id)}/reauthorize`, undefined, { signal, note })
  }

  /** Deletes a subscription; that it is gone already is fine. */
  async delete(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#graph.delete(subscriptionPath(id), { signal })
    } catch (error) {
      if (statusOf(error) !== 404) throw error
    }
    this.noteGone(id)
  }

  /** From now on this one does not exist, whatever the list says. */
  noteGone(id: string): void {
    this.#gone.add(id)
  }

  /** Believes Graph's list again: another application sees none of the earlier one's, though they live. */
  forgetGone(): void {
    this.#gone.clear()
  }

  isAlive(found: GraphSubscription): boolean {
    return (
      !this.#gone.has(found.id) &&
      Date.parse(found.expirationDateTime) > graphNow(this.#graph, this.#clock).getTime()
    )
  }

  /** The same with the user's id in the resource. Throws AppError graph-not-found when there is no such user. */
  async resolve(wanted: WantedSubscription, signal: AbortSignal): Promise<WantedSubscription> {
    const name = wanted.userPrincipalName
    if (name === null) return wanted
    return { ...wanted, resource: userResource(await this.userId(name, signal)) }
  }

  /** The id of a user principal name. Throws AppError graph-not-found when there is no such user. */
  async userId(name: string, signal: AbortSignal): Promise<string> {
    const id = this.#userIds.get(name) ?? (await this.#findUser(name, signal))
    this.#userIds.set(name, id)
    return id
  }

  async #findUser(name: string, signal: AbortSignal): Promise<string> {
    try {
      const path = `/users/${encodeURIComponent(name)}`
      const user = await this.#graph.get(path, { query: { $select: 'id' }, signal })
      if (typeof user === 'object' && user && 'id' in user && typeof user.id === 'string') {
        return user.id
      }
    } catch (error) {
      if (statusOf(error) === 404) throw userMissing(error, name)
      throw error
    }
    throw unreadableAnswer()
  }
}

function subscriptionPath(id: string): string {
  return `/subscriptions/${encodeURIComponent(id)}`
}
