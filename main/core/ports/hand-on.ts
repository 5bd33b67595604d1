// Where events that are handed on wait and, for a contact center that fetches them, are written to.
import type { HandOnEntry } from '../../contract/models/contact-center.ts'
import type { Delivery } from '../../contract/models/delivery.ts'

/** The next event of a lane that is to be handed on. */
export interface HandOnRow {
  delivery: Delivery
  /** Failed ones so far. */
  attempts: number
  queuedAt: string
  /** null before the first attempt. */
  nextAttemptAt: string | null
}

/** What came of one attempt to hand an event on. */
export type HandOnResult =
  | { deliveryId: number; state: 'done'; at: string }
  | {
      deliveryId: number
      state: 'waiting'
      attempts: number
      nextAttemptAt: string
      lastError: string
    }
  | { deliveryId: number; state: 'dead'; attempts: number; lastError: string }

/** What waits to be handed on, was handed on, or was given up. Within a lane the order is that of the inbox. */
export interface HandOnStore {
  /** Names of lanes in which something waits, those after a name, in the order of names. */
  handOnLanes(after: string, limit: number): Promise<string[]>
  /** The oldest event that waits in a lane. */
  nextHandOn(lane: string): Promise<HandOnRow | undefined>
  /** Notes results in one commit. A loss of power may undo it: what is noted as done is then handed on again. */
  noteHandOn(results: HandOnResult[]): Promise<void>
  countHandOn(): Promise<{ waiting: number; dead: number }>
  /** The oldest first. */
  listHandOn(state: 'waiting' | 'dead', limit: number): Promise<HandOnEntry[]>
  /** Has events wait (again), as if they had been queued at a time. `dead` means all that were given up. Returns how many. */
  queueHandOn(
    what: 'dead' | { deliveryId: number; lane: string }[],
    queuedAt: string,
  ): Promise<number>
  /** Gives up what waits and was queued up to a time. Returns how many. */
  giveUpHandOn(queuedUntil: string, lastError: string): Promise<number>
}

/** The file that events are handed on to where the contact center fetches them: lines of JSON, rotating. */
export interface HandOnFile {
  path: string
  /** Adds whole lines; they are flushed to disk when this resolves. Throws AppError disk-full and others. */
  append(lines: string): Promise<void>
  close(): Promise<void>
}
