// Names of people, chats and channels: kept in the database, found out in the background, told to the pages.
import type { ErrorCode } from '../../contract/errors.ts'
import type { Delivery, DeliveryNames } from '../../contract/models/delivery.ts'
import { AppError } from '../app-error.ts'
import { NETWORK_CODES } from '../network-error.ts'
import { readResource } from '../hand-on/resource.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import { readPlaceName, readUserName } from './graph-message.ts'
import type { GraphReads } from './graph-reads.ts'
import { Kept } from './kept.ts'
import { isDirectoryId, personOf } from './message.ts'
import { messagePathOf, namedPlaceOf } from './message-path.ts'
import type { MessageReader } from './message-reader.ts'

/** What of the database keeps names, of people and of places. */
export type NameStore = Pick<Database, 'noteSenders' | 'readNames' | 'writeNames'>

export interface NamesDeps {
  database: NameStore
  reads: GraphReads
  reader: MessageReader
  clock: Clock
  log: Log
  onNamed: (named: DeliveryNames[]) => void
}

/** The newest matter: who looks at the log looks at its end. */
const MOST_WAITING = 500
/** The longest that a name in the log lags behind while Graph answers; also how names are told, a few at a time. */
const TELL_EVERY_MS = 500
/** Decrypting and reading for names alone leaves most of the machine to what matters. */
const PACE_MS = 50
/** After Graph could not be asked. */
const REST_MS = 60_000
/** A name is asked for again after this. */
const FRESH_MS = 24 * 60 * 60 * 1_000
/** Also how long it is remembered that a name cannot be had, such as for want of a permission. */
const KEEP_MS = 60 * 60 * 1_000
const MOST_NAMES = 5_000

/** Nobody can be asked now: waiting helps, the next one would fare no better. */
const RESTING_CODES = new Set<ErrorCode>([
  ...NETWORK_CODES,
  ...(['graph-throttled', 'graph-unavailable', 'not-set-up'] as const),
  ...(['secret-unknown', 'client-secret-wrong', 'application-missing'] as const),
])

export class Names {
  #deps: NamesDeps
  #names: Kept<string | null>
  #waiting: Delivery[] = []
  #found: (DeliveryNames & { senderId: string | null })[] = []
  #toWrite = new Map<string, string>()
  #working: Promise<void> | null = null
  #cancelWork: (() => void) | null = null
  #cancelTell: (() => void) | null = null
  #stopped = new AbortController()

  constructor(deps: NamesDeps) {
    this.#deps = deps
    this.#names = new Kept({ clock: deps.clock, keepMs: KEEP_MS, most: MOST_NAMES })
  }

  /** Has names found out for items that were stored just now. Returns at once. */
  noteStored(deliveries: Delivery[]): void {
    if (this.#stopped.signal.aborted) return
    // Looked at one by one later: storing must not wait for it.
    this.#waiting.push(...deliveries.slice(-MOST_WAITING))
    if (this.#waiting.length > MOST_WAITING) this.#waiting = this.#waiting.slice(-MOST_WAITING)
    this.#workSoon(PACE_MS)
  }

  /** The kept name of a chat or channel; null where none is known. Never asks Graph. */
  knownPlace(place: string): Promise<string | null> {
    return this.#stored(place)
  }

  /** The kept name of a person; null where none is known. Never asks Graph. */
  async knownPerson(id: string | null): Promise<string | null> {
    return id === null ? null : this.#stored(`user:${id}`)
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new DOMException('Names are no longer looked for.', 'AbortError'))
    this.#cancelWork?.()
    this.#cancelTell?.()
    await this.#working
  }

  #workSoon(ms: number): void {
    if (this.#working || this.#cancelWork || this.#stopped.signal.aborted) return
    this.#cancelWork = this.#deps.clock.after(ms, () => {
      this.#cancelWork = null
      let restMs = PACE_MS
      this.#working = this.#nameNext()
        .then((goesOn) => {
          if (!goesOn) restMs = REST_MS
        })
        .finally(() => {
          this.#working = null
          if (this.#waiting.length > 0) this.#workSoon(restMs)
        })
    })
  }

  /** False where nobody can be asked now. */
  async #nameNext(): Promise<boolean> {
    const delivery = this.#takeNameable()
    if (!delivery) return true
    try {
      const named = await this.#nameOf(delivery)
      if (named.senderName !== null || named.placeName !== null) this.#found.push(named)
      this.#tellSoon()
      return true
    } catch (error) {
      if (this.#stopped.signal.aborted) return true
      if (error instanceof AppError && RESTING_CODES.has(error.code)) {
        this.#waiting.unshift(delivery)
        return false
      }
      // One message that cannot be read: the log shows its ids.
      const code = error instanceof AppError ? error.code : 'unexpected'
      this.#deps.log.debug('webhook', 'No name was found for a notification.', { code })
      return true
    }
  }

