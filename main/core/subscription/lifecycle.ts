// What Graph's lifecycle notifications ask for, one item at a time; a storm of them neither floods the log nor Graph.
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { LifecycleNotification } from '../webhook/notifications.ts'
import type { Board } from './board.ts'
import type { SubscriptionRecord, SubscriptionRecords } from './records.ts'
import type { Upkeep } from './upkeep.ts'
import { subjectOf } from './wanted.ts'

/** One subscription is not renewed, and the same event not logged, more often than this. */
const LEAST_APART_MS = 60_000

export class Lifecycle {
  #options: {
    records: SubscriptionRecords
    board: Board
    upkeep: Upkeep
    clock: Clock
    log: Log
  }
  #loggedAt = new Map<string, number>()

  constructor(options: {
    records: SubscriptionRecords
    board: Board
    upkeep: Upkeep
    clock: Clock
    log: Log
  }) {
    this.#options = options
  }

  /** Acts on one proven item. True when it needs a pass. */
  async handle({ lifecycleEvent, subscriptionId }: LifecycleNotification): Promise<boolean> {
    const { records, upkeep, log } = this.#options
    const record = records.all.find((one) => one.subscriptionId === subscriptionId)
    // An event of an earlier subscription that Graph was still trying to deliver.
    if (!record) return false
    const subject = subjectOf(record.key)
    const isNews = this.#isNews(`${subscriptionId} ${lifecycleEvent}`)
    switch (lifecycleEvent) {
      case 'reauthorizationRequired':
        if (isNews) {
          log.info('subscription', `Microsoft asks to reauthorize the subscription to ${subject}.`)
        }
        this.#askForRenewal(record)
        return true
      case 'subscriptionRemoved':
        log.warning(
          'subscription',
          `Microsoft removed the subscription to ${subject}. A new one is made; messages in between may be missing.`,
        )
        await upkeep.noteRemoved(record)
        return true
      case 'missed':
        if (isNews) {
          log.warning(
            'subscription',
            `Microsoft could not deliver some notifications of the subscription to ${subject}.`,
          )
        }
        return false
      default:
        if (isNews) {
          log.warning(
            'subscription',
            `Microsoft sent a lifecycle event that this version does not know, about the subscription to ${subject}.`,
            { lifecycleEvent },
          )
        }
        return false
    }
  }

  /** Has all renewed, which also reauthorizes: Microsoft may have asked for it while nothing could arrive. */
  reauthorizeAll(): void {
    for (const record of this.#options.records.all) this.#askForRenewal(record)
  }

  #askForRenewal(record: SubscriptionRecord): void {
    const { board } = this.#options
    const now = this.#options.clock.now().getTime()
    const { attempt, retryAt } = board.entry(record.key)
    const renewedAt = Date.parse(record.renewedAt ?? '')
    board.set(record.key, {
      renewNow: true,
      // While renewing fails, or right after it went well, Graph's impatience does not set the pace.
      retryAt:
        attempt > 0
          ? Math.min(retryAt, now + LEAST_APART_MS)
          : Math.abs(now - renewedAt) < LEAST_APART_MS
            ? now + LEAST_APART_MS
            : 0,
    })
  }

  #isNews(what: string): boolean {
    const now = this.#options.clock.now().getTime()
    const last = this.#loggedAt.get(what)
    if (last !== undefined && Math.abs(now - last) < LEAST_APART_MS) return false
    // Events of subscriptions that are gone need no memory.
    if (this.#loggedAt.size > 1_000) this.#loggedAt.clear()
    this.#loggedAt.set(what, now)
    return true
  }
}
