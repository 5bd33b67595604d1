// The tasks of the guided set-up, one at a time: started, followed, cancelled; what stopped one is kept until it runs again.
import { isStopByHand, type ErrorReport } from '../contract/errors.ts'
import type { Progress } from '../contract/models/job.ts'
import type { SetupStepId } from '../contract/models/setup.ts'
import { AppError, cancelled, toErrorReport, whyStopped } from './app-error.ts'
import type { JobDeps } from './job.ts'
import type { Task } from './setup-steps.ts'

const TASK_WORDS: Record<Task, string> = {
  check: 'The check',
  plan: 'Making the plan',
  apply: 'Applying the plan',
  verify: 'The verification',
}

export interface SetupTasksDeps extends JobDeps {
  /** Called after a task has failed. */
  onFailed: () => void
}

/** A task that writes to the tenant first. */
export interface WritingTask {
  /** What others are told that find it writing; the task's own words unless given. */
  words?: string
  write: (signal: AbortSignal) => Promise<void>
  /** What it does afterwards, when others may write again. */
  then: (signal: AbortSignal) => Promise<void>
}

export class SetupTasks {
  #deps: SetupTasksDeps
  #errors = new Map<SetupStepId, ErrorReport>()
  #progress: Progress | null = null
  #running: { task: Task; controller: AbortController; done: Promise<void> } | null = null

  constructor(deps: SetupTasksDeps) {
    this.#deps = deps
  }

  /** The task that runs; null for none. */
  get running(): Task | null {
    return this.#running?.task ?? null
  }

  get progress(): Progress | null {
    return this.#progress
  }

  /** What stopped the last run of each task. */
  get errors(): ReadonlyMap<SetupStepId, ErrorReport> {
    return this.#errors
  }

  /** Starts and returns; a second start of the running task does nothing. Throws AppError busy while another one runs. */
  start(task: Task, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#running) {
      if (this.#running.task === task) return
      throw stillRunning(this.#running.task)
    }
    const controller = new AbortController()
    this.#errors.delete(task)
    this.#progress = null
    const done = work(controller.signal)
      .catch((error: unknown) => this.fail(task, { error, signal: controller.signal }))
      .finally(() => {
        this.#running = null
        this.#progress = null
        this.#deps.onChange()
      })
    this.#running = { task, controller, done }
    this.#deps.onChange()
  }

  /** The same with no other writer meanwhile. The task must not be running. */
  startWriting(task: Task, { words = TASK_WORDS[task], write, then }: WritingTask): void {
    const leave = this.#deps.guard.enter(words)
    try {
      this.start(task, async (signal) => {
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

  /** Shows how far the running task is. */
  tell(progress: Progress): void {
    this.#progress = progress
    this.#deps.onChange()
  }

  /** Stops the running task. What it already did stays. */
  cancel(): void {
    this.#running?.controller.abort(cancelled(TASK_WORDS[this.#running.task]))
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await this.#running?.done
  }

  /** Throws AppError busy while a task runs. */
  requireIdle(): void {
    if (this.#running) throw stillRunning(this.#running.task)
  }

  /** Keeps and logs what stopped a task, also one that another task has done on its way. */
  fail(task: Task, { error, signal }: { error: unknown; signal: AbortSignal }): void {
    const report = toErrorReport(whyStopped(error, signal), this.#deps)
    this.#errors.set(task, report)
    const level = isStopByHand(report.code) ? 'info' : 'warning'
    this.#deps.log[level]('setup', `${TASK_WORDS[task]} stopped: ${report.message}`, {
      code: report.code,
      reference: report.reference,
      details: report.details,
    })
    this.#deps.onFailed()
  }

  /** Forgets what stopped a task, once it does not matter any more. */
  forgetError(task: Task): void {
    this.#errors.delete(task)
  }

  forgetErrors(): void {
    this.#errors.clear()
  }
}

function stillRunning(task: Task): AppError {
  return new AppError('busy', {
    message: `${TASK_WORDS[task]} is still running.`,
    nextStep: 'Wait until it is done, or cancel it.',
  })
}