  /** The oldest that waits and lies in a chat or channel. */
  #takeNameable(): Delivery | undefined {
    for (;;) {
      const delivery = this.#waiting.shift()
      if (!delivery) return undefined
      const { kind, origin, resource } = delivery
      const isReal = kind === 'changeNotification' && origin !== 'test'
      if (isReal && namedPlaceOf(resource) !== null) return delivery
    }
  }

  async #nameOf(delivery: Delivery): Promise<DeliveryNames & { senderId: string | null }> {
    const { reader } = this.#deps
    const { signal } = this.#stopped
    const { kind } = readResource(delivery.resource)
    // A chat that changed may have been given another topic.
    const placeName = await this.#placeName(delivery, { anew: kind === 'chat' })
    const isMessage = messagePathOf(delivery.resource) !== null
    const message = isMessage
      ? await reader.read(delivery, { priority: 'background', signal })
      : null
    const person = message && personOf(message.from)
    const senderId = person?.id ?? null
    const senderName = person && (await this.#personName(person))
    return { deliveryId: delivery.id, senderName, placeName, senderId }
  }

  async #personName({
    id,
    name,
  }: {
    id: string | null
    name: string | null
  }): Promise<string | null> {
    if (id === null) return name
    const key = `user:${id}`
    if (name !== null) {
      if ((await this.#stored(key)) !== name) this.#note(key, name)
      return name
    }
    // Guests without an account and applications are not in the directory.
    if (!isDirectoryId(id)) return this.#stored(key)
    const path = `/users/${encodeURIComponent(id)}`
    return this.#asked(key, async () =>
      readUserName(await this.#read(path, { $select: 'id,displayName' })),
    )
  }

  #placeName(delivery: Delivery, { anew }: { anew: boolean }): Promise<string | null> {
    const found = namedPlaceOf(delivery.resource)
    if (!found) return Promise.resolve(null)
    const isChat = found.place.startsWith('chat:')
    const query: Record<string, string> = isChat
      ? { $expand: 'members' }
      : { $select: 'id,displayName' }
    return this.#asked(
      found.place,
      async () => readPlaceName(await this.#read(found.placePath, query)),
      anew ? Date.parse(delivery.receivedAt) : 0,
    )
  }

  /** The name by memory, by the database while it is fresh, else by Graph; null where Graph does not tell it. */
  #asked(key: string, ask: () => Promise<string | null>, notBefore = 0): Promise<string | null> {
    return this.#names.get(
      `fresh:${key}`,
      async () => {
        const [row] = await this.#deps.database.readNames([key])
        const freshSince = Math.max(notBefore, this.#deps.clock.now().getTime() - FRESH_MS)
        if (row && Date.parse(row.at) >= freshSince) return row.name
        try {
          const name = await ask()
          if (name !== null) this.#note(key, name)
          return name
        } catch (error) {
          // Not permitted, or gone: what is known stays.
          const isRefused = error instanceof AppError && !RESTING_CODES.has(error.code)
          if (isRefused) return row?.name ?? null
          throw error
        }
      },
      { notBefore },
    )
  }

  #stored(key: string): Promise<string | null> {
    const noted = this.#toWrite.get(key)
    if (noted !== undefined) return Promise.resolve(noted)
    return this.#names.get(`stored:${key}`, async () => {
      const [row] = await this.#deps.database.readNames([key])
      return row?.name ?? null
    })
  }

  #read(path: string, query: Record<string, string>): Promise<unknown> {
    const { signal } = this.#stopped
    return this.#deps.reads.get(path, { key: null, priority: 'background', query, signal })
  }

  #note(key: string, name: string): void {
    this.#toWrite.set(key, name)
    this.#names.set(`stored:${key}`, name)
  }

  #tellSoon(): void {
    this.#cancelTell ??= this.#deps.clock.after(TELL_EVERY_MS, () => {
      this.#cancelTell = null
      void this.#tell()
    })
  }

  async #tell(): Promise<void> {
    const { database, clock, log, onNamed } = this.#deps
    const at = clock.now().toISOString()
    const names = [...this.#toWrite].map(([key, name]) => ({ key, name, at }))
    const found = this.#found
    this.#toWrite.clear()
    this.#found = []
    try {
      if (names.length > 0) await database.writeNames(names)
      const senders = found.flatMap(({ deliveryId, senderId }) =>
        senderId === null ? [] : [{ deliveryId, senderId }],
      )
      if (senders.length > 0) await database.noteSenders(senders)
    } catch (error) {
      const reason = error instanceof Error ? error.message : typeof error
      log.warning('inbox', 'Names could not be kept.', { reason })
    }
    if (found.length === 0) return
    onNamed(found.map(({ senderId: _, ...named }) => named))
  }
}
