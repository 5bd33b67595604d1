// What every command is given: output, options, the outside world, and a signal that says stop.
import type { Mode } from '../contract/models/connection.ts'
import type { DeliveryNames } from '../contract/models/delivery.ts'
import type { LogEntry } from '../contract/models/log.ts'
import type { AppState } from '../contract/models/state.ts'
import type { Reply } from '../contract/protocol.ts'
import type { Clock, Random } from '../core/ports/clock.ts'
import type { RunningStatus } from '../node/status-file.ts'
import type { Output, OutputStreams } from './output.ts'
import type { StoredData } from './stored-data.ts'
import type { UnsetNetwork } from './unset-network.ts'

/** Options that every command has. */
export interface CommonOptions {
  json?: boolean
  data?: string
  passphraseFile?: string
  keyFile?: string
}

/** The part of the core that commands use: the same calls and state as the pages. */
export interface CliApp {
  readonly state: AppState
  start(): Promise<void>
  stop(): Promise<void>
  dispatch(name: string, input: unknown): Promise<Reply>
  onStateChanged(listener: (state: AppState) => void): () => void
  onLogAppended(listener: (entries: LogEntry[]) => void): () => void
  onDeliveriesNamed(listener: (named: DeliveryNames[]) => void): () => void
}

/** The core on an open data folder. */
export interface OpenedApp {
  app: CliApp
  /** Writes one entry to the log file. */
  logSink: (entry: LogEntry) => void
  close(): Promise<void>
}

/** A practice tenant that runs by itself. */
export interface RunningPractice {
  tenantDisplayName: string
  tenantId: string
  loginHost: string
  graphHost: string
  /** File with the certificate authority to trust. */
  caFile: string
  people: { userPrincipalName: string; displayName: string; role: string }[]
  close(): Promise<void>
}

/** The outside world of the command line; a test plays it. */
export interface CliWorld extends OutputStreams {
  version: string
  pagesFolder: string
  clock: Clock
  random: Random
  env: Readonly<Record<string, string | undefined>>
  hasDisplay: boolean
  /** Aborted when the person presses Ctrl-C or the system asks to stop. */
  signal: AbortSignal
  openApp(options: {
    common: CommonOptions
    runsWebhook: boolean
    openBrowser: (url: string) => Promise<void>
  }): Promise<OpenedApp>
  /** What the app says that runs on the data folder; null when none does. */
  readRunningStatus(common: CommonOptions): Promise<RunningStatus | null>
  /** What the data folder holds, for reading, also while the app runs. */
  openStored(common: CommonOptions): Promise<StoredData>
  /** One secret out of the vault, also while the app runs; undefined where there is none. */
  readSecret(
    common: CommonOptions,
    secret: { area: Mode; name: string },
  ): Promise<string | undefined>
  /** True where no app ever ran and nobody wrote settings. Throws AppError data-folder-unwritable where it may not be read. */
  isNew(common: CommonOptions): boolean
  /** True while an app has taken the data folder; also for whoever may only read it. */
  isHeld(common: CommonOptions): boolean
  /** The network while no connection is chosen; null where one is. */
  openUnsetNetwork(common: CommonOptions): Promise<UnsetNetwork | null>
  /** Reads the data folder without opening it, so that it also works while the app runs or cannot start. */
  saveDiagnostics(common: CommonOptions, to: string | undefined): Promise<string>
  startPractice(common: CommonOptions): Promise<RunningPractice>
  openBrowser(url: string): Promise<void>
  /** Calls back when the person asks for a new address; returns its own undo. */
  onNewAddressWanted(listener: () => void): () => void
}

export interface CommandContext {
  world: CliWorld
  output: Output
  common: CommonOptions
}

export interface AppAccess {
  /** False for commands that do not listen. */
  runsWebhook: boolean
  /** Opens an address in the system browser, or says that there is none. */
  openBrowser?: (url: string) => Promise<void>
}

/** Opens the core, does the work and closes the core again, whatever happens. The work starts the core. */
export async function withApp<T>(
  { world, common }: CommandContext,
  access: AppAccess,
  work: (opened: OpenedApp) => Promise<T>,
): Promise<T> {
  const opened = await world.openApp({
    common,
    runsWebhook: access.runsWebhook,
    openBrowser:
      access.openBrowser ??
      (async (url) => {
        if (world.hasDisplay) await world.openBrowser(url)
      }),
  })
  try {
    return await work(opened)
  } finally {
    try {
      await opened.app.stop()
    } finally {
      await opened.close()
    }
  }
}

/** As withApp, for commands that do one thing with the core and end. */
export function withStartedApp<T>(
  context: CommandContext,
  work: (app: CliApp) => Promise<T>,
): Promise<T> {
  return withApp(context, { runsWebhook: false }, async ({ app }) => {
    await app.start()
    return work(app)
  })
}
