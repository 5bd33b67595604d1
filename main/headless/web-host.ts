// Serves the pages and their WebSocket on loopback, to browsers that were let in with a one-time address.
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { AppError } from '../core/app-error.ts'
import type { Log } from '../core/log.ts'
import type { Clock, Random } from '../core/ports/clock.ts'
import { pageHeaders, pagePolicy, policyWithStyles } from '../node/page-rules.ts'
import { doorPage, doorStyleHash, type DoorReason } from './door-page.ts'
import { readPageFiles, type PageFile } from './page-files.ts'
import { Sessions } from './sessions.ts'
import { Sockets, type HostedApp } from './sockets.ts'

export interface WebHostOptions {
  app: HostedApp
  /** Folder with the built pages. */
  pagesFolder: string
  /** 0, the default, takes a free port. */
  port?: number
  log: Log
  clock: Clock
  random: Random
  /** A page with more than this many bytes waiting to be sent is dropped. */
  maxWaitingBytes?: number
}

export interface WebHost {
  /** The address to print, with a one-time token. */
  url: string
  /** `http://127.0.0.1:PORT` */
  origin: string
  /** A further address with a token of its own, for a further browser. */
  newUrl(): string
  newToken(): string
  close(): Promise<void>
}

const loopback = '127.0.0.1'
const closeGraceMs = 1_000
const maxConnections = 128
/** The same refusal is logged once in this time: anybody on this machine could fill the log otherwise. */
const refusalQuietMs = 60_000

// https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
const securityHeaders = {
  ...pageHeaders,
  'Content-Security-Policy': pagePolicy,
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'X-Frame-Options': 'DENY',
}

/** Starts serving. Throws AppError port-in-use, or not-found when the pages are not built. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const { clock, random } = options
  const files = await readPageFiles(options.pagesFolder)
  const sessions = new Sessions({ clock, random })
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    requestTimeout: 10_000,
    headersTimeout: 10_000,
    connectionsCheckingInterval: 5_000,
  })
  // Whoever is on this machine may connect: that must not cost the webhook its file descriptors.
  server.maxConnections = maxConnections
  const port = await listen(server, options.port ?? 0)
  const sockets = new Sockets(options)
  const door: Door = {
    hosts: new Set([`${loopback}:${port}`, `localhost:${port}`]),
    // Cookies know no ports: the name keeps two hosts on one machine apart.
    cookieName: `emi-session-${port}`,
    sessions,
    files,
    refused: refusalLog(options),
  }
  server.on('request', (request, response) => answer(door, { request, response }))
  server.on('upgrade', (request, socket, head) => {
    const refusal = refuseUpgrade(door, request)
    if (refusal === null) {
      const session = sessionOf(door, request)
      const onAlive = () => void sessions.use(session)
      sockets.accept(request, { socket, head, onAlive })
    } else {
      door.refused(`A connection to the pages was refused: ${refusal}.`)
      refuseSocket(socket)
    }
  })

  const origin = `http://${loopback}:${port}`
  const newUrl = () => `${origin}/?token=${sessions.newToken()}`
  return {
    url: newUrl(),
    origin,
    newUrl,
    newToken: () => sessions.newToken(),
    async close() {
      sockets.close()
      await new Promise<void>((resolve) => {
        const undo = clock.after(closeGraceMs, () => {
          sockets.terminate()
          server.closeAllConnections()
        })
        server.close(() => {
          undo()
          resolve()
        })
        server.closeIdleConnections()
      })
    },
  }
}

/** What is needed to decide who comes in. */
interface Door {
  hosts: Set<string>
  cookieName: string
  sessions: Sessions
  files: Map<string, PageFile>
  /** Logs that somebody was refused. */
  refused: (message: string) => void
}

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
}

function answer(door: Door, { request, response }: Exchange): void {
  const send = sender({ request, response })
  // A foreign name that resolves to loopback is DNS rebinding.
  if (!door.hosts.has(request.headers.host ?? '')) {
    send(421, 'This server answers only under its own address.\n')
    return
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    if (isOwnOrigin(door, request)) send(405, 'Not allowed.\n', { Allow: 'GET, HEAD' })
    else send(403, 'Refused.\n')
    return
  }
  const [path = '/', query = ''] = splitTarget(request.url ?? '/')
  const isLetIn = door.sessions.use(sessionOf(door, request))
  const token = path === '/' ? new URLSearchParams(query).get('token') : null
  if (token !== null) {
    // Link previews and checkers send HEAD: that must not use the token up.
    if (request.method === 'GET') exchangeToken(door, { request, response, token, isLetIn })
    else send(204, '')
    return
  }
  if (!isLetIn) {
    if (path === '/') sendDoorPage({ request, response }, 'no-session')
    else send(403, 'Open the address that EMI Tray printed in its terminal first.\n')
    return
  }
  const file = door.files.get(path)
  if (file) sendFile({ request, response }, file)
  else send(404, 'There is no such page.\n')
}

