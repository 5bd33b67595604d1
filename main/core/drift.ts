// Drift: what is required, configured and granted compared side by side, and the repair of what is missing.
import type { DriftReport, DriftState } from '../contract/models/application.ts'
import { AppError } from './app-error.ts'
import type { AreaDeps } from './area.ts'
import { type LaterKnowledge, standingReport } from './drift-standing.ts'
import { type ProvisioningRecord, writeProvisioningRecord } from './entra/provisioning-record.ts'
import { checkDrift, repairDrift } from './entra/repair.ts'
import { Job, type JobWork } from './job.ts'

export interface DriftDeps extends AreaDeps {
  repaired: () => void
  /** What else is known of the application. */
  later: () => Pick<LaterKnowledge, 'known' | 'verified'>
}

export class Drift {
  #deps: DriftDeps
  #job: Job
  #report: DriftReport | null = null
  #secret: LaterKnowledge['secret'] = 'compared'
  #action: 'check' | 'repair' = 'check'

  constructor(deps: DriftDeps) {
    this.#deps = deps
    this.#job = new Job('The comparison with the tenant', deps)
  }

  state(): DriftState {
    const report = this.#report
    const outdated = report?.inOrder === false && this.standing?.inOrder === true
    return { job: this.#job.state(), report, outdated }
  }

  /** The report without what is known to be in order since; null where nothing was compared. */
  get standing(): DriftReport | null {
    const later = { ...this.#deps.later(), secret: this.#secret }
    return this.#report && standingReport(this.#report, later)
  }

  /** Another secret is in use from now on, which works. */
  noteSecret(secret: Exclude<LaterKnowledge['secret'], 'compared'>): void {
    this.#secret = secret
  }

  /**
   * Reads the tenant and compares. Starts and returns; follow the state.
   * Throws AppError sign-in-required, not-set-up, busy.
   */
  check(): void {
    const record = this.#require()
    this.#begin('check', async (signal, tell) => {
      tell({
        current: 1,
        total: 1,
        doing: 'Reading the tenant',
        usuallySeconds: 5,
        startedAt: this.#deps.clock.now().toISOString(),
      })
      const report = await checkDrift(this.#deps.context(signal), record)
      await this.#noteSecretLife(report)
      this.#take(report)
    })
  }

  /**
   * Adds what is missing, and takes away only what `removals` names of the report that is shown. Starts and returns.
   * Throws AppError not-found for a removal that the report does not offer, sign-in-required, not-set-up, busy.
   */
  repair(removals: string[]): void {
    const record = this.#require()
    const offered = this.#offered()
    const unknown = removals.find((id) => !offered.has(id))
    if (unknown !== undefined) throw notOffered(unknown)
    this.#begin('repair', async (signal, tell) => {
      const report = await repairDrift(this.#deps.context(signal), record, {
        removals: [...new Set(removals)],
        tell,
        onRecord: this.#deps.reloadRecord,
      })
      this.#take(report)
      this.#tellRepaired()
    })
  }

  cancel(): void {
    this.#job.cancel()
  }

  /** Drops the report, once it is about another application. */
  forget(): void {
    this.#report = null
  }

  idle(): Promise<void> {
    return this.#job.idle()
  }

  #take(report: DriftReport): void {
    this.#report = report
    this.#secret = 'compared'
  }

  /** A repair asked for during a comparison must not be lost without a word. */
  #begin(action: 'check' | 'repair', work: JobWork): void {
    if (this.#job.isRunning && action !== this.#action) {
      throw new AppError('busy', {
        message: `${action === 'repair' ? 'The comparison' : 'The repair'} is still running.`,
        nextStep: 'Wait until it is done, or cancel it.',
      })
    }
    this.#action = action
    this.#job.start(work)
  }

  /** When the secret ends, the tenant knows best: what counts its days must not contradict the comparison. */
  async #noteSecretLife({ secrets }: DriftReport): Promise<void> {
    const { database, record: recordOf, reloadRecord } = this.#deps
    const record = recordOf()
    const known = record?.clientSecret
    const found = known && secrets.find(({ keyId }) => keyId === known.keyId)
    if (!found || Date.parse(found.endDateTime) === Date.parse(known.endDateTime)) return
    const { startDateTime, endDateTime } = found
    await writeProvisioningRecord(database, {
      ...record,
      clientSecret: { ...known, startDateTime, endDateTime },
    })
    await reloadRecord()
  }

  /** The repair is done, whatever keeps the set-up from being verified at the moment. */
  #tellRepaired(): void {
    try {
      this.#deps.repaired()
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'busy')) throw error
      this.#deps.log.info('setup', 'The repair was not verified, since another step is running.')
    }
  }

  #require(): ProvisioningRecord {
    // Asked here too, so that the caller hears at once that nobody is signed in.
    this.#deps.context(new AbortController().signal)
    const record = this.#deps.record()
    if (record && record.applicationObjectId !== '') return record
    throw new AppError('not-set-up', {
      message: 'There is nothing to compare yet: the application has not been set up.',
      nextStep: 'Make the plan on the Setup page and apply it.',
    })
  }

  #offered(): Set<string | null> {
    const { rows = [], permissions = [], secrets = [] } = this.#report ?? {}
    return new Set([...rows, ...permissions, ...secrets].map(({ removalId }) => removalId))
  }
}

function notOffered(removalId: string): AppError {
  return new AppError('not-found', {
    message: `“${removalId}” is not in the comparison that is shown, so nothing was changed.`,
    nextStep: 'Compare again and choose from what it shows.',
  })
}
