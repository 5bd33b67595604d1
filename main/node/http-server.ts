// node:http ↔ ReceivedRequest and Response: the listening sockets for Graph and for the local side, with limits on everything.
import http from 'node:http'
import { isIP, type AddressInfo, type Socket } from 'node:net'
import type {
  HttpServer,
  ListeningServer,
  ListenPlace,
  ReceivedRequest,
} from '../core/ports/http-server.ts'
import { clientShares, type ShareOfOne } from './client-shares.ts'
import type { InnerDoor } from './inner-door.ts'
import { listenError, notLoopback } from './listen-error.ts'
import { createTlsServer } from './local-tls.ts'
import { peersOf, type Peers } from './peers.ts'
import { BodyRoom, declaredLength, readBody } from './request-body.ts'
import { watchSlowSenders, type SlowSenders } from './slow-senders.ts'

type Handler = (request: ReceivedRequest) => Promise<Response>

/** What a stranger may take of this machine: times in ms after which a connection is cut, and room. */
export interface HttpServerLimits {
  headersMs: number
  requestMs: number
  keepAliveMs: number
  /** How often slow connections are looked for. */
  checkEveryMs: number
  /** How long close() lets running requests finish. */
  closeMs: number
  /** How long a request may take to come in while others find no room. */
  patienceMs: number
  /** Connections at a time. */
  connections: number
  /** Bytes of all bodies that are in memory at a time. */
  bodyBytes: number
  /** What one sender may ask, where somebody who is believed names it. */
  share: ShareOfOne
}

const DEFAULT_LIMITS: HttpServerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  // Longer than the idle time of common gateways, so that they close first and never write into a closing socket.
  keepAliveMs: 75_000,
  checkEveryMs: 5_000,
  closeMs: 5_000,
  patienceMs: 2_000,
  connections: 500,
  // Sixteen of the largest bodies; those of Graph are a thousandth of that.
  bodyBytes: 64 * 1024 * 1024,
  // Far more than Microsoft posts for a contact center from one address, and a fraction of what one core stores.
  share: { perSecond: 300, burst: 1_000 },
}

const MAX_HEADER_BYTES = 16 * 1024
const MAX_HEADERS = 100

/** How long the rest of a refused body is read and thrown away, so that its sender sees the answer. */
const DISCARD_MS = 1_000

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** The HttpServer of both hosts. By the door, tunnels of this process come in without a socket. */
export function createHttpServer(
  given: Partial<HttpServerLimits> = {},
  door?: InnerDoor,
): HttpServer {
  const limits = { ...DEFAULT_LIMITS, ...given }
  return {
    listen: async ({ maxBodyBytes, handler, ...place }) => {
      const { host, port, tls } = place
      const isLoopback = LOOPBACK.test(host)
      const answersAll = isLoopback || place.isOpen === true
      if (!answersAll && !mayListenOn(place)) throw notLoopback(host)
      const peers = peersOf(place, answersAll)
      const state = { closing: false }
      const options = {
        headersTimeout: limits.headersMs,
        requestTimeout: limits.requestMs,
        keepAliveTimeout: limits.keepAliveMs,
        connectionsCheckingInterval: limits.checkEveryMs,
        maxHeaderSize: MAX_HEADER_BYTES,
      }
      const server = tls ? createTlsServer(tls, options) : http.createServer(options)
      server.on('connection', (socket: Socket) => {
        if (!peers.mayConnect(socket.remoteAddress)) socket.destroy()
      })
      server.maxHeadersCount = MAX_HEADERS
      server.maxConnections = limits.connections
      const senders = watchSlowSenders(server, limits.patienceMs)
      const shares = clientShares(limits.share)
      const serving: Serving = {
        ...{ maxBodyBytes, handler, state, senders, peers },
        room: new BodyRoom(limits.bodyBytes),
        urlOf: urlReader(),
      }
      const answer = (request: http.IncomingMessage, response: http.ServerResponse) => {
        const client = peers.toldClientOf(request)
        if (client !== undefined && !shares.mayAsk(client)) {
          // The connection serves others too, and opening one costs more than this answer.
          request.resume()
          response.writeHead(503, { 'content-length': 0 }).end()
          return
        }
        void respond(serving, request, response)
      }
      server.on('request', answer)
      // Without this, Node would ask for a body that is then refused for its length.
      server.on('checkContinue', (request, response) => {
        if (declaredLength(request) <= maxBodyBytes) response.writeContinue()
        answer(request, response)
      })
      await listening(server, { host, port })
      const address = server.address() as AddressInfo
      const { connections, closeMs } = limits
      const closeDoor = tls
        ? undefined
        : door?.open(server, { at: { host, port: address.port }, connections, closeMs })
      return {
        host: address.address,
        port: address.port,
        close: closer(server, { closeMs, state, closeDoor }),
      }
    },
  }
}

