// The core's Platform fulfilled with Node; both hosts open it, and add what only they can do.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostAbilities } from '../contract/models/state.ts'
import type { Platform } from '../core/ports/platform.ts'
import { CRASH_FOLDER } from './crash-records.ts'
import { openDataFolder, type DataFolder } from './data-folder.ts'
import { DIAGNOSTICS_FOLDER } from './diagnostics.ts'
import { createHttpServer } from './http-server.ts'
import { chooseKeyHolder, type KeyHolder } from './keychain.ts'
import { innerDoor } from './inner-door.ts'
import { logFileSink } from './log-file.ts'
import { readSettingsFile, writeSettingsFile } from './settings-file.ts'
import { systemClock, systemRandom } from './system-clock.ts'
import { openVault, readVaultSecret, type Vault } from './vault.ts'

/** The name under which the operating system's keychain keeps the data key. */
const KEYCHAIN_SERVICE = 'EMI Tray'
const VAULT_FILE = 'vault.json'
const LOG_FILE_BYTES = 5 * 1024 * 1024
const LOG_FILES = 5

export interface NodePlatformOptions {
  dataFolder: string
  host: HostAbilities['host']
  version: string
  env: NodeJS.ProcessEnv
  /** File that holds the vault's passphrase; for machines without a keychain. */
  passphraseFile?: string | undefined
  /** File of mode 0600 that holds the vault's key; for machines without a keychain. */
  keyFile?: string | undefined
  /** What the system says of the way to a URL, as a PAC script answers; left out where only the environment tells. */
  resolveProxy?: ((url: string) => Promise<string>) | undefined
  /** False for commands that do not listen; see Platform. */
  runsWebhook?: boolean
  /** False where there is no display; addresses are then printed instead. */
  hasDisplay?: boolean
  openBrowser: Platform['openBrowser']
  copyText: Platform['copyText']
  /** Left out where the host has none. */
  saveDiagnostics?: Platform['saveDiagnostics']
  loginItem?: Platform['loginItem']
  updater?: Platform['updater']
  popUps?: Platform['popUps']
}

export type NodePlatform = Platform & { close(): Promise<void> }

/**
 * Takes the data folder and offers everything the core asks for. The vault is opened with the first connection.
 * Throws AppError data-folder-in-use, data-folder-unwritable.
 */
export async function openNodePlatform(options: NodePlatformOptions): Promise<NodePlatform> {
  const folder = await openDataFolder(options.dataFolder)
  const settingsFile = folder.file('settings.json')
  const log = logFileSink({ folder: folder.path, maxBytes: LOG_FILE_BYTES, files: LOG_FILES })
  const door = innerDoor()
  let vault: Promise<Vault> | undefined
  const openVaultOnce = () => {
    // A vault that could not be opened is tried again with the next connection.
    vault ??= openAppVault(folder, options).catch((error: unknown) => {
      vault = undefined
      throw error
    })
    return vault
  }
  return {
    version: options.version,
    startedAt: new Date(performance.timeOrigin),
    abilities: {
      host: options.host,
      clipboard: options.copyText !== null,
      openBrowser: options.hasDisplay ?? true,
    },
    runsWebhook: options.runsWebhook ?? true,
    clock: systemClock,
    random: systemRandom,
    httpServer: createHttpServer({}, door),
    openBrowser: options.openBrowser,
    copyText: options.copyText,
    saveDiagnostics: options.saveDiagnostics ?? null,
    loginItem: options.loginItem ?? null,
    updater: options.updater ?? null,
    popUps: options.popUps ?? null,
    dataFolder: folder.path,
    eraseLogsAndKeys: async () => {
      // A vault that could not be opened may hold secrets: it stays.
      const opened = await vault?.catch(() => undefined)
      await opened?.eraseIfEmpty()
      await log.erase()
      for (const name of [CRASH_FOLDER, DIAGNOSTICS_FOLDER]) {
        await rm(folder.file(name), { recursive: true, force: true })
      }
    },
    readSettings: () => readSettingsFile(settingsFile),
    writeSettings: (value) => writeSettingsFile(settingsFile, value),
    checkCaFile: async (file) => {
      const { readCaFile } = await import('./trust.ts')
      await readCaFile(file)
    },
    openConnection: async (mode, settings) => {
      // MSAL, undici and the like: a third of the start's work, and the first window shows without them.
      const { openNodeConnection } = await import('./connection.ts')
      return openNodeConnection({
        ...{ ...options, mode, settings, folder, door },
        vault: await openVaultOnce(),
      })
    },
    logSink: log,
    close: async () => {
      const opened = await vault?.catch(() => undefined)
      await opened?.close()
      await log.close()
      await folder.release()
    },
  }
}

function openAppVault(folder: DataFolder, options: NodePlatformOptions): Promise<Vault> {
  return openVault({ file: folder.file(VAULT_FILE), holder: holderOf(options) })
}

/** What it takes to open the vault. */
export type KeyOptions = Pick<
  NodePlatformOptions,
  'dataFolder' | 'env' | 'passphraseFile' | 'keyFile'
>

/** One secret of a data folder that another app may hold; see readVaultSecret. */
export function readSecretBeside(
  options: KeyOptions,
  secret: { area: string; name: string },
): Promise<string | undefined> {
  const file = join(options.dataFolder, VAULT_FILE)
  return readVaultSecret({ file, holder: holderOf(options) }, secret)
}

function holderOf({ env, passphraseFile, keyFile }: KeyOptions): KeyHolder {
  return chooseKeyHolder({ env, passphraseFile, keyFile, service: KEYCHAIN_SERVICE })
}
