// One tunnel's life: connecting → up → degraded → again, or failed where another attempt cannot help.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { ProbeResult, TunnelProviderId, TunnelState } from '../../contract/models/tunnel.ts'
import { AppError, cancelled, toErrorReport } from '../app-error.ts'
import { wait } from '../backoff.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import type { TunnelOpenOptions, TunnelProvider } from '../ports/tunnel.ts'
import { isFatal, Outage } from './outage.ts'
import type { Probe } from './probe.ts'
import { parsePublicUrl } from './public-url.ts'
import { closeWithin, openWithin } from './session-limits.ts'
import { SessionWatch } from './session-watch.ts'

export interface TunnelOptions {
  providers: Record<TunnelProviderId, TunnelProvider>
  settings: () => ConnectionSettings
  secrets: SecretStore
  clock: Clock
  random: Random
  log: Log
  probe: Probe
  getAppToken?: TunnelOpenOptions['getAppToken']
}

/** A third of the day that Microsoft gives a host token. */
const END_WARNING_MS = 8 * 3_600_000

interface ProbedUrl {
  publicUrl: string
  error: AppError | null
}

/** Keeps the way from the public address to the local server open. */
export class Tunnel {
  #options: TunnelOptions
  #state: TunnelState
  #listeners = new Set<() => void>()
  #urlListeners = new Set<(url: string | null) => void>()
  #toldUrl: string | null = null
  #local: { host: string; port: number } | null = null
  /** Ends the whole life; null while stopped. */
  #life: AbortController | null = null
  #living: Promise<void> = Promise.resolve()
  /** Ends the present round: an attempt with its session, and the wait after it. */
  #round = new AbortController()
  #watch: SessionWatch | null = null
  #lastTrafficMs = 0
  #outage: Outage
  /** The end that a warning was logged of. */
  #warnedOf: string | null = null

