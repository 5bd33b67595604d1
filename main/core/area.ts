// What the areas beside the guided run (drift, secret care, consent, removal) are given to work with one connection.
import type { Cloud } from '../contract/models/connection.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { EntraContext } from './entra/context.ts'
import type { GraphClient } from './entra/graph-client.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import type { TenantGuard } from './job.ts'
import type { Log } from './log.ts'
import type { AppAuth } from './ports/auth.ts'
import type { Clock, Random } from './ports/clock.ts'
import type { Database } from './ports/database.ts'
import type { SecretStore } from './ports/secret-store.ts'

export interface AreaDeps {
  database: Database
  secrets: SecretStore
  appAuth: AppAuth
  cloud: Cloud
  clock: Clock
  random: Random
  log: Log
  settings: () => ConnectionSettings
  guard: TenantGuard
  onChange: () => void
  /** Everything that work in the administrator's name needs. Throws AppError sign-in-required when nobody is signed in. */
  context: (signal: AbortSignal) => EntraContext
  /** Graph in the application's own name; for its subscriptions. */
  appGraph: GraphClient
  /** What was set up, as last read; null before the first run. */
  record: () => ProvisioningRecord | null
  /** Reads the record again after it was written, so that all areas see the change. */
  reloadRecord: () => Promise<void>
}
