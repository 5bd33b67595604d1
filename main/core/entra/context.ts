// What every step of the set-up in Entra is given.
import type { Cloud } from '../../contract/models/connection.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { AdminAccount } from '../../contract/models/setup.ts'
import type { Log } from '../log.ts'
import type { AppAuth, Clock, Database, Random, SecretStore, TlsInspection } from '../ports.ts'
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
