// All that one connection does in the tenant: sign-in, set-up and the areas beside it, with one guard and one audit trail.
import type { Input } from '../contract/calls.ts'
import type { CredentialsCheck } from '../contract/models/handover.ts'
import type { Alert } from '../contract/models/health.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { AppError } from './app-error.ts'
import { ApplicationAccess } from './application-access.ts'
import type { AreaDeps } from './area.ts'
import { ConsentLink } from './consent-request.ts'
import { checkCredentials } from './credentials-check.ts'
import { Documents } from './documents.ts'
import { Drift } from './drift.ts'
import { AuditTrail } from './entra/audit.ts'
import type { EntraContext } from './entra/context.ts'
import { wantedPermissions } from './entra/permissions.ts'
import { SignIn } from './entra/sign-in.ts'
import { verifyIntegration } from './entra/verify.ts'
import { GraphAccess, PRESENCE_PERMISSION } from './graph-access.ts'
import { TenantGuard } from './job.ts'
import type { Log } from './log.ts'
import type { Connection, Platform } from './ports/platform.ts'
import { type EarlierRemoval, Removal } from './removal.ts'
import { SecretCare } from './secret-care.ts'
import { Setup } from './setup.ts'
import { SignInFlow } from './sign-in-flow.ts'

const CREDENTIALS_TIMEOUT_MS = 60_000

export interface TenantAreasDeps {
  platform: Platform
  connection: Connection
  settings: () => ConnectionSettings
  log: Log
  onChange: () => void
  /** Tells a person of something, also with the window closed. */
  raise: (alert: Alert) => void
  /** Hears of each answer of Graph by its status; 0 where none came. */
  onGraphAnswer: (status: number) => void
  /** Called after a successful verification. */
  onVerified: () => void
  /** Called when the application has its permissions again after it had lost some. */
  onAccessRestored: () => void
  /** Puts this connection's settings back to what a fresh installation has. */
  resetSettings: () => Promise<void>
  /** Stops the webhook until a person starts it again. */
  pauseWebhook: () => Promise<void>
  /** Called when a removal has ended: what this connection holds in memory may be of the past. */
  onRemoved: () => void
  /** The removal after which this connection was opened anew. */
  earlierRemoval: EarlierRemoval | null
  /** Aborted when the connection closes. */
  signal: AbortSignal
}

export class TenantAreas {
  readonly signIn: SignIn
  readonly signInFlow: SignInFlow
  readonly audit: AuditTrail
  readonly access: ApplicationAccess
  readonly graph: GraphAccess
  readonly setup: Setup
  readonly drift: Drift
  readonly secretCare: SecretCare
  readonly consent: ConsentLink
  readonly removal: Removal
  readonly documents: Documents
  #deps: TenantAreasDeps

