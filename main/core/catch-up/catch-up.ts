// Nothing lost: sees when notifications may have been missed, reads from Graph what was, and keeps the gap log.
import type { GapLog } from '../../contract/models/gaps.ts'
import type { Alert } from '../../contract/models/health.ts'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import { AppError } from '../app-error.ts'
import type { GraphClient } from '../entra/graph-client.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { RateGate } from '../rate-gate.ts'
import { Comparison } from './comparison.ts'
import { areasToRead, elsewhereUntil } from './elsewhere.ts'
import type { GapRecord, Hole } from './gap.ts'
import { foundAlert, foundText } from './gap-text.ts'
import { Gaps } from './gaps.ts'
import { catchUpGap } from './one-gap.ts'
import { Reader } from './reader.ts'
import { Receiving, TICK_MS, type ReceivingFacts } from './receiving.ts'
import { CatchUpRecords } from './record.ts'
import type { RunDeps } from './run.ts'

export interface CatchUpDeps extends Pick<
  RunDeps,
  'store' | 'tenantId' | 'peopleWatched' | 'subscriptionIdOf'
> {
  /** Uses the application's own token. */
  graph: Pick<GraphClient, 'get' | 'clockAheadMs'>
  /** Shared with whoever else reads from Teams. */
  gate: RateGate
  database: Database
  /** The chat or channel of a resource, as `chat:…` or `channel:…`; null for others. */
  placeOf: (resource: string) => string | null
  facts: () => ReceivingFacts
  clock: Clock
  random: Random
  log: Log
  raise: (alert: Alert) => void
  /** Takes back the alerts that are over. */
  withdraw: (isOver: (alert: Alert) => boolean) => void
  /** Called when notifications may have been missed: among them what Microsoft says about subscriptions. */
  onMissed: () => void
  onChange: () => void
}

/** How often it is kept that notifications arrive. */
const HEARTBEAT_MS = 60_000
/** A Date header knows whole seconds only: less than this is no difference. */
const SKEW_THAT_COUNTS_MS = 5_000

export class CatchUp {
  #deps: CatchUpDeps
  #records: CatchUpRecords
  #receiving = new Receiving()
  #reader: Reader
  #gaps = new Gaps()
  #comparison: Comparison
  #keptAt = 0
  #running: Promise<void> | null = null
  #started = false
  #stopped = new AbortController()
  #cancelTimer = () => {}

  constructor(deps: CatchUpDeps) {
    this.#deps = deps
    this.#records = new CatchUpRecords(deps.database)
    this.#reader = new Reader(deps)
    this.#comparison = new Comparison({
      ...{ database: deps.database, placeOf: deps.placeOf, reader: this.#reader },
      ...{ now: () => this.#now(), aheadMs: () => this.#aheadMs() },
      elsewhereUntil: (area) => elsewhereUntil(this.#gaps.all, area),
    })
  }

  state(): GapLog {
    return {
      // Also for whoever only looks: while EMI Tray does not run, notifications are missed.
      entries: this.#gaps.shown(this.#receiving.openHole(this.#now())),
      checking: this.#running !== null,
      checkedAt: this.#comparison.record.checkedAt,
    }
  }

  /** Reads what an earlier run left, also for whoever only looks. A catch-up that was cut off waits to go on. */
  async load(): Promise<void> {
    const { receiving, gaps, ...compared } = await this.#records.load()
    this.#receiving.load(receiving)
    this.#comparison.load(compared)
    this.#gaps.load(gaps)
  }

  /** Looks from now on, again and again. */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#comparison.start()
    this.look()
  }

  /** Ends timers and the catch-up that runs; that goes on at the next start. */
  async stop(): Promise<void> {
    const wasStarted = this.#started
    this.#started = false
    this.#cancelTimer()
    this.#stopped.abort(new DOMException('Catching up was stopped.', 'AbortError'))
    await this.#running
    if (!wasStarted) return
    this.#receiving.noteStopping(this.#now())
    await this.#keep()
  }

