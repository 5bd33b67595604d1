// The subscriptions we made, kept in the database so that we recognise them after a restart. No clientState.
import * as v from 'valibot'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import type { Database } from '../ports/database.ts'

export interface SubscriptionRecord {
  key: SubscriptionKey
  subscriptionId: string
  resource: string
  notificationUrl: string
  lifecycleNotificationUrl: string
  expirationDateTime: string
  createdAt: string
  renewedAt: string | null
  /** The certificate that Graph encrypts the content for; null or absent without content. */
  encryptionCertificateId?: string | null
}

/** The public addresses that subscriptions were made for. */
export interface Addresses {
  current: string | null
  /** The latest first. */
  earlier: { url: string; leftAt: string }[]
}

/** How a place stands towards the other server that held it. */
export interface SharedPlace {
  key: SubscriptionKey
  state: 'taken' | 'observed' | 'handed-back'
  host: string
  since: string
  takeWhenFree: boolean
}

const RECORD_NAME = 'subscriptions'

const keySchema = v.custom<SubscriptionKey>(
  (value) =>
    typeof value === 'string' && /^(chats|chat-messages|channel-messages|user:.+)$/.test(value),
)

const recordsSchema = v.object({
  version: v.literal(1),
  subscriptions: v.array(
    v.object({
      key: keySchema,
      subscriptionId: v.string(),
      resource: v.string(),
      notificationUrl: v.string(),
      lifecycleNotificationUrl: v.string(),
      expirationDateTime: v.string(),
      createdAt: v.string(),
      renewedAt: v.nullable(v.string()),
      encryptionCertificateId: v.optional(v.nullable(v.string()), null),
    }),
  ),
  addresses: v.optional(
    v.object({
      current: v.nullable(v.string()),
      earlier: v.array(v.object({ url: v.string(), leftAt: v.string() })),
    }),
    () => ({ current: null, earlier: [] }),
  ),
  places: v.optional(
    v.array(
      v.object({
        key: keySchema,
        state: v.picklist(['taken', 'observed', 'handed-back']),
        host: v.string(),
        since: v.string(),
        takeWhenFree: v.boolean(),
      }),
    ),
    () => [],
  ),
})

export class SubscriptionRecords {
  #database: Database
  #records = new Map<SubscriptionKey, SubscriptionRecord>()
  #addresses: Addresses = { current: null, earlier: [] }
  #places = new Map<SubscriptionKey, SharedPlace>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Reads the records. What cannot be read counts as none: Graph is asked what exists anyway. */
  async load(): Promise<void> {
    const parsed = v.safeParse(recordsSchema, await this.#database.readRecord(RECORD_NAME))
    const stored = parsed.success ? parsed.output : null
    this.#records = new Map((stored?.subscriptions ?? []).map((record) => [record.key, record]))
    this.#places = new Map((stored?.places ?? []).map((place) => [place.key, place]))
    this.#addresses = stored?.addresses ?? { current: null, earlier: [] }
  }

  get addresses(): Addresses {
    return this.#addresses
  }

  async setAddresses(addresses: Addresses): Promise<void> {
    this.#addresses = addresses
    await this.#save()
  }

  /** How the place stands towards another server; undefined where there is none. */
  place(key: SubscriptionKey): SharedPlace | undefined {
    return this.#places.get(key)
  }

  async setPlace(place: SharedPlace): Promise<void> {
    this.#places.set(place.key, place)
    await this.#save()
  }

  async endPlace(key: SubscriptionKey): Promise<void> {
    if (this.#places.delete(key)) await this.#save()
  }

  get all(): SubscriptionRecord[] {
    return [...this.#records.values()]
  }

  get(key: SubscriptionKey): SubscriptionRecord | undefined {
    return this.#records.get(key)
  }

  async set(record: SubscriptionRecord): Promise<void> {
    this.#records.set(record.key, record)
    await this.#save()
  }

  async delete(key: SubscriptionKey): Promise<void> {
    if (this.#records.delete(key)) await this.#save()
  }

  async #save(): Promise<void> {
    await this.#database.writeRecord(RECORD_NAME, {
      version: 1,
      subscriptions: this.all,
      addresses: this.#addresses,
      places: [...this.#places.values()],
    })
  }
}

/** The certificates that noted subscriptions name. */
export async function subscribedCertificateIds(database: Database): Promise<string[]> {
  const records = new SubscriptionRecords(database)
  await records.load()
  return records.all.flatMap(({ encryptionCertificateId: id }) => id ?? [])
}
