// One button's work: whether it is running, and what went wrong.
import type { ErrorReport } from '../../main/contract/errors.ts'
import { toErrorReport } from '../client.ts'

/** Runs one piece of work at a time and keeps its error until the next run. */
export class Action {
  pending = $state(false)
  error = $state.raw<ErrorReport | null>(null)

  /** Runs the work unless it is running already. True when it succeeded; never throws. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.pending) return false
    this.pending = true
    this.error = null
    try {
      await work()
      return true
    } catch (error) {
      this.error = toErrorReport(error)
      return false
    } finally {
      this.pending = false
    }
  }

  /** Forgets the error. */
  clear(): void {
    this.error = null
  }
}
