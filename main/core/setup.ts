// The guided set-up: what its tasks do in the tenant, and what they found.
import type {
  ApplicationCandidate,
  ApplyStep,
  CheckResult,
  Plan,
  PlanSetting,
  SetupState,
  VerifyResult,
} from '../contract/models/setup.ts'
import { AppError } from './app-error.ts'
import { restoreApplication } from './entra/candidates.ts'
import { checkTenant } from './entra/preflight.ts'
import { makePlan } from './entra/plan.ts'
import { applyPlan, type EntraContext } from './entra/provision.ts'
import { readProvisioningRecord, type ProvisioningRecord } from './entra/provisioning-record.ts'
import type { Database } from './ports/database.ts'
import { Proofs } from './proofs.ts'
import { setupSteps, type SetupFacts } from './setup-steps.ts'
import { SetupTasks, type SetupTasksDeps } from './setup-tasks.ts'

export interface SetupDeps extends Omit<SetupTasksDeps, 'onFailed'> {
  database: Database
  /** Everything the Entra steps need. Throws AppError sign-in-required when nobody is signed in. */
  context: (signal: AbortSignal) => EntraContext
  /** Renews the token, so that a role activated a moment ago counts. */
  refreshSignIn: () => Promise<void>
  verify: (record: ProvisioningRecord, signal: AbortSignal) => Promise<VerifyResult>
  /** Called after a plan was carried out. */
  onApplied: () => void
  /** Called after a successful verification. */
  onVerified: () => void
}

export class Setup {
  record: ProvisioningRecord | null = null
  #deps: SetupDeps
  #checks: CheckResult[] = []
  #candidates: ApplicationCandidate[] = []
  #plan: Plan | null = null
  #outdatedBy: PlanSetting[] = []
  #applySteps: ApplyStep[] = []
  #proofs: Proofs
  #tasks: SetupTasks

  constructor(deps: SetupDeps) {
    this.#deps = deps
    this.#proofs = new Proofs(deps.database)
    this.#tasks = new SetupTasks({ ...deps, onFailed: () => void this.#reloadAfterFailure() })
  }

  /** Reads what an earlier run left. */
  async load(): Promise<void> {
    await this.#proofs.load()
    await this.reloadRecord()
  }

  /** Reads the record again, after another area has written it. */
  async reloadRecord(): Promise<void> {
    await this.#take(await readProvisioningRecord(this.#deps.database))
    this.#deps.onChange()
  }

  /** Forgets what was proven: the application has become another one, or is gone. */
  async forgetVerification(): Promise<void> {
    this.#applySteps = []
    await this.#proofs.forgetVerification()
    await this.#proofs.forgetHandover()
    this.forgetPlan()
  }

  /** What the last verification of the values in use has found. */
  get verified(): VerifyResult | null {
    return this.#proofs.verified(this.record)
  }

  /** When a person confirmed that Test connection said OK with the values in use. */
  get confirmedAt(): string | null {
    return this.#proofs.confirmedAt(this.record)
  }

  /** True where it was set up and once verified, though the secret may be another one since. */
  get isComplete(): boolean {
    return this.record?.completedAt != null && this.#proofs.wasVerified(this.record)
  }

  /** True while a step runs; another one cannot be started then. */
  get isRunning(): boolean {
    return this.#tasks.running !== null
  }

