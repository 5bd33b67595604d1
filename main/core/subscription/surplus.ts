// Subscriptions of ours that nobody wants any more, and strays that post to us without being noted: both are deleted.
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import { hostOf, isSameResource, type GraphSubscription } from './graph-subscription.ts'
import type { GraphView } from './graph-view.ts'
import type { PublicAddress } from './public-address.ts'
import type { SubscriptionRecord, SubscriptionRecords } from './records.ts'
import type { Upkeep } from './upkeep.ts'
import type { Pass } from './upkeep-options.ts'
import { subjectOf, type WantedSubscription } from './wanted.ts'

/** What could not be deleted is not tried again sooner. */
const AGAIN_MS = 10 * 60_000

export interface SurplusOptions {
  view: GraphView
  records: SubscriptionRecords
  address: PublicAddress
  upkeep: Upkeep
  clock: Clock
  log: Log
}

export class Surplus {
  #options: SurplusOptions
  /** When deleting one failed, in ms since 1970, by its id. */
  #failedAt = new Map<string, number>()

  constructor(options: SurplusOptions) {
    this.#options = options
  }

  /** Deletes what is noted as ours but not wanted any more. Failures are logged; throws only when the signal aborts. */
  async removeUnwanted(wanted: WantedSubscription[], pass: Pass): Promise<void> {
    const keys = wanted.map(({ key }) => key)
    for (const record of this.#options.records.all) {
      if (keys.includes(record.key)) continue
      await this.#try(record.subscriptionId, pass, {
        act: () => this.#options.upkeep.remove(record, pass.signal),
        failed: `The subscription to ${subjectOf(record.key)} is no longer wanted, but could not be deleted yet.`,
      })
    }
  }

  /**
   * Deletes subscriptions of our application that post to an address of ours but are neither noted nor wanted. Those
   * that post to another host are left alone, whoever made them. As removeUnwanted otherwise.
   */
  async removeStrays(wanted: WantedSubscription[], pass: Pass): Promise<void> {
    const { view, records, address, log } = this.#options
    if (!pass.urls) return
    const strays = pass.alive.filter(
      (found) =>
        view.isAlive(found) &&
        address.isOurs(found.notificationUrl) &&
        !records.all.some(({ subscriptionId }) => subscriptionId === found.id) &&
        !isStillWanted(found, { wanted, records: records.all }),
    )
    for (const stray of strays) {
      await this.#try(stray.id, pass, {
        act: async () => {
          await view.delete(stray.id, pass.signal)
          log.info(
            'subscription',
            'Deleted a subscription that posted here but was not wanted any more.',
            {
              subscriptionId: stray.id,
              resource: stray.resource,
              host: hostOf(stray),
            },
          )
        },
        failed: 'A subscription that posts here is no longer wanted, but could not be deleted yet.',
      })
    }
  }

  async #try(
    id: string,
    { forced, signal }: Pass,
    { act, failed }: { act: () => Promise<void>; failed: string },
  ): Promise<void> {
    const now = this.#options.clock.now().getTime()
    const failedAt = this.#failedAt.get(id)
    if (!forced && failedAt !== undefined && Math.abs(now - failedAt) < AGAIN_MS) return
    try {
      await act()
      this.#failedAt.delete(id)
    } catch (error) {
      if (signal.aborted) throw error
      this.#failedAt.set(id, now)
      this.#options.log.warning('subscription', failed, {
        reason: error instanceof Error ? error.message : '',
      })
    }
  }
}

/** True for one whose place is wanted and not filled yet: it may still be recognised as ours. */
function isStillWanted(
  found: GraphSubscription,
  { wanted, records }: { wanted: WantedSubscription[]; records: SubscriptionRecord[] },
): boolean {
  return wanted
    .filter(({ key }) => !records.some((record) => record.key === key))
    .some(
      ({ resource, userPrincipalName }) =>
        isSameResource(found.resource, resource) ||
        // Which id belongs to the name may not be known yet.
        (userPrincipalName !== null && /^\/?users\//i.test(found.resource)),
    )
}
