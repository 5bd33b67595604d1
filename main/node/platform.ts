// The core's Platform fulfilled with Node; both hosts open it, and add what only they can do.
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cloud, Mode } from '../contract/models/connection.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { HostAbilities } from '../contract/models/state.ts'
import { cloudOf } from '../core/clouds.ts'
import type { Connection, Platform } from '../core/ports/platform.ts'
import type { PracticePort } from '../core/ports/practice.ts'
import { staticUrl } from '../core/tunnel/static-url.ts'
import { commandTunnel } from './command-tunnel.ts'
import { CRASH_FOLDER } from './crash-records.ts'
import { openDataFolder, type DataFolder } from './data-folder.ts'
import { openDatabase } from './database.ts'
import { DIAGNOSTICS_FOLDER } from './diagnostics.ts'
import { devTunnel } from './dev-tunnel.ts'
import { createHandOnFile } from './hand-on-file.ts'
import { hostedSshTunnel } from './hosted-ssh-tunnel.ts'
import { createHttpServer } from './http-server.ts'
import { chooseKeyHolder } from './keychain.ts'
import { innerDoor, type InnerDoor } from './inner-door.ts'
import { logFileSink } from './log-file.ts'
import { createMsalAuth } from './msal-auth.ts'
import { openNetwork } from './network.ts'
import { startPracticeHost } from './practice-host.ts'
import { programBook } from './program-book.ts'
import { createRichCrypto } from './rich-crypto.ts'
import { readSettingsFile, writeSettingsFile } from './settings-file.ts'
import { sshTools } from './ssh-tools.ts'
import { sshTunnel } from './ssh-tunnel.ts'
import { systemClock, systemRandom } from './system-clock.ts'
import { readCaFile, trustCertificates } from './trust.ts'
import { openVault, type Vault } from './vault.ts'

/** The name under which the operating system's keychain keeps the data key. */
const KEYCHAIN_SERVICE = 'EMI Tray'
const LOG_FILE_BYTES = 5 * 1024 * 1024
const LOG_FILES = 5
const HAND_ON_FILE_BYTES = 10 * 1024 * 1024
const HAND_ON_FILES = 10

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
    openConnection: async (mode, settings) =>
      openConnection({ ...options, mode, settings, folder, door, vault: await openVaultOnce() }),
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
  return openVault({
    file: folder.file('vault.json'),
    holder: chooseKeyHolder({
      env: options.env,
      service: KEYCHAIN_SERVICE,
      passphraseFile: options.passphraseFile,
      keyFile: options.keyFile,
    }),
  })
}

async function openConnection(
  options: {
    mode: Mode
    settings: ConnectionSettings
    folder: DataFolder
    door: InnerDoor
    vault: Vault
  } & Pick<NodePlatformOptions, 'env' | 'resolveProxy'>,
): Promise<Connection> {
  const { mode, settings, folder, door, vault, env } = options
  const databaseFile = folder.file(join(mode, 'emi.sqlite'))
  await mkdir(dirname(databaseFile), { recursive: true, mode: 0o700 })
  const place =
    mode === 'microsoft'
      ? await placeOfMicrosoft(settings)
      : await placeOfPractice({
          file: folder.file(join(mode, 'tenant.json')),
          replicationDelayMs: numberOf(env['EMI_PRACTICE_REPLICATION_MS']),
        })
  const { cloud, practice, extraPem } = place
  trustCertificates({ extraPem, useSystem: true })
  try {
    const secrets = vault.namespace(mode)
    const handOnFile = createHandOnFile({
      folder: folder.file(join(mode, 'hand-on')),
      maxBytes: HAND_ON_FILE_BYTES,
      files: HAND_ON_FILES,
    })
    const database = await openDatabase(databaseFile, {
      eraseDeliveries: () => handOnFile.erase(),
    })
    const network = openNetwork({
      ...{ secrets, env, proxy: settings.proxy },
      resolveProxy: options.resolveProxy,
    })
    const book = programBook(folder.file('programs.json'))
    void book.endLeftOver()
    const auth = createMsalAuth({
      ...{ cloud, secrets, bootstrapClientId: settings.bootstrapClientId },
      fetch: network.fetch,
    })
    return {
      cloud,
      database,
      secrets,
      adminAuth: auth.admin,
      appAuth: auth.app,
      network,
      fetch: network.fetch,
      tunnelProviders: {
        static: staticUrl(),
        ssh: sshTunnel({ dial: network.dial, door }),
        'hosted-ssh': hostedSshTunnel({ dial: network.dial, door }),
        devtunnels: devTunnel({ network }),
        command: commandTunnel({ book }),
      },
      ssh: sshTools(network.dial),
      richCrypto: createRichCrypto(),
      handOnFile,
      // The practice tenant signs its own certificate on this computer: nothing lies between, and none is public.
      inspectTls: practice ? () => Promise.resolve(null) : network.inspectTls,
      practice,
      close: async () => {
        await database.close()
        await network.close()
        await place.close()
      },
    }
  } catch (error) {
    await place.close()
    throw error
  }
}

/** Where a connection leads: a cloud, what it takes to trust it, and the practice tenant if that is it. */
interface Place {
  cloud: Cloud
  extraPem: string[]
  practice: PracticePort | null
  close(): Promise<void>
}

async function placeOfMicrosoft(settings: ConnectionSettings): Promise<Place> {
  return {
    cloud: cloudOf(settings),
    extraPem: settings.caFile ? await readCaFile(settings.caFile) : [],
    practice: null,
    close: () => Promise.resolve(),
  }
}

async function placeOfPractice(options: {
  file: string
  replicationDelayMs: number | undefined
}): Promise<Place> {
  const host = await startPracticeHost(options)
  const { tenant } = host
  return {
    cloud: {
      id: 'custom',
      displayName: 'Practice tenant',
      loginHost: tenant.loginHost,
      graphHost: tenant.graphHost,
    },
    // Its key lives in the memory of this process only, and it is trusted no longer than the practice lasts.
    extraPem: [tenant.caPem],
    practice: host.port,
    close: async () => {
      await host.close()
      trustCertificates({ extraPem: [], useSystem: true })
    },
  }
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text)
  return text !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined
}
