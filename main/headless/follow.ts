// Drives the core as the pages do: makes a call, then follows the state until the work is over.
import type { CallName, Input, Output } from '../contract/calls.ts'
import type { JobState } from '../contract/models/job.ts'
import type { SetupStep, SetupStepId } from '../contract/models/setup.ts'
import type { AppState } from '../contract/models/state.ts'
import type { ErrorReport } from '../contract/errors.ts'
import { AppError, cancelled } from '../core/app-error.ts'
import type { CliApp } from './command-context.ts'

/** A failure that the core already described. */
export class ReportedError extends Error {
  readonly report: ErrorReport

  constructor(report: ErrorReport) {
    super(report.message)
    this.report = report
  }
}

/** Makes one call. Throws ReportedError when the core refuses it. */
export async function call<N extends CallName>(
  app: CliApp,
  name: N,
  input: Input<N>,
): Promise<Output<N>> {
  const reply = await app.dispatch(name, input)
  if (!reply.ok) throw new ReportedError(reply.error)
  return reply.value as Output<N>
}

/** Throws the error that concerns the whole app, if there is one. */
export function throwAppError(app: CliApp): void {
  if (app.state.error) throw new ReportedError(app.state.error)
}

/** Throws unless a connection is open: the error that prevented it, or not-set-up. */
export function requireConnection(app: CliApp): void {
  throwAppError(app)
  if (app.state.mode === null) throw notSetUp()
}

/** No connection was chosen in the data folder. */
export function notSetUp(): AppError {
  return new AppError('not-set-up', {
    message: 'Nothing is set up in this data folder yet.',
    nextStep: 'Run “emi-tray setup” first, or name the right folder with --data.',
  })
}

/** Resolves with the first state that `isReached` accepts. Rejects with the signal's reason. */
export async function waitForState(
  app: CliApp,
  isReached: (state: AppState) => boolean,
  signal: AbortSignal,
): Promise<AppState> {
  signal.throwIfAborted()
  if (isReached(app.state)) return app.state
  const { promise, resolve, reject } = Promise.withResolvers<AppState>()
  const unlisten = app.onStateChanged((state) => {
    if (isReached(state)) resolve(state)
  })
  const onAbort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await promise
  } finally {
    unlisten()
    signal.removeEventListener('abort', onAbort)
  }
}

/** One step of the set-up that takes time. */
export interface StepWork {
  call: 'setup.check' | 'setup.plan' | 'setup.apply' | 'setup.verify'
  step: SetupStepId
  /** What is said when it is interrupted. */
  words: string
  signal: AbortSignal
  onState?: (state: AppState) => void
}

/** Runs one step to its end and returns it. When interrupted it is cancelled in order. Throws ReportedError. */
export async function runStep(app: CliApp, work: StepWork): Promise<SetupStep | undefined> {
  work.signal.throwIfAborted()
  const unlisten = work.onState ? app.onStateChanged(work.onState) : undefined
  const onAbort = () => void app.dispatch('setup.cancel', undefined)
  try {
    await call(app, work.call, undefined)
    // It may have been interrupted while the call was made.
    if (work.signal.aborted) onAbort()
    else work.signal.addEventListener('abort', onAbort, { once: true })
    // Not aborted from here: the core ends the step in order, and then it is over.
    const state = await waitForState(
      app,
      (latest) => stepOf(latest, work.step)?.state !== 'running',
      new AbortController().signal,
    )
    if (work.signal.aborted) throw cancelled(work.words)
    const step = stepOf(state, work.step)
    if (step?.error) throw new ReportedError(step.error)
    return step
  } finally {
    unlisten?.()
    work.signal.removeEventListener('abort', onAbort)
  }
}

/** Long work beside the guided run. */
export interface JobWork<N extends CallName> {
  call: N
  input: Input<N>
  cancel: 'drift.cancel' | 'rotation.cancel' | 'removal.cancel' | 'network.cancel'
  jobOf: (state: AppState) => JobState
  /** What is said when it is interrupted. */
  words: string
  signal: AbortSignal
  /** Hears what is being done, once per change. */
  onDoing: (line: string) => void
}

/** Runs one job to its end. When interrupted it is cancelled in order. Throws ReportedError. */
export async function runJob<N extends CallName>(app: CliApp, work: JobWork<N>): Promise<AppState> {
  const { signal, jobOf } = work
  signal.throwIfAborted()
  let said = ''
  const unlisten = app.onStateChanged((state) => {
    const line = progressLine(jobOf(state))
    if (line !== '' && line !== said) work.onDoing(line)
    said = line
  })
  const onAbort = () => void app.dispatch(work.cancel, undefined)
  try {
    await call(app, work.call, work.input)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const state = await waitForState(
      app,
      (latest) => !jobOf(latest).running,
      new AbortController().signal,
    )
    if (signal.aborted) throw cancelled(work.words)
    const { error } = jobOf(state)
    if (error) throw new ReportedError(error)
    return state
  } finally {
    unlisten()
    signal.removeEventListener('abort', onAbort)
  }
}

/** What a job is doing, on a line; empty where it does not say. */
export function progressLine({ progress }: JobState): string {
  return progress ? `[${progress.current}/${progress.total}] ${progress.doing}` : ''
}

/** The step with this id. */
export function stepOf(state: AppState, id: SetupStepId): SetupStep | undefined {
  return state.setup.steps.find((step) => step.id === id)
}
