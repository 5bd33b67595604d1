// One connection (Microsoft or practice) with all its areas wired together; the areas meet only here.
import type { Input } from '../contract/calls.ts'
import type { DeliveryNames } from '../contract/models/delivery.ts'
import type { CredentialsCheck } from '../contract/models/handover.ts'
import type { Alert } from '../contract/models/health.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { SignInState } from '../contract/models/setup.ts'
import { AppError } from './app-error.ts'
import { CatchUp } from './catch-up/catch-up.ts'
import type { AreaDeps } from './area.ts'
import { ConsentLink } from './consent-request.ts'
import { checkCredentials } from './credentials-check.ts'
import { Documents } from './documents.ts'
import { Drift } from './drift.ts'
import { Content } from './content/content.ts'
import { AuditTrail } from './entra/audit.ts'
import { wantedPermissions } from './entra/permissions.ts'
import type { EntraContext } from './entra/provision.ts'
import { SignIn } from './entra/sign-in.ts'
import { verifyIntegration } from './entra/verify.ts'
import { GraphAccess, PRESENCE_PERMISSION } from './graph-access.ts'
import { HandOn } from './hand-on/hand-on.ts'
import { placeOf } from './hand-on/resource.ts'
import { TenantGuard } from './job.ts'
import { LocalSide } from './local-side/local-side.ts'
import type { LogBook } from './log.ts'
import { metricsOf } from './metrics/metrics.ts'
import { OPEN_METRICS_TYPE, openMetricsText } from './metrics/open-metrics.ts'
import { Tally } from './metrics/tally.ts'
import { NetworkCheck } from './network-check.ts'
import type { MachineSignal } from './ports/machine.ts'
import type { Connection, Platform } from './ports/platform.ts'
import { RateGate } from './rate-gate.ts'
import { type EarlierRemoval, Removal } from './removal.ts'
import { SecretCare } from './secret-care.ts'
import { Setup } from './setup.ts'
import { SignInFlow } from './sign-in-flow.ts'
import { StoredDeliveries } from './stored-deliveries.ts'
import { Presence } from './subscription/presence.ts'
import { subscribedCertificateIds } from './subscription/records.ts'
import { Subscriptions } from './subscription/subscriptions.ts'
import { createProbe } from './tunnel/probe.ts'
import { TunnelSetup } from './tunnel-setup.ts'
import { Tunnel } from './tunnel/tunnel.ts'
import { WebhookServer } from './webhook-server.ts'
import { WebhookTrials } from './webhook-trials.ts'
import { ClientStates } from './webhook/client-states.ts'
import { describeDelivery } from './webhook/delivery-text.ts'
import { createEndpoint } from './webhook/endpoint.ts'
import { Inbox } from './webhook/inbox.ts'
import { LatencyHistogram } from './webhook/latency.ts'
import { Retention } from './webhook/retention.ts'
import { RichContent } from './webhook/rich/rich-content.ts'

/** How many stored notifications the live log shows after a start. */
const EARLIER_DELIVERIES = 200
const CREDENTIALS_TIMEOUT_MS = 60_000

export interface ConnectedOptions {
  platform: Platform
  connection: Connection
  settings: () => ConnectionSettings
  log: LogBook
  onChange: () => void
  /** Tells a person of something, also with the window closed. */
  raise: (alert: Alert) => void
  /** Hears when names of people and chats became known. */
  onNamed: (named: DeliveryNames[]) => void
  /** Puts this connection's settings back to what a fresh installation has. */
  resetSettings: () => Promise<void>
  /** Stops the webhook until a person starts it again. */
  pauseWebhook: () => Promise<void>
  /** Called when a removal has ended: what this connection holds in memory may be of the past. */
  onRemoved: () => void
  /** The removal after which this connection was opened anew. */
  earlierRemoval: EarlierRemoval | null
}