  constructor(deps: TenantAreasDeps) {
    const { platform, connection, settings, log, onChange } = deps
    const { version, clock, random } = platform
    const { cloud, database, secrets, appAuth } = connection
    const guard = new TenantGuard()
    this.#deps = deps
    this.signIn = new SignIn({
      auth: connection.adminAuth,
      clientId: settings().bootstrapClientId,
      alsoWanted: () => (settings().presencePeople.length > 0 ? [PRESENCE_PERMISSION] : []),
      ...{ cloud, clock, random, log, fetch: connection.fetch },
      openBrowser: (url) => this.signInFlow.open(url),
    })
    this.signInFlow = new SignInFlow({
      ...{ settings, log, practice: connection.practice, signal: deps.signal },
      signIn: () => this.signIn,
      setup: () => this.setup,
      openBrowser: (url) => platform.openBrowser(url),
    })
    this.audit = new AuditTrail({ database, clock, log, onChange })
    this.access = new ApplicationAccess({
      ...{ clock, random, onChange },
      appId: () => this.setup.record?.appId,
      wanted: () => wantedPermissions(settings()).application,
      onRestored: deps.onAccessRestored,
    })
    // Runs that wait for a new secret or consent to take effect do not count: what they meet is to be expected.
    const watchedAuth = this.access.watched(appAuth)
    this.graph = new GraphAccess({
      ...{ cloud, fetch: connection.fetch, appAuth: watchedAuth, clock, random },
      isPractice: connection.practice !== null,
      ...{ signIn: this.signIn, audit: this.audit },
      record: () => this.setup.record,
      clientSecret: () => this.documents.clientSecret(),
      isWhole: (token) => this.access.isWhole(token),
      onAnswer: deps.onGraphAnswer,
    })
    this.setup = new Setup({
      ...{ database, clock, random, log, guard, onChange },
      context: (signal) => this.#entraContext(signal),
      refreshSignIn: async () => {
        await this.signIn.getToken({ forceRefresh: true })
      },
      verify: (record, signal) =>
        verifyIntegration({
          ...{ record, secrets, appAuth: watchedAuth, clock, random, signal, log },
          wanted: wantedPermissions(settings()),
          // An administrator of another tenant sees none of this one's grants.
          graph:
            this.graph.whoIsSignedIn().tenantId === record.tenantId
              ? this.graph.administrator
              : null,
        }),
      // What was compared is of before.
      onApplied: () => this.drift.forget(),
      onVerified: () => {
        this.graph.forgetToken()
        deps.onVerified()
      },
    })
    const area: AreaDeps = {
      ...{ database, secrets, appAuth, cloud, clock, random, log, settings, guard, onChange },
      context: (signal) => this.#entraContext(signal),
      appGraph: this.graph.application,
      record: () => this.setup.record,
      reloadRecord: () => this.setup.reloadRecord(),
    }
    this.drift = new Drift({
      ...area,
      repaired: () => this.setup.verify(),
      later: () => ({ known: this.access.known, verified: this.setup.verified }),
    })
    this.secretCare = new SecretCare({
      ...area,
      watches: platform.runsWebhook,
      raise: deps.raise,
      onSecretChanged: () => this.#onSecretChanged(),
    })
    this.consent = new ConsentLink({
      ...area,
      appAuth: watchedAuth,
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
        stopWebhook: deps.pauseWebhook,
        resetSettings: deps.resetSettings,
        eraseLogsAndKeys: () => platform.eraseLogsAndKeys(),
        dataFolder: platform.dataFolder,
        onRemoved: deps.onRemoved,
      },
      deps.earlierRemoval,
    )
    this.documents = new Documents({
      ...{ version, cloud, database, secrets, settings, clock, guard },
      ...{ signIn: this.signIn, setup: this.setup, drift: this.drift, audit: this.audit },
      onSecretChanged: () => this.#forgetAnswers(),
    })
    this.signIn.onChange(onChange)
  }

  /** Reads what earlier runs have left. */
  async load(): Promise<void> {
    await this.setup.load()
    await this.audit.load()
    await this.consent.load()
    await this.secretCare.start()
  }

  /** Cancels what runs, and waits for its end. */
  async stop(): Promise<void> {
    this.signIn.cancel()
    this.setup.cancel()
    this.drift.cancel()
    this.removal.cancel()
    this.consent.stop()
    await Promise.all([
      this.setup.idle(),
      this.drift.idle(),
      this.removal.idle(),
      this.secretCare.stop(),
    ])
  }

  /** What a real token says about pasted credentials; nothing is kept. */
  verifyCredentials(input: Input<'credentials.verify'>): Promise<CredentialsCheck> {
    const { platform, connection, settings, signal } = this.#deps
    return checkCredentials(input, {
      appAuth: connection.appAuth,
      wanted: wantedPermissions(settings()),
      clock: platform.clock,
      random: platform.random,
      signal: AbortSignal.any([signal, AbortSignal.timeout(CREDENTIALS_TIMEOUT_MS)]),
    })
  }

  /** Test connection said OK with the new secret: notes it, and has the old one removed. Throws as SecretCare. */
  async confirmRotation(): Promise<void> {
    this.secretCare.confirm()
    await this.setup.confirmHandover()
  }

  #onSecretChanged(): void {
    const isNew = this.setup.record?.rotation?.phase === 'handing-over'
    this.#forgetAnswers()
    this.drift.noteSecret(isNew ? 'proven' : 'earlier')
    // A new secret has not been entered in Bright Pattern yet, whatever was confirmed before.
    if (isNew) void this.setup.forgetHandover()
  }

  /** What Microsoft answered to another secret says nothing about this one. */
  #forgetAnswers(): void {
    this.access.forget()
    this.graph.forgetToken()
  }

  #entraContext(signal: AbortSignal): EntraContext {
    const { state } = this.signIn
    if (state.phase !== 'signed-in') {
      throw new AppError('sign-in-required', {
        message: 'Nobody is signed in to Microsoft.',
        nextStep: 'Sign in first.',
      })
    }
    const { platform, connection, settings, log } = this.#deps
    return {
      graph: this.graph.forWorkOf(state.account),
      appAuth: connection.appAuth,
      database: connection.database,
      secrets: connection.secrets,
      clock: platform.clock,
      random: platform.random,
      settings: settings(),
      account: state.account,
      cloud: connection.cloud,
      inspectTls: (url) => connection.inspectTls(url, signal),
      log,
      signal,
    }
  }
}
