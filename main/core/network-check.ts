// The network check: everything that has to be reached, tried hop by hop; and the proxy's password in the vault.
import type { Cloud } from '../contract/models/connection.ts'
import type { TextFile } from '../contract/models/handover.ts'
import type { NetworkState, NetworkTarget } from '../contract/models/network.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { TunnelProviderId } from '../contract/models/tunnel.ts'
import { firewallRequest } from './firewall-request.ts'
import { Job, TenantGuard } from './job.ts'
import type { Log } from './log.ts'
import { tryTarget } from './network-hops.ts'
import { targetsOf } from './network-targets.ts'
import type { Clock, Random } from './ports/clock.ts'
import type { Network } from './ports/network.ts'
import { PROXY_PASSWORD, type SecretStore } from './ports/secret-store.ts'

export interface NetworkCheckDeps {
  network: Network
  settings: () => ConnectionSettings
  cloud: Cloud
  /** Where the tunnel can be reached at the moment; null while it is not up. */
  livePublicUrl: () => string | null
  secrets: SecretStore
  clock: Clock
  random: Random
  log: Log
  onChange: () => void
}

export class NetworkCheck {
  #deps: NetworkCheckDeps
  #job: Job
  #passwordSet = false
  #checkedAt: string | null = null
  #targets: NetworkTarget[] = []

  constructor(deps: NetworkCheckDeps) {
    this.#deps = deps
    // It only reads, so it need not wait for what writes to the tenant.
    this.#job = new Job('The network check', { ...deps, guard: new TenantGuard() })
  }

  /** Finds out whether a password is kept. */
  async load(): Promise<void> {
    this.#passwordSet = (await this.#deps.secrets.get(PROXY_PASSWORD)) !== undefined
  }

  state(): NetworkState {
    return {
      job: this.#job.state(),
      passwordSet: this.#passwordSet,
      checkedAt: this.#checkedAt,
      targets: this.#targets,
    }
  }

  /** Keeps the password for the proxy, or forgets it when empty; what connects next uses it. */
  async setPassword(password: string): Promise<void> {
    const { secrets, network, settings, onChange } = this.#deps
    if (password) await secrets.set(PROXY_PASSWORD, password)
    else await secrets.delete(PROXY_PASSWORD)
    this.#passwordSet = password !== ''
    network.configure(settings().proxy)
    onChange()
  }

  /** Starts and returns; what is found shows in the state, hop by hop. */
  start(): void {
    if (this.#job.isRunning) return
    this.#targets = []
    this.#checkedAt = null
    this.#job.start(async (signal, tell) => {
      const { settings, cloud, network, clock } = this.#deps
      // A password that was refused a moment ago may be right now.
      network.configure(settings().proxy)
      const livePublicUrl = this.#deps.livePublicUrl()
      const targets = targetsOf(settings(), { cloud, livePublicUrl })
      for (const [index, target] of targets.entries()) {
        tell({
          current: index + 1,
          total: targets.length,
          doing: `${target.name}: ${target.host}`,
          usuallySeconds: 2,
          startedAt: clock.now().toISOString(),
        })
        const { id, name, host, port } = target
        const entry: NetworkTarget = { id, name, address: `${host}:${port}`, hops: [] }
        this.#targets = [...this.#targets, entry]
        await tryTarget(target, {
          ...{ network, clock, signal },
          onHop: (hop) => this.#add(id, hop),
        })
      }
      this.#checkedAt = clock.now().toISOString()
    })
  }

  cancel(): void {
    this.#job.cancel()
  }

  idle(): Promise<void> {
    return this.#job.idle()
  }

  /** A text for whoever runs the firewall: what this computer has to reach, and why. */
  firewallRequest(provider: TunnelProviderId): TextFile {
    const { settings, cloud } = this.#deps
    return firewallRequest(provider, { settings: settings(), cloud })
  }

  #add(id: NetworkTarget['id'], hop: NetworkTarget['hops'][number]): void {
    this.#targets = this.#targets.map((one) =>
      one.id === id ? { ...one, hops: [...one.hops, hop] } : one,
    )
    this.#deps.onChange()
  }
}