export class Connected {
  readonly connection: Connection
  readonly signIn: SignIn
  readonly signInFlow: SignInFlow
  readonly setup: Setup
  readonly tunnel: Tunnel
  readonly tunnelSetup: TunnelSetup
  readonly subscriptions: Subscriptions
  readonly presence: Presence
  readonly webhook: WebhookServer
  readonly trials: WebhookTrials
  readonly audit: AuditTrail
  readonly richContent: RichContent
  readonly handOn: HandOn
  readonly content: Content
  readonly deliveries: StoredDeliveries
  readonly localSide: LocalSide
  readonly catchUp: CatchUp
  readonly drift: Drift
  readonly secretCare: SecretCare
  readonly consent: ConsentLink
  readonly removal: Removal
  readonly documents: Documents
  readonly networkCheck: NetworkCheck
  #options: ConnectedOptions
  #graph: GraphAccess
  /** Paces all that reads from Teams. */
  #gate: RateGate
  #inbox: Inbox
  #retention: Retention
  #guard = new TenantGuard()
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
    await connected.setup.load()
    await connected.audit.load()
    await connected.consent.load()
    await connected.secretCare.start()
    await connected.handOn.load()
    await connected.networkCheck.load()
    await connected.catchUp.load()
    await connected.presence.load()
    const earlier = await options.connection.database.latestDeliveries(EARLIER_DELIVERIES)
    for (const delivery of earlier.reverse()) {
      options.log.delivery(delivery, describeDelivery(delivery))
    }
    return connected
  }

  private constructor(options: ConnectedOptions, probeKey: CryptoKey, clientStates: ClientStates) {
    const { platform, connection, log, onChange } = options
    const { clock, random } = platform
    const { cloud, database, secrets } = connection
    const settings = () => this.settings
    const guard = this.#guard
    this.#options = options
    this.connection = connection
    this.signIn = new SignIn({
      auth: connection.adminAuth,
      cloud,
      clientId: this.settings.bootstrapClientId,
      alsoWanted: () => (this.settings.presencePeople.length > 0 ? [PRESENCE_PERMISSION] : []),
      clock,
      random,
      log,
      fetch: connection.fetch,
      openBrowser: (url) => this.signInFlow.open(url),
    })
    this.signInFlow = new SignInFlow({
      ...{ settings, log, practice: connection.practice, signal: this.#stopped.signal },
      signIn: () => this.signIn,
      setup: () => this.setup,
      openBrowser: (url) => platform.openBrowser(url),
    })
    this.audit = new AuditTrail({ database, clock, log, onChange })
    this.#graph = new GraphAccess({
      ...{ cloud, fetch: connection.fetch, appAuth: connection.appAuth, clock, random },
      isPractice: connection.practice !== null,
      ...{ signIn: this.signIn, audit: this.audit },
      record: () => this.setup.record,
      clientSecret: () => this.documents.clientSecret(),
      onAnswer: (status) => this.#tally.graphAnswers.add(status),
    })
    this.#inbox = new Inbox({
      ...{ database, clock, log },
      handOnLane: (item) => this.handOn.laneOf(item),
      placeOf,
    })
    this.#retention = new Retention({ database, settings, clock, log })
    this.richContent = new RichContent({
      database,
      secrets,
      crypto: connection.richCrypto,
      clock,
      random,
      log,
      fetch: connection.fetch,
      cloud,
      // Presence is subscribed to in the administrator's name, by the client of the sign-in.
      appId: (key) =>
        key === 'presence'
          ? this.settings.bootstrapClientId.toLowerCase()
          : (this.setup.record?.appId ?? null),
      clockAheadMs: () => this.#graph.application.clockAheadMs ?? null,
      subscribedCertificateIds: async () => [
        ...(await subscribedCertificateIds(database)),
        ...this.presence.certificateIds,
      ],
      onJudged: (counts) => this.webhook.noteJudged(counts),
    })
    this.handOn = new HandOn({
      database,
      secrets,
      settings,
      clock,
      random,
      log,
      fetch: connection.fetch,
      file: connection.handOnFile,
      content: (delivery) => this.richContent.read(delivery),
      message: (delivery) =>
        this.settings.sendContent
          ? this.content.read(delivery, this.#stopped.signal)
          : Promise.resolve(null),
      onHandedOn: (latencyMs) => this.#tally.handOns.observe(latencyMs / 1_000),
      onChange,
    })
    this.#gate = new RateGate(clock)
    this.content = new Content({
      ...{ graph: this.#graph.application, gate: this.#gate },
      ...{ database, secrets, cloud, clock, random, log },
      richContent: (delivery) => this.richContent.read(delivery),
      baseUrl: () => this.localSide.baseUrl(),
      onNamed: options.onNamed,
    })
    this.deliveries = new StoredDeliveries({
      ...{ database, clock, version: platform.version, content: this.content },
      baseUrl: () =>
        this.webhook.state().publicUrl ?? `http://127.0.0.1:${this.settings.webhookPort}`,
      signal: this.#stopped.signal,
    })
    this.localSide = new LocalSide({
      ...{ httpServer: platform.httpServer, settings, clock, random, log, onChange },
      open: (url) => this.content.urls.open(url),
      picture: (path) =>
        this.content.pictures.get(path, { priority: 'now', signal: this.#stopped.signal }),
      metrics: () => this.#metrics(),
      onPicture: (result) => this.#tally.pictures.add(result),
    })
    this.subscriptions = new Subscriptions({
      graph: this.#graph.application,
      database,
      clientStates,
      settings,
      certificate: () => this.richContent.certificate(),
      clock,
      random,
      log,
    })
    const probe = createProbe({ fetch: connection.fetch, probeKey, random, clock })
    this.tunnel = new Tunnel({
      providers: connection.tunnelProviders,
      settings,
      secrets,
      clock,
      random,
      log,
      probe,
      getAppToken: this.#graph.getAppToken,
    })
    this.presence = new Presence({
      ...{ graph: this.#graph.presence, appGraph: this.#graph.application },
      administrator: () => this.#graph.whoIsSignedIn().account,
      certificate: () => this.richContent.certificate(),
      ...{ database, clientStates, settings, clock, random, log, onChange },
    })
    this.tunnel.onPublicUrl((url) => this.presence.setPublicUrl(url))
    const latency = new LatencyHistogram(clock)
    const endpoint = createEndpoint({
      inbox: this.#inbox,
      clientStates,
      probeKey,
      clock,
      log,
      latency: {
        note: (durationMs) => {
          latency.note(durationMs)
          this.#tally.answers.observe(durationMs / 1_000)
        },
      },
      sealTokens: (tokens) => this.richContent.sealTokens(tokens),
      takeTest: (claim) => this.trials.claims.take(claim),
      onLifecycle: (items) => {
        this.catchUp.noteLifecycle(items)
        this.subscriptions.handleLifecycle(items)
      },
      onNotStored: () => this.catchUp.noteNotStored(),
      onRefused: (count) => this.webhook.noteRefused(count),
    })
    this.webhook = new WebhookServer({
      httpServer: platform.httpServer,
      endpoint,
      tunnel: this.tunnel,
      subscriptions: this.subscriptions,
      settings,
      clock,
      random,
      log,
      latency,
      duplicates: () => this.#inbox.duplicates,
      onChange,
    })
    this.catchUp = new CatchUp({
      ...{ graph: this.#graph.application, gate: this.#gate },
      database,
      placeOf,
      store: (items) => this.#inbox.add(items),
      tenantId: () => this.setup.record?.tenantId ?? '',
      peopleWatched: () => this.settings.perUserSubscriptions,
      subscriptionIdOf: (key) =>
        this.subscriptions.list.find((one) => one.key === key)?.subscriptionId ?? '',
      facts: () => ({
        running: this.webhook.isRunning,
        paused: this.settings.webhookPaused,
        tunnelUp: this.tunnel.state.phase === 'up',
        subscriptions: this.subscriptions.list,
        seenAt: (key) => this.subscriptions.seenAt(key),
      }),
      clock,
      random,
      log,
      raise: options.raise,
      onMissed: () => this.subscriptions.reauthorize(),
      onChange,
    })
    this.trials = new WebhookTrials({
      ...{ clock, random, log, onChange, fetch: connection.fetch },
      inbox: () => this.#inbox,
      webhook: () => this.webhook.state(),
      tunnel: () => this.tunnel.state,
      subscriptions: () => this.subscriptions.list,
    })
    this.setup = new Setup({
      database,
      clock,
      random,
      log,
      guard,
      context: (signal) => this.#entraContext(signal),
      refreshSignIn: async () => {
        await this.signIn.getToken({ forceRefresh: true })
      },
      verify: (record, signal) =>
        verifyIntegration({
          record,
          secrets,
          appAuth: connection.appAuth,
          wanted: wantedPermissions(this.settings),
          // An administrator of another tenant sees none of this one's grants.
          graph:
            this.#graph.whoIsSignedIn().tenantId === record.tenantId
              ? this.#graph.administrator
              : null,
          clock,
          random,
          signal,
          log,
        }),
      onVerified: () => this.#onVerified(),
      onChange,
    })
    const area: AreaDeps = {
      database,
      secrets,
      appAuth: connection.appAuth,
      cloud,
      clock,
      random,
      log,
      settings,
      guard,
      onChange,
      context: (signal) => this.#entraContext(signal),
      appGraph: this.#graph.application,
      record: () => this.setup.record,
      reloadRecord: () => this.setup.reloadRecord(),
    }
    this.drift = new Drift({ ...area, repaired: () => this.setup.verify() })
    this.secretCare = new SecretCare({
      ...area,
      watches: platform.runsWebhook,
      raise: options.raise,
      onSecretChanged: () => this.#onSecretChanged(),
    })
    this.consent = new ConsentLink({
      ...area,
      onGranted: () => {
        // The plan was carried out by two people now; it still speaks of what is missing.
        this.setup.forgetPlan()
        this.setup.verify()
      },
    })
    this.removal = new Removal(
      {
        ...area,
        mode: connection.practice ? 'practice' : 'microsoft',
        stopWebhook: options.pauseWebhook,
        resetSettings: options.resetSettings,
        eraseLogsAndKeys: () => platform.eraseLogsAndKeys(),
        dataFolder: platform.dataFolder,
        onRemoved: options.onRemoved,
      },
      options.earlierRemoval,
    )
    this.documents = new Documents({
      version: platform.version,
      cloud,
      database,
      secrets,
      settings,
      clock,
      guard,
      signIn: this.signIn,
      setup: this.setup,
      drift: this.drift,
      audit: this.audit,
      onSecretChanged: () => this.#graph.forgetToken(),
    })
    this.networkCheck = new NetworkCheck({
      ...{ network: connection.network, settings, cloud, secrets },
      livePublicUrl: () => this.tunnel.state.publicUrl,
      ...{ clock, random, log, onChange },
    })
    this.tunnelSetup = new TunnelSetup({
      ...{ ssh: connection.ssh, secrets, tunnelProviders: connection.tunnelProviders },
      ...{ settings, clock, probe, tunnel: this.tunnel, webhook: this.webhook },
      ...{ networkCheck: this.networkCheck, getAppToken: this.#graph.getAppToken },
      signal: this.#stopped.signal,
    })
    this.signIn.onChange(onChange)
    this.signIn.onChange(() => this.presence.wake())
    const onConnection = () => {
      this.catchUp.look()
      onChange()
    }
    this.tunnel.onChange(onConnection)
    this.subscriptions.onChange(onConnection)
    this.#inbox.onAdded((deliveries) => {
      for (const delivery of deliveries) {
        log.delivery(delivery, describeDelivery(delivery))
        // A test is none of Microsoft's.
        if (delivery.origin !== 'test') this.#tally.stored.add(delivery.kind)
        if (delivery.origin !== 'graph') continue
        if (delivery.subscriptionKey === 'presence') this.presence.noteDelivery(delivery)
        else this.subscriptions.noteDelivery(delivery)
      }
      this.catchUp.noteStored()
      this.trials.noteStored(deliveries)
      this.richContent.noteStored(deliveries)
      this.handOn.noteStored(deliveries)
      this.content.names.noteStored(deliveries)
      // What was read from Graph proves nothing about the way from outside, and a test is no traffic.
      const received = deliveries.filter(({ origin }) => origin === 'graph')
      const last = received.at(-1)
      if (last) this.webhook.noteReceived(received.length, last.receivedAt)
    })
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
    const listens = runsWebhook && this.setup.isComplete && !this.settings.webhookPaused
    // What was received before is handed on also while the webhook is paused.
    if (runsWebhook) this.handOn.start()
    if (runsWebhook) this.richContent.start()
    if (runsWebhook) this.catchUp.start()
    if (runsWebhook) this.#retention.start()
    if (runsWebhook) void this.localSide.start()
    // Renewing the sign-in may take long without a network; receiving does not wait for it.
    await Promise.all([this.signInFlow.resume(), listens ? this.webhook.start() : undefined])
  }

  /** After a sleep or a change of network or clock: what was connected may be dead, and what was due may be past. */
  noteMachine(signal: MachineSignal): void {
    if (signal === 'suspend' || signal === 'lock' || signal === 'unlock') return
    this.#graph.forgetToken()
    void this.secretCare.look()
    if (!this.webhook.isRunning) return
    if (signal === 'network-changed') void this.#recheckTunnel()
    // Somebody else has it, or a person must change something first: trying again cannot help.
    else if (this.tunnel.state.phase !== 'failed') this.tunnel.restart()
    void this.subscriptions.ensure(this.#stopped.signal)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.signIn.cancel()
    this.setup.cancel()
    this.drift.cancel()
    this.removal.cancel()
    this.consent.stop()
    this.networkCheck.cancel()
    await Promise.all([
      this.networkCheck.idle(),
      this.setup.idle(),
      this.drift.idle(),
      this.removal.idle(),
      this.secretCare.stop(),
    ])
    await this.catchUp.stop()
    this.trials.stop()
    await this.presence.stop()
    await this.webhook.stop()
    await this.localSide.stop()
    await this.content.stop()
    this.#gate.close()
    await this.#retention.stop()
    await this.handOn.stop()
    await this.richContent.stop()
    await this.connection.close()
  }

  /** Brings the subscriptions in order, with a fresh token. */
  async ensureSubscriptions(): Promise<void> {
    this.#graph.forgetToken()
    await this.subscriptions.ensure(this.#stopped.signal)
  }

  /** What a real token says about pasted credentials; nothing is kept. */
  verifyCredentials(input: Input<'credentials.verify'>): Promise<CredentialsCheck> {
    const { clock, random } = this.#options.platform
    return checkCredentials(input, {
      appAuth: this.connection.appAuth,
      wanted: wantedPermissions(this.settings),
      clock,
      random,
      signal: AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(CREDENTIALS_TIMEOUT_MS)]),
    })
  }

  /** Test connection said OK with the new secret: notes it, and has the old one removed. Throws as SecretCare. */
  async confirmRotation(): Promise<void> {
    this.secretCare.confirm()
    await this.setup.confirmHandover()
  }

  async #metrics(): Promise<{ text: string; type: string }> {
    const { platform } = this.#options
    const { database } = this.connection
    const [count, size] = await Promise.all([database.countDeliveries(), database.size()])
    const families = metricsOf({
      version: platform.version,
      now: platform.clock.now(),
      tally: this.#tally,
      webhook: this.webhook.state(),
      tunnel: this.tunnel.state,
      subscriptions: this.subscriptions.list,
      handOn: this.handOn.state(),
      secretDaysLeft: this.secretCare.state().daysLeft,
      inbox: { count, ...size },
    })
    return { text: openMetricsText(families), type: OPEN_METRICS_TYPE }
  }

  #onSecretChanged(): void {
    this.#graph.forgetToken()
    // A new secret has not been entered in Bright Pattern yet, whatever was confirmed before.
    if (this.setup.record?.rotation?.phase === 'handing-over') void this.setup.forgetHandover()
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

  #entraContext(signal: AbortSignal): EntraContext {
    const state: SignInState = this.signIn.state
    if (state.phase !== 'signed-in') {
      throw new AppError('sign-in-required', {
        message: 'Nobody is signed in to Microsoft.',
        nextStep: 'Sign in first.',
      })
    }
    const { platform, log } = this.#options
    return {
      graph: this.#graph.forWorkOf(state.account),
      appAuth: this.connection.appAuth,
      database: this.connection.database,
      secrets: this.connection.secrets,
      clock: platform.clock,
      random: platform.random,
      settings: this.settings,
      account: state.account,
      cloud: this.connection.cloud,
      inspectTls: (url) => this.connection.inspectTls(url, signal),
      log,
      signal,
    }
  }

  #onVerified(): void {
    this.#graph.forgetToken()
    const { publicUrl, tunnelProvider, webhookPaused } = this.settings
    // The other ways learn their address when they connect.
    const needsUrl = tunnelProvider === 'static' || tunnelProvider === 'ssh'
    const isMissing = needsUrl && !publicUrl
    if (!this.#options.platform.runsWebhook || isMissing || webhookPaused) return
    if (this.webhook.isRunning) void this.ensureSubscriptions()
    else void this.webhook.start()
  }
}
