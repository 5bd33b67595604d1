// Makes the event of a stored notification, with its content where Graph sent that along.
import type { Delivery } from '../../contract/models.ts'
import type { ErrorCode } from '../../contract/errors.ts'
import { AppError } from '../app-error.ts'
import { NETWORK_CODES } from '../network-error.ts'
import type { Clock, HandOnRow } from '../ports.ts'
import { eventOf, type CloudEvent } from './event.ts'
import type { Outcome } from './target.ts'

/** After these the content can probably be read a little later. */
const PASSING: ErrorCode[] = [
  'content-waiting',
  ...NETWORK_CODES,
  'keychain-unavailable',
  'keychain-locked',
]
/** Then the event goes without its content: the contact center would rather know late than never. */
const CONTENT_WAIT_MS = 60 * 60 * 1_000

export class EventMaker {
  #content: (delivery: Delivery) => Promise<unknown>
  #clock: Clock

  constructor({
    content,
    clock,
  }: {
    content: (delivery: Delivery) => Promise<unknown>
    clock: Clock
  }) {
    this.#content = content
    this.#clock = clock
  }

  /** The event; a failed outcome while its content cannot be read for a passing reason. */
  async make({
    delivery,
    queuedAt,
  }: Pick<HandOnRow, 'delivery' | 'queuedAt'>): Promise<
    { kind: 'made'; event: CloudEvent } | (Outcome & { kind: 'failed' })
  > {
    if (!delivery.rich) {
      return { kind: 'made', event: eventOf(delivery, { content: null, contentError: null }) }
    }
    try {
      const content = (await this.#content(delivery)) ?? null
      return { kind: 'made', event: eventOf(delivery, { content, contentError: null }) }
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'unexpected'
      const waitedMs = this.#clock.now().getTime() - Date.parse(queuedAt)
      if (error instanceof AppError && PASSING.includes(code) && waitedMs < CONTENT_WAIT_MS) {
        return { kind: 'failed', error, retryAfterMs: null, aboutThisEvent: true, holdAll: false }
      }
      return { kind: 'made', event: eventOf(delivery, { content: null, contentError: code }) }
    }
  }
}
