// The guided set-up: runs one step at a time, keeps its progress and what it found.
import type { ErrorReport } from '../contract/errors.ts'
import type { Progress } from '../contract/models/job.ts'
import type {
  ApplicationCandidate,
  ApplyStep,
  CheckResult,
  Plan,
  SetupState,
  SetupStepId,
  VerifyResult,
} from '../contract/models/setup.ts'
import { AppError, cancelled, toErrorReport, whyStopped } from './app-error.ts'
import { restoreApplication } from './entra/candidates.ts'
import { checkTenant } from './entra/preflight.ts'
import { makePlan } from './entra/plan.ts'
import { applyPlan, type EntraContext } from './entra/provision.ts'
import { readProvisioningRecord, type ProvisioningRecord } from './entra/provisioning-record.ts'
import type { TenantGuard } from './job.ts'
import type { Log } from './log.ts'
import type { Clock, Random } from './ports/clock.ts'
import type { Database } from './ports/database.ts'
import { setupSteps, type SetupFacts, type Task } from './setup-steps.ts'

const TASK_WORDS: Record<Task, string> = {
  check: 'The check',
  plan: 'Making the plan',
  apply: 'Applying the plan',
  verify: 'The verification',
}

export interface SetupDeps {
  database: Database
  clock: Clock
  random: Random
  log: Log
  /** Applying waits for no other writer, and lets none in. */
  guard: TenantGuard
  /** Everything the Entra steps need. Throws AppError sign-in-required when nobody is signed in. */
  context: (signal: AbortSignal) => EntraContext
  /** Renews the token, so that a role activated a moment ago counts. */
  refreshSignIn: () => Promise<void>
  verify: (record: ProvisioningRecord, signal: AbortSignal) => Promise<VerifyResult>
  /** Called after a successful verification. */
  onVerified: () => void
  onChange: () => void
}

export class Setup {
  record: ProvisioningRecord | null = null
  confirmedAt: string | null = null
  #deps: SetupDeps
  #checks: CheckResult[] = []
  #candidates: ApplicationCandidate[] = []
  #plan: Plan | null = null
  #applySteps: ApplyStep[] = []
  #verified: VerifyResult | null = null
  #errors = new Map<SetupStepId, ErrorReport>()
  #progress: Progress | null = null
  #running: { task: Task; controller: AbortController; done: Promise<void> } | null = null

  constructor(deps: SetupDeps) {
    this.#deps = deps
  }

  /** Reads what an earlier run left. */
  async load(): Promise<void> {
    const { database } = this.#deps
    await this.reloadRecord()
    const verified = await database.readRecord('verification')
    if (isVerifyResult(verified)) this.#verified = verified
    const confirmed = await database.readRecord('handover')
    this.confirmedAt = typeof confirmed === 'string' ? confirmed : null
  }

