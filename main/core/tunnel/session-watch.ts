// Watches one open session by testing through its public address, and says when it is of no use any more.
import type { ProbeResult } from '../../contract/models/tunnel.ts'
import { AppError, cancelled } from '../app-error.ts'
import type { Clock } from '../ports/clock.ts'
import type { TunnelSession } from '../ports/tunnel.ts'
import type { Probe } from './probe.ts'

/** Between tests while no real traffic is seen. */
const PROBE_EVERY_MS = 60_000
/** A failed test is repeated soon: one lost packet is no outage. */
const PROBE_AGAIN_MS = 5_000
/** So many failed tests in a row end the session, also when its provider believes that it works. */
const FAILURES_TO_RECYCLE = 2

export interface SessionWatchOptions {
  session: Pick<TunnelSession, 'publicUrl' | 'closed'>
  probe: Probe
  clock: Clock
  /** The session leads to one computer at a time, so that another one that answers has taken it over. */
  isExclusive: boolean
  /** When the last real request came, as milliseconds since 1970. */
  lastTrafficMs: () => number
  /** Hears of each test; `error` says what a failed one means. */
  onResult: (result: ProbeResult, error: AppError | null) => void
}

export class SessionWatch {
  readonly publicUrl: string
  #options: SessionWatchOptions
  #failures = 0
  #ended = Promise.withResolvers<AppError>()
  #stopped = new AbortController()
  #cancelNextTest: () => void = () => undefined

  constructor(options: SessionWatchOptions) {
    this.#options = options
    this.publicUrl = options.session.publicUrl
  }

  /** Tests at once and then from time to time. Resolves with why the session is over; stops with the signal. */
  async untilOver(signal: AbortSignal): Promise<AppError> {
    const stop = () => {
      this.#ended.resolve(cancelled('The connection'))
    }
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      void this.#test()
      return await Promise.race([this.#options.session.closed, this.#ended.promise])
    } finally {
      signal.removeEventListener('abort', stop)
      this.#cancelNextTest()
      this.#stopped.abort(cancelled('The test'))
    }
  }

  /** Takes the result of a test, its own or one that a person asked for. */
  note(result: ProbeResult): void {
    if (this.#stopped.signal.aborted) return
    this.#failures = result.ok ? 0 : this.#failures + 1
    const error = result.ok ? null : this.#errorOf(result)
    this.#options.onResult(result, error)
    if (error && this.#failures >= FAILURES_TO_RECYCLE) this.#ended.resolve(error)
    else this.#testIn(result.ok ? PROBE_EVERY_MS : PROBE_AGAIN_MS)
  }

  #errorOf(result: ProbeResult): AppError {
    const isTaken = this.#options.isExclusive && result.answeredBy === 'another-emi-tray'
    return isTaken ? takenOver(this.publicUrl) : unreachable(this.publicUrl, result)
  }

  async #test(): Promise<void> {
    const { signal } = this.#stopped
    try {
      this.note(await this.#options.probe(this.publicUrl, signal))
    } catch (error) {
      // A test that was stopped says nothing; any other failure of the test itself must not go unseen.
      if (!signal.aborted) this.#ended.resolve(brokenTest(error))
    }
  }

  #testIn(delayMs: number): void {
    const { clock, lastTrafficMs } = this.#options
    this.#cancelNextTest()
    this.#cancelNextTest = clock.after(delayMs, () => {
      const quietMs = clock.now().getTime() - lastTrafficMs()
      if (this.#failures === 0 && quietMs < PROBE_EVERY_MS) this.#testIn(PROBE_EVERY_MS - quietMs)
      else void this.#test()
    })
  }
}

function unreachable(publicUrl: string, result: ProbeResult): AppError {
  const hop = result.hops.find((one) => !one.ok)
  return new AppError('public-url-unreachable', {
    message: `The test of ${publicUrl} failed. ${hop?.message ?? ''}`.trim(),
    nextStep: 'Follow that hint. EMI Tray tests again by itself; “Test now” does it at once.',
    details: hop ? `${hop.name}, ${hop.durationMs} ms` : undefined,
  })
}

function takenOver(publicUrl: string): AppError {
  return new AppError('tunnel-taken-over', {
    message: `Another computer with EMI Tray has taken over the tunnel of ${publicUrl}: it answers there now.`,
    nextStep:
      'Decide which computer is to receive. Pause the other one, or give each its own user and place on the ' +
      'gateway, then press “Connect again” here.',
  })
}

function brokenTest(cause: unknown): AppError {
  return new AppError('public-url-unreachable', {
    message: 'The test of the public address could not be made.',
    nextStep: 'EMI Tray connects again by itself. If this happens again, look into the log.',
    details: cause instanceof Error ? cause.message : undefined,
    cause,
  })
}
