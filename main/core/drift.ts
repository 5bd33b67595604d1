// Drift: what is required, configured and granted compared side by side, and the repair of what is missing.
import type { DriftState } from '../contract/models.ts'
import type { AreaDeps } from './area.ts'
import { Job } from './job.ts'

export class Drift {
  #job: Job
  #report: DriftState['report'] = null

  constructor(deps: AreaDeps & { repaired: () => void }) {
    this.#job = new Job('The comparison with the tenant', deps)
  }

  state(): DriftState {
    return { job: this.#job.state(), report: this.#report }
  }

  check(): void {
    throw new Error('drift.check')
  }

  repair(removals: string[]): void {
    throw new Error(`drift.repair ${removals.join()}`)
  }

  cancel(): void {
    this.#job.cancel()
  }

  forget(): void {
    this.#report = null
  }

  idle(): Promise<void> {
    return this.#job.idle()
  }
}