/** What all requests of one server share. */
interface Serving {
  maxBodyBytes: number
  handler: Handler
  state: { closing: boolean }
  room: BodyRoom
  senders: SlowSenders
  peers: Peers
  urlOf: (request: http.IncomingMessage) => string | undefined
}

async function respond(
  serving: Serving,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const { maxBodyBytes, state, room, senders } = serving
  let taken = 0
  try {
    const body = await readBody(request, { maxBytes: maxBodyBytes, room })
    if (body === 'too-large' || body === 'no-room') {
      // Graph tries again after a 503.
      refuseBody({ request, response, status: body === 'too-large' ? 413 : 503 })
      return
    }
    taken = body.length
    senders.noteReceived(request.socket)
    const answer = await answerOf(serving, request, body)
    // While closing, a running request may still finish, but its connection then ends.
    if (state.closing) response.setHeader('connection', 'close')
    if (answer.body) await send(response, answer)
    else sendHead(response, answer)
  } catch {
    // The sender went away, or the handler failed, which logs what it knows: either way an empty 500, if it can be sent.
    if (response.headersSent) response.destroy()
    else response.writeHead(500, { 'content-length': 0 }).end()
  } finally {
    room.giveBack(taken)
    senders.noteAnswered(request.socket)
  }
}

function answerOf(
  { handler, peers, urlOf }: Serving,
  request: http.IncomingMessage,
  bytes: Buffer<ArrayBuffer>,
): Promise<Response> {
  const { method = 'GET', headers } = request
  const url = urlOf(request)
  if (url === undefined || !METHODS.has(method)) return Promise.resolve(empty(400))
  if (!peers.isForUs(request)) return Promise.resolve(empty(421))
  const get = (name: string) => {
    const value = headers[name.toLowerCase()]
    return Array.isArray(value) ? value.join(', ') : (value ?? null)
  }
  return handler({ method, url, headers: { get }, bytes, client: () => peers.clientOf(request) })
}

function empty(status: number): Response {
  return new Response(null, { status })
}

/**
 * The address as fetch's Request would have it, undefined for what that would not take; the Host header is the
 * sender's word, and handlers only look at path and query. Most requests are for one: it is read once.
 */
function urlReader(): (request: http.IncomingMessage) => string | undefined {
  let latest = { path: '/', url: 'http://localhost/' }
  return ({ url: path = '/' }) => {
    if (path === latest.path) return latest.url
    const url = `http://localhost${path}`
    if (!path.startsWith('/') || !URL.canParse(url)) return undefined
    latest = { path, url }
    return url
  }
}

async function send(response: http.ServerResponse, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer())
  response.writeHead(answer.status, { ...headersOf(answer), 'content-length': body.length })
  response.end(body)
}

/** Head only: one write of one piece. */
function sendHead(response: http.ServerResponse, answer: Response): void {
  let head = heads.get(answer)
  if (!head) heads.set(answer, (head = { ...headersOf(answer), 'content-length': 0 }))
  response.writeHead(answer.status, head).end()
}

/** Handlers give one and the same answer to most requests, and reading its headers takes longer than sending it. */
const heads = new WeakMap<Response, http.OutgoingHttpHeaders>()

function headersOf(answer: Response): Record<string, string> {
  return Object.fromEntries(answer.headers)
}

function refuseBody(refused: {
  request: http.IncomingMessage
  response: http.ServerResponse
  status: 413 | 503
}): void {
  const { request, response, status } = refused
  response.writeHead(status, { connection: 'close', 'content-length': 0 }).end()
  const { socket } = request
  const timer = setTimeout(() => socket.destroy(), DISCARD_MS)
  socket.once('close', () => clearTimeout(timer))
  request.resume()
}

function listening(server: http.Server, at: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(listenError(error, at))
    })
    server.listen(at.port, at.host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function closer(
  server: http.Server,
  given: {
    closeMs: number
    state: { closing: boolean }
    closeDoor: (() => Promise<void>) | undefined
  },
): ListeningServer['close'] {
  const { closeMs, state, closeDoor } = given
  let closed: Promise<void> | undefined
  const close = async () => {
    state.closing = true
    const timer = setTimeout(() => server.closeAllConnections(), closeMs)
    const socketClosed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    await Promise.all([socketClosed, closeDoor?.()])
    clearTimeout(timer)
  }
  return () => (closed ??= close())
}

/** One address of this computer, encrypted and for known proxies only: never all addresses, never anybody. */
function mayListenOn({ host, tls, proxies = [] }: ListenPlace): boolean {
  return isIP(host) !== 0 && !/^(0\.0\.0\.0|::)$/.test(host) && !!tls && proxies.length > 0
}
