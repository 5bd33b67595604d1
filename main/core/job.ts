// One piece of long work outside the guided run: started, followed in the state, cancelled; never two writers at once.
import { isStopByHand, type ErrorReport } from '../contract/errors.ts'
import type { JobState, Progress } from '../contract/models/job.ts'
import { AppError, cancelled, toErrorReport, whyStopped } from './app-error.ts'
import type { Log } from './log.ts'
import type { Clock, Random } from './ports/clock.ts'

/** Lets one piece of work at a time write to the tenant. */
export class TenantGuard {
  #held: string | null = null

  /** Takes the tenant for work in these words; returns what gives it back. Throws AppError busy. */
  enter(words: string): () => void {
    if (this.#held !== null) {
      throw new AppError('busy', {
        message: `${this.#held} is still running.`,
        nextStep: 'Wait until it is done, or cancel it.',
      })
    }
    this.#held = words
    let isHeld = true
    return () => {
      if (isHeld) this.#held = null
      isHeld = false
    }
  }
}

export interface JobDeps {
  guard: TenantGuard
  clock: Clock
  random: Random
  log: Log
  onChange: () => void
}

export type JobWork = (signal: AbortSignal, tell: (progress: Progress) => void) => Promise<void>

export class Job {
  #deps: JobDeps
  /** What it is called when another one finds it running, such as “The rotation”. */
  #words: string
  #progress: Progress | null = null
  #error: ErrorReport | null = null
  #running: { controller: AbortController; done: Promise<void> } | null = null

  constructor(words: string, deps: JobDeps) {
    this.#words = words
    this.#deps = deps
  }

  get isRunning(): boolean {
    return this.#running !== null
  }

  state(): JobState {
    return { running: this.isRunning, progress: this.#progress, error: this.#error }
  }

  /** Starts and returns; a second start of running work does nothing. Throws AppError busy while other work runs. */
  start(work: JobWork): void {
    if (this.#running) return
    const leave = this.#deps.guard.enter(this.#words)
    const controller = new AbortController()
    const { signal } = controller
    this.#error = null
    this.#progress = null
    const done = Promise.resolve()
      .then(() =>
        work(signal, (progress) => {
          this.#progress = progress
          this.#deps.onChange()
        }),
      )
      .catch((error: unknown) => this.#fail(signal, error))
      .finally(() => {
        leave()
        this.#running = null
        this.#progress = null
        this.#deps.onChange()
      })
    this.#running = { controller, done }
    this.#deps.onChange()
  }

  /** Stops the work. What it already did stays. */
  cancel(): void {
    this.#running?.controller.abort(cancelled(this.#words))
  }

  /** Forgets the last error, once it does not matter any more. */
  forgetError(): void {
    if (this.#error === null) return
    this.#error = null
    this.#deps.onChange()
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await this.#running?.done
  }

  #fail(signal: AbortSignal, error: unknown): void {
    const report = toErrorReport(whyStopped(error, signal), this.#deps)
    this.#error = report
    const level = isStopByHand(report.code) ? 'info' : 'warning'
    this.#deps.log[level]('setup', `${this.#words} stopped: ${report.message}`, {
      code: report.code,
      reference: report.reference,
      details: report.details,
    })
  }
}
