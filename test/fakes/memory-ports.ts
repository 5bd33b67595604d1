// In-memory versions of the core's smaller ports, for unit tests.
import type { HandOnEntry } from '../../main/contract/models/contact-center.ts'
import type { Delivery } from '../../main/contract/models/delivery.ts'
import type { LogEntry } from '../../main/contract/models/log.ts'
import type { AuditEntry } from '../../main/contract/models/removal.ts'
import { isLateRepeat, unseenChange, versionIn } from '../../main/node/seen-versions.ts'
import { placeOf } from '../../main/core/hand-on/resource.ts'
import { LogBook } from '../../main/core/log.ts'
import type { Clock, Random } from '../../main/core/ports/clock.ts'
import type { Database, NewAuditEntry } from '../../main/core/ports/database.ts'
import type { HandOnResult, HandOnRow } from '../../main/core/ports/hand-on.ts'
import type { SecretStore } from '../../main/core/ports/secret-store.ts'
import type {
  ContentVerdict,
  DatabaseSize,
  DeliveryMatches,
  DeliveryQuery,
  JudgedDeliveries,
  KnownName,
  NewDelivery,
  StoredDelivery,
  UnjudgedDelivery,
} from '../../main/core/ports/stored.ts'

/** Secrets in a Map. */
export class MemorySecrets implements SecretStore {
  readonly values = new Map<string, string>()

  get(name: string): Promise<string | undefined> {
    return Promise.resolve(this.values.get(name))
  }
  set(name: string, value: string): Promise<void> {
    this.values.set(name, value)
    return Promise.resolve()
  }
  delete(name: string): Promise<void> {
    this.values.delete(name)
    return Promise.resolve()
  }
  clear(): Promise<void> {
    this.values.clear()
    return Promise.resolve()
  }
}

interface MemoryContent {
  certificateId: string
  sealedTokens: string | null
  verdict: ContentVerdict
  reason: string | null
}

interface MemoryHandOn {
  lane: string
  state: 'waiting' | 'done' | 'dead'
  attempts: number
  queuedAt: string
  nextAttemptAt: string | null
  lastError: string | null
}

function newHandOn(lane: string, queuedAt: string): MemoryHandOn {
  return {
    ...{ lane, queuedAt, state: 'waiting', attempts: 0 },
    ...{ nextAttemptAt: null, lastError: null },
  }
}

function withoutDetail({
  itemJson: _,
  headers: __,
  place: ___,
  ...delivery
}: StoredDelivery): Delivery {
  return delivery
}

/** A Database in memory. Records pass through JSON, as on disk. */
export class MemoryDatabase implements Database {
  readonly records = new Map<string, string>()
  readonly deliveries: StoredDelivery[] = []
  readonly names = new Map<string, KnownName>()
  /** What is kept beside the deliveries that have content, by their id. */
  readonly contents = new Map<number, MemoryContent>()
  readonly identities = new Set<string>()
  /** What is to be handed on, by the id of the delivery. */
  readonly handOn = new Map<number, MemoryHandOn>()
  /** Thrown by the next addDeliveries, once. */
  failNext: Error | null = null

