// The secrets of tunnel providers that a person enters: checked, kept in the vault, and never shown again.
import type { Input } from '../../contract/calls.ts'
import type { KeptTunnelSecret, TunnelSecret } from '../../contract/models/tunnel.ts'
import { AppError } from '../app-error.ts'
import {
  COMMAND_SECRET,
  HOST_TOKEN,
  type HostToken,
  type SecretStore,
} from '../ports/secret-store.ts'
import { parseHostToken } from './host-token.ts'

const NAMES: Record<TunnelSecret, string> = { command: COMMAND_SECRET, devtunnels: HOST_TOKEN }

/** Keeps one, or forgets it for an empty text. Throws AppError input-invalid for what cannot be one. */
export async function keepTunnelSecret(
  secrets: SecretStore,
  { secret, text, now }: Input<'tunnel.setSecret'> & { now: Date },
): Promise<void> {
  const name = NAMES[secret]
  if (text === '') await secrets.delete(name)
  else await secrets.set(name, secret === 'devtunnels' ? hostTokenOf(text, now) : text)
}

/** Those that are kept, without what they are. */
export async function keptTunnelSecrets(secrets: SecretStore): Promise<KeptTunnelSecret[]> {
  const kept: KeptTunnelSecret[] = []
  if ((await secrets.get(COMMAND_SECRET)) !== undefined) {
    kept.push({ secret: 'command', validUntil: null })
  }
  const hostToken = await secrets.get(HOST_TOKEN)
  if (hostToken !== undefined) {
    // Written by this file only.
    const { expiresAt } = JSON.parse(hostToken) as HostToken
    kept.push({ secret: 'devtunnels', validUntil: expiresAt })
  }
  return kept
}

function hostTokenOf(text: string, now: Date): string {
  const parsed = parseHostToken(text)
  const { expiresAt } = parsed
  if (expiresAt === null || new Date(expiresAt) > now) return JSON.stringify(parsed)
  throw new AppError('input-invalid', {
    message: `This token ran out at ${expiresAt}.`,
    nextStep: 'Make a fresh one with “devtunnel token TUNNEL-ID --scopes host” and paste that.',
  })
}
