// The subscriptions that exist: kept, expired, paused while their token is over, sealed for a snapshot.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { SubscribedResource } from './subscription-resources.ts'
import type { Tenant } from './tenant.ts'

export interface SubscriptionRecord {
  readonly id: string
  readonly applicationId: string
  readonly creatorId: string
  /** The person, for a delegated subscription. */
  readonly personId: string | null
  readonly resource: string
  readonly changeType: string
  notificationUrl: string
  readonly lifecycleNotificationUrl: string | null
  readonly notificationUrlAppId: string | null
  readonly latestSupportedTlsVersion: string
  readonly includeResourceData: boolean
  encryptionCertificate: string | null
  encryptionCertificateId: string | null
  expiresAt: number
  /** Until when the token that created or renewed it is good; delivery pauses after that. */
  tokenExpiresAt: number
  wasAskedToReauthorize: boolean
  /** null only while it is sealed. */
  clientState: string | null
  hasClientState: boolean
  sealed: Sealed | null
}

/** A clientState that only the application's own clientSecret opens. */
export interface Sealed {
  keyId: string
  iv: string
  data: string
}

export interface LiveSubscription {
  readonly record: SubscriptionRecord
  readonly resource: SubscribedResource
}

export interface Subscriptions {
  /** All that have not expired. */
  list(): LiveSubscription[]
  find(id: string): LiveSubscription | undefined
  add(subscription: LiveSubscription): void
  remove(id: string): void
  /** Remembers the key that seals an application's clientStates, and opens what it had sealed. */
  secretProved(proof: { appId: string; keyId: string; secret: string }): void
  /** The records as a snapshot may hold them: with no clientState in plain. */
  sealedRecords(): SubscriptionRecord[]
}

const SEAL_ALGORITHM = 'aes-256-gcm'
const TAG_BYTES = 16

/** The subscriptions of one tenant. */
export function createSubscriptions(
  tenant: Tenant,
  restored: readonly LiveSubscription[],
): Subscriptions {
  let all: LiveSubscription[] = [...restored]
  const sealKeys = new Map<string, { keyId: string; key: Buffer }>()

  const list = (): LiveSubscription[] => {
    const alive = all.filter(({ record }) => record.expiresAt > tenant.now())
    if (alive.length < all.length) {
      all = alive
      tenant.changed()
    }
    return all
  }
  const remove = (id: string) => {
    all = all.filter(({ record }) => record.id !== id)
    tenant.changed()
  }
  return {
    list,
    find: (id) => list().find(({ record }) => record.id === id.toLowerCase()),
    add: (subscription) => {
      all.push(subscription)
      tenant.changed()
    },
    remove,
    secretProved: ({ appId, keyId, secret }) => {
      const key = Buffer.from(hkdfSync('sha256', secret, tenant.sealSalt, 'clientState', 32))
      sealKeys.set(appId, { keyId, key })
      for (const { record } of list()) {
        if (record.applicationId !== appId || !record.sealed) continue
        const opened = record.sealed.keyId === keyId ? open(record.sealed, key) : undefined
        // Sealed with a secret that is no longer used: the subscription cannot go on.
        if (opened === undefined) remove(record.id)
        else Object.assign(record, { clientState: opened, sealed: null })
      }
    },
    sealedRecords: () =>
      list().flatMap(({ record }) => {
        if (record.sealed || !record.hasClientState) return [{ ...record, clientState: null }]
        const sealKey = sealKeys.get(record.applicationId)
        // Nobody but the application could open it again, and its key is not known: left out.
        if (!sealKey || record.clientState === null) return []
        return [{ ...record, clientState: null, sealed: seal(record.clientState, sealKey) }]
      }),
  }
}

function seal(clientState: string, { keyId, key }: { keyId: string; key: Buffer }): Sealed {
  const iv = randomBytes(12)
  const cipher = createCipheriv(SEAL_ALGORITHM, key, iv)
  const data = Buffer.concat([
    cipher.update(clientState, 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return { keyId, iv: iv.toString('base64'), data: data.toString('base64') }
}

function open(sealed: Sealed, key: Buffer): string | undefined {
  try {
    const bytes = Buffer.from(sealed.data, 'base64')
    const decipher = createDecipheriv(SEAL_ALGORITHM, key, Buffer.from(sealed.iv, 'base64'))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    const text = Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()])
    return text.toString('utf8')
  } catch {
    // Another key, or a damaged snapshot: the caller drops the subscription.
    return undefined
  }
}
