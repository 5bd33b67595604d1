// The catch-up of one gap: source after source, page by page into the inbox; goes on where an earlier run ended.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import { hasStatus } from '../entra/graph-client.ts'
import type { NewDelivery } from '../ports/stored.ts'
import { deliveryOf, type Found } from './found.ts'
import type { CatchUpStep, GapRecord } from './gap.ts'
import type { Window } from './reader.ts'
import {
  channelSources,
  knownChatSources,
  peopleSources,
  type Source,
  type SourceDeps,
} from './sources.ts'

export interface RunDeps extends Omit<SourceDeps, 'take'> {
  /** Stores items and gives back those that are new. */
  store: (items: NewDelivery[]) => Promise<Delivery[]>
  tenantId: () => string
  /** The subscription that would have told of it; empty while there is none. */
  subscriptionIdOf: (key: SubscriptionKey) => string
  now: () => number
  /** How far this computer's clock is ahead of Graph's, in ms. */
  aheadMs: () => number
}

/** What came of it so far. */
export type RunProgress = Pick<
  GapRecord,
  'recovered' | 'alreadyThere' | 'progress' | 'lost' | 'cursor'
>

/** Notifications around the edges may have been on their way. */
const OVERLAP_MS = 5 * 60_000
/** What changed just now is told by its own notification. */
const FRESH_MS = 15_000
/** Channels give no more than eight months. https://learn.microsoft.com/graph/api/chatmessage-delta */
const OLDEST_MS = 8 * 30 * 24 * 60 * 60_000
const ITEMS_AT_ONCE = 200
/** So many things that cannot be read are named. */
const LOST_NAMED = 20
/** So many people are asked before it is believed that nobody's messages may be listed. */
const REFUSALS = 3

const STEPS: CatchUpStep[] = ['people', 'chats', 'channels']
const REFUSED = 'Microsoft Graph refuses to let this application read it.'

export class Run {
  #deps: RunDeps
  #gap: GapRecord
  #tell: (progress: RunProgress) => Promise<void>
  #state: RunProgress
  #window: Window
  #read = 0
  #refused = 0

  /** `tell` is awaited after each source. */
  constructor(
    gap: GapRecord,
    { deps, tell }: { deps: RunDeps; tell: (progress: RunProgress) => Promise<void> },
  ) {
    const { recovered, alreadyThere, progress, lost, cursor } = gap
    this.#deps = deps
    this.#gap = gap
    this.#tell = tell
    this.#state = { recovered, alreadyThere, progress, lost, cursor }
    this.#window = this.#windowOf(gap)
  }

  /**
   * Reads everything that changed during the gap and is not stored yet. Resolves with how it ended; rejects with what
   * another attempt may help against, and with the signal's reason.
   */
  async all(signal: AbortSignal): Promise<'done' | 'partly' | 'cannot'> {
    const { areas } = this.#gap
    const deps: SourceDeps = { ...this.#deps, take: (key) => (found) => this.#take(key, found) }
    if (areas.includes('channel-messages') && this.#deps.now() - this.#window.from > OLDEST_MS) {
      this.#lose(
        'Channel messages that are older than eight months.',
        'Microsoft Graph lists changes in channels no further back.',
      )
    }
    const channels = await channelSources(areas, deps)
    let chats: Source[] =
      this.#state.cursor?.step === 'chats'
        ? await knownChatSources(deps)
        : await peopleSources(areas, deps, signal)
    let index = 0
    while (index < chats.length + channels.length) {
      const source = index < chats.length ? chats[index] : channels[index - chats.length]
      index += 1
      if (!source || this.#isDone(source)) continue
      await this.#one(source, signal)
      this.#state.progress = { done: index, total: chats.length + channels.length }
      this.#state.cursor = { step: source.step, after: source.name }
      const isRefused = this.#refused === Math.min(REFUSALS, chats.length) && this.#read === 0
      if (source.step === 'people' && isRefused) {
        chats = await this.#oneByOne(deps)
        index = 0
      }
      await this.#tell({ ...this.#state })
    }
    if (this.#state.lost.length === 0) return 'done'
    const { recovered, alreadyThere } = this.#state
    return this.#read + recovered + alreadyThere > 0 ? 'partly' : 'cannot'
  }

  /** Nobody's messages may be listed: then the chats that notifications came from are read one by one. */
  async #oneByOne(deps: SourceDeps): Promise<Source[]> {
    this.#state.lost = []
    this.#lose(
      'Chats from which no notification ever came.',
      'Microsoft Graph refuses to let this application list people’s messages.',
    )
    this.#state.cursor = { step: 'chats', after: '' }
    return knownChatSources(deps)
  }

  async #one(source: Source, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    try {
      await source.read(this.#window, signal)
      this.#read += 1
    } catch (error) {
      if (hasStatus(error, 403)) {
        this.#refused += 1
        this.#lose(source.what, REFUSED)
      } else if (hasStatus(error, 404) || hasStatus(error, 410)) {
        if (source.whenGone !== null) this.#lose(source.what, source.whenGone)
      } else throw error
    }
  }

  async #take(key: SubscriptionKey, found: Found[]): Promise<void> {
    const { deps, aheadMs } = { deps: this.#deps, aheadMs: this.#deps.aheadMs() }
    for (let from = 0; from < found.length; from += ITEMS_AT_ONCE) {
      const context = {
        tenantId: deps.tenantId(),
        subscriptionKey: key,
        subscriptionId: deps.subscriptionIdOf(key),
        ...{ aheadMs, newSince: this.#window.from },
        receivedAt: new Date(deps.now()).toISOString(),
      }
      const items = found.slice(from, from + ITEMS_AT_ONCE).map((one) => deliveryOf(one, context))
      const added = await deps.store(items)
      this.#state.recovered += added.length
      this.#state.alreadyThere += items.length - added.length
    }
  }

  #isDone({ step, name }: Source): boolean {
    const { cursor } = this.#state
    if (!cursor) return false
    return step === cursor.step
      ? name <= cursor.after
      : STEPS.indexOf(step) < STEPS.indexOf(cursor.step)
  }

  #lose(what: string, why: string): void {
    const { lost } = this.#state
    if (lost.length >= LOST_NAMED || lost.some((one) => one.what === what)) return
    this.#state.lost = [...lost, { what, why }]
  }

  #windowOf({ since, until }: GapRecord): Window {
    const aheadMs = this.#deps.aheadMs()
    const now = this.#deps.now()
    const end = until === null ? now : Date.parse(until)
    return {
      from: Date.parse(since) - OVERLAP_MS - aheadMs,
      to: Math.max(end, Math.min(end + OVERLAP_MS, now - FRESH_MS)) - aheadMs,
    }
  }
}
