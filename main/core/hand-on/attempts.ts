// One attempt to hand an event on: what came of it, what that says about the endpoint, and when it is given up.
import type { ErrorReport } from '../../contract/errors.ts'
import { toErrorReport, type AppError } from '../app-error.ts'
import { untilAborted } from '../backoff.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { HandOnRow } from '../ports/hand-on.ts'
import { Circuit, jitteredMs } from './circuit.ts'
import type { EventMaker } from './event-maker.ts'
import { FailureRecord } from './failure-record.ts'
import { ResultWriter } from './result-writer.ts'
import type { Outcome, Target } from './target.ts'

/** How long an event is tried before it is given up. */
export const GIVE_UP_MS = 3 * 24 * 60 * 60 * 1_000
export const LONGEST_REST_MS = 60 * 60 * 1_000
/** An event that alone is refused is tried at least so often, however long it had to wait before. */
const LEAST_ATTEMPTS = 5
/** Others that were taken within this time show that the endpoint works. */
const TAKES_OTHERS_MS = 60 * 60 * 1_000

type Failed = Outcome & { kind: 'failed' }

export interface AttemptsDeps {
  database: Database
  clock: Clock
  random: Random
  log: Log
  events: EventMaker
  /** Hears how long an event took from its notification's arrival until it was taken. */
  onHandedOn?: (latencyMs: number) => void
  onChange: () => void
}

export interface Attempt {
  row: HandOnRow
  lane: string
  target: Target
  signal: AbortSignal
}

/** What the lane does next: goes on at once, or rests until a time in milliseconds since 1970. */
export type AfterAttempt = { restUntil: number | null; endsOutage: boolean }

export class Attempts {
  readonly circuit: Circuit
  waiting = 0
  dead = 0
  handedOn = 0
  lastHandedOnAt: Date | null = null
  error: ErrorReport | null = null
  #deps: AttemptsDeps
  #results: ResultWriter
  #failures: FailureRecord

  constructor(deps: AttemptsDeps) {
    this.#deps = deps
    this.circuit = new Circuit(deps.random)
    this.#results = new ResultWriter(deps.database)
    this.#failures = new FailureRecord(deps)
  }

  /** Reads what an earlier run left. */
  async load(): Promise<void> {
    await this.recount()
    this.circuit.restore(await this.#failures.read())
  }

  async recount(): Promise<void> {
    const { waiting, dead } = await this.#deps.database.countHandOn()
    this.waiting = waiting
    this.dead = dead
  }

  /** Forgets what is known about failures. */
  startOver(): void {
    this.circuit.reset()
    this.error = null
    void this.#failures.note(null)
  }

  /** Hands the event on and notes what came of it. Rejects with what the database throws, and when it is stopped. */
  async run({ row, lane, target, signal }: Attempt): Promise<AfterAttempt> {
    const made = await untilAborted(this.#deps.events.make(row), signal)
    // Content that cannot be read yet says nothing about the receiver.
    if (made.kind === 'failed') {
      this.circuit.postpone(this.#now())
      return this.#rest({ row, outcome: made })
    }
    const outcome = await target.send(made.event, signal)
    return outcome.kind === 'taken' ? this.#taken(row) : this.#failed({ row, lane, outcome })
  }

  /** Shows and logs what was not about the receiver, and holds everything back for a while. */
  fail(message: string, error: unknown): void {
    this.circuit.hold(this.#now())
    this.error = toErrorReport(error, this.#deps)
    const { code, reference, details } = this.error
    this.#deps.log.error('hand-on', message, { code, reference, details })
    this.#deps.onChange()
  }

  async #taken(row: HandOnRow): Promise<AfterAttempt> {
    const now = this.#deps.clock.now()
    await this.#results.add({ deliveryId: row.delivery.id, state: 'done', at: now.toISOString() })
    const endsOutage = this.circuit.succeeded()
    void this.#failures.note(null)
    this.waiting = Math.max(0, this.waiting - 1)
    this.handedOn += 1
    this.lastHandedOnAt = now
    this.#deps.onHandedOn?.(now.getTime() - Date.parse(row.delivery.receivedAt))
    if (endsOutage) {
      this.#deps.log.info('hand-on', 'Handing on works again.', { waiting: this.waiting })
    }
    this.#deps.onChange()
    return { restUntil: null, endsOutage }
  }

  async #failed({
    row,
    lane,
    outcome,
  }: {
    row: HandOnRow
    lane: string
    outcome: Failed
  }): Promise<AfterAttempt> {
    const { log } = this.#deps
    const { error, retryAfterMs, holdAll } = outcome
    const now = this.#now()
    const attempts = row.attempts + 1
    const startsOutage = this.circuit.failed({ lane, now, retryAfterMs, holdAll })
    this.error = toErrorReport(error, this.#deps)
    if (startsOutage) {
      const facts = { code: error.code, waiting: this.waiting }
      log.warning('hand-on', `${error.message} Events wait and are tried again.`, facts)
    }
    void this.#failures.note(this.circuit.failingSince)
    if (!this.#isGivenUp({ row, attempts, outcome })) return this.#rest({ row, outcome })
    const noted = { deliveryId: row.delivery.id, attempts, lastError: error.message }
    await this.#results.add({ ...noted, state: 'dead' })
    await this.#giveUp(error)
    return { restUntil: null, endsOutage: false }
  }

  async #rest({ row, outcome }: { row: HandOnRow; outcome: Failed }): Promise<AfterAttempt> {
    const { random } = this.#deps
    const { error, retryAfterMs } = outcome
    const attempts = row.attempts + 1
    this.error = toErrorReport(error, this.#deps)
    const waitMs = jitteredMs(attempts, { random, maxMs: LONGEST_REST_MS })
    const restUntil = this.#now() + Math.max(waitMs, retryAfterMs ?? 0)
    const nextAttemptAt = new Date(restUntil).toISOString()
    await this.#results.add({
      ...{ deliveryId: row.delivery.id, state: 'waiting', attempts, nextAttemptAt },
      lastError: error.message,
    })
    this.#deps.onChange()
    return { restUntil, endsOutage: false }
  }

  /**
   * Three days old, and either nothing at all was taken for three days, or this event alone is the trouble. A contact
   * center that is down for a moment after a long pause costs nothing.
   */
  #isGivenUp({
    row,
    attempts,
    outcome,
  }: {
    row: HandOnRow
    attempts: number
    outcome: Failed
  }): boolean {
    const now = this.#now()
    if (Date.parse(row.queuedAt) > now - GIVE_UP_MS) return false
    if (this.#isDownForGood()) return true
    const takesOthers =
      this.lastHandedOnAt !== null && now - this.lastHandedOnAt.getTime() < TAKES_OTHERS_MS
    return attempts >= LEAST_ATTEMPTS && (outcome.aboutThisEvent || takesOthers)
  }

  #isDownForGood(): boolean {
    const { failingSince } = this.circuit
    return failingSince !== null && failingSince <= this.#now() - GIVE_UP_MS
  }

  async #giveUp(error: AppError): Promise<void> {
    const { database, log } = this.#deps
    let count = 1
    if (this.#isDownForGood() && this.circuit.openUntil !== null) {
      // The others would need an attempt each, and only one probe goes out at a time.
      const until = new Date(this.#now() - GIVE_UP_MS).toISOString()
      count += await database.giveUpHandOn(until, error.message)
    }
    await this.recount()
    const facts = { count, code: error.code }
    log.error('hand-on', 'Events were given up after three days of attempts. They are kept.', facts)
    this.#deps.onChange()
  }

  #now(): number {
    return this.#deps.clock.now().getTime()
  }
}
