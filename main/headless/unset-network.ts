// The network before a connection is chosen: the way out that the settings name, looked at without setting anything up.
import { join } from 'node:path'
import type { Cloud } from '../contract/models/connection.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { cloudOf } from '../core/clouds.ts'
import type { Network } from '../core/ports/network.ts'
import type { SecretStore } from '../core/ports/secret-store.ts'
import { readSettings } from '../core/settings.ts'
import { openNetwork } from '../node/network.ts'
import { readSettingsFile } from '../node/settings-file.ts'
import { readCaFile, trustCertificates } from '../node/trust.ts'

/** What Microsoft would be reached with; close it in the end. */
export interface UnsetNetwork {
  settings: ConnectionSettings
  cloud: Cloud
  network: Network
  secrets: SecretStore
  close(): Promise<void>
}

/** Opens it; null where a connection is chosen. Throws AppError settings-unreadable, and input-invalid for its CA file. */
export async function openUnsetNetwork(
  folder: string,
  {
    env,
    readSecret,
  }: { env: NodeJS.ProcessEnv; readSecret: (name: string) => Promise<string | undefined> },
): Promise<UnsetNetwork | null> {
  const { mode, connections } = readSettings(await readSettingsFile(join(folder, 'settings.json')))
  if (mode !== null) return null
  const settings = connections.microsoft
  const extraPem = settings.caFile ? await readCaFile(settings.caFile) : []
  trustCertificates({ extraPem, useSystem: true })
  const secrets = onlyReading(readSecret)
  const network = openNetwork({ secrets, env, proxy: settings.proxy })
  return { settings, cloud: cloudOf(settings), network, secrets, close: () => network.close() }
}

function onlyReading(get: SecretStore['get']): SecretStore {
  const refuse = () => Promise.reject(new Error('Nothing is kept before a connection is chosen.'))
  return { get, set: refuse, delete: refuse, clear: refuse }
}
