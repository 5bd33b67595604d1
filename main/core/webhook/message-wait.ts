// Waiting for a real Teams message: what came, how long it took, or what to look at when nothing came.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { MessageWaitState } from '../../contract/models/webhook.ts'
import { noMessageWait } from '../nothing-yet.ts'
import type { Clock } from '../ports/clock.ts'
import { describeDelivery } from './delivery-text.ts'

/** Microsoft names a minute at most for messages, and seconds are usual. */
const WAIT_MS = 5 * 60_000

const MESSAGE = /\/messages[(/]/
/** A message's id is the time when it was sent, in milliseconds since 1970. */
const TIME_ID = /^\d{13}$/

export interface MessageWaitDeps {
  clock: Clock
  /** What stands in the way, in words; empty when all looks well. */
  advice: () => string[]
  onChange: () => void
}

export class MessageWait {
  #deps: MessageWaitDeps
  #state = noMessageWait
  #cancelTimer = () => {}

  constructor(deps: MessageWaitDeps) {
    this.#deps = deps
  }

  get state(): MessageWaitState {
    return this.#state
  }

  /** Waits from now on, some minutes at most. */
  start(): void {
    this.#cancelTimer()
    const { clock } = this.#deps
    const now = clock.now().getTime()
    this.#set({
      ...noMessageWait,
      phase: 'waiting',
      since: new Date(now).toISOString(),
      until: new Date(now + WAIT_MS).toISOString(),
    })
    this.#cancelTimer = clock.after(WAIT_MS, () => {
      const { since } = this.#state
      this.#set({ ...noMessageWait, phase: 'nothing', since, advice: this.#advice() })
    })
  }

  /** Ends the waiting, or clears what came of it. */
  cancel(): void {
    this.#cancelTimer()
    if (this.#state.phase !== 'idle') this.#set(noMessageWait)
  }

  /** Looks at items that were stored just now. */
  noteStored(deliveries: Delivery[]): void {
    if (this.#state.phase !== 'waiting') return
    const message = deliveries.find(
      ({ origin, kind, resource }) =>
        origin === 'graph' && kind === 'changeNotification' && MESSAGE.test(resource),
    )
    if (!message) return
    this.#cancelTimer()
    const { id, receivedAt, resourceId, changeType } = message
    // Of a change it is not known when it was made: the id tells when the message was sent.
    const isNew = changeType === 'created' && resourceId !== null && TIME_ID.test(resourceId)
    const sentMs = isNew ? Number(resourceId) : null
    this.#set({
      ...noMessageWait,
      phase: 'came',
      since: this.#state.since,
      came: {
        ...{ deliveryId: id, summary: describeDelivery(message), receivedAt },
        sentAt: sentMs === null ? null : new Date(sentMs).toISOString(),
        tookMs: sentMs === null ? null : Math.max(0, Date.parse(receivedAt) - sentMs),
      },
    })
  }

  #advice(): string[] {
    const found = this.#deps.advice()
    return found.length > 0 ? found : [NOTHING_FOUND]
  }

  #set(state: MessageWaitState): void {
    this.#state = state
    this.#deps.onChange()
  }
}

const NOTHING_FOUND =
  'Webhook, tunnel and subscriptions look well. Was the message written in a chat or channel of this tenant, and not in one of another organization? Microsoft may also be late: look at the Microsoft 365 service health.'
