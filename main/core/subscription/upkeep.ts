// Brings one subscription in order: keeps ours, or takes its place; what fails shows on the board and is tried again.
import { AppError } from '../app-error.ts'
import { explainFailure, retryAfterMsOf } from './problems.ts'
import type { SubscriptionRecord } from './records.ts'
import { retryDelayMs } from './renewal.ts'
import { subjectOf, type WantedSubscription } from './wanted.ts'

import { OwnSubscriptions } from './own-subscriptions.ts'
import { Places } from './places.ts'
import type { Pass, UpkeepOptions } from './upkeep-options.ts'

export class Upkeep {
  #options: UpkeepOptions
  #own: OwnSubscriptions
  #places: Places

  constructor(options: UpkeepOptions) {
    this.#options = options
    this.#own = new OwnSubscriptions(options)
    this.#places = new Places(options)
  }

  /** Brings one subscription in order. Failures show on the board; throws only when the signal aborts. */
  async keep(wanted: WantedSubscription, pass: Pass): Promise<void> {
    const { board, records } = this.#options
    try {
      const record = records.get(wanted.key)
      if (record && (await this.#own.keep(wanted, { record, pass }))) return
      await this.#places.take(wanted, pass)
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
  remove(record: SubscriptionRecord, signal: AbortSignal): Promise<void> {
    return this.#own.remove(record, signal)
  }

  /** Graph does not have one of ours any more: a new one may be made, at once where it does not happen again and again. */
  noteRemoved(record: SubscriptionRecord): Promise<void> {
    return this.#own.noteRemoved(record)
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
        this.#options.clock.now().getTime() +
        Math.max(retryDelayMs(attempt, { random, refused }), retryAfterMsOf(cause)),
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
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something unexpected'
}
