// Makes the event of a stored notification: with its content where Graph sent that along, with its message where wished.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { MessageContent } from '../../contract/models/message.ts'
import type { ErrorCode } from '../../contract/errors.ts'
import { AppError } from '../app-error.ts'
import { NETWORK_CODES } from '../network-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { HandOnRow } from '../ports/hand-on.ts'
import { eventOf, type CloudEvent } from './event.ts'
import type { Outcome } from './target.ts'

/** After these the content can probably be read a little later. */
const PASSING: ErrorCode[] = [
  'content-waiting',
  ...NETWORK_CODES,
  'graph-throttled',
  'graph-unavailable',
  'busy',
  'keychain-unavailable',
  'keychain-locked',
]
/** Then the event goes without its content: the contact center would rather know late than never. */
const CONTENT_WAIT_MS = 60 * 60 * 1_000

export interface EventMakerDeps {
  /** The decrypted content of a rich notification; null where there is none. */
  content: (delivery: Delivery) => Promise<unknown>
  /** The message of a notification in one shape; null for what is no message, and where it is not to be handed on. */
  message?: (delivery: Delivery) => Promise<MessageContent | null>
  clock: Clock
}

export class EventMaker {
  #deps: EventMakerDeps

  constructor(deps: EventMakerDeps) {
    this.#deps = deps
  }

  /** The event; a failed outcome while its content cannot be read for a passing reason. */
  async make({
    delivery,
    queuedAt,
  }: Pick<HandOnRow, 'delivery' | 'queuedAt'>): Promise<
    { kind: 'made'; event: CloudEvent } | (Outcome & { kind: 'failed' })
  > {
    const { clock } = this.#deps
    try {
      const content = delivery.rich ? ((await this.#deps.content(delivery)) ?? null) : null
      const message = (await this.#deps.message?.(delivery)) ?? null
      return { kind: 'made', event: eventOf(delivery, { content, contentError: null, message }) }
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'unexpected'
      const waitedMs = clock.now().getTime() - Date.parse(queuedAt)
      if (error instanceof AppError && PASSING.includes(code) && waitedMs < CONTENT_WAIT_MS) {
        return { kind: 'failed', error, retryAfterMs: null, aboutThisEvent: true, holdAll: false }
      }
      return { kind: 'made', event: eventOf(delivery, { content: null, contentError: code }) }
    }
  }
}
