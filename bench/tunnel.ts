// The tunnel of a receiver: opened in its own process, as in the product, where its folder says how.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { SshSettings } from '../main/contract/models/settings.ts'
import { defaultSettings } from '../main/core/settings.ts'
import type { InnerDoor } from '../main/node/inner-door.ts'
import { sshTunnel } from '../main/node/ssh-tunnel.ts'
import { noSecrets } from './ports.ts'

interface TunnelFile {
  ssh: SshSettings
  publicUrl: string
  /** Made for this run. */
  privateKey: string
}

/** Has the receiver that is started next in the folder open a tunnel. */
export function wantTunnel(folder: string, tunnel: TunnelFile): void {
  writeFileSync(fileIn(folder), JSON.stringify(tunnel), { mode: 0o600 })
}

/** Opens it, where one is wanted. */
export async function openTunnel(
  folder: string,
  { local, door }: { local: { host: string; port: number }; door: InnerDoor },
): Promise<void> {
  if (!existsSync(fileIn(folder))) return
  const { ssh, publicUrl, privateKey } = JSON.parse(
    readFileSync(fileIn(folder), 'utf8'),
  ) as TunnelFile
  const secrets = { ...noSecrets(), get: () => Promise.resolve(privateKey) }
  await sshTunnel({ door }).open({
    settings: { ...defaultSettings.connections.microsoft, tunnelProvider: 'ssh', publicUrl, ssh },
    ...{ secrets, local, signal: new AbortController().signal },
  })
}

function fileIn(folder: string): string {
  return path.join(folder, 'tunnel.json')
}
