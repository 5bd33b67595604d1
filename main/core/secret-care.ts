// Secret care: how long the secret lives, alerts before it expires, and the rotation that overlaps.
import type { Alert, SecretCareState } from '../contract/models.ts'
import type { AreaDeps } from './area.ts'
import { Job } from './job.ts'
import { noSecretCare } from './nothing-yet.ts'

export interface SecretCareDeps extends AreaDeps {
  raise: (alert: Alert) => void
  /** Called when the secret that is handed over has become another one. */
  onSecretChanged: () => void
}

export class SecretCare {
  #job: Job

  constructor(deps: SecretCareDeps) {
    this.#job = new Job('The rotation', deps)
  }

  state(): SecretCareState {
    return { ...noSecretCare, job: this.#job.state() }
  }

  /** Starts to watch the expiry date. */
  async start(): Promise<void> {
    await Promise.resolve()
  }

  rotate(): void {
    throw new Error('rotation.start')
  }

  confirm(): void {
    throw new Error('rotation.confirm')
  }

  abandon(): void {
    throw new Error('rotation.abandon')
  }

  cancel(): void {
    this.#job.cancel()
  }

  async stop(): Promise<void> {
    this.#job.cancel()
    await this.#job.idle()
  }
}
