// Handing events on to the contact center: what waits, in order per chat, with retries, and what was given up.
import type { HandOnEntry, HandOnState } from '../../contract/models.ts'
import type { ConnectionSettings, Delivery } from '../../contract/models.ts'
import type { Log } from '../log.ts'
import { noHandOn } from '../nothing-yet.ts'
import type { Clock, Database, Random, SecretStore } from '../ports.ts'

export interface HandOnDeps {
  database: Database
  secrets: SecretStore
  settings: () => ConnectionSettings
  clock: Clock
  random: Random
  log: Log
  fetch: typeof fetch
  /** Folder for the file target. */
  dataFolder: string
  /** The decrypted content of a rich notification; null where there is none. */
  content: (delivery: Delivery) => Promise<unknown>
  onChange: () => void
}

export class HandOn {
  constructor(deps: HandOnDeps) {
    void deps
  }

  state(): HandOnState {
    return noHandOn
  }

  /** Takes up what waits. */
  async start(): Promise<void> {
    await Promise.resolve()
  }

  /** Wakes up for items that were stored just now. */
  noteStored(deliveries: Delivery[]): void {
    void deliveries
  }

  /** Looks at changed settings. */
  noteSettings(): void {
    // Nothing depends on them yet.
  }

  async test(): Promise<{ status: number; durationMs: number }> {
    await Promise.reject(new Error('handOn.test'))
    return { status: 0, durationMs: 0 }
  }

  async revealKey(): Promise<{ key: string }> {
    await Promise.resolve()
    throw new Error('handOn.revealKey')
  }

  async newKey(): Promise<void> {
    await Promise.reject(new Error('handOn.newKey'))
  }

  async list(state: 'waiting' | 'dead'): Promise<HandOnEntry[]> {
    await Promise.resolve(state)
    return []
  }

  async redeliver(deliveryIds: number[]): Promise<{ count: number }> {
    await Promise.resolve()
    return { count: deliveryIds.length }
  }

  async stop(): Promise<void> {
    await Promise.resolve()
  }
}
