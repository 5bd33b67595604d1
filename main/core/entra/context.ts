// What every step of the set-up in Entra is given.
import type { Cloud } from '../../contract/models/connection.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { AdminAccount } from '../../contract/models/setup.ts'
import type { Log } from '../log.ts'
import type { AppAuth } from '../ports/auth.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { Database } from '../ports/database.ts'
import type { TlsInspection } from '../ports/network.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import type { GraphClient } from './graph-client.ts'

export interface EntraContext {
  /** Speaks to Graph in the signed-in administrator's name. */
  graph: GraphClient
  appAuth: AppAuth
  database: Database
  secrets: SecretStore
  clock: Clock
  random: Random
  settings: ConnectionSettings
  account: AdminAccount
  cloud: Cloud
  /** See Connection.inspectTls. */
  inspectTls: (url: string) => Promise<TlsInspection | null>
  log: Log
  signal: AbortSignal
}
