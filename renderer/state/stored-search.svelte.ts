// Searching stored notifications: what is wanted, what was found so far, and how far back was looked.
import type { ErrorReport } from '../../main/contract/errors.ts'
import type { DeliveryFilter, FoundDelivery } from '../../main/contract/models.ts'
import type { EmiClient } from '../../main/contract/protocol.ts'
import { toErrorReport } from '../client.ts'

/** The chips above the list; each is one filter. */
export const storedFilters = {
  all: {},
  dead: { handOn: 'dead' },
  waiting: { handOn: 'waiting' },
  'catch-up': { origin: 'catch-up' },
  refused: { verdict: 'refused' },
  lifecycle: { kind: 'lifecycleNotification' },
  test: { origin: 'test' },
} satisfies Record<string, DeliveryFilter>

export type StoredFilter = keyof typeof storedFilters

const perPage = 200

export class StoredSearch {
  filter = $state<StoredFilter>('all')
  text = $state('')
  /** As the field has them, in this computer's time; empty for any. */
  from = $state('')
  to = $state('')
  found = $state.raw<FoundDelivery[]>([])
  /** Before which id to go on; null when there is nothing older. */
  nextBeforeId = $state<number | null>(null)
  searchedBackTo = $state<string | null>(null)
  tooManyNames = $state(false)
  searching = $state(false)
  error = $state.raw<ErrorReport | null>(null)

  readonly #client: EmiClient
  #round = 0

  constructor(client: EmiClient) {
    this.#client = client
  }

  wanted = $derived.by((): DeliveryFilter => {
    const text = this.text.trim()
    return {
      ...storedFilters[this.filter],
      ...(text !== '' && { text }),
      ...(this.from !== '' && { from: isoOf(this.from) }),
      ...(this.to !== '' && { to: isoOf(this.to) }),
    }
  })

  /** Searches anew. Never rejects; an answer to an earlier question is dropped. */
  search(): Promise<void> {
    this.#round += 1
    return this.#read(this.#round)
  }

  /** Goes on with what is older. */
  async more(): Promise<void> {
    const beforeId = this.nextBeforeId
    if (!this.searching && beforeId !== null) await this.#read(this.#round, beforeId)
  }

  async #read(round: number, beforeId?: number): Promise<void> {
    this.searching = true
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
    } finally {
      if (round === this.#round) this.searching = false
    }
  }
}

/** The field has this computer's time, without a zone. */
function isoOf(localTime: string): string {
  return new Date(localTime).toISOString()
}
