// Searching stored notifications: what is wanted, what was found so far, and how far back was looked.
import type { ErrorReport } from '../../main/contract/errors.ts'
import type { DeliveryFilter, FoundDelivery } from '../../main/contract/models/delivery.ts'
import type { EmiClient } from '../../main/contract/protocol.ts'
import { toErrorReport } from '../client.ts'

/** The filters above the list, each with what can be chosen; they are combined. */
export const storedChoices = {
  what: {
    created: { kind: 'changeNotification', changeType: 'created' },
    updated: { kind: 'changeNotification', changeType: 'updated' },
    deleted: { kind: 'changeNotification', changeType: 'deleted' },
    lifecycle: { kind: 'lifecycleNotification' },
  },
  origin: {
    graph: { origin: 'graph' },
    'catch-up': { origin: 'catch-up' },
    test: { origin: 'test' },
  },
  handOn: {
    waiting: { handOn: 'waiting' },
    done: { handOn: 'done' },
    dead: { handOn: 'dead' },
    none: { handOn: 'none' },
  },
  content: {
    none: { verdict: 'none' },
    waiting: { verdict: 'waiting' },
    valid: { verdict: 'valid' },
    refused: { verdict: 'refused' },
  },
} satisfies Record<string, Record<string, DeliveryFilter>>

export type StoredField = keyof typeof storedChoices
export const storedFields = Object.keys(storedChoices) as StoredField[]

/** Since when; `between` shows fields for both ends. */
export const storedTimes = ['hour', 'day', 'week', 'between'] as const
type StoredTime = (typeof storedTimes)[number] | 'any'

const HOUR_MS = 60 * 60_000
const spans = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS }

const nothingChosen: Record<StoredField, string> = { what: '', origin: '', handOn: '', content: '' }

const perPage = 200

export class StoredSearch {
  /** What was chosen of each filter; empty for any. */
  chosen = $state<Record<StoredField, string>>({ ...nothingChosen })
  time = $state<StoredTime>('any')
  /** As the field has them, in this computer's time; empty for any. */
  from = $state('')
  to = $state('')
  text = $state('')
  found = $state.raw<FoundDelivery[]>([])
  /** Before which id to go on; null when there is nothing older. */
  nextBeforeId = $state<number | null>(null)
  searchedBackTo = $state<string | null>(null)
  tooManyNames = $state(false)
  searching = $state(false)
  error = $state.raw<ErrorReport | null>(null)

  readonly #client: EmiClient
  readonly #now: () => number
  #round = 0
  #asking = false

  constructor(client: EmiClient, now: () => number) {
    this.#client = client
    this.#now = now
  }

  wanted = $derived.by((): DeliveryFilter => {
    const chosen = storedFields.map((field) => {
      const choices: Record<string, DeliveryFilter> = storedChoices[field]
      return choices[this.chosen[field]]
    })
    const text = this.text.trim()
    return Object.assign({}, ...chosen, this.#times(), text !== '' && { text }) as DeliveryFilter
  })

  /** Whether anything is left out. */
  filtered = $derived(Object.keys(this.wanted).length > 0)

  /** Shows everything again. */
  clear(): void {
    this.chosen = { ...nothingChosen }
    this.time = 'any'
    this.text = ''
  }

  /** Takes what one of those that were found has become. */
  put(one: FoundDelivery): void {
    this.found = this.found.map((known) => (known.id === one.id ? one : known))
  }

  /** True where it was looked at the notification of this id: then it is found, or does not match. */
  reaches(id: number): boolean {
    return this.nextBeforeId === null || id >= this.nextBeforeId
  }

  /** Searches anew, at once. What changes until the answer is there makes one more search. Never rejects. */
  async search(): Promise<void> {
    this.#round += 1
    this.searching = true
    if (this.#asking) return
    this.#asking = true
    for (let round = -1; round !== this.#round;) {
      round = this.#round
      await this.#read(round)
    }
    this.#asking = false
    this.searching = false
  }

  /** Goes on with what is older. */
  async more(): Promise<void> {
    const beforeId = this.nextBeforeId
    if (this.searching || beforeId === null) return
    this.searching = true
    const round = this.#round
    await this.#read(round, beforeId)
    if (round === this.#round) this.searching = false
  }

  async #read(round: number, beforeId?: number): Promise<void> {
    try {
      const page = await this.#client.call('delivery.search', {
        ...this.wanted,
        limit: perPage,
        ...(beforeId !== undefined && { beforeId }),
      })
      if (round !== this.#round) return
      this.found = beforeId === undefined ? page.found : [...this.found, ...page.found]
      this.nextBeforeId = page.nextBeforeId
      this.searchedBackTo = page.searchedBackTo
      this.tooManyNames = page.tooManyNames
      this.error = null
    } catch (error) {
      if (round === this.#round) this.error = toErrorReport(error)
    }
  }

  #times(): DeliveryFilter {
    if (this.time === 'any') return {}
    if (this.time !== 'between') {
      return { from: isoOf(this.#now() - spans[this.time]) }
    }
    return {
      ...(this.from !== '' && { from: isoOf(this.from) }),
      ...(this.to !== '' && { to: isoOf(this.to) }),
    }
  }
}

/** A field has this computer's time, without a zone. */
function isoOf(time: string | number): string {
  return new Date(time).toISOString()
}
