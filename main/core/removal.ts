// The clean exit: everything that EMI Tray made, in the tenant and on this machine, listed and removed step by step.
import type { RemovalState } from '../contract/models.ts'
import type { AreaDeps } from './area.ts'
import { Job } from './job.ts'
import { noRemoval } from './nothing-yet.ts'

export interface RemovalDeps extends AreaDeps {
  stopWebhook: () => Promise<void>
  resetSettings: () => Promise<void>
  eraseLogsAndKeys: () => Promise<void>
  dataFolder: string
}

export class Removal {
  #job: Job

  constructor(deps: RemovalDeps) {
    this.#job = new Job('The removal', deps)
  }

  state(): RemovalState {
    return { ...noRemoval, job: this.#job.state() }
  }

  list(): void {
    throw new Error('removal.list')
  }

  remove(ids: string[]): void {
    throw new Error(`removal.start ${ids.join()}`)
  }

  cancel(): void {
    this.#job.cancel()
  }

  idle(): Promise<void> {
    return this.#job.idle()
  }
}
