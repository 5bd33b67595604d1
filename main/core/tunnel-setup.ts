// What a person needs to arrange the way in from the Internet: keys, secrets, texts for other programs, a trial.
import type { Input } from '../contract/calls.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type {
  ConfigSnippet,
  KeptTunnelSecret,
  SshHostKey,
  TriedOut,
} from '../contract/models/tunnel.ts'
import { listenPlaceOf } from './listen-place.ts'
import type { NetworkCheck } from './network-check.ts'
import type { Clock } from './ports/clock.ts'
import type { Connection } from './ports/platform.ts'
import type { TunnelOpenOptions } from './ports/tunnel.ts'
import { gatewayRecipe } from './tunnel/gateway-recipe.ts'
import type { Probe } from './tunnel/probe.ts'
import { refuseSecretsInArguments } from './tunnel/profiles.ts'
import { proxySnippets } from './tunnel/proxy-snippets.ts'
import { tryOut } from './tunnel/try-out.ts'
import type { Tunnel } from './tunnel/tunnel.ts'
import { keepTunnelSecret, keptTunnelSecrets } from './tunnel/tunnel-secrets.ts'
import type { WebhookServer } from './webhook-server.ts'

const HOST_KEY_TIMEOUT_MS = 10_000
const TRY_OUT_TIMEOUT_MS = 60_000

export interface TunnelSetupDeps extends Pick<Connection, 'ssh' | 'secrets' | 'tunnelProviders'> {
  settings: () => ConnectionSettings
  clock: Clock
  tunnel: Tunnel
  webhook: WebhookServer
  networkCheck: NetworkCheck
  probe: Probe
  getAppToken: TunnelOpenOptions['getAppToken']
  signal: AbortSignal
}

export class TunnelSetup {
  #deps: TunnelSetupDeps

  constructor(deps: TunnelSetupDeps) {
    this.#deps = deps
  }

  readHostKey(input: Input<'tunnel.readHostKey'>): Promise<SshHostKey> {
    const signal = AbortSignal.timeout(HOST_KEY_TIMEOUT_MS)
    return this.#deps.ssh.readHostKey({ ...input, signal })
  }

  async publicKey(): Promise<{ publicKey: string }> {
    const { ssh, secrets } = this.#deps
    return { publicKey: await ssh.getPublicKey(secrets) }
  }

  /** Texts to set up a reverse proxy, and for the ssh provider its gateway, with this installation's values. */
  async snippets(): Promise<ConfigSnippet[]> {
    const settings = this.#deps.settings()
    const snippets = proxySnippets(settings)
    if (settings.tunnelProvider !== 'ssh') return snippets
    const { publicKey } = await this.publicKey()
    return [gatewayRecipe(settings, publicKey), ...snippets]
  }

  /** Keeps a secret of a tunnel provider, or forgets it for an empty text; a running tunnel connects anew with it. */
  async setSecret(input: Input<'tunnel.setSecret'>): Promise<void> {
    const { secrets, clock, tunnel } = this.#deps
    await keepTunnelSecret(secrets, { ...input, now: clock.now() })
    tunnel.restart()
  }

  keptSecrets(): Promise<KeptTunnelSecret[]> {
    return keptTunnelSecrets(this.#deps.secrets)
  }

  /** Keeps the proxy's password; a tunnel that could not get through for want of it tries again. */
  async setProxyPassword(password: string): Promise<void> {
    const { networkCheck, tunnel, webhook } = this.#deps
    await networkCheck.setPassword(password)
    if (webhook.isRunning && tunnel.state.phase === 'failed') tunnel.restart()
  }

  /**
   * Opens a tunnel with settings that may not be saved, tests through it and closes it; a running webhook pauses for
   * it. Throws AppError as the provider does.
   */
  tryOut(settings: ConnectionSettings): Promise<TriedOut> {
    refuseSecretsInArguments(settings.command)
    const { tunnelProviders: providers, secrets, clock, probe, getAppToken, webhook } = this.#deps
    const signal = AbortSignal.any([this.#deps.signal, AbortSignal.timeout(TRY_OUT_TIMEOUT_MS)])
    return webhook.aside(listenPlaceOf(settings), (local) =>
      tryOut({ providers, secrets, clock, probe, getAppToken }, { settings, local, signal }),
    )
  }
}
