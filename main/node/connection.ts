// One connection fulfilled with Node: network, sign-in, database and tunnels of Microsoft or of the practice tenant.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Cloud, Mode } from '../contract/models/connection.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { cloudOf } from '../core/clouds.ts'
import type { Connection } from '../core/ports/platform.ts'
import type { PracticePort } from '../core/ports/practice.ts'
import { staticUrl } from '../core/tunnel/static-url.ts'
import { commandTunnel } from './command-tunnel.ts'
import type { DataFolder } from './data-folder.ts'
import { openDatabase } from './database.ts'
import { devTunnel } from './dev-tunnel.ts'
import { createHandOnFile } from './hand-on-file.ts'
import { hostedSshTunnel } from './hosted-ssh-tunnel.ts'
import type { InnerDoor } from './inner-door.ts'
import { createMsalAuth } from './msal-auth.ts'
import { openNetwork } from './network.ts'
import { programBook } from './program-book.ts'
import { createRichCrypto } from './rich-crypto.ts'
import { sshTools } from './ssh-tools.ts'
import { sshTunnel } from './ssh-tunnel.ts'
import { readCaFile, trustCertificates } from './trust.ts'
import type { Vault } from './vault.ts'

const HAND_ON_FILE_BYTES = 10 * 1024 * 1024
const HAND_ON_FILES = 10

export interface NodeConnectionOptions {
  mode: Mode
  settings: ConnectionSettings
  folder: DataFolder
  /** Hands connections to the HTTP server within the process. */
  door: InnerDoor
  vault: Vault
  env: NodeJS.ProcessEnv
  resolveProxy?: ((url: string) => Promise<string>) | undefined
}

/** Opens what a connection is made of. Nothing is asked of Microsoft yet. Throws AppError as its parts do. */
export async function openNodeConnection(options: NodeConnectionOptions): Promise<Connection> {
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
  // A whole Microsoft in small; who works with the real one does without.
  const { startPracticeHost } = await import('./practice-host.ts')
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
