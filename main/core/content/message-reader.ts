// The message behind a stored notification: decrypted where it came along, otherwise read from Graph as it is now.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { Clock } from '../ports/clock.ts'
import { type GraphMessage, readGraphMessage } from './graph-message.ts'
import type { GraphReads } from './graph-reads.ts'
import { Kept } from './kept.ts'
import { messagePathOf } from './message-path.ts'
import type { Pass } from '../rate-gate.ts'

/** Messages are kept in memory no longer than it takes the log, the page and the hand-on to ask for the same one. */
const KEEP_MS = 60_000
const MOST_MESSAGES = 500

export interface MessageReaderDeps {
  reads: GraphReads
  clock: Clock
  /** The decrypted resource of a rich notification. */
  richContent: (delivery: Delivery) => Promise<unknown>
}

export class MessageReader {
  #deps: MessageReaderDeps
  #kept: Kept<GraphMessage | null>

  constructor(deps: MessageReaderDeps) {
    this.#deps = deps
    this.#kept = new Kept({ clock: deps.clock, keepMs: KEEP_MS, most: MOST_MESSAGES })
  }

  /**
   * The message; null where the notification is about something else, such as a chat or a member. What was read
   * before the notification came is not used for it. Throws AppError content-… for a rich one, else as GraphReads.
   */
  read(delivery: Delivery, pass: Pick<Pass, 'priority' | 'signal'>): Promise<GraphMessage | null> {
    const message = messagePathOf(delivery.resource)
    if (!message || delivery.kind !== 'changeNotification') return Promise.resolve(null)
    // A test of ours names a message that never was.
    if (delivery.origin === 'test') return Promise.resolve(null)
    const isPatient = pass.priority === 'background'
    const { reads, richContent } = this.#deps
    if (delivery.rich) {
      return this.#kept.get(
        `rich:${delivery.id}`,
        async () => readGraphMessage(await richContent(delivery)) ?? null,
        { isPatient },
      )
    }
    return this.#kept.get(
      message.path,
      async () => {
        const answer = await reads.get(message.path, { ...pass, key: message.place })
        return readGraphMessage(answer) ?? null
      },
      { notBefore: Date.parse(delivery.receivedAt), isPatient },
    )
  }

  /** Forgets every message at once. */
  forget(): void {
    this.#kept.clear()
  }
}
