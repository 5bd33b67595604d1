// What a person chooses about a place that another server holds or held: take it over, observe, hand back, take it again.
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Board } from './board.ts'
import type { GraphView } from './graph-view.ts'
import { noAddressYet, notHeld, notShared } from './problems.ts'
import type { PublicAddress } from './public-address.ts'
import type { SharedPlace, SubscriptionRecords } from './records.ts'
import { subjectOf } from './wanted.ts'

export interface PlaceChoicesOptions {
  view: GraphView
  records: SubscriptionRecords
  board: Board
  address: PublicAddress
  clock: Clock
  log: Log
}

/** Notes each choice and does what it takes at once; the pass after it brings the rest in order. */
export class PlaceChoices {
  #options: PlaceChoicesOptions

  constructor(options: PlaceChoicesOptions) {
    this.#options = options
  }

  /**
   * Deletes the subscription of another server, so that ours can be made.
   * Throws AppError subscription-not-found, webhook-not-running and what the Graph client throws.
   */
  async takeOver(subscriptionId: string, signal: AbortSignal): Promise<void> {
    const { board, address, view, log } = this.#options
    const held = board.list.find(({ heldBy }) => heldBy?.subscriptionId === subscriptionId)
    if (!held) throw notHeld()
    // Never leave the contact center without any receiver.
    if (address.reported === null) throw noAddressYet()
    await view.delete(subscriptionId, signal)
    if (held.heldBy) await this.#note(held.key, { state: 'taken', host: held.heldBy.host })
    log.warning(
      'subscription',
      `Took over the subscription to ${subjectOf(held.key)} from ${held.heldBy?.host ?? 'another server'}.`,
      { subscriptionId },
    )
  }

  /** Leaves the place to the server that holds it. Throws AppError subscription-not-found when none does. */
  async observe(key: SubscriptionKey, { takeWhenFree }: { takeWhenFree: boolean }): Promise<void> {
    const { board, records } = this.#options
    const { heldBy } = board.entry(key)
    const place = records.place(key)
    const host = heldBy?.host ?? place?.host
    // A place that was left once can get another choice, also while nobody holds it.
    if (host === undefined || (!heldBy && place?.state === 'taken')) {
      throw notShared(key, 'observe')
    }
    const state = place?.state === 'handed-back' ? 'handed-back' : 'observed'
    await this.#note(key, { state, host, takeWhenFree })
    if (heldBy) board.set(key, { status: 'observed', error: null, remedies: [] })
  }

  /**
   * Deletes ours and leaves the place to the server that it was taken from, which must subscribe again by itself.
   * Throws AppError subscription-not-found where it was not taken over, and what the Graph client throws.
   */
  async handBack(key: SubscriptionKey, signal: AbortSignal): Promise<void> {
    const { view, records, log } = this.#options
    const place = records.place(key)
    const record = records.get(key)
    if (!record || place?.state !== 'taken') throw notShared(key, 'hand-back')
    await view.delete(record.subscriptionId, signal)
    // The clientState stays: what Graph still delivers of the deleted one is ours.
    await this.#note(key, { state: 'handed-back', host: place.host })
    await records.delete(key)
    log.warning(
      'subscription',
      `Handed the subscription to ${subjectOf(key)} back to ${place.host}.`,
    )
  }

  /** No longer leaves the place to another server. Throws AppError webhook-not-running without an address. */
  async take(key: SubscriptionKey): Promise<void> {
    const { address, records } = this.#options
    if (address.reported === null) throw noAddressYet()
    if (records.place(key)?.state !== 'taken') await records.endPlace(key)
  }

  async #note(
    key: SubscriptionKey,
    place: Pick<SharedPlace, 'state' | 'host'> & { takeWhenFree?: boolean },
  ): Promise<void> {
    const { records, clock } = this.#options
    const since = clock.now().toISOString()
    await records.setPlace({ key, since, takeWhenFree: false, ...place })
  }
}
