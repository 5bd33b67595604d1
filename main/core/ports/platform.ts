// All that a host hands in. The core knows neither Electron nor Node: whatever it needs of them is asked for here.
import type { Cloud, Mode } from '../../contract/models/connection.ts'
import type { LogEntry } from '../../contract/models/log.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { HostAbilities } from '../../contract/models/state.ts'
import type { TunnelProviderId } from '../../contract/models/tunnel.ts'
import type { AdminAuth, AppAuth } from './auth.ts'
import type { Clock, Random } from './clock.ts'
import type { Database } from './database.ts'
import type { HandOnFile } from './hand-on.ts'
import type { HttpServer } from './http-server.ts'
import type { LoginItem, PopUps, Updater } from './machine.ts'
import type { Network, TlsInspection } from './network.ts'
import type { PracticePort } from './practice.ts'
import type { RichCrypto } from './rich-crypto.ts'
import type { SecretStore } from './secret-store.ts'
import type { SshTools, TunnelProvider } from './tunnel.ts'

/** Everything that belongs to one mode: Microsoft or practice. Its data never mixes with the other's. */
export interface Connection {
  cloud: Cloud
  database: Database
  secrets: SecretStore
  adminAuth: AdminAuth
  appAuth: AppAuth
  network: Network
  /** The network's. */
  fetch: typeof fetch
  tunnelProviders: Record<TunnelProviderId, TunnelProvider>
  ssh: SshTools
  richCrypto: RichCrypto
  handOnFile: HandOnFile
  /**
   * Looks at the certificate that an https address shows. null where no public authority could have signed it,
   * such as for the practice tenant on this computer. Throws AppError network-unreachable, proxy-….
   */
  inspectTls(url: string, signal: AbortSignal): Promise<TlsInspection | null>
  practice: PracticePort | null
  close(): Promise<void>
}

export interface Platform {
  version: string
  /** When this process began. */
  startedAt: Date
  abilities: HostAbilities
  /** False for short commands, which set up or verify but do not listen. */
  runsWebhook: boolean
  clock: Clock
  random: Random
  httpServer: HttpServer
  /** Opens an https (or loopback) address in the system browser. */
  openBrowser(url: string): Promise<void>
  /** Writes the clipboard and clears it after `clearAfterMs` if it still holds the text; null where a host has none. */
  copyText: ((text: string, clearAfterMs: number | null) => Promise<void>) | null
  /** The settings file as parsed JSON; undefined when there is none. Throws AppError settings-unreadable. */
  readSettings(): Promise<unknown>
  writeSettings(value: unknown): Promise<void>
  /** Throws AppError input-invalid, saying why, where the file holds no certificates in PEM form. */
  checkCaFile(file: string): Promise<void>
  /** Opens vault, database and sign-in of one mode; starts the practice tenant for `practice`. */
  openConnection(mode: Mode, settings: ConnectionSettings): Promise<Connection>
  /** Writes the bundle for whoever is asked for help; returns its path. Throws AppError data-folder-unwritable. */
  saveDiagnostics: (() => Promise<string>) | null
  /** null where the host has nothing to start, such as a service. */
  loginItem: LoginItem | null
  /** null where the host is updated otherwise, such as a service. */
  updater: Updater | null
  /** OS pop-ups; null where the host has none. */
  popUps: PopUps | null
  /** Removes log files, and the vault with its key from the keychain when no connection keeps a secret any more. */
  eraseLogsAndKeys(): Promise<void>
  /** The folder that holds everything, to tell people where it is. */
  dataFolder: string
  /** Where log entries go besides memory, such as a rotating file. */
  logSink: (entry: LogEntry) => void
}