  /** Reads the record again, after another area has written it. */
  async reloadRecord(): Promise<void> {
    this.record = await readProvisioningRecord(this.#deps.database)
    this.#deps.onChange()
  }

  /** Forgets what was proven: the application has become another one, or is gone. */
  async forgetVerification(): Promise<void> {
    const { database } = this.#deps
    this.#verified = null
    this.confirmedAt = null
    this.#applySteps = []
    await database.deleteRecord('verification')
    await database.deleteRecord('handover')
    this.forgetPlan()
  }

  get verified(): VerifyResult | null {
    return this.#verified
  }

  get isComplete(): boolean {
    return this.record?.completedAt != null && this.#verified !== null
  }

  /** True while a step runs; another one cannot be started then. */
  get isRunning(): boolean {
    return this.#running !== null
  }

  /** Looks for what would stop provisioning. Starts and returns; follow the state. */
  check(): void {
    this.#start('check', async (signal) => {
      await this.#deps.refreshSignIn()
      await this.#check(signal)
    })
  }

  /** Checks first where that has not been done, then makes the plan. Reads only. */
  plan(): void {
    this.#start('plan', async (signal) => {
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
    this.#startWriting('plan', {
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
    if (this.#running?.task === 'apply') return
    this.#startWriting('apply', {
      words: TASK_WORDS.apply,
      write: (signal) => this.#apply(signal),
      then: (signal) => this.#verify(signal),
    })
  }

  /** Proves with a real token that the application works. */
  verify(): void {
    this.#start('verify', (signal) => this.#verify(signal))
  }

  /** Stops the running step. What it already did stays, and the next run goes on from there. */
  cancel(): void {
    this.#running?.controller.abort(cancelled(TASK_WORDS[this.#running.task]))
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await this.#running?.done
  }

  /** Throws AppError busy while a step runs. */
  requireIdle(): void {
    if (this.#running) throw stillRunning(this.#running.task)
  }

  /** Forgets the plan after a change of settings; one that is being made would show what no longer holds. */
  async dropPlan(): Promise<void> {
    const task = this.#running?.task
    if (task === 'check' || task === 'plan') {
      this.cancel()
      await this.idle()
    }
    this.forgetPlan()
  }

  /** Forgets findings that no longer hold, unless a step runs. */
  forgetPlan(): void {
    if (this.#running) return
    this.#checks = []
    this.#candidates = []
    this.#plan = null
    this.#errors.clear()
    this.#deps.onChange()
  }

  async confirmHandover(): Promise<void> {
    this.confirmedAt = this.#deps.clock.now().toISOString()
    await this.#deps.database.writeRecord('handover', this.confirmedAt)
    this.#deps.onChange()
  }

  /** The values that were handed over have changed since. */
  async forgetHandover(): Promise<void> {
    this.confirmedAt = null
    await this.#deps.database.deleteRecord('handover')
    this.#deps.onChange()
  }

  state(facts: SetupFacts): SetupState {
    const findings = {
      record: this.record,
      confirmedAt: this.confirmedAt,
      checks: this.#checks,
      plan: this.#plan,
      verified: this.#verified,
      errors: this.#errors,
      running: this.#running?.task ?? null,
      progress: this.#progress,
    }
    return {
      steps: setupSteps(findings, facts),
      checks: this.#checks,
      plan: this.#plan,
      applySteps: this.#applySteps,
      verified: this.#verified,
      candidates: this.#candidates,
    }
  }

  /** Starts a task that writes first, with no other writer meanwhile. The same task must not be running. */
  #startWriting(
    task: Task,
    {
      words,
      write,
      then,
    }: {
      words: string
      write: (signal: AbortSignal) => Promise<void>
      then: (signal: AbortSignal) => Promise<void>
    },
  ): void {
    const leave = this.#deps.guard.enter(words)
    try {
      this.#start(task, async (signal) => {
        try {
          await write(signal)
        } finally {
          leave()
        }
        await then(signal)
      })
    } catch (error) {
      leave()
      throw error
    }
  }

  #start(task: Task, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#running) {
      if (this.#running.task === task) return
      throw stillRunning(this.#running.task)
    }
    const controller = new AbortController()
    this.#errors.delete(task)
    this.#progress = null
    const done = work(controller.signal)
      .catch((error: unknown) => this.#fail(task, controller.signal, error))
      .finally(() => {
        this.#running = null
        this.#progress = null
        this.#deps.onChange()
      })
    this.#running = { task, controller, done }
    this.#deps.onChange()
  }

  async #check(signal: AbortSignal): Promise<void> {
    this.#plan = null
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
    this.#verified = null
    this.record = await applyPlan(this.#deps.context(signal), (steps, progress) => {
      this.#applySteps = steps
      this.#progress = progress
      this.#deps.onChange()
    })
    this.#plan = null
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
    this.#progress = {
      current: 1,
      total: 1,
      doing: 'Asking Microsoft for a token with all roles',
      usuallySeconds: 20,
      startedAt: clock.now().toISOString(),
    }
    this.#deps.onChange()
    this.#errors.delete('verify')
    try {
      this.#verified = await this.#deps.verify(this.record, signal)
    } catch (error) {
      this.#fail('verify', signal, error)
      return
    }
    await database.writeRecord('verification', this.#verified)
    // What stopped an earlier run, such as a missing consent, is no longer so.
    this.#errors.delete('apply')
    onVerified()
  }

  #fail(task: Task, signal: AbortSignal, error: unknown): void {
    const report = toErrorReport(whyStopped(error, signal), this.#deps)
    this.#errors.set(task, report)
    this.#deps.log.warning('setup', `${TASK_WORDS[task]} stopped: ${report.message}`, {
      code: report.code,
      reference: report.reference,
      details: report.details,
    })
    void this.#reloadAfterFailure()
  }

  /** After a failure the record may be ahead of what we hold: it is written step by step. */
  async #reloadAfterFailure(): Promise<void> {
    try {
      this.record = await readProvisioningRecord(this.#deps.database)
    } catch {
      // The failure that brought us here is already shown, and says more than this one.
    }
    this.#deps.onChange()
  }
}

function stillRunning(task: Task): AppError {
  return new AppError('busy', {
    message: `${TASK_WORDS[task]} is still running.`,
    nextStep: 'Wait until it is done, or cancel it.',
  })
}

function notDeleted(): AppError {
  return new AppError('not-found', {
    message: 'This application is not among the deleted ones that the check has found.',
    nextStep: 'Check again in Setup, then restore it from the list.',
  })
}

function isVerifyResult(value: unknown): value is VerifyResult {
  return (
    typeof value === 'object' && value !== null && 'roles' in value && Array.isArray(value.roles)
  )
}
