// Builds the core from what a platform offers, starts and stops it, and chooses the connection. Read this first.
import type { LinkName, Mode } from '../contract/models/connection.ts'
import type { DeliveryNames } from '../contract/models/delivery.ts'
import type { HandoverField } from '../contract/models/handover.ts'
import type { LogEntry } from '../contract/models/log.ts'
import type { ConnectionSettings, Settings, SettingsChange } from '../contract/models/settings.ts'
import type { AppState } from '../contract/models/state.ts'
import type { TriedOut } from '../contract/models/tunnel.ts'
import type { ErrorReport } from '../contract/errors.ts'
import type { Reply } from '../contract/protocol.ts'
import { acceptChange } from './accepted-change.ts'
import { Alerts } from './alerts/alerts.ts'
import { AppError, toErrorReport } from './app-error.ts'
import { ApplicationChoices } from './application-choices.ts'
import type { Connected } from './connected.ts'
import { createDispatch } from './dispatch.ts'
import { gatherState } from './gather-state.ts'
import { createHandlers } from './handlers.ts'
import { HostOffers } from './host-offers.ts'
import { addressOf } from './links.ts'
import { LogBook } from './log.ts'
import type { MachineSignal } from './ports/machine.ts'
import type { Connection, Platform } from './ports/platform.ts'
import type { PracticePort } from './ports/practice.ts'
import type { EarlierRemoval } from './removal.ts'
import { planChanges } from './settings-effects.ts'
import { SettingsKeeper } from './settings-keeper.ts'
import { changeSettings, defaultSettings } from './settings.ts'
import { machineText } from './machine-text.ts'
import { practiceOnly } from './sign-in-flow.ts'
import { StateKeeper } from './state.ts'
import { Turns } from './turns.ts'

export class EmiApp {
  readonly dispatch: (name: string, input: unknown) => Promise<Reply>
  readonly host: HostOffers
  readonly choices: ApplicationChoices
  #platform: Platform
  #keptSettings: SettingsKeeper
  #log: LogBook
  #keeper: StateKeeper
  #connected: Connected | null = null
  #alerts: Alerts
  #error: ErrorReport | null = null
  /** What was connected in the last run is to be so again. */
  #opening = false
  #namedListeners = new Set<(named: DeliveryNames[]) => void>()
  // Opening, closing and changing settings happen one after the other, however fast a person clicks.
  #turns = new Turns()
  /** Ends when the connection opened last has taken up its work. */
  #resuming: Promise<void> = Promise.resolve()

  /** Reads the settings and builds the app; nothing runs yet. Unreadable settings show as the app's error. */
  static async create(platform: Platform): Promise<EmiApp> {
    const app = new EmiApp(platform)
    try {
      await app.#keptSettings.ensureRead()
      app.#opening = app.#settings.mode !== null
    } catch (error) {
      app.#fail(error)
    }
    await app.host.readLoginItem()
    app.#keeper.touch()
    return app
  }

  private constructor(platform: Platform) {
    const { clock, random, popUps } = platform
    this.#platform = platform
    this.#keptSettings = new SettingsKeeper(platform)
    this.#log = new LogBook({ clock, sink: platform.logSink })
    const onChange = () => this.#keeper.touch()
    this.host = new HostOffers({
      ...{ platform, log: this.#log, onChange },
      updateRoute: () => ({
        proxy: this.#settings.connections[this.#settings.mode ?? 'microsoft'].proxy,
        signInTo: this.#connected?.connection.network.signInTo ?? null,
      }),
    })
    this.#alerts = new Alerts({ clock, popUps, state: () => this.#keeper.current, onChange })
    this.#keeper = new StateKeeper(() =>
      gatherState({
        platform,
        settings: this.#settings,
        connected: this.#connected,
        opening: this.#opening,
        alerts: this.#alerts.list,
        host: this.host.state(),
        error: this.#error,
      }),
    )
    this.#keeper.onChanged((state) => this.#alerts.note(state))
    this.choices = new ApplicationChoices({
      connected: () => this.connected,
      updateSettings: (change) => this.updateSettings(change),
      saveConnectionSettings: (change) => this.#saveConnectionSettings(change),
    })
    const handlers = createHandlers(this)
    this.dispatch = createDispatch({ handlers, clock, random, log: this.#log })
  }

  get #settings(): Settings {
    return this.#keptSettings.current
  }

  get state(): AppState {
    return this.#keeper.current
  }

  /** Opens the connection of the last run, if there was one. Problems show in the state. */
  async start(): Promise<void> {
    const { version, abilities } = this.#platform
    this.#log.info('app', `EMI Tray ${version} started.`, { host: abilities.host })
    this.host.start()
    await this.#turns.run(async () => {
      if (this.#settings.mode && !this.#error) await this.#open(this.#settings.mode)
      this.#opening = false
      this.#keeper.touch()
    })
    await this.#resuming
  }

