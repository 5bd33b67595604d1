// One connection (Microsoft or practice): the way in from the Internet, wired to what is done in the tenant and with deliveries.
import type { Delivery } from '../contract/models/delivery.ts'
import type { Alert } from '../contract/models/health.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { CatchUp } from './catch-up/catch-up.ts'
import { DeliveryAreas, type DeliveryAreasDeps } from './delivery-areas.ts'
import { placeOf } from './hand-on/resource.ts'
import type { LogBook } from './log.ts'
import { metricsOf } from './metrics/metrics.ts'
import { OPEN_METRICS_TYPE, openMetricsText } from './metrics/open-metrics.ts'
import { Tally } from './metrics/tally.ts'
import { NetworkCheck } from './network-check.ts'
import type { MachineSignal } from './ports/machine.ts'
import type { Connection, Platform } from './ports/platform.ts'
import type { SettingsEffect } from './settings-effects.ts'
import { Presence } from './subscription/presence.ts'
import { subscribedCertificateIds } from './subscription/records.ts'
import { Subscriptions } from './subscription/subscriptions.ts'
import { TenantAreas, type TenantAreasDeps } from './tenant-areas.ts'
import { createProbe } from './tunnel/probe.ts'
import { TunnelSetup } from './tunnel-setup.ts'
import { Tunnel } from './tunnel/tunnel.ts'
import { WebhookServer } from './webhook-server.ts'
import { WebhookTrials } from './webhook-trials.ts'
import { ClientStates } from './webhook/client-states.ts'
import { describeDelivery } from './webhook/delivery-text.ts'
import { createEndpoint } from './webhook/endpoint.ts'
import { LatencyHistogram } from './webhook/latency.ts'

export interface ConnectedOptions
  extends
    Pick<
      TenantAreasDeps,
      'raise' | 'resetSettings' | 'pauseWebhook' | 'onRemoved' | 'earlierRemoval'
    >,
    Pick<DeliveryAreasDeps, 'onNamed'> {
  platform: Platform
  connection: Connection
  settings: () => ConnectionSettings
  log: LogBook
  onChange: () => void
  /** Takes back the alerts that are over. */
  withdraw: (isOver: (alert: Alert) => boolean) => void
}

export class Connected {
  readonly connection: Connection
  readonly tenant: TenantAreas
  readonly deliveries: DeliveryAreas
  readonly subscriptions: Subscriptions
  readonly presence: Presence
  readonly tunnel: Tunnel
  readonly tunnelSetup: TunnelSetup
  readonly webhook: WebhookServer
  readonly trials: WebhookTrials
  readonly catchUp: CatchUp
  readonly networkCheck: NetworkCheck
  #options: ConnectedOptions
  #tally = new Tally()
  #stopped = new AbortController()

