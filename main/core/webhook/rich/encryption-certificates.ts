// The certificates that Graph encrypts for: one in use, earlier ones with their private keys while anything names them.
import * as v from 'valibot'
import type { Log } from '../../log.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { RichCrypto } from '../../ports/rich-crypto.ts'
import type { SecretStore } from '../../ports/secret-store.ts'
import { Turns } from '../../turns.ts'

/** What a subscription needs to know. https://learn.microsoft.com/graph/change-notifications-with-resource-data */
export interface EncryptionCertificate {
  /** Comes back with each item; Graph allows 128 characters. */
  id: string
  /** The certificate as base64 DER, without armour. */
  base64: string
}

export interface EncryptionCertificatesOptions {
  database: Database
  secrets: SecretStore
  crypto: RichCrypto
  clock: Clock
  random: Random
  log: Log
  /** The certificates that our noted subscriptions name. */
  subscribedIds: () => Promise<string[]>
}

const RECORD_NAME = 'encryptionCertificates'
const DAY_MS = 24 * 60 * 60_000

/** About thirteen months, renewed a month before the end: seldom, and with time for whoever looks at failures. */
const LIFE_DAYS = 395
const RENEW_BEFORE_MS = 30 * DAY_MS

/** Longer than any subscription lives (three days) and Graph keeps trying to deliver (four hours). */
const KEPT_RETIRED_MS = 4 * DAY_MS
const TIDY_EVERY_MS = 60 * 60_000

const recordSchema = v.object({
  version: v.literal(1),
  certificates: v.array(
    v.object({
      id: v.string(),
      base64: v.string(),
      expiresAt: v.string(),
      /** Null for the one in use. */
      retiredAt: v.nullable(v.string()),
    }),
  ),
})

type Kept = v.InferOutput<typeof recordSchema>['certificates'][number]

export class EncryptionCertificates {
  #options: EncryptionCertificatesOptions
  #kept: Kept[] | null = null
  #keys = new Map<string, string>()
  #tidiedAt = -Infinity
  // Two subscriptions that ask at the same time must get the same certificate.
  #turns = new Turns()

  constructor(options: EncryptionCertificatesOptions) {
    this.#options = options
  }

  /** The one for new and renewed subscriptions: made on first use, replaced before it ends or when its key is lost. */
  current(): Promise<EncryptionCertificate> {
    return this.#turns.run(async () => {
      const kept = await this.#load()
      await this.#tidy(kept)
      const inUse = (await this.#load()).find(({ retiredAt }) => retiredAt === null)
      if (inUse && !this.#endsSoon(inUse) && (await this.privateKey(inUse.id)) !== undefined) {
        return { id: inUse.id, base64: inUse.base64 }
      }
      return this.#make()
    })
  }

  /** The private key as PEM; undefined when there is none. Throws AppError keychain-… or vault-…. */
  async privateKey(id: string): Promise<string | undefined> {
    const known = this.#keys.get(id)
    if (known !== undefined) return known
    const key = await this.#options.secrets.get(secretName(id))
    if (key !== undefined) this.#keys.set(id, key)
    return key
  }

  /** Forgets the keys in memory. */
  close(): void {
    this.#keys.clear()
  }

  async #make(): Promise<EncryptionCertificate> {
    const { crypto, secrets, clock, random, log } = this.#options
    const { certificate: base64, privateKeyPem } = await crypto.makeCertificate({ days: LIFE_DAYS })
    const id = `emi-${random.uuid()}`
    // In the vault before anything names it: Graph must never encrypt for a key that nobody has.
    await secrets.set(secretName(id), privateKeyPem)
    this.#keys.set(id, privateKeyPem)
    const now = clock.now()
    const expiresAt = new Date(now.getTime() + LIFE_DAYS * DAY_MS).toISOString()
    const earlier = (await this.#load()).map((one) => ({
      ...one,
      retiredAt: one.retiredAt ?? now.toISOString(),
    }))
    await this.#save([...earlier, { id, base64, expiresAt, retiredAt: null }])
    log.info('webhook', 'Made a certificate for the content of notifications.', { expiresAt })
    return { id, base64 }
  }

  /** Removes retired keys that neither a stored item nor a subscription names any more. */
  async #tidy(kept: Kept[]): Promise<void> {
    const { database, secrets, clock, log, subscribedIds } = this.#options
    const now = clock.now().getTime()
    const old = kept.filter(
      ({ retiredAt }) => retiredAt !== null && Date.parse(retiredAt) + KEPT_RETIRED_MS <= now,
    )
    if (old.length === 0 || now - this.#tidiedAt < TIDY_EVERY_MS) return
    this.#tidiedAt = now
    const subscribed = await subscribedIds()
    const gone: string[] = []
    for (const { id } of old) {
      if (subscribed.includes(id) || (await database.isCertificateNamed(id))) continue
      await secrets.delete(secretName(id))
      this.#keys.delete(id)
      gone.push(id)
    }
    if (gone.length === 0) return
    await this.#save(kept.filter(({ id }) => !gone.includes(id)))
    log.info('webhook', 'Removed earlier keys that no notification needs any more.', {
      keys: gone.length,
    })
  }

  #endsSoon({ expiresAt }: Kept): boolean {
    return Date.parse(expiresAt) - this.#options.clock.now().getTime() < RENEW_BEFORE_MS
  }

  /** What cannot be read counts as none: then a new certificate is made. */
  async #load(): Promise<Kept[]> {
    if (this.#kept) return this.#kept
    const parsed = v.safeParse(recordSchema, await this.#options.database.readRecord(RECORD_NAME))
    this.#kept = parsed.success ? parsed.output.certificates : []
    return this.#kept
  }

  async #save(certificates: Kept[]): Promise<void> {
    await this.#options.database.writeRecord(RECORD_NAME, { version: 1, certificates })
    this.#kept = certificates
  }
}

function secretName(id: string): string {
  return `encryptionKey.${id}`
}
