// The server for the contact center and for monitoring: apart from the webhook, never behind the tunnel, off by default.
import type { ErrorReport } from '../../contract/errors.ts'
import type { LocalSideState } from '../../contract/models/contact-center.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { AppError, toErrorReport } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { HttpServer, ListeningServer } from '../ports/http-server.ts'
import { Turns } from '../turns.ts'
import { answerLocally, type LocalAnswersDeps } from './answers.ts'
import { isOwnName } from './own-name.ts'

/** Nobody sends anything here. */
const MAX_BODY_BYTES = 1_024
/** Names of every address of this computer: good to listen on, no good to be asked under. */
const ALL_ADDRESSES = ['0.0.0.0', '::']

export interface LocalSideDeps extends Omit<LocalAnswersDeps, 'isOn' | 'isOwnName' | 'onFailure'> {
  httpServer: HttpServer
  settings: () => ConnectionSettings
  clock: Clock
  random: Random
  log: Log
  onChange: () => void
}

export class LocalSide {
  #deps: LocalSideDeps
  #turns = new Turns()
  #listening: ListeningServer | null = null
  #error: ErrorReport | null = null
  #seenSettings = ''
  #isStarted = false

  constructor(deps: LocalSideDeps) {
    this.#deps = deps
  }

  state(): LocalSideState {
    return {
      address: this.#listening && addressOf(this.#listening),
      baseUrl: this.baseUrl(),
      error: this.#error,
    }
  }

  /** The address under which the contact center finds pictures; null while the content endpoint is off. */
  baseUrl(): string | null {
    const { contentEndpoint, localSideUrl } = this.#deps.settings()
    if (!contentEndpoint || !this.#listening) return null
    return localSideUrl === '' ? addressOf(this.#listening) : localSideUrl.replace(/\/+$/, '')
  }

  /** Listens if something is switched on. Problems show in the state. */
  start(): Promise<void> {
    this.#isStarted = true
    return this.noteSettings()
  }

  /** Looks at changed settings: listens, listens elsewhere, or stops. */
  noteSettings(): Promise<void> {
    return this.#turns.run(async () => {
      const settings = this.#relevantSettings()
      if (!this.#isStarted || settings === this.#seenSettings) return
      this.#seenSettings = settings
      await this.#close()
      if (this.#isWanted()) await this.#listen()
      this.#deps.onChange()
    })
  }

  stop(): Promise<void> {
    this.#isStarted = false
    return this.#turns.run(async () => {
      await this.#close()
      this.#seenSettings = ''
    })
  }

  async #listen(): Promise<void> {
    const { httpServer, settings, log } = this.#deps
    const { localSideHost, localSidePort } = settings()
    try {
      this.#listening = await httpServer.listen({
        host: localSideHost,
        port: localSidePort,
        isOpen: true,
        maxBodyBytes: MAX_BODY_BYTES,
        handler: (request) => answerLocally(request, this.#answers()),
      })
      log.info('app', `Listening for pictures and monitoring on ${addressOf(this.#listening)}.`)
    } catch (error) {
      this.#error = toErrorReport(error, this.#deps)
      log.error('app', this.#error.message, { code: this.#error.code })
    }
  }

  #answers(): LocalAnswersDeps {
    const { settings, log } = this.#deps
    return {
      ...this.#deps,
      isOn: (what) => settings()[what === 'metrics' ? 'metricsEndpoint' : 'contentEndpoint'],
      isOwnName: (host) => isOwnName(host, settings().localSideUrl),
      onFailure: (error) => {
        const code = error instanceof AppError ? error.code : 'unexpected'
        log.warning('app', 'A request for a picture or metrics could not be answered.', { code })
      },
    }
  }

  async #close(): Promise<void> {
    const listening = this.#listening
    this.#listening = null
    this.#error = null
    await listening?.close()
  }

  #isWanted(): boolean {
    const { contentEndpoint, metricsEndpoint } = this.#deps.settings()
    return contentEndpoint || metricsEndpoint
  }

  #relevantSettings(): string {
    const { localSideHost, localSidePort } = this.#deps.settings()
    return JSON.stringify([this.#isWanted(), localSideHost, localSidePort])
  }
}

function addressOf({ host, port }: ListeningServer): string {
  const name = ALL_ADDRESSES.includes(host) ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