  /** Something changed that decides whether notifications arrive. */
  look(): void {
    if (!this.#started) return
    const now = this.#now()
    const facts = this.#deps.facts()
    this.#noteHolders(facts, now)
    this.#addHoles(this.#receiving.look(facts, now))
    if (this.#receiving.isReceiving && now - this.#keptAt >= HEARTBEAT_MS) void this.#keep()
    this.#cancelTimer()
    this.#cancelTimer = this.#deps.clock.after(TICK_MS, () => this.look())
    this.#runDue()
  }

  /** Catches up now what waits or goes on, and asks Graph whether anything else is missing. Resolves at once. */
  checkNow(): void {
    this.#addHoles(this.#receiving.cut(this.#now()))
    this.#gaps.forgetWaits()
    this.#work({ atOnce: true, checks: true })
  }

  /** Reads after all what another server received: a person chose so. Resolves at once. Throws AppError not-found. */
  readElsewhere(id: number): void {
    if (!this.#gaps.release(id)) {
      throw new AppError('not-found', {
        message: 'The gap log has no such time of another server that is over.',
        nextStep: 'Look at the gap log again: it may be read already.',
      })
    }
    this.#work({ atOnce: true, checks: false })
  }

  /** What Microsoft said about subscriptions; proven and stored already. */
  noteLifecycle(items: readonly { subscriptionId: string; lifecycleEvent: string }[]): void {
    for (const item of items) this.#receiving.noteLifecycle(item, this.#now())
    this.look()
  }

  /** Notifications could not be stored, and Graph was told so. */
  noteNotStored(): void {
    this.#receiving.noteNotStored(this.#now())
    this.look()
  }

  noteStored(): void {
    this.#receiving.noteStored()
  }

  /** Resolves when no catch-up runs. */
  async idle(): Promise<void> {
    await this.#running
  }

  /** Before the holes: what is known of a subscription of ours is forgotten once another server has its place. */
  #noteHolders({ running, subscriptions }: ReceivingFacts, now: number): void {
    // Otherwise nobody looks whether they still have them.
    if (!running) return
    const aliveAt = (key: SubscriptionKey) => this.#receiving.aliveAt(key)
    if (!this.#gaps.noteHolders({ subscriptions, aliveAt, now })) return
    void this.#keep()
    this.#deps.onChange()
  }

  #addHoles(holes: readonly Hole[]): void {
    if (holes.length === 0) return
    const { log, raise, clock } = this.#deps
    for (const gap of this.#gaps.add(holes)) {
      log.warning('catch-up', foundText(gap), { since: gap.since, until: gap.until ?? '' })
      raise(foundAlert(gap, clock.now()))
    }
    void this.#keep()
    this.#deps.onMissed()
    this.#deps.onChange()
  }

  #runDue(): void {
    const now = this.#now()
    const isCheckDue = this.#comparison.isDue
    const isGapDue = this.#gaps.due({ now, atOnce: false }) !== undefined
    if (!isGapDue && !(isCheckDue && this.#receiving.isReceiving)) return
    this.#work({ atOnce: false, checks: isCheckDue })
  }

  /** One piece of work at a time. Never rejects. */
  #work({ atOnce, checks }: { atOnce: boolean; checks: boolean }): void {
    const earlier = this.#running
    if (earlier && !atOnce) return
    const work = (async () => {
      await earlier
      await this.#catchUpDue({ atOnce })
      if (this.#stopped.signal.aborted) return
      // What is known to be missing would only be found again.
      if (checks && this.#gaps.areFinished) await this.#check()
      await this.#catchUpDue({ atOnce })
    })()
      .catch((error: unknown) => {
        this.#deps.log.error('catch-up', 'Catching up failed unexpectedly.', {
          reason: error instanceof Error ? error.message : typeof error,
        })
      })
      .finally(() => {
        if (this.#running === work) this.#running = null
        this.#deps.onChange()
      })
    this.#running = work
    this.#deps.onChange()
  }

  async #catchUpDue({ atOnce }: { atOnce: boolean }): Promise<void> {
    const next = () => this.#gaps.due({ now: this.#now(), atOnce })
    for (let gap = next(); gap && !this.#stopped.signal.aborted; gap = next()) {
      await this.#catchUp(gap)
    }
  }

  #catchUp(gap: GapRecord): Promise<void> {
    const { subscriptions } = this.#deps.facts()
    return catchUpGap(gap, {
      ...this.#deps,
      areas: areasToRead(gap, { gaps: this.#gaps.all, subscriptions }),
      reader: this.#reader,
      now: () => this.#now(),
      aheadMs: () => this.#aheadMs(),
      change: (change) => this.#change(gap.id, change),
      failedAttempt: () =>
        this.#gaps.failedAttempt(gap.id, { now: this.#now(), random: this.#deps.random }),
      signal: this.#stopped.signal,
    })
  }

  async #check(): Promise<void> {
    const { signal } = this.#stopped
    try {
      const hole = await this.#comparison.run(signal)
      if (hole) this.#addHoles([hole])
    } catch (error) {
      if (signal.aborted) return
      const reason = error instanceof Error ? error.message : ''
      const text = 'Comparing with Microsoft Graph failed. It is tried again in an hour.'
      this.#deps.log.warning('catch-up', text, { reason })
    }
    await this.#keep()
  }

  async #change(id: number, change: Partial<GapRecord>): Promise<GapRecord | undefined> {
    this.#gaps.change(id, change)
    await this.#keep()
    this.#deps.onChange()
    return this.#gaps.get(id)
  }

  /** Never rejects: what could not be kept is kept with the next change. */
  async #keep(): Promise<void> {
    this.#keptAt = this.#now()
    try {
      await this.#records.save({
        receiving: this.#receiving.record,
        gaps: [...this.#gaps.all],
        ...this.#comparison.record,
      })
    } catch (error) {
      this.#deps.log.warning('catch-up', 'The gap log could not be kept. It is tried again.', {
        code: error instanceof AppError ? error.code : 'unexpected',
      })
    }
  }

  /** How far this computer's clock is ahead of Graph's, in ms. */
  #aheadMs(): number {
    const aheadMs = this.#deps.graph.clockAheadMs ?? 0
    return Math.abs(aheadMs) < SKEW_THAT_COUNTS_MS ? 0 : aheadMs
  }

  #now(): number {
    return this.#deps.clock.now().getTime()
  }
}