  /** Stops everything in order; nothing that was acknowledged is lost. */
  async stop(): Promise<void> {
    this.host.stop()
    await this.#turns.run(() => this.#close())
    this.#alerts.clear()
    this.#log.info('app', 'EMI Tray stopped.')
  }

  /** The host says that the computer slept, woke up, was locked, or has another network or time. */
  noteMachine(signal: MachineSignal): void {
    this.#log.info('app', machineText(signal))
    this.#connected?.noteMachine(signal)
    this.#alerts.noteMachine(signal)
    this.#keeper.touch()
  }

  onStateChanged(listener: (state: AppState) => void): () => void {
    return this.#keeper.onChanged(listener)
  }

  onLogAppended(listener: (entries: LogEntry[]) => void): () => void {
    return this.#log.onAppended(listener)
  }

  /** Calls back when names of people and chats became known; returns its own undo. */
  onDeliveriesNamed(listener: (named: DeliveryNames[]) => void): () => void {
    this.#namedListeners.add(listener)
    return () => this.#namedListeners.delete(listener)
  }

  logAfter(sequence: number): LogEntry[] {
    return this.#log.after(sequence)
  }

  /** The open connection. Throws AppError not-set-up before one was chosen, or why it could not be opened. */
  get connected(): Connected {
    if (this.#connected) return this.#connected
    if (this.#error) {
      const { code, message, nextStep } = this.#error
      throw new AppError(code, { message, nextStep })
    }
    throw new AppError('not-set-up', {
      message: 'No connection is chosen yet.',
      nextStep: 'Choose “Connect to Microsoft” or “Try with the practice tenant” first.',
    })
  }

  /**
   * Opens one mode, where wanted with changed settings of its own, and closes the other; their data stays apart. A change
   * that is refused leaves everything as it was. Throws AppError as a change of settings does; why a mode cannot be
   * opened is in the state.
   */
  async chooseConnection(mode: Mode, connection?: SettingsChange['connection']): Promise<void> {
    await this.#turns.run(async () => {
      if (this.#connected && this.#settings.mode === mode) {
        if (connection) await this.#updateSettings({ connection })
        return
      }
      await this.#keptSettings.ensureRead()
      const before = this.#settings
      const chosen = { ...before, mode }
      const { after } = await acceptChange(chosen, { connection }, this.#platform)
      await this.#close()
      this.#keptSettings.use(after)
      await this.#open(mode)
      if (this.#error) this.#keptSettings.use(before)
      else await this.#saveSettings(() => after)
      this.#keeper.touch()
    })
    await this.#resuming
  }

  /** Back to the first page. What was set up stays, and is there again when the mode is chosen again. */
  leaveConnection(): Promise<void> {
    return this.#turns.run(async () => {
      await this.#close()
      await this.#saveSettings((settings) => ({ ...settings, mode: null }))
    })
  }

  async signOut(): Promise<void> {
    await this.connected.presence.end()
    await this.connected.tenant.signIn.signOut()
    this.connected.tenant.setup.forgetPlan()
  }

  copyHandover(field: HandoverField): Promise<{ clearsInSeconds: number | null }> {
    return this.host.copy(() => this.connected.tenant.documents.handoverText(field), {
      isSecret: field === 'client-secret',
    })
  }

  async startWebhook(): Promise<void> {
    const { connected } = this
    if (!connected.tenant.setup.isComplete) {
      throw new AppError('not-set-up', {
        message: 'The webhook needs the application, and the set-up is not finished.',
        nextStep: 'Finish the steps up to Verify first.',
      })
    }
    await this.#saveConnectionSettings({ webhookPaused: false })
    if (connected.webhook.isRunning) await connected.ensureSubscriptions()
    else await connected.webhook.start()
  }

  async pauseWebhook(): Promise<void> {
    await this.#saveConnectionSettings({ webhookPaused: true })
    await this.connected.webhook.stop()
  }

  /** Tries a way to be reached with settings that are not saved; nothing is kept of them. Throws as TunnelSetup. */
  tryTunnel(change: Pick<SettingsChange, 'connection'>): Promise<TriedOut> {
    return this.#turns.run(() => {
      const { connected } = this
      const settings = changeSettings(this.#settings, change)
      const wanted = settings.connections[settings.mode ?? 'microsoft']
      return connected.tunnelSetup.tryOut(connected.reachable(wanted))
    })
  }

  updateSettings(change: SettingsChange): Promise<void> {
    return this.#turns.run(() => this.#updateSettings(change))
  }

  async #updateSettings(change: SettingsChange): Promise<void> {
    await this.#keptSettings.ensureRead()
    const before = this.#settings
    const { after, effects, reopens } = await acceptChange(before, change, this.#platform)
    await this.#saveSettings(() => after)
    const { mode } = after
    if (!mode || !change.connection) return
    const wanted = after.connections[mode]
    if (effects.has('replans'))
      await this.#connected?.tenant.setup.dropPlan(planChanges(before.connections[mode], wanted))
    if (effects.has('routes')) this.#connected?.connection.network.configure(wanted.proxy)
    if (reopens) {
      await this.#close()
      await this.#open(mode)
    } else await this.#connected?.applyToWebhook(effects)
    if (effects.has('asksForPresence')) this.#connected?.presence.wake()
  }

  openLink(link: LinkName): Promise<void> {
    return this.#platform.openBrowser(addressOf(link, this.state))
  }

  /** Does something with the practice tenant. Throws AppError practice-only with Microsoft. */
  async withPractice(work: (practice: PracticePort) => void | Promise<void>): Promise<void> {
    const { practice } = this.connected.connection
    if (!practice) throw practiceOnly()
    await work(practice)
    this.#keeper.touch()
  }

  /** Opens the connection anew, so that no area goes on from what was removed; what the removal did stays shown. */
  #reopenAfterRemoval(): Promise<void> {
    const removed = this.#connected
    return this.#turns.run(async () => {
      const { mode } = this.#settings
      if (!mode || !removed || this.#connected !== removed) return
      const earlierRemoval = removed.tenant.removal.state()
      await this.#close()
      await this.#open(mode, earlierRemoval)
    })
  }

  async #open(mode: Mode, earlierRemoval: EarlierRemoval | null = null): Promise<void> {
    this.#error = null
    let connection: Connection | null = null
    try {
      connection = await this.#platform.openConnection(mode, this.#settings.connections[mode])
      // All areas and what they bring along; the first window shows without them.
      const { Connected } = await import('./connected.ts')
      this.#connected = await Connected.open({
        platform: this.#platform,
        connection,
        settings: () => this.#settings.connections[mode],
        log: this.#log,
        onChange: () => this.#keeper.touch(),
        raise: (alert) => this.#alerts.raise(alert),
        withdraw: (isOver) => this.#alerts.withdraw(isOver),
        onNamed: (named) => {
          for (const listener of this.#namedListeners) listener(named)
        },
        resetSettings: () => this.#saveConnectionSettings(defaultSettings.connections[mode]),
        pauseWebhook: () => this.pauseWebhook(),
        onRemoved: () => void this.#reopenAfterRemoval(),
        earlierRemoval,
      })
    } catch (error) {
      this.#fail(error)
      // What was opened must not stay behind, or the next attempt would find it in use.
      await connection?.close()
      return
    }
    this.#keeper.touch()
    // Not part of the turn: a slow network must not keep a person from switching.
    this.#resuming = this.#connected.resume()
  }

  async #close(): Promise<void> {
    const connected = this.#connected
    this.#connected = null
    this.#error = null
    this.#alerts.clear()
    this.#keeper.touch()
    await connected?.stop()
  }

  #fail(error: unknown): void {
    this.#error = toErrorReport(error, this.#platform)
    this.#log.error('app', this.#error.message, {
      code: this.#error.code,
      reference: this.#error.reference,
      details: this.#error.details,
    })
    this.#keeper.touch()
  }

  #saveConnectionSettings(change: Partial<ConnectionSettings>): Promise<void> {
    return this.#turns.run(() =>
      this.#saveSettings((settings) => changeSettings(settings, { connection: change })),
    )
  }

  async #saveSettings(change: (settings: Settings) => Settings): Promise<void> {
    await this.#keptSettings.save(change)
    this.#connected?.deliveries.noteSettings()
    this.#keeper.touch()
  }
}
