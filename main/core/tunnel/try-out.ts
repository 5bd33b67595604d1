// Tries a way to be reached before it is saved: opens it once, tests through it, and closes it.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { TriedOut, TunnelProviderId } from '../../contract/models/tunnel.ts'
import { wait } from '../backoff.ts'
import type { Clock } from '../ports/clock.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import type { TunnelOpenOptions, TunnelProvider } from '../ports/tunnel.ts'
import type { Probe } from './probe.ts'
import { parsePublicUrl } from './public-url.ts'
import { closeWithin, openWithin } from './session-limits.ts'

/** A fresh address may need a moment until it is known everywhere. */
const ATTEMPTS = 3
const BETWEEN_MS = 2_000

export interface TryOutOptions {
  providers: Record<TunnelProviderId, TunnelProvider>
  secrets: SecretStore
  clock: Clock
  probe: Probe
  getAppToken?: TunnelOpenOptions['getAppToken']
}

/** Throws AppError as the provider does, and public-url-invalid. What was opened is closed in any case. */
export async function tryOut(
  { providers, secrets, clock, probe, getAppToken }: TryOutOptions,
  given: {
    settings: ConnectionSettings
    local: { host: string; port: number }
    signal: AbortSignal
  },
): Promise<TriedOut> {
  const { settings, local, signal } = given
  const provider = providers[settings.tunnelProvider]
  const opening = { provider, settings, secrets, local, signal, getAppToken }
  const session = await openWithin(clock, opening)
  try {
    const publicUrl = parsePublicUrl(session.publicUrl)
    for (let attempt = 1; ; attempt += 1) {
      const result = await probe(publicUrl, signal)
      if (result.ok || attempt === ATTEMPTS) return { publicUrl, probe: result }
      await wait(clock, BETWEEN_MS, signal)
    }
  } finally {
    await closeWithin(clock, session)
  }
}
