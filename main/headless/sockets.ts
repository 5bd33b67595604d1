// The WebSockets of the pages: calls in, replies and pushes out; pages that stall are dropped.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import * as v from 'valibot'
import { WebSocket, WebSocketServer } from 'ws'
import type { DeliveryNames } from '../contract/models/delivery.ts'
import type { LogEntry } from '../contract/models/log.ts'
import type { AppState } from '../contract/models/state.ts'
import type { Push, Reply, ReplyMessage } from '../contract/protocol.ts'
import { AppError, toErrorReport } from '../core/app-error.ts'
import type { Log } from '../core/log.ts'
import type { Clock, Random } from '../core/ports/clock.ts'

/** What the pages need of the core. */
export interface HostedApp {
  dispatch(name: string, input: unknown): Promise<Reply>
  onStateChanged(listener: (state: AppState) => void): () => void
  onLogAppended(listener: (entries: LogEntry[]) => void): () => void
  onDeliveriesNamed(listener: (named: DeliveryNames[]) => void): () => void
}

export interface SocketsOptions {
  app: HostedApp
  clock: Clock
  random: Random
  log: Log
  /** A page with more than this many bytes waiting to be sent is dropped. */
  maxWaitingBytes?: number
}

const maxMessageBytes = 256 * 1024
/** A page that was away asks for thousands of log entries in one reply; that must fit. */
const defaultMaxWaitingBytes = 8 * 1024 * 1024
const maxSockets = 32
const maxOpenCalls = 64
const batchMs = 50
const heartbeatMs = 30_000

// https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
const goingAway = 1001
const unsupportedData = 1003
const policyViolation = 1008
const tryAgainLater = 1013

const callMessage = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(0)),
  name: v.pipe(v.string(), v.maxLength(100)),
  input: v.optional(v.unknown()),
})

export class Sockets {
  #options: SocketsOptions
  #server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  })
  #alive = new WeakSet<WebSocket>()
  #state: AppState | null = null
  #entries: LogEntry[] = []
  #undoBatch: (() => void) | null = null
  #undoHeartbeat: (() => void) | null = null
  #unlisten: (() => void)[]

  constructor(options: SocketsOptions) {
    this.#options = options
    this.#unlisten = [
      options.app.onStateChanged((state) => {
        // Only the latest snapshot is of interest.
        this.#state = state
        this.#scheduleBatch()
      }),
      options.app.onLogAppended((entries) => {
        this.#entries.push(...entries)
        this.#scheduleBatch()
      }),
      // Comes in batches already.
      options.app.onDeliveriesNamed((payload) => this.#push({ event: 'delivery.named', payload })),
    ]
    this.#scheduleHeartbeat()
  }

  /** Takes over an upgrade request that was found to be allowed. `onAlive` is called as long as the page is there. */
  accept(
    request: IncomingMessage,
    { socket, head, onAlive }: { socket: Duplex; head: Buffer; onAlive: () => void },
  ): void {
    this.#server.handleUpgrade(request, socket, head, (page) => {
      // First of all: an error that nobody listens for would end the process.
      // ws closes the socket by itself after it, such as after a message that is too long.
      page.on('error', (error) => {
        this.#options.log.debug('app', `The connection to a page failed: ${error.message}`)
      })
      this.#alive.add(page)
      if (this.#server.clients.size > maxSockets) {
        page.close(tryAgainLater, 'too many pages are open')
        return
      }
      let openCalls = 0
      page.on('pong', () => {
        this.#alive.add(page)
        onAlive()
      })
      page.on('message', (data, isBinary) => {
        if (isBinary || !Buffer.isBuffer(data)) {
          page.close(unsupportedData, 'only text is understood')
          return
        }
        openCalls += 1
        void this.#answer(page, { text: data.toString('utf8'), openCalls }).finally(() => {
          openCalls -= 1
        })
      })
    })
  }

  /** Tells all pages that the host goes away, and forgets them. */
  close(): void {
    for (const undo of this.#unlisten) undo()
    this.#undoBatch?.()
    this.#undoHeartbeat?.()
    for (const page of this.#server.clients) {
      page.close(goingAway)
      // A page that stalls would never answer the closing handshake.
      if (page.bufferedAmount > 0) page.terminate()
    }
    this.#server.close()
  }

  /** Ends every connection at once. */
  terminate(): void {
    for (const page of this.#server.clients) page.terminate()
  }

  async #answer(
    page: WebSocket,
    { text, openCalls }: { text: string; openCalls: number },
  ): Promise<void> {
    const message = parseJson(text)
    const call = v.safeParse(callMessage, message)
    if (!call.success) {
      const id = idOf(message)
      if (id === null) page.close(policyViolation, 'not a call')
      else this.#reply(page, { id, reply: this.#failure(malformedCall()) })
      return
    }
    const { id, name, input } = call.output
    if (openCalls > maxOpenCalls) {
      this.#reply(page, { id, reply: this.#failure(tooManyCalls()) })
      return
    }
    let reply: Reply
    try {
      reply = await this.#options.app.dispatch(name, input)
    } catch (error) {
      reply = this.#failure(error)
      this.#options.log.error('app', 'A call failed without an answer.', {
        reference: reply.ok ? null : reply.error.reference,
        error: error instanceof Error ? error.message : String(error),
      })
    }
    this.#reply(page, { id, reply })
  }

  #reply(page: WebSocket, message: ReplyMessage): void {
    this.#send(page, JSON.stringify(message))
  }

  #failure(error: unknown): Reply {
    return { ok: false, error: toErrorReport(error, this.#options) }
  }

  #scheduleBatch(): void {
    if (this.#undoBatch) return
    this.#undoBatch = this.#options.clock.after(batchMs, () => {
      this.#undoBatch = null
      const state = this.#state
      const entries = this.#entries
      this.#state = null
      this.#entries = []
      if (this.#server.clients.size === 0) return
      if (entries.length > 0) this.#push({ event: 'log.appended', payload: entries })
      if (state) this.#push({ event: 'state.changed', payload: state })
    })
  }

  #push(push: Push): void {
    const text = JSON.stringify(push)
    for (const page of this.#server.clients) this.#send(page, text)
  }

  #send(page: WebSocket, text: string): void {
    if (page.readyState !== WebSocket.OPEN) return
    if (page.bufferedAmount > (this.#options.maxWaitingBytes ?? defaultMaxWaitingBytes)) {
      // The page asks for what it missed when it connects again.
      this.#options.log.warning('app', 'A page stopped reading, so its connection was closed.', {
        waitingBytes: page.bufferedAmount,
      })
      page.terminate()
      return
    }
    page.send(text)
  }

  #scheduleHeartbeat(): void {
    this.#undoHeartbeat = this.#options.clock.after(heartbeatMs, () => {
      for (const page of this.#server.clients) {
        if (!this.#alive.delete(page)) page.terminate()
        else page.ping()
      }
      this.#scheduleHeartbeat()
    })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is not a call; the caller closes the connection.
    return undefined
  }
}

function idOf(message: unknown): number | null {
  if (typeof message !== 'object' || message === null || !('id' in message)) return null
  return Number.isSafeInteger(message.id) ? Number(message.id) : null
}

function malformedCall(): AppError {
  return new AppError('input-invalid', {
    message: 'The page sent a request that is not understood.',
    nextStep: 'Reload the page, so that page and app are of the same version.',
  })
}

function tooManyCalls(): AppError {
  return new AppError('busy', {
    message: 'This page has asked for too many things at once.',
    nextStep: 'Wait for the running work to finish, then try again.',
  })
}