  constructor(options: TunnelOptions) {
    this.#options = options
    this.#outage = new Outage(options)
    this.#state = {
      provider: options.settings().tunnelProvider,
      phase: 'stopped',
      publicUrl: null,
      since: null,
      nextAttemptAt: null,
      attempt: 0,
      lastProbe: null,
      error: null,
      validUntil: null,
      endsSoon: false,
    }
  }

  get state(): TunnelState {
    return this.#state
  }

  /** Calls back after every change of the state; returns its own undo. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Calls back with the public address once a test through it has passed, and with null when it is given up.
   * A short break changes nothing about the address, so it is not told. Returns its own undo.
   */
  onPublicUrl(listener: (url: string | null) => void): () => void {
    this.#urlListeners.add(listener)
    return () => this.#urlListeners.delete(listener)
  }

  /** Opens the tunnel to the local server, and keeps it open until stop(). */
  start(local: { host: string; port: number }): void {
    const moved = local.host !== this.#local?.host || local.port !== this.#local.port
    this.#local = local
    if (this.#life) {
      if (moved) this.restart()
      return
    }
    const life = new AbortController()
    this.#life = life
    this.#set({ phase: 'connecting', attempt: 0, lastProbe: null, error: null })
    this.#living = this.#living.then(() => this.#live(local, life.signal))
  }

  /** Closes the tunnel; resolves when it is closed. */
  async stop(): Promise<void> {
    this.#life?.abort(cancelled('The tunnel'))
    this.#life = null
    await this.#living
    // A start() that came meanwhile has its own state.
    if (!this.#isStarted) this.#giveUp({ phase: 'stopped', error: null })
  }

  /** Connects anew at once, whatever it was waiting for. Does nothing while stopped. */
  restart(): void {
    if (!this.#life) return
    this.#outage.end()
    this.#set({ attempt: 0, error: null })
    this.#round.abort(cancelled('The earlier connection'))
  }

  /** Tells of a real request from outside: it proves as much as the next test would. */
  noteTraffic(): void {
    this.#lastTrafficMs = this.#options.clock.now().getTime()
  }

  /**
   * Tests through the public address now. Between two connections it tests the last address, and connects at
   * once if that works. Throws AppError public-url-unreachable when there is no address to test.
   */
  async testNow(signal: AbortSignal = new AbortController().signal): Promise<ProbeResult> {
    const watch = this.#watch
    const url = watch?.publicUrl ?? this.#state.publicUrl
    if (url === null) throw nothingToTest(this.#state)
    const result = await this.#options.probe(url, signal)
    if (watch && watch === this.#watch) {
      watch.note(result)
    } else {
      this.#set({ lastProbe: result })
      if (result.ok && this.#state.nextAttemptAt !== null) this.restart()
    }
    return result
  }

  get #isStarted(): boolean {
    return this.#life !== null
  }

  async #live(local: { host: string; port: number }, life: AbortSignal): Promise<void> {
    while (!life.aborted) {
      this.#round = new AbortController()
      const signal = AbortSignal.any([life, this.#round.signal])
      let reason: unknown
      try {
        reason = await this.#connect(this.#local ?? local, signal)
      } catch (error) {
        reason = error
      }
      if (!signal.aborted) await this.#waitAfter(reason, signal)
    }
  }

  /** One connection from opening to end. Resolves with why it ended; rejects when it did not open. */
  async #connect(local: { host: string; port: number }, signal: AbortSignal): Promise<AppError> {
    const { providers, secrets, clock, log, probe, getAppToken } = this.#options
    const settings = this.#options.settings()
    const provider = providers[settings.tunnelProvider]
    this.#set({
      provider: provider.id,
      phase: 'connecting',
      attempt: this.#state.attempt + 1,
      nextAttemptAt: null,
    })
    const opening = { provider, settings, secrets, local, signal, getAppToken }
    const session = await openWithin(clock, opening)
    const forgetEnd = this.#followEnd(session.validUntil ?? null)
    try {
      const publicUrl = parsePublicUrl(session.publicUrl)
      log.debug('tunnel', 'Connected; testing the way from outside.', { publicUrl })
      this.#set({ publicUrl })
      this.#watch = new SessionWatch({
        session: { publicUrl, closed: session.closed },
        // An own address may lead to another computer for a while; it heals without a person here.
        isExclusive: provider.id !== 'static',
        probe,
        clock,
        lastTrafficMs: () => this.#lastTrafficMs,
        onResult: (result, error) => this.#noteResult(result, { publicUrl, error }),
      })
      return await this.#watch.untilOver(signal)
    } finally {
      this.#watch = null
      forgetEnd()
      await closeWithin(clock, session)
    }
  }

  /** Tells in time that the way in ends. Returns its own undo. */
  #followEnd(validUntil: string | null): () => void {
    const { clock, log } = this.#options
    this.#set({ validUntil, endsSoon: false })
    if (validUntil === null) return () => undefined
    const soonMs = Date.parse(validUntil) - END_WARNING_MS - clock.now().getTime()
    return clock.after(Math.max(0, soonMs), () => {
      this.#set({ endsSoon: true })
      if (this.#warnedOf === validUntil) return
      this.#warnedOf = validUntil
      log.warning('tunnel', 'The token of the tunnel runs out soon.', { validUntil })
    })
  }

  #noteResult(result: ProbeResult, { publicUrl, error }: ProbedUrl): void {
    const { phase } = this.#state
    if (error) {
      // The second failure in a row ends the session and is reported as its end.
      const isNew = phase === 'up' || this.#state.error === null
      this.#set({
        // What never worked is not degraded, it is still being connected.
        phase: phase === 'up' ? 'degraded' : phase,
        lastProbe: result,
        error: isNew ? this.#report(error) : this.#state.error,
      })
      return
    }
    if (phase !== 'up') {
      this.#options.log.info('tunnel', 'The public address leads here.', { publicUrl })
    }
    this.#outage.end()
    this.#set({ phase: 'up', lastProbe: result, attempt: 0, error: null })
    this.#tellUrl(publicUrl)
  }

  /** After a failure: waits for the next attempt, or for a person where that cannot help. */
  async #waitAfter(reason: unknown, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const error = this.#report(reason)
    if (isFatal(error.code)) {
      this.#giveUp({ phase: 'failed', error })
      await aborted(signal)
      return
    }
    const waitMs = this.#outage.noteFailure(this.#state.attempt)
    const nextAttemptAt = new Date(clock.now().getTime() + waitMs).toISOString()
    this.#set({ phase: 'connecting', error, nextAttemptAt })
    try {
      await wait(clock, waitMs, signal)
    } catch {
      // Woken early: the loop sees why.
    }
  }

  #giveUp(change: Pick<TunnelState, 'phase' | 'error'>): void {
    const nothing = { publicUrl: null, nextAttemptAt: null, attempt: 0 }
    this.#set({ ...change, ...nothing, validUntil: null, endsSoon: false })
    this.#tellUrl(null)
  }

  #report(reason: unknown): NonNullable<TunnelState['error']> {
    const error = toErrorReport(reason, this.#options)
    const { code, reference } = error
    const attempt = this.#state.attempt
    const level = isFatal(code) ? 'error' : 'warning'
    this.#options.log[level]('tunnel', error.message, { code, reference, attempt })
    return error
  }

  #tellUrl(url: string | null): void {
    if (url === this.#toldUrl) return
    this.#toldUrl = url
    for (const listener of this.#urlListeners) listener(url)
  }

  #set(change: Partial<TunnelState>): void {
    const moved = change.phase !== undefined && change.phase !== this.#state.phase
    const since = moved ? this.#options.clock.now().toISOString() : this.#state.since
    this.#state = { ...this.#state, ...change, since }
    for (const listener of this.#listeners) listener()
  }
}

function nothingToTest({ error }: TunnelState): AppError {
  return new AppError('public-url-unreachable', {
    message: `There is no public address to test yet. ${error?.message ?? 'The tunnel is not connected.'}`,
    nextStep: error?.nextStep ?? 'Start the webhook first.',
  })
}

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve()
        },
        { once: true },
      )
  })
}
