// The consent link for another administrator: its address, the state kept, and asking Microsoft whether it was used.
import type { ConsentRequest } from '../contract/models.ts'
import type { AreaDeps } from './area.ts'

export interface ConsentDeps extends AreaDeps {
  /** Called once when every permission has arrived. */
  onGranted: () => void
}

export class ConsentLink {
  constructor(deps: ConsentDeps) {
    void deps
  }

  state(): ConsentRequest | null {
    return null
  }

  /** Takes up what an earlier run left waiting. */
  async load(): Promise<void> {
    await Promise.resolve()
  }

  async start(): Promise<void> {
    await Promise.reject(new Error('consent.start'))
  }

  async check(): Promise<void> {
    await Promise.reject(new Error('consent.check'))
  }

  /** Forgets the link. */
  async forget(): Promise<void> {
    await Promise.resolve()
  }

  stop(): void {
    // Nothing waits.
  }
}
