// Secret care: how long the secret lives, alerts before it expires, and the rotation that overlaps.
import type { RotationState, SecretCareState } from '../contract/models/application.ts'
import type { Alert } from '../contract/models/health.ts'
import { AppError } from './app-error.ts'
import type { AreaDeps } from './area.ts'
import type { EntraContext } from './entra/context.ts'
import { type ProvisioningRecord, writeProvisioningRecord } from './entra/provisioning-record.ts'
import { PROOFS_NEEDED, type RotationNotes, type Tell } from './entra/rotation-steps.ts'
import { abandonRotation, finishRotation, rotateSecret, settleSwitch } from './entra/rotation.ts'
import { Job } from './job.ts'
import { daysLeft, levelOf, nextAlertAt, secretInfo, secretInUse } from './secret-level.ts'
import { SecretWatch } from './secret-watch.ts'

export interface SecretCareDeps extends AreaDeps {
  /** False for short commands: an alert that they raised would be missed, and not come again. */
  watches: boolean
  raise: (alert: Alert) => void
  /** Called when the secret that is handed over has become another one. */
  onSecretChanged: () => void
}

type Action = 'rotate' | 'confirm' | 'abandon'

export class SecretCare {
  #deps: SecretCareDeps
  #job: Job
  #watch: SecretWatch
  #action: Action | null = null
  #proofs = 0

  constructor(deps: SecretCareDeps) {
    this.#deps = deps
    this.#job = new Job('The rotation', deps)
    this.#watch = new SecretWatch(deps)
  }

  state(): SecretCareState {
    const now = this.#deps.clock.now()
    const record = this.#deps.record()
    const current = record?.clientSecret ?? null
    const left = current && daysLeft(current, now)
    const inUse = secretInUse(record)
    return {
      current: current && secretInfo(current, { state: 'current', now }),
      daysLeft: left,
      level: levelOf(left),
      nextAlertAt: (inUse && nextAlertAt(inUse, now)?.toISOString()) ?? null,
      rotation: record ? this.#rotationState(record, now) : null,
      job: this.#job.state(),
    }
  }

  /** Completes what a stopped run left half done on this machine, and starts to watch the expiry date. */
  async start(): Promise<void> {
    const { log, watches } = this.#deps
    try {
      await this.#settle()
      if (watches) await this.#watch.start()
    } catch (error) {
      // What is wrong with vault or database shows wherever they are needed; it must not keep the app from opening.
      log.warning('secret', 'The client secret could not be looked after at the start.', {
        reason: error instanceof Error ? error.message : '',
      })
    }
  }

  /** Starts a rotation or goes on with one; follow the state. Throws AppError not-set-up, rotation-unfinished, busy. */
  rotate(): void {
    const { rotation } = this.#record()
    if (rotation?.phase === 'handing-over') {
      throw new AppError('rotation-unfinished', {
        message: 'A new client secret waits to be entered in Bright Pattern already.',
        nextStep: 'Enter it there and confirm it, or go back to the old one.',
      })
    }
    this.#run('rotate', async (context, notes, tell) => {
      if (notes.record.rotation?.phase === 'removing') await finishRotation(context, notes)
      else await rotateSecret(context, notes, tell)
    })
  }

  /** Test connection said OK with the new secret: the old one is removed. Throws as rotate(). */
  confirm(): void {
    const phase = this.#record().rotation?.phase
    if (phase !== 'handing-over' && phase !== 'removing') {
      throw new AppError('rotation-unfinished', {
        message: 'No new client secret waits to be confirmed.',
        nextStep: phase ? 'Go on with the rotation first.' : 'Start a rotation first.',
      })
    }
    this.#run('confirm', finishRotation)
  }

  /** Goes back to the old secret and removes the new one. Throws as rotate(). */
  abandon(): void {
    if (!this.#record().rotation) {
      throw new AppError('rotation-unfinished', {
        message: 'No rotation of the client secret is under way.',
        nextStep: 'There is nothing to give up.',
      })
    }
    this.#run('abandon', abandonRotation)
  }

  /** Stops the running work. What it did stays, and the next rotate() goes on from there. */
  cancel(): void {
    this.#job.cancel()
  }

  /** Looks at once whether an alert is due, such as after a sleep. Never rejects. */
  look(): Promise<void> {
    return this.#watch.look()
  }

  async stop(): Promise<void> {
    this.#job.cancel()
    await Promise.all([this.#job.idle(), this.#watch.stop()])
  }

  #run(
    action: Action,
    work: (context: EntraContext, notes: RotationNotes, tell: Tell) => Promise<void>,
  ): void {
    if (this.#job.isRunning && this.#action !== action) {
      throw new AppError('busy', {
        message: 'The rotation of the client secret is running.',
        nextStep: 'Wait until it is done, or cancel it.',
      })
    }
    this.#action = action
    this.#job.start(async (signal, tellJob) => {
      const { context: contextOf, reloadRecord, onSecretChanged, clock } = this.#deps
      await reloadRecord()
      const context = contextOf(signal)
      requireTenant(context, this.#record())
      const notes = this.#notes()
      const before = notes.record.clientSecret?.keyId
      const startedAt = clock.now().toISOString()
      try {
        await settleSwitch(context.secrets, notes)
        await work(context, notes, (progress, proofs) => {
          this.#proofs = proofs
          tellJob({ ...progress, startedAt })
        })
      } finally {
        this.#proofs = 0
        if (this.#deps.record()?.clientSecret?.keyId !== before) onSecretChanged()
        await this.#watch.look()
      }
    })
  }

  async #settle(): Promise<void> {
    const { secrets, record, onSecretChanged, log } = this.#deps
    if (!record()?.rotation || !(await settleSwitch(secrets, this.#notes()))) return
    log.info('secret', 'Completed a switch to another client secret that was interrupted.')
    onSecretChanged()
  }

  #notes(): RotationNotes {
    const { database, reloadRecord } = this.#deps
    const read = () => this.#record()
    return {
      get record() {
        return read()
      },
      save: async (change) => {
        await writeProvisioningRecord(database, { ...read(), ...change })
        await reloadRecord()
      },
    }
  }

  #record(): ProvisioningRecord {
    const record = this.#deps.record()
    if (record?.completedAt) return record
    throw new AppError('not-set-up', {
      message: 'The application has not been set up yet.',
      nextStep: 'Finish the set-up first: it makes a client secret.',
    })
  }

  #rotationState({ rotation }: ProvisioningRecord, now: Date): RotationState | null {
    if (!rotation) return null
    const { phase, startedAt, newSecret, oldSecret } = rotation
    const isSwitched = phase === 'handing-over' || phase === 'removing'
    const [newState, oldState] = isSwitched
      ? (['current', 'previous'] as const)
      : (['next', 'current'] as const)
    return {
      phase,
      startedAt,
      newSecret: newSecret && secretInfo(newSecret, { state: newState, now }),
      oldSecret: oldSecret && secretInfo(oldSecret, { state: oldState, now }),
      // What waits to be confirmed has been proven.
      proofs: isSwitched ? PROOFS_NEEDED : this.#proofs,
      proofsNeeded: PROOFS_NEEDED,
    }
  }
}

/** Somebody may have signed in to another tenant since the set-up. */
function requireTenant({ account }: EntraContext, record: ProvisioningRecord): void {
  if (account.tenantId === record.tenantId) return
  throw new AppError('wrong-tenant', {
    message: `The application is in ${record.tenantDisplayName}, and ${account.username} is signed in to ${account.tenantDisplayName}.`,
    nextStep: `Sign in as an administrator of ${record.tenantDisplayName}.`,
  })
}
