// What leaves the app as values and files: the hand-over in all its forms, the identity package, report and calendar.
import type { Input } from '../contract/calls.ts'
import type { Cloud } from '../contract/models/connection.ts'
import type { HandoverField, TextFile } from '../contract/models/handover.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import { AppError } from './app-error.ts'
import { createCalendar } from './calendar.ts'
import type { Drift } from './drift.ts'
import type { AuditTrail } from './entra/audit.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import type { SignIn } from './entra/sign-in.ts'
import { exportHandover } from './handover-formats.ts'
import { handoverOf } from './handover.ts'
import { createIdentityPackage } from './identity-package/identity-package.ts'
import type { TenantGuard } from './job.ts'
import type { Clock } from './ports/clock.ts'
import type { Database } from './ports/database.ts'
import type { SecretStore } from './ports/secret-store.ts'
import { createReport } from './report.ts'
import { openHandover, sealHandover } from './sealed-handover.ts'
import type { Setup } from './setup.ts'

export interface DocumentsDeps {
  version: string
  cloud: Cloud
  database: Database
  secrets: SecretStore
  settings: () => ConnectionSettings
  clock: Clock
  guard: TenantGuard
  signIn: Pick<SignIn, 'state'>
  setup: Setup
  drift: Pick<Drift, 'state' | 'forget'>
  audit: Pick<AuditTrail, 'all'>
  /** Called when the secret may be another one. */
  onSecretChanged: () => void
}

export class Documents {
  #deps: DocumentsDeps

  constructor(deps: DocumentsDeps) {
    this.#deps = deps
  }

  /** The client secret, for a click on reveal or copy. Throws AppError secret-unknown. */
  async clientSecret(): Promise<string> {
    const secretText = await this.#deps.secrets.get('clientSecret')
    if (secretText !== undefined && this.#deps.setup.record?.clientSecret) return secretText
    throw new AppError('secret-unknown', {
      message: 'EMI Tray does not hold the value of a client secret.',
      nextStep: 'Apply the plan in Setup: it makes a new secret and keeps its value.',
    })
  }

  /** One value of the hand-over as text. Throws AppError not-set-up while it is not known. */
  async handoverText(field: HandoverField): Promise<string> {
    if (field === 'client-secret') return this.clientSecret()
    const { settings, setup } = this.#deps
    const { values } = handoverOf(settings(), setup.record)
    const value = values.find((one) => one.field === field)?.value
    if (value) return value
    throw new AppError('not-set-up', {
      message: 'This value is not known yet.',
      nextStep: 'Finish the set-up first.',
    })
  }

  async exportHandover(input: Input<'handover.export'>): Promise<TextFile> {
    const handover = handoverOf(this.#deps.settings(), this.#requireRecord())
    return exportHandover(handover, {
      format: input.format,
      clientSecret: input.withSecret ? await this.clientSecret() : null,
    })
  }

  async sealHandover(input: Input<'handover.seal'>): Promise<TextFile> {
    const { settings, cloud, clock } = this.#deps
    return sealHandover({
      ...input,
      record: this.#requireRecord(),
      clientSecret: await this.clientSecret(),
      settings: settings(),
      cloud,
      now: clock.now(),
    })
  }

  /** Opens a sealed hand-over and keeps it. Throws AppError busy while the tenant is written to, and sealed-…. */
  async openHandover(input: Input<'handover.open'>): ReturnType<typeof openHandover> {
    const { setup, guard, drift, database, secrets, cloud, clock } = this.#deps
    setup.requireIdle()
    const leave = guard.enter('Opening the sealed hand-over')
    try {
      const opened = await openHandover(input, { database, secrets, cloud, clock })
      await setup.forgetVerification()
      await setup.reloadRecord()
      drift.forget()
      this.#deps.onSecretChanged()
      return opened
    } finally {
      leave()
    }
  }

  /** The files for an identity team. Throws AppError tenant-url-invalid. */
  createPackage(): TextFile[] {
    const { settings, cloud, clock } = this.#deps
    const { record } = this.#deps.setup
    const signIn = this.#deps.signIn.state
    const account = signIn.phase === 'signed-in' ? signIn.account : null
    const tenant = account
      ? { id: account.tenantId, displayName: account.tenantDisplayName }
      : record && { id: record.tenantId, displayName: record.tenantDisplayName }
    return createIdentityPackage({
      settings: settings(),
      cloud,
      tenant,
      appId: record && record.tenantId === tenant?.id ? record.appId : null,
      now: clock.now(),
    })
  }

  async createReport(format: 'markdown' | 'html'): Promise<TextFile> {
    const { settings, cloud, setup, drift, audit, version, clock } = this.#deps
    return createReport(
      {
        record: this.#requireRecord(),
        settings: settings(),
        cloud,
        verified: setup.verified,
        drift: drift.state().report,
        audit: await audit.all(),
        confirmedAt: setup.confirmedAt,
        version,
        now: clock.now(),
      },
      format,
    )
  }

  createCalendar(): TextFile {
    return createCalendar({ record: this.#deps.setup.record, now: this.#deps.clock.now() })
  }

  #requireRecord(): ProvisioningRecord {
    const { record } = this.#deps.setup
    if (record?.completedAt) return record
    throw new AppError('not-set-up', {
      message: 'The application has not been set up yet.',
      nextStep: 'Finish the set-up first.',
    })
  }
}