function exchangeToken(
  door: Door,
  { token, isLetIn, ...exchange }: Exchange & { token: string; isLetIn: boolean },
): void {
  const session = door.sessions.exchange(token)
  if (session === null && !isLetIn) {
    // Somebody else may have used it first: the person should be able to find that out.
    door.refused('An address with a token that is used up, too old or wrong was opened.')
    sendDoorPage(exchange, 'token-used')
    return
  }
  // Away from the address with the token, so that it stays in no history and no bookmark.
  sender(exchange)(303, '', {
    Location: '/',
    ...(session !== null && {
      'Set-Cookie': `${door.cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`,
    }),
  })
}

function sendFile({ request, response }: Exchange, file: PageFile): void {
  const headers = {
    'Cache-Control': file.cacheControl,
    'Content-Type': file.contentType,
    ETag: file.etag,
  }
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, { ...securityHeaders, ...headers }).end()
    return
  }
  response.writeHead(200, {
    ...securityHeaders,
    ...headers,
    'Content-Length': file.body.length,
  })
  response.end(request.method === 'HEAD' ? undefined : file.body)
}

function sendDoorPage(exchange: Exchange, reason: DoorReason): void {
  sender(exchange)(403, doorPage(reason), {
    'Content-Security-Policy': policyWithStyles(doorStyleHash),
    'Content-Type': 'text/html; charset=utf-8',
  })
}

/** Sends a short answer that is never cached, and ends connections whose body was not read. */
function sender({ request, response }: Exchange) {
  return (status: number, text: string, headers: OutgoingHttpHeaders = {}) => {
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
    response.writeHead(status, {
      ...securityHeaders,
      'Cache-Control': 'no-store',
      'Content-Type': 'text/plain; charset=utf-8',
      ...(hasBody && { Connection: 'close' }),
      ...headers,
    })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
}

/** Why an upgrade is refused; null when it is allowed. */
function refuseUpgrade(door: Door, request: IncomingMessage): string | null {
  if (!door.hosts.has(request.headers.host ?? '')) return 'it came under a foreign host name'
  if (request.url !== '/socket') return 'it asked for an unknown address'
  // Every page of the Internet may open a WebSocket to loopback; its Origin gives it away.
  if (!isOwnOrigin(door, request)) return 'it came from a foreign page'
  if (!door.sessions.use(sessionOf(door, request))) return 'its browser has not been let in'
  return null
}

function refuseSocket(socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  // The other side could keep its half open for ever, and no time limit of the server holds for upgrades.
  socket.once('finish', () => socket.destroy())
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}

/** Logs a message, then keeps quiet about the same one for a while. */
function refusalLog({ clock, log }: WebHostOptions): (message: string) => void {
  const quietUntil = new Map<string, number>()
  return (message) => {
    const now = clock.now().getTime()
    if (now < (quietUntil.get(message) ?? 0)) return
    quietUntil.set(message, now + refusalQuietMs)
    log.warning('app', message)
  }
}

function isOwnOrigin(door: Door, request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  return host !== undefined && door.hosts.has(host) && origin === `http://${host}`
}

function sessionOf(door: Door, request: IncomingMessage): string | undefined {
  const prefix = `${door.cookieName}=`
  return request.headers.cookie
    ?.split('; ')
    .find((cookie) => cookie.startsWith(prefix))
    ?.slice(prefix.length)
}

function splitTarget(target: string): string[] {
  const at = target.indexOf('?')
  return at === -1 ? [target] : [target.slice(0, at), target.slice(at + 1)]
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(isPortTaken(error) ? portInUse(port, error) : error)
    })
    server.listen({ host: loopback, port }, resolve)
  })
  return (server.address() as AddressInfo).port
}

function isPortTaken(error: Error): boolean {
  return 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')
}

function portInUse(port: number, cause: Error): AppError {
  return new AppError('port-in-use', {
    message: `The pages cannot be served on port ${port}: another program uses it, or it is reserved.`,
    nextStep: 'Choose another port with --port, or leave the option out to take a free one.',
    cause,
  })
}