  static async open(options: ConnectedOptions): Promise<Connected> {
    const probeKey = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, [
      'sign',
      'verify',
    ])
    const clientStates = new ClientStates({
      secrets: options.connection.secrets,
      random: options.platform.random,
    })
    const connected = new Connected(options, probeKey, clientStates)
    await connected.tenant.load()
    await connected.deliveries.handOn.load()
    await connected.networkCheck.load()
    await connected.catchUp.load()
    await connected.presence.load()
    await connected.deliveries.showEarlier()
    return connected
  }

  private constructor(options: ConnectedOptions, probeKey: CryptoKey, clientStates: ClientStates) {
    const { platform, connection, log, onChange } = options
    const { clock, random, httpServer } = platform
    const { cloud, database, secrets, tunnelProviders } = connection
    const settings = () => this.settings
    const { signal } = this.#stopped
    this.#options = options
    this.connection = connection
    this.tenant = new TenantAreas({
      ...options,
      ...{ settings, signal },
      onGraphAnswer: (status) => this.#tally.graphAnswers.add(status),
      onVerified: () => this.#onVerified(),
      // What was refused is not asked about again for an hour otherwise.
      onAccessRestored: () => {
        if (this.webhook.isRunning) void this.subscriptions.ensure(this.#stopped.signal)
      },
    })
    const { graph, setup } = this.tenant
    this.deliveries = new DeliveryAreas({
      ...options,
      ...{ settings, signal, tenant: this.tenant, tally: this.#tally },
      subscribedCertificateIds: async () => [
        ...(await subscribedCertificateIds(database)),
        ...this.presence.certificateIds,
      ],
      onJudged: (counts) => this.webhook.noteJudged(counts),
      metrics: () => this.#metrics(),
      baseUrl: () =>
        this.webhook.state().publicUrl ?? `http://127.0.0.1:${this.settings.webhookPort}`,
    })
    const { inbox, richContent, gate } = this.deliveries
    this.subscriptions = new Subscriptions({
      graph: graph.application,
      ...{ database, clientStates, settings, clock, random, log },
      certificate: () => richContent.certificate(),
    })
    this.presence = new Presence({
      ...{ graph: graph.presence, appGraph: graph.application },
      administrator: () => graph.whoIsSignedIn().account,
      certificate: () => richContent.certificate(),
      ...{ database, clientStates, settings, clock, random, log, onChange },
    })
    const probe = createProbe({ fetch: connection.fetch, probeKey, random, clock })
    this.tunnel = new Tunnel({
      providers: tunnelProviders,
      ...{ settings, secrets, clock, random, log, probe, getAppToken: graph.getAppToken },
    })
    this.tunnel.onPublicUrl((url) => this.presence.setPublicUrl(url))
    const latency = new LatencyHistogram(clock)
    const endpoint = createEndpoint({
      ...{ inbox, clientStates, probeKey, clock, log },
      latency: {
        note: (durationMs) => {
          latency.note(durationMs)
          this.#tally.answers.observe(durationMs / 1_000)
        },
      },
      sealTokens: (tokens) => richContent.sealTokens(tokens),
      takeTest: (claim) => this.trials.claims.take(claim),
      onLifecycle: (items) => {
        this.catchUp.noteLifecycle(items)
        this.subscriptions.handleLifecycle(items)
      },
      onNotStored: () => this.catchUp.noteNotStored(),
      onRefused: (count) => this.webhook.noteRefused(count),
    })
    this.webhook = new WebhookServer({
      ...{ httpServer, endpoint, tunnel: this.tunnel, subscriptions: this.subscriptions },
      ...{ settings, clock, random, log, latency, onChange },
      duplicates: () => inbox.duplicates,
    })
    this.catchUp = new CatchUp({
      ...{ graph: graph.application, gate, database, placeOf },
      store: (items) => inbox.add(items),
      tenantId: () => setup.record?.tenantId ?? '',
      peopleWatched: () => this.settings.perUserSubscriptions,
      subscriptionIdOf: (key) =>
        this.subscriptions.list.find((one) => one.key === key)?.subscriptionId ?? '',
      facts: () => ({
        running: this.webhook.isRunning,
        paused: this.settings.webhookPaused,
        tunnelUp: this.tunnel.state.phase === 'up',
        subscriptions: this.subscriptions.list,
        seenAt: (key) => this.subscriptions.seenAt(key),
        takenAt: (key) => this.subscriptions.takenAt(key),
      }),
      ...{ clock, random, log, raise: options.raise, withdraw: options.withdraw, onChange },
      onMissed: () => this.subscriptions.reauthorize(),
    })
    this.trials = new WebhookTrials({
      ...{ clock, random, log, onChange, fetch: connection.fetch },
      inbox: () => inbox,
      webhook: () => this.webhook.state(),
      tunnel: () => this.tunnel.state,
      subscriptions: () => this.subscriptions.list,
    })
    this.networkCheck = new NetworkCheck({
      ...{ network: connection.network, settings, cloud, secrets },
      livePublicUrl: () => this.tunnel.state.publicUrl,
      ...{ clock, random, log, onChange },
    })
    this.tunnelSetup = new TunnelSetup({
      ...{ ssh: connection.ssh, secrets, tunnelProviders, settings, clock, probe, signal },
      ...{ tunnel: this.tunnel, webhook: this.webhook, networkCheck: this.networkCheck },
      getAppToken: graph.getAppToken,
    })
    this.tenant.signIn.onChange(() => this.presence.wake())
    const onConnection = () => {
      this.catchUp.look()
      onChange()
    }
    this.tunnel.onChange(onConnection)
    this.subscriptions.onChange(onConnection)
    inbox.onAdded((deliveries) => this.#noteStored(deliveries))
  }

  get settings(): ConnectionSettings {
    return this.reachable(this.#options.settings())
  }

  /** Settings as they are used: the practice tenant's webhook is reached over loopback unless told otherwise. */
  reachable(settings: ConnectionSettings): ConnectionSettings {
    if (!this.connection.practice || settings.publicUrl || settings.tunnelProvider !== 'static') {
      return settings
    }
    return { ...settings, publicUrl: `http://127.0.0.1:${settings.webhookPort}` }
  }

  /**
   * Takes up where the last run ended: a silent sign-in and, beside it, the webhook if it is wanted.
   * Never rejects: problems show in the state.
   */
  async resume(): Promise<void> {
    const { runsWebhook } = this.#options.platform
    const { setup, signInFlow } = this.tenant
    const listens = runsWebhook && setup.isComplete && !this.settings.webhookPaused
    // What was received before is handed on also while the webhook is paused.
    if (runsWebhook) this.deliveries.start()
    if (runsWebhook) this.catchUp.start()
    // Renewing the sign-in may take long without a network; receiving does not wait for it.
    await Promise.all([signInFlow.resume(), listens ? this.webhook.start() : undefined])
  }

  /** After a sleep or a change of network or clock: what was connected may be dead, and what was due may be past. */
  noteMachine(signal: MachineSignal): void {
    if (signal === 'suspend' || signal === 'lock' || signal === 'unlock') return
    this.tenant.graph.forgetToken()
    void this.tenant.secretCare.look()
    if (!this.webhook.isRunning) return
    if (signal === 'network-changed') void this.#recheckTunnel()
    // Somebody else has it, or a person must change something first: trying again cannot help.
    else if (this.tunnel.state.phase !== 'failed') this.tunnel.restart()
    void this.subscriptions.ensure(this.#stopped.signal)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.networkCheck.cancel()
    await Promise.all([this.networkCheck.idle(), this.tenant.stop()])
    await this.catchUp.stop()
    this.trials.stop()
    await this.presence.stop()
    await this.webhook.stop()
    await this.deliveries.stop()
    await this.connection.close()
  }

  /** Brings the subscriptions in order, with a fresh token. */
  async ensureSubscriptions(): Promise<void> {
    this.tenant.graph.forgetToken()
    await this.subscriptions.ensure(this.#stopped.signal)
  }

  /** Does to a webhook that was started what changed settings ask for. One that could not listen tries again. */
  async applyToWebhook(effects: ReadonlySet<SettingsEffect>): Promise<void> {
    if (effects.has('restarts') || effects.has('routes')) {
      if (!this.webhook.isStarted) return
      await this.webhook.stop()
      await this.webhook.start()
    } else if (effects.has('subscribes') && this.webhook.isRunning) void this.ensureSubscriptions()
  }

  #noteStored(deliveries: Delivery[]): void {
    for (const delivery of deliveries) {
      this.#options.log.delivery(delivery, describeDelivery(delivery))
      // A test is none of Microsoft's.
      if (delivery.origin !== 'test') this.#tally.stored.add(delivery.kind)
      if (delivery.origin !== 'graph') continue
      if (delivery.subscriptionKey === 'presence') this.presence.noteDelivery(delivery)
      else this.subscriptions.noteDelivery(delivery)
    }
    this.catchUp.noteStored()
    this.trials.noteStored(deliveries)
    this.deliveries.noteStored(deliveries)
    // What was read from Graph proves nothing about the way from outside, and a test is no traffic.
    const received = deliveries.filter(({ origin }) => origin === 'graph')
    const last = received.at(-1)
    if (last) this.webhook.noteReceived(received.length, last.receivedAt)
  }

  async #metrics(): Promise<{ text: string; type: string }> {
    const { platform } = this.#options
    const { database } = this.connection
    const [count, size] = await Promise.all([database.countDeliveries(), database.size()])
    const families = metricsOf({
      version: platform.version,
      startedAt: platform.startedAt,
      now: platform.clock.now(),
      tally: this.#tally,
      webhook: this.webhook.state(),
      tunnel: this.tunnel.state,
      subscriptions: this.subscriptions.list,
      handOn: this.deliveries.handOn.state(),
      secretDaysLeft: this.tenant.secretCare.state().daysLeft,
      inbox: { count, ...size },
    })
    return { text: openMetricsText(families), type: OPEN_METRICS_TYPE }
  }

  /** A network that came or went beside the one in use breaks nothing: only what no longer works is connected anew. */
  async #recheckTunnel(): Promise<void> {
    try {
      if ((await this.tunnel.testNow(this.#stopped.signal)).ok) return
    } catch {
      // There is no address to test yet.
    }
    if (this.tunnel.state.phase !== 'failed') this.tunnel.restart()
  }

  #onVerified(): void {
    const { publicUrl, tunnelProvider, webhookPaused } = this.settings
    // The other ways learn their address when they connect.
    const needsUrl = tunnelProvider === 'static' || tunnelProvider === 'ssh'
    const isMissing = needsUrl && !publicUrl
    if (!this.#options.platform.runsWebhook || isMissing || webhookPaused) return
    if (this.webhook.isRunning) void this.ensureSubscriptions()
    else void this.webhook.start()
  }
}
