// The running webhook: local server, then tunnel, then subscriptions; and its state for the pages.
import type { ErrorReport } from '../contract/errors.ts'
import type { ConnectionSettings } from '../contract/models/settings.ts'
import type { WebhookState } from '../contract/models/webhook.ts'
import { toErrorReport } from './app-error.ts'
import type { Log } from './log.ts'
import { hostInUrl, listenPlaceOf } from './listen-place.ts'
import type { Clock, Random } from './ports/clock.ts'
import type {
  HttpServer,
  ListeningServer,
  ListenPlace,
  ReceivedRequest,
} from './ports/http-server.ts'
import type { Subscriptions } from './subscription/subscriptions.ts'
import type { Tunnel } from './tunnel/tunnel.ts'
import { Turns } from './turns.ts'
import { LIFECYCLE_PATH, NOTIFICATION_PATH } from './webhook-paths.ts'
import { MAX_BODY_BYTES } from './webhook/endpoint.ts'
import type { LatencyHistogram } from './webhook/latency.ts'

export interface WebhookServerDeps {
  httpServer: HttpServer
  endpoint: (request: ReceivedRequest) => Promise<Response>
  tunnel: Tunnel
  subscriptions: Subscriptions
  settings: () => ConnectionSettings
  clock: Clock
  random: Random
  log: Log
  latency: LatencyHistogram
  /** Number of items that Graph sent again since the start. */
  duplicates: () => number
  onChange: () => void
}

export class WebhookServer {
  #deps: WebhookServerDeps
  #listening: ListeningServer | null = null
  #localAddress = ''
  #error: ErrorReport | null = null
  #received = 0
  #refused = 0
  #content = { proven: 0, refused: 0 }
  #lastReceivedAt: string | null = null
  // Starting and stopping happen one after the other, however often they are asked for.
  #turns = new Turns()

  constructor(deps: WebhookServerDeps) {
    this.#deps = deps
    deps.tunnel.onPublicUrl((url) => deps.subscriptions.setPublicUrl(url))
  }

  get isRunning(): boolean {
    return this.#listening !== null
  }

  /** Started and not stopped since, also where it could not listen. */
  get isStarted(): boolean {
    return this.isRunning || this.#error !== null
  }

  /** Listens, connects the tunnel and keeps the subscriptions. Problems show in the state. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start())
  }

  /** Stops everything in reverse order. Subscriptions stay with Graph, which keeps trying for hours. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop())
  }

  /** Listens at another place for one piece of work, and goes on as before afterwards. Throws as listening does. */
  aside<T>(
    place: ListenPlace,
    work: (local: { host: string; port: number }) => Promise<T>,
  ): Promise<T> {
    return this.#inTurn(async () => {
      const { httpServer, endpoint } = this.#deps
      const wasRunning = this.isRunning
      if (wasRunning) await this.#stop()
      try {
        const listening = await httpServer.listen({
          ...place,
          maxBodyBytes: MAX_BODY_BYTES,
          handler: endpoint,
        })
        try {
          return await work({ host: place.host, port: listening.port })
        } finally {
          await listening.close()
        }
      } finally {
        if (wasRunning) await this.#start()
      }
    })
  }

  noteReceived(count: number, at: string): void {
    this.#received += count
    this.#lastReceivedAt = at
    this.#deps.tunnel.noteTraffic()
    this.#deps.onChange()
  }

  noteRefused(count: number): void {
    this.#refused += count
    this.#deps.onChange()
  }

  /** The content of items was judged. */
  noteJudged({ valid, refused }: { valid: number; refused: number }): void {
    this.#content.proven += valid
    this.#content.refused += refused
    this.#deps.onChange()
  }

  state(): WebhookState {
    const publicUrl = this.#deps.tunnel.state.publicUrl
    return {
      running: this.isRunning,
      paused: this.#deps.settings().webhookPaused,
      localAddress: this.#listening ? this.#localAddress : null,
      publicUrl,
      notificationUrl: publicUrl && publicUrl + NOTIFICATION_PATH,
      lifecycleNotificationUrl: publicUrl && publicUrl + LIFECYCLE_PATH,
      received: this.#received,
      refused: this.#refused,
      content: { ...this.#content },
      duplicates: this.#deps.duplicates(),
      lastReceivedAt: this.#lastReceivedAt,
      latency: this.#deps.latency.summary(),
      error: this.#error,
    }
  }

  async #start(): Promise<void> {
    if (this.#listening) return
    const { httpServer, endpoint, settings, tunnel, subscriptions, log } = this.#deps
    this.#error = null
    const place = listenPlaceOf(settings())
    try {
      this.#listening = await httpServer.listen({
        ...place,
        maxBodyBytes: MAX_BODY_BYTES,
        handler: endpoint,
      })
    } catch (error) {
      this.#error = toErrorReport(error, this.#deps)
      log.error('webhook', this.#error.message, { code: this.#error.code })
      return
    }
    const { port } = this.#listening
    this.#localAddress = `${place.tls ? 'https' : 'http'}://${hostInUrl(place.host)}:${port}`
    log.info('webhook', `Listening on ${this.#localAddress}.`)
    subscriptions.start()
    tunnel.start({ host: place.host, port })
  }

  async #stop(): Promise<void> {
    await this.#deps.subscriptions.stop()
    await this.#deps.tunnel.stop()
    const listening = this.#listening
    this.#listening = null
    this.#error = null
    await listening?.close()
    if (listening) this.#deps.log.info('webhook', 'Stopped listening.')
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.run(work).finally(this.#deps.onChange)
  }
}