  /** What would lie on disk, for whoever starts after a kill. */
  copy(): MemoryDatabase {
    const other = new MemoryDatabase()
    for (const [name, json] of this.records) other.records.set(name, json)
    other.deliveries.push(...structuredClone(this.deliveries))
    for (const identity of this.identities) other.identities.add(identity)
    for (const [id, row] of this.handOn) other.handOn.set(id, { ...row })
    return other
  }
  readRecord(name: string): Promise<unknown> {
    const text = this.records.get(name)
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as unknown))
  }
  writeRecord(name: string, value: unknown): Promise<void> {
    this.records.set(name, JSON.stringify(value))
    return Promise.resolve()
  }
  deleteRecord(name: string): Promise<void> {
    this.records.delete(name)
    return Promise.resolve()
  }
  nextTurn(): Promise<void> {
    return Promise.resolve()
  }
  addDeliveries(items: NewDelivery[]): Promise<Delivery[]> {
    if (this.failNext) {
      const error = this.failNext
      this.failNext = null
      return Promise.reject(error)
    }
    const fresh = items
      .flatMap((item) => this.#fresh(item) ?? [])
      .filter(({ identity }) => {
        if (identity === undefined) return true
        const isNew = !this.identities.has(identity)
        this.identities.add(identity)
        return isNew
      })
    const added = fresh.map(({ content, identity: _, handOnLane: lane, ...item }, index) => {
      const id = (this.deliveries.at(-1)?.id ?? 0) + index + 1
      if (lane !== undefined) this.handOn.set(id, newHandOn(lane, item.receivedAt))
      if (content) this.contents.set(id, { ...content, verdict: 'waiting', reason: null })
      const { headers = null, origin = 'graph', senderId = null, place = null } = item
      return { id, ...item, headers, origin, senderId, place }
    })
    this.deliveries.push(...added)
    return Promise.resolve(added.map(withoutDetail))
  }
  unseenOf(items: NewDelivery[]): Promise<NewDelivery[]> {
    return Promise.resolve(items.filter((item) => item.caughtUp && this.#fresh(item) !== null))
  }
  knownPlaces(prefix: string, after: string, limit: number): Promise<string[]> {
    const places = new Set(this.deliveries.flatMap(({ resource }) => placeOf(resource) ?? []))
    const found = [...places].filter((place) => place.startsWith(prefix) && place > after)
    return Promise.resolve(found.sort().slice(0, limit))
  }
  /** As SeenRows decides it. */
  #fresh(item: NewDelivery): NewDelivery | null {
    // Only what was caught up makes a notification a repetition; most items have none, and nothing is parsed.
    const stored = this.deliveries
      .filter(
        ({ resource, origin }) =>
          resource === item.resource && resource !== '' && (item.caughtUp || origin === 'catch-up'),
      )
      .map((one) => ({ ...one, ...versionIn(one.itemJson) }))
    if (item.caughtUp) {
      const changeType = unseenChange({ ...item.caughtUp, changeType: item.changeType }, stored)
      return changeType === null ? null : { ...item, changeType }
    }
    if (stored.length === 0) return item
    return isLateRepeat({ ...item, ...versionIn(item.itemJson) }, stored) ? null : item
  }
  getDelivery(id: number): Promise<StoredDelivery | undefined> {
    return Promise.resolve(this.deliveries.find((delivery) => delivery.id === id))
  }
  latestDeliveries(limit: number): Promise<Delivery[]> {
    return Promise.resolve(this.deliveries.slice(-limit).reverse().map(withoutDetail))
  }
  /** By the plain conditions; looks at everything at once. */
  searchDeliveries(query: DeliveryQuery): Promise<DeliveryMatches> {
    const { from, to, kind, origin, place, senderId, handOn, anyOf, beforeId = Infinity } = query
    const fits = (delivery: StoredDelivery) =>
      delivery.id < beforeId &&
      delivery.receivedAt >= (from ?? '') &&
      delivery.receivedAt < (to ?? '~') &&
      (kind ?? delivery.kind) === delivery.kind &&
      (origin ?? delivery.origin) === delivery.origin &&
      (place ?? delivery.place) === delivery.place &&
      (senderId ?? delivery.senderId) === delivery.senderId &&
      (handOn === undefined || (this.handOn.get(delivery.id)?.state ?? 'none') === handOn) &&
      (anyOf === undefined ||
        anyOf.some((term) =>
          Object.entries(term).every(
            ([name, value]) => delivery[name as keyof StoredDelivery] === value,
          ),
        ))
    const matching = this.deliveries.filter(fits).reverse()
    const found = matching.slice(0, query.limit)
    const last = matching.length > found.length ? found.at(-1) : undefined
    return Promise.resolve({
      found: found.map((delivery) => {
        const row = this.handOn.get(delivery.id)
        return {
          ...{ ...withoutDetail(delivery), place: delivery.place },
          verdict: this.contents.get(delivery.id)?.verdict ?? null,
          handOn: row ? { ...row, doneAt: null } : null,
        }
      }),
      reachedId: last?.id ?? null,
      reachedAt: last?.receivedAt ?? null,
    })
  }
  findNames(text: string, limit: number): Promise<string[]> {
    const names = [...this.names.values()].filter(({ name }) =>
      name.toLowerCase().includes(text.toLowerCase()),
    )
    return Promise.resolve(names.slice(0, limit).map(({ key }) => key))
  }
  findChannels(channelId: string, limit: number): Promise<string[]> {
    const places = new Set(this.deliveries.flatMap(({ place }) => place ?? []))
    const fitting = [...places].filter(
      (place) => place.startsWith('channel:') && place.endsWith(`/${channelId}`),
    )
    return Promise.resolve(fitting.slice(0, limit))
  }
  noteSenders(senders: { deliveryId: number; senderId: string }[]): Promise<void> {
    for (const { deliveryId, senderId } of senders) {
      const delivery = this.deliveries.find(({ id }) => id === deliveryId)
      if (delivery) delivery.senderId = senderId
    }
    return Promise.resolve()
  }
  readNames(keys: string[]): Promise<KnownName[]> {
    return Promise.resolve(keys.flatMap((key) => this.names.get(key) ?? []))
  }
  writeNames(names: KnownName[]): Promise<void> {
    for (const name of names) this.names.set(name.key, name)
    return Promise.resolve()
  }
  deleteUnusedNames({ before }: { before: string }): Promise<{
    deleted: number
    lastKey: string | null
  }> {
    const used = new Set(
      this.deliveries.flatMap(({ place, resourceId, senderId }) => [
        place,
        `user:${resourceId}`,
        `user:${senderId}`,
      ]),
    )
    const unused = [...this.names.values()].filter(({ key, at }) => at < before && !used.has(key))
    for (const { key } of unused) this.names.delete(key)
    return Promise.resolve({ deleted: unused.length, lastKey: null })
  }
  deleteDeliveries({
    before,
    afterId,
    limit,
  }: {
    before: string
    afterId: number
    limit: number
  }): Promise<{ deleted: number; lastId: number | null }> {
    const seen = this.deliveries.filter(({ id }) => id > afterId).slice(0, limit)
    const old = seen.filter(({ receivedAt }) => receivedAt < before)
    for (const delivery of old) this.deliveries.splice(this.deliveries.indexOf(delivery), 1)
    return Promise.resolve({
      deleted: old.length,
      lastId: old.length > 0 ? (seen.at(-1)?.id ?? null) : null,
    })
  }
  /** A kibibyte each. */
  size(): Promise<DatabaseSize> {
    return Promise.resolve({ used: this.deliveries.length * 1_024, free: 0 })
  }
  giveBack(): Promise<void> {
    return Promise.resolve()
  }
  unjudgedDeliveries(afterId: number, limit: number): Promise<UnjudgedDelivery[]> {
    const waiting = this.deliveries.flatMap(({ id, receivedAt, tenantId, subscriptionKey }) => {
      const content = this.contents.get(id)
      if (content?.verdict !== 'waiting' || id <= afterId) return []
      return [
        { id, receivedAt, tenantId, subscriptionKey, sealedTokens: content.sealedTokens ?? '' },
      ]
    })
    return Promise.resolve(waiting.slice(0, limit))
  }
  setVerdicts(verdicts: JudgedDeliveries[]): Promise<void> {
    for (const { ids, verdict, reason } of verdicts) {
      for (const id of ids) {
        const content = this.contents.get(id)
        if (content) this.contents.set(id, { ...content, verdict, reason, sealedTokens: null })
      }
    }
    return Promise.resolve()
  }
  readVerdict(id: number): ReturnType<Database['readVerdict']> {
    const content = this.contents.get(id)
    return Promise.resolve(content && { verdict: content.verdict, reason: content.reason })
  }
  isCertificateNamed(certificateId: string): Promise<boolean> {
    const contents = [...this.contents.values()]
    return Promise.resolve(contents.some((content) => content.certificateId === certificateId))
  }
  handOnLanes(after: string, limit: number): Promise<string[]> {
    const waiting = [...this.handOn.values()].filter(({ state }) => state === 'waiting')
    const names = [...new Set(waiting.map(({ lane }) => lane))].filter((name) => name > after)
    return Promise.resolve(names.sort().slice(0, limit))
  }
  nextHandOn(lane: string): Promise<HandOnRow | undefined> {
    const delivery = this.deliveries.find(({ id }) => {
      const row = this.handOn.get(id)
      return row?.lane === lane && row.state === 'waiting'
    })
    const row = delivery && this.handOn.get(delivery.id)
    if (!row) return Promise.resolve(undefined)
    const { attempts, queuedAt, nextAttemptAt } = row
    return Promise.resolve({ delivery: withoutDetail(delivery), attempts, queuedAt, nextAttemptAt })
  }
  noteHandOn(results: HandOnResult[]): Promise<void> {
    for (const { deliveryId, ...result } of results) {
      const row = this.handOn.get(deliveryId)
      if (row?.state !== 'waiting') continue
      this.handOn.set(deliveryId, { ...row, nextAttemptAt: null, lastError: null, ...result })
    }
    return Promise.resolve()
  }
  countHandOn(): Promise<{ waiting: number; dead: number }> {
    const of = (state: string) =>
      [...this.handOn.values()].filter((row) => row.state === state).length
    return Promise.resolve({ waiting: of('waiting'), dead: of('dead') })
  }
  listHandOn(state: 'waiting' | 'dead', limit: number): Promise<HandOnEntry[]> {
    const entries = [...this.handOn].flatMap(([deliveryId, row]) => {
      const { attempts, nextAttemptAt, lastError } = row
      return row.state === state ? [{ deliveryId, state, attempts, nextAttemptAt, lastError }] : []
    })
    return Promise.resolve(entries.slice(0, limit))
  }
  queueHandOn(
    what: 'dead' | { deliveryId: number; lane: string }[],
    queuedAt: string,
  ): Promise<number> {
    const dead = [...this.handOn].filter(([, { state }]) => state === 'dead')
    const rows =
      what === 'dead' ? dead.map(([deliveryId, { lane }]) => ({ deliveryId, lane })) : what
    for (const { deliveryId, lane } of rows) this.handOn.set(deliveryId, newHandOn(lane, queuedAt))
    return Promise.resolve(rows.length)
  }
  giveUpHandOn(queuedUntil: string, lastError: string): Promise<number> {
    const old = [...this.handOn].filter(
      ([, row]) => row.state === 'waiting' && row.queuedAt <= queuedUntil,
    )
    for (const [id, row] of old) {
      this.handOn.set(id, { ...row, state: 'dead', nextAttemptAt: null, lastError })
    }
    return Promise.resolve(old.length)
  }
  readonly audit: AuditEntry[] = []
  addAuditEntry(entry: NewAuditEntry): Promise<number> {
    const id = (this.audit.at(-1)?.id ?? 0) + 1
    this.audit.push({ ...(JSON.parse(JSON.stringify(entry)) as NewAuditEntry), id })
    return Promise.resolve(id)
  }
  auditEntriesAfter(id: number, limit: number): Promise<AuditEntry[]> {
    return Promise.resolve(this.audit.filter((entry) => entry.id > id).slice(0, limit))
  }
  lastAuditId(): Promise<number> {
    return Promise.resolve(this.audit.at(-1)?.id ?? 0)
  }
  erase(what: 'deliveries' | 'records' | 'everything'): Promise<void> {
    if (what !== 'records') {
      this.deliveries.length = 0
      this.names.clear()
      this.handOn.clear()
      this.identities.clear()
      this.contents.clear()
    }
    if (what !== 'deliveries') {
      this.records.clear()
      this.audit.length = 0
    }
    return Promise.resolve()
  }
  countDeliveries(): Promise<number> {
    return Promise.resolve(this.deliveries.length)
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Random values that repeat from run to run. Not random at all: for tests only. */
export function seededRandom(seed = 1): Random {
  let state = seed
  const next = () => {
    // Park and Miller's minimal standard generator.
    state = (state * 48_271) % 2_147_483_647
    return state
  }
  const bytes = (length: number) => Uint8Array.from({ length }, () => next() % 256)
  return {
    bytes,
    uuid: () => {
      const hex = [...bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      return [8, 12, 16, 20, 32].map((end, i, ends) => hex.slice(ends[i - 1] ?? 0, end)).join('-')
    },
    fraction: () => next() / 2_147_483_647,
  }
}

/** A log whose entries a test can read. */
export function memoryLog(clock: Clock): LogBook & { readonly entries: LogEntry[] } {
  const entries: LogEntry[] = []
  return Object.assign(new LogBook({ clock, sink: (entry) => entries.push(entry) }), { entries })
}
