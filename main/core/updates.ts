// New versions of the app: when they are looked for, and what a person is shown of it. Nothing restarts by itself.
import type { UpdateState } from '../contract/models/state.ts'
import { AppError, toErrorReport } from './app-error.ts'
import type { Log } from './log.ts'
import type { Clock, Random } from './ports/clock.ts'
import type { Updater, UpdateRoute } from './ports/machine.ts'

/** What a start has to do comes first. */
const FIRST_CHECK_MS = 60_000
const CHECK_EVERY_MS = 6 * 60 * 60_000

interface UpdatesDeps {
  clock: Clock
  random: Random
  log: Log
  /** Asked before each look, so that a changed setting counts. */
  route: () => UpdateRoute
  onChange: () => void
}

export class Updates {
  #updater: Updater
  #deps: UpdatesDeps
  #state: UpdateState
  #checking = false
  #isOver = false
  #cancelTimer = () => undefined as unknown

  constructor(updater: Updater, deps: UpdatesDeps) {
    this.#updater = updater
    this.#deps = deps
    this.#state =
      updater.off === null
        ? { phase: 'current', checkedAt: null }
        : { phase: 'off', reason: updater.off }
  }

  get state(): UpdateState {
    return this.#state
  }

  /** Looks for a newer version soon, and then a few times a day. */
  start(): void {
    if (this.#updater.off === null) this.#checkAfter(FIRST_CHECK_MS)
  }

  stop(): void {
    this.#isOver = true
    this.#cancelTimer()
  }

  /** Looks now; the outcome shows in the state. Throws AppError update-off. */
  check(): void {
    if (this.#updater.off !== null) {
      throw new AppError('update-off', {
        message: this.#updater.off,
        nextStep: 'Ask whoever looks after this computer for a newer version.',
      })
    }
    void this.#check()
  }

  /** Ends the app in order and starts the new version. Throws AppError update-off where none is ready. */
  restart(): void {
    if (this.#state.phase !== 'ready') {
      throw new AppError('update-off', {
        message: 'No new version is ready to be put in place.',
        nextStep: 'Check for updates under Settings, About.',
      })
    }
    this.#deps.log.info('app', `Restarting to update to ${this.#state.version}.`)
    this.#updater.restart()
  }

  #checkAfter(ms: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#deps.clock.after(ms, () => void this.#check())
  }

  async #check(): Promise<void> {
    if (this.#checking) return
    this.#checking = true
    const { clock, log, route } = this.#deps
    const checkedAt = clock.now().toISOString()
    // What is ready stays so, whatever comes of looking for an even newer one.
    const ready = this.#state.phase === 'ready' ? this.#state : null
    const show = (state: UpdateState) => this.#show(ready ?? state)
    show({ phase: 'checking' })
    try {
      const version = await this.#updater.fetch(route(), (progress) =>
        show({ phase: 'downloading', ...progress }),
      )
      if (version === null) show({ phase: 'current', checkedAt })
      else {
        this.#show({ phase: 'ready', version })
        if (ready?.version !== version) log.info('app', `Version ${version} is ready to be used.`)
      }
    } catch (error) {
      const report = toErrorReport(error, this.#deps)
      log.warning('app', report.message, { code: report.code, details: report.details })
      show({ phase: 'failed', error: report })
    } finally {
      this.#checking = false
      if (!this.#isOver) this.#checkAfter(CHECK_EVERY_MS)
    }
  }

  #show(state: UpdateState): void {
    this.#state = state
    this.#deps.onChange()
  }
}
