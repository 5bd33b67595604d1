// Rich notifications: the certificate that Graph encrypts for, proof that Microsoft sent an item, and its content.
import type { Cloud } from '../../../contract/models/connection.ts'
import type { Delivery } from '../../../contract/models/delivery.ts'
import type { SubscriptionKey } from '../../../contract/models/subscription.ts'
import { AppError } from '../../app-error.ts'
import type { Log } from '../../log.ts'
import type { Clock, Random } from '../../ports/clock.ts'
import type { Database } from '../../ports/database.ts'
import type { RichCrypto } from '../../ports/rich-crypto.ts'
import type { SecretStore } from '../../ports/secret-store.ts'
import { ContentJudge, inWords } from './content-judge.ts'
import { readEncryptedContent } from './encrypted-content.ts'
import { EncryptionCertificates, type EncryptionCertificate } from './encryption-certificates.ts'
import { SigningKeys } from './signing-keys.ts'
import { TokenSeal } from './token-seal.ts'

export interface RichContentDeps {
  database: Database
  secrets: SecretStore
  crypto: RichCrypto
  clock: Clock
  random: Random
  log: Log
  fetch: typeof fetch
  cloud: Cloud
  /** The application that a subscription belongs to; null while none is set up. */
  appId: (key: SubscriptionKey | null) => string | null
  /** How far this computer's clock is ahead of Microsoft's, in ms; null while that is not known. */
  clockAheadMs: () => number | null
  /** The certificates that our noted subscriptions name. */
  subscribedCertificateIds: () => Promise<string[]>
  /** Called when items were judged. */
  onJudged: (counts: { valid: number; refused: number }) => void
}

/** How long reading an item waits for its verdict. */
const VERDICT_WAIT_MS = 10_000

export class RichContent {
  #deps: RichContentDeps
  #seal: TokenSeal
  #judge: ContentJudge
  #certificates: EncryptionCertificates
  #stopped = new AbortController()

  constructor(deps: RichContentDeps) {
    this.#deps = deps
    this.#seal = new TokenSeal(deps)
    const { loginHost } = deps.cloud
    const keys = new SigningKeys({ ...deps, loginHost, signal: this.#stopped.signal })
    this.#judge = new ContentJudge({ ...deps, loginHost, keys, seal: this.#seal })
    this.#certificates = new EncryptionCertificates({
      ...deps,
      subscribedIds: deps.subscribedCertificateIds,
    })
  }

  /** Takes up what an earlier run left unjudged. */
  start(): void {
    this.#judge.wake()
  }

  /** Looks at items that were stored just now. */
  noteStored(deliveries: Delivery[]): void {
    if (deliveries.some(({ rich }) => rich)) this.#judge.wake()
  }

  /** The certificate for a new or renewed subscription, made on first use. */
  certificate(): Promise<EncryptionCertificate> {
    return this.#certificates.current()
  }

  /** The validationTokens of one post, as they may lie on disk. Throws AppError keychain-… or vault-…. */
  sealTokens(tokens: string[]): Promise<string> {
    return this.#seal.seal(tokens)
  }

  /**
   * The decrypted resource of a proven item; null where the item came without content. Nothing of it is kept.
   * Throws AppError content-unproven and content-unreadable, which will not get better, and content-waiting while
   * Microsoft's keys cannot be had: try again later. Also what vault and database throw.
   */
  async read(delivery: Delivery): Promise<unknown> {
    if (!delivery.rich) return null
    const { verdict, reason } = await this.#judge.verdictOn(delivery.id, {
      waitMs: VERDICT_WAIT_MS,
    })
    if (verdict === 'waiting') throw waiting()
    if (verdict !== 'valid') throw unproven(reason)
    const stored = await this.#deps.database.getDelivery(delivery.id)
    const content = stored && readEncryptedContent(stored.itemJson)
    if (!content) throw unreadable('a part of the encryption is missing in the notification')
    const privateKeyPem = await this.#certificates.privateKey(content.encryptionCertificateId)
    if (privateKeyPem === undefined) {
      throw unreadable('it is encrypted for a key that this installation does not have')
    }
    const text = await this.#deps.crypto.decrypt({ ...content, privateKeyPem })
    if (text === null) throw unreadable('it was changed on the way, or encrypted for another key')
    try {
      return JSON.parse(text)
    } catch {
      // The cause would quote the content.
      throw unreadable('what was decrypted is not JSON')
    }
  }

  /** Ends timers, requests and threads, and forgets the keys in memory. What was not judged waits for the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort(new DOMException('Notifications are no longer checked.', 'AbortError'))
    await this.#judge.stop()
    this.#certificates.close()
    await this.#deps.crypto.close()
  }
}

function waiting(): AppError {
  return new AppError('content-waiting', {
    message:
      'It is not proven yet that Microsoft sent this content: its signing keys cannot be fetched.',
    nextStep:
      'It is tried again by itself. If it stays so, check whether this computer reaches Microsoft’s sign-in service.',
  })
}

function unproven(reason: string | null): AppError {
  return new AppError('content-unproven', {
    message: `The content of this notification was refused: ${inWords(reason)}.`,
    nextStep:
      'Nothing of it was used. If this happens again and again, somebody may be sending forged notifications: give the log to your identity team.',
  })
}

function unreadable(why: string): AppError {
  return new AppError('content-unreadable', {
    message: `The content of this notification cannot be decrypted: ${why}.`,
    nextStep:
      'The message itself is still in Teams. If this happens with new messages as well, switch “content with notifications” off and on again in Settings.',
  })
}
