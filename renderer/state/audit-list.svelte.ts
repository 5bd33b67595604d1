// The audit trail as the page shows it: read page by page, read on when it grows, searched and filtered.
import type { ErrorReport } from '../../main/contract/errors.ts'
import type { Mode } from '../../main/contract/models/connection.ts'
import type { AuditEntry } from '../../main/contract/models/removal.ts'
import type { EmiClient } from '../../main/contract/protocol.ts'
import { toErrorReport } from '../client.ts'

/** The chips above the table. */
export type AuditFilter = 'all' | AuditEntry['action'] | 'trouble'

/** How many entries are drawn at first, and how many more at each request. */
const shownAtOnce = 100

/** Follows the trail of one connection at a time. */
export class AuditList {
  /** The oldest first, as the core gives them. */
  #entries = $state.raw<AuditEntry[]>([])
  filter = $state<AuditFilter>('all')
  search = $state('')
  /** False until everything up to the newest entry has been read once. */
  loaded = $state(false)
  error = $state.raw<ErrorReport | null>(null)
  #shown = $state(shownAtOnce)

  readonly #client: EmiClient
  #mode: Mode | null = null
  #wantedId = 0
  #reading = false

  constructor(client: EmiClient) {
    this.#client = client
  }

  total = $derived(this.#entries.length)
  /** Those that match, the newest first. */
  matching = $derived.by(() => {
    const words = this.search.trim().toLowerCase()
    return this.#entries
      .filter((entry) => isOfKind(entry, this.filter) && contains(entry, words))
      .toReversed()
  })
  visible = $derived(this.matching.slice(0, this.#shown))

  /** Reads what is missing up to the newest entry. Never rejects; call it again whenever the state changes. */
  async follow(mode: Mode | null, lastId: number): Promise<void> {
    if (mode !== this.#mode || lastId < this.#wantedId) this.#reset()
    this.#mode = mode
    this.#wantedId = lastId
    if (this.#reading) return
    this.#reading = true
    try {
      await this.#readOn()
      this.loaded = true
      this.error = null
    } catch (error) {
      this.error = toErrorReport(error)
    } finally {
      this.#reading = false
    }
  }

  showMore(): void {
    this.#shown += shownAtOnce
  }

  clearFilter(): void {
    this.filter = 'all'
    this.search = ''
  }

  async #readOn(): Promise<void> {
    while (this.#lastId() < this.#wantedId) {
      const entries = this.#entries
      const added = await this.#client.call('audit.list', { afterId: this.#lastId() })
      // Begun anew meanwhile, such as with the other tenant: this answer belongs to the old one.
      if (this.#entries !== entries) continue
      if (added.length === 0) return
      this.#entries = [...entries, ...added]
    }
  }

  #lastId(): number {
    return this.#entries.at(-1)?.id ?? 0
  }

  #reset(): void {
    this.#entries = []
    this.loaded = false
    this.#shown = shownAtOnce
  }
}

function isOfKind(entry: AuditEntry, filter: AuditFilter): boolean {
  if (filter === 'all') return true
  return filter === 'trouble' ? entry.outcome !== 'done' : entry.action === filter
}

function contains(entry: AuditEntry, words: string): boolean {
  if (words === '') return true
  return [
    entry.account,
    entry.object,
    entry.name,
    entry.path,
    entry.requestId ?? '',
    entry.clientRequestId,
  ].some((text) => text.toLowerCase().includes(words))
}
