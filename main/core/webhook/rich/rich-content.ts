// Rich notifications: the certificate that Graph encrypts for, proof that Microsoft sent an item, and its content.
import type { Delivery } from '../../../contract/models.ts'
import type { Log } from '../../log.ts'
import type { Clock, Database, RichCrypto, SecretStore } from '../../ports.ts'

export interface RichContentDeps {
  database: Database
  secrets: SecretStore
  crypto: RichCrypto
  clock: Clock
  log: Log
}

export class RichContent {
  constructor(deps: RichContentDeps) {
    void deps
  }

  /** The certificate for a new or renewed subscription, made on first use. */
  async certificate(): Promise<{ id: string; base64: string }> {
    await Promise.resolve()
    throw new Error('richContent.certificate')
  }

  /** The decrypted resource of a proven item; null where the item has none. Throws AppError for one that fails. */
  async read(delivery: Delivery): Promise<unknown> {
    await Promise.resolve(delivery)
    return null
  }

  async stop(): Promise<void> {
    await Promise.resolve()
  }
}
