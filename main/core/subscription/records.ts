// The subscriptions we made, kept in the database so that we recognise them after a restart. No clientState.
import * as v from 'valibot'
import type { SubscriptionKey } from '../../contract/models.ts'
import type { Database } from '../ports.ts'

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
})

export class SubscriptionRecords {
  #database: Database
  #records = new Map<SubscriptionKey, SubscriptionRecord>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Reads the records. What cannot be read counts as none: Graph is asked what exists anyway. */
  async load(): Promise<void> {
    const parsed = v.safeParse(recordsSchema, await this.#database.readRecord(RECORD_NAME))
    this.#records = new Map(
      (parsed.success ? parsed.output.subscriptions : []).map((record) => [record.key, record]),
    )
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
    await this.#database.writeRecord(RECORD_NAME, { version: 1, subscriptions: this.all })
  }
}

/** The certificates that noted subscriptions name. */
export async function subscribedCertificateIds(database: Database): Promise<string[]> {
  const records = new SubscriptionRecords(database)
  await records.load()
  return records.all.flatMap(({ encryptionCertificateId: id }) => id ?? [])
}