  /** Looks for what would stop provisioning. Starts and returns; follow the state. */
  check(): void {
    this.#tasks.start('check', async (signal) => {
      await this.#deps.refreshSignIn()
      await this.#check(signal)
    })
  }

  /** Checks first where that has not been done, then makes the plan. Reads only. */
  plan(): void {
    this.#tasks.start('plan', async (signal) => {
      await this.#checkAndPlan(signal, { reuse: true })
    })
  }

  /**
   * Restores a deleted application that the check has found, then looks again and plans. Throws AppError not-found
   * for any other, and busy, also while a plan is made.
   */
  restoreApplication(applicationObjectId: string): void {
    this.requireIdle()
    const found = this.#candidates.find((one) => one.applicationObjectId === applicationObjectId)
    if (!found?.deletedAt) throw notDeleted()
    this.#tasks.startWriting('plan', {
      words: 'Restoring the application',
      write: (signal) => restoreApplication(this.#deps.context(signal), applicationObjectId),
      then: (signal) => this.#checkAndPlan(signal),
    })
  }

  /** Writes to the tenant what the plan shows, then verifies it. Throws AppError plan-missing without a plan. */
  apply(): void {
    if (!this.#plan) {
      throw new AppError('plan-missing', {
        message: 'There is no plan to apply yet.',
        nextStep: 'Make the plan first and look it over.',
      })
    }
    if (this.#tasks.running === 'apply') return
    this.#tasks.startWriting('apply', {
      write: (signal) => this.#apply(signal),
      then: (signal) => this.#verify(signal),
    })
  }

  /** Proves with a real token that the application works. */
  verify(): void {
    this.#tasks.start('verify', (signal) => this.#verify(signal))
  }

  /** Stops the running step. What it already did stays, and the next run goes on from there. */
  cancel(): void {
    this.#tasks.cancel()
  }

  /** Resolves when nothing runs any more. */
  idle(): Promise<void> {
    return this.#tasks.idle()
  }

  /** Throws AppError busy while a step runs. */
  requireIdle(): void {
    this.#tasks.requireIdle()
  }

  /**
   * Forgets the plan after a change of settings, and keeps what changed, to say why it is gone; one that is being made
   * would show what no longer holds.
   */
  async dropPlan(changed: PlanSetting[] = []): Promise<void> {
    const { running } = this.#tasks
    const isLooking = running === 'check' || running === 'plan'
    const hadPlan = this.#plan !== null || isLooking
    if (isLooking) {
      this.cancel()
      await this.idle()
    }
    const earlier = this.#outdatedBy
    this.forgetPlan()
    if (this.isRunning || (!hadPlan && earlier.length === 0)) return
    this.#outdatedBy = [...new Set([...earlier, ...changed])]
    this.#deps.onChange()
  }

  /** Forgets findings that no longer hold, unless a step runs. */
  forgetPlan(): void {
    if (this.isRunning) return
    this.#checks = []
    this.#candidates = []
    this.#plan = null
    this.#outdatedBy = []
    this.#tasks.forgetErrors()
    this.#deps.onChange()
  }

  /** Notes that Test connection said OK with the values in use. Throws AppError not-set-up. */
  async confirmHandover(): Promise<void> {
    if (!this.record?.completedAt) {
      throw new AppError('not-set-up', {
        message: 'There is nothing to confirm yet: the application has not been set up.',
        nextStep: 'Finish the set-up first, and enter the values in Bright Pattern.',
      })
    }
    await this.#proofs.noteHandover(this.record, this.#deps.clock.now())
    this.#deps.onChange()
  }

  /** The values that were handed over have changed since. */
  async forgetHandover(): Promise<void> {
    await this.#proofs.forgetHandover()
    this.#deps.onChange()
  }

  state(facts: SetupFacts): SetupState {
    const findings = {
      record: this.record,
      confirmedAt: this.confirmedAt,
      checks: this.#checks,
      plan: this.#plan,
      verified: this.verified,
      errors: this.#tasks.errors,
      running: this.#tasks.running,
      progress: this.#tasks.progress,
    }
    return {
      steps: setupSteps(findings, facts),
      checks: this.#checks,
      plan: this.#plan,
      applySteps: this.#applySteps,
      verified: findings.verified,
      candidates: this.#candidates,
      outdatedBy: this.#outdatedBy,
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    this.#plan = null
    this.#outdatedBy = []
    const { checks, candidates } = await checkTenant(this.#deps.context(signal))
    this.#checks = checks
    this.#candidates = candidates
  }

  async #checkAndPlan(signal: AbortSignal, { reuse = false } = {}): Promise<void> {
    if (!reuse || this.#checks.length === 0) await this.#check(signal)
    if (this.#checks.some((check) => check.state === 'failed')) return
    this.#plan = await makePlan(this.#deps.context(signal))
  }

  async #apply(signal: AbortSignal): Promise<void> {
    this.#proofs.setVerificationAside()
    const record = await applyPlan(this.#deps.context(signal), (steps, progress) => {
      this.#applySteps = steps
      this.#tasks.tell(progress)
    })
    await this.#take(record)
    this.#plan = null
    this.#deps.onApplied()
  }

  async #verify(signal: AbortSignal): Promise<void> {
    const { database, clock, onVerified } = this.#deps
    this.record ??= await readProvisioningRecord(database)
    if (!this.record?.completedAt) {
      throw new AppError('not-set-up', {
        message: 'There is nothing to verify yet: the application has not been set up.',
        nextStep: 'Apply the plan first.',
      })
    }
    this.#tasks.tell({
      current: 1,
      total: 1,
      doing: 'Asking Microsoft for a token with all roles',
      usuallySeconds: 20,
      startedAt: clock.now().toISOString(),
    })
    this.#tasks.forgetError('verify')
    const { record } = this
    let result: VerifyResult
    try {
      result = await this.#deps.verify(record, signal)
    } catch (error) {
      this.#tasks.fail('verify', { error, signal })
      return
    }
    await this.#proofs.noteVerification(record, result)
    // What stopped an earlier run, such as a missing consent, is no longer so.
    this.#tasks.forgetError('apply')
    onVerified()
  }

  /** Takes another record into use. Other values than those that were confirmed have not been entered yet. */
  async #take(record: ProvisioningRecord | null): Promise<void> {
    this.record = record
    await this.#proofs.take(record)
  }

  /** After a failure the record may be ahead of what we hold: it is written step by step. */
  async #reloadAfterFailure(): Promise<void> {
    try {
      await this.#take(await readProvisioningRecord(this.#deps.database))
    } catch {
      // The failure that brought us here is already shown, and says more than this one.
    }
    this.#deps.onChange()
  }
}

function notDeleted(): AppError {
  return new AppError('not-found', {
    message: 'This application is not among the deleted ones that the check has found.',
    nextStep: 'Check again in Setup, then restore it from the list.',
  })
}
