// AppError: a failure that says what happened, why and what to do next; and turning any thrown thing into an ErrorReport.
import type { ErrorCode, ErrorReport } from '../contract/errors.ts'
import type { Clock, Random } from './ports/clock.ts'
import { redactText } from './redact.ts'

export interface AppErrorText {
  /** What happened and why. */
  message: string
  /** What to do next. */
  nextStep: string
  /** One line for whoever is asked for help; redacted before it is shown. */
  details?: string | undefined
  cause?: unknown
}

/** A failure a person can meet. The text is written where it is thrown, by whoever knows most. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly nextStep: string
  readonly details: string | undefined

  constructor(code: ErrorCode, text: AppErrorText) {
    super(text.message, { cause: text.cause })
    this.name = 'AppError'
    this.code = code
    this.nextStep = text.nextStep
    this.details = text.details
  }
}

/** Turns anything thrown into what a page may see. Unknown things become `unexpected`, with a reference. */
export function toErrorReport(
  error: unknown,
  { clock, random }: { clock: Clock; random: Random },
): ErrorReport {
  const known = error instanceof AppError ? error : unexpected(error)
  return {
    code: known.code,
    message: redactText(known.message),
    nextStep: known.nextStep,
    details: known.details === undefined ? null : redactText(known.details),
    reference: random.uuid().slice(0, 8),
    at: clock.now().toISOString(),
  }
}

/** True for the error that an AbortSignal leaves behind, whoever threw it. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}

/** Why work failed: an aborted fetch rejects in its own way, and what explains it is the reason given to the signal. */
export function whyStopped(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted && isAbort(error) ? signal.reason : error
}

/** The error for work that was stopped on the person's request. */
export function cancelled(what: string): AppError {
  return new AppError('cancelled', {
    message: `${what} was stopped.`,
    nextStep: 'Nothing was lost. Start it again when you are ready.',
  })
}

function unexpected(error: unknown): AppError {
  return new AppError('unexpected', {
    message: 'Something unexpected went wrong.',
    nextStep:
      'Try again. If it happens again, give the reference below and the log to whoever supports you.',
    details: error instanceof Error ? `${error.name}: ${error.message}` : typeof error,
    cause: error,
  })
}
