// The HTTPS listener on loopback: reads a request within limits, hands it on, writes the answer, ends quickly.
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer } from 'node:https'
import { isObject } from './json.ts'
import type { PracticeTls } from './tls.ts'

export interface PracticeExchange {
  phase: 'received' | 'handled'
  method: string
  host: 'login' | 'graph'
  /** With its query. */
  path: string
  requestHeaders: Record<string, string>
  /** Parsed JSON or form fields; undefined when there was none or it could not be read. */
  requestBody: unknown
  status?: number
  responseHeaders?: Record<string, string>
  responseBody?: unknown
}

export interface PracticeRequest {
  method: string
  url: URL
  host: 'login' | 'graph'
  headers: Record<string, string>
  body: unknown
  bodyProblem: 'malformed' | 'too-large' | undefined
}

export interface PracticeResponse {
  status: number
  headers?: Record<string, string>
  /** An object is sent as JSON, a string as it is (HTML unless said otherwise), bytes as they are. */
  body?: object | string | Uint8Array
}

export interface Listener {
  readonly origin: string
  /** http on loopback when asked for, else the same as `origin`. */
  readonly pagesOrigin: string
  close(): Promise<void>
}

interface ListenerOptions {
  port: number
  /** Also serve what a browser opens over http on loopback. */
  pagesOverHttp: boolean
  tls: PracticeTls
  handle: (request: PracticeRequest) => Promise<PracticeResponse>
  tap: ((exchange: PracticeExchange) => void | Promise<void>) | undefined
}

const MAX_BODY_BYTES = 256 * 1024
const REQUEST_TIMEOUT_MS = 30_000
const GRAPH_PATH = /^\/(v1\.0|beta)(\/|$)/

/** Listens on 127.0.0.1, and on ::1 as well where that is possible: “localhost” may mean either. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  let origin = ''
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    void serve({ options, origin, request, response })
  }
  const certificate = {
    cert: options.tls.certificatePem,
    key: options.tls.keyPem,
    minVersion: 'TLSv1.2' as const,
  }
  const secure = await listenOnLoopback(options.port, () => {
    const server = createServer(certificate, onRequest)
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  })
  origin = `https://localhost:${secure.port}`
  const plain = options.pagesOverHttp
    ? await listenOnLoopback(0, () =>
        createHttpServer((request, response) => {
          if (isPage(request.url ?? '')) onRequest(request, response)
          else response.writeHead(404).end()
        }),
      )
    : undefined
  return {
    origin,
    pagesOrigin: plain ? `http://localhost:${plain.port}` : origin,
    close: async () => {
      await Promise.all([...secure.servers, ...(plain?.servers ?? [])].map(closeServer))
    },
  }
}

/** Tokens, keys and Graph are never served without TLS; only what a person sees is. */
function isPage(path: string): boolean {
  return /^\/(practice\/|devicelogin|[^/]+\/(oauth2\/v2\.0\/authorize|(v2\.0\/)?adminconsent))/.test(
    path,
  )
}

async function listenOnLoopback(
  wantedPort: number,
  newServer: () => Server,
): Promise<{ port: number; servers: Server[] }> {
  const first = newServer()
  first.requestTimeout = REQUEST_TIMEOUT_MS
  const port = await listen(first, wantedPort, '127.0.0.1')
  const second = newServer()
  second.requestTimeout = REQUEST_TIMEOUT_MS
  try {
    await listen(second, port, '::1')
    return { port, servers: [first, second] }
  } catch {
    // A computer without IPv6, or the same port taken there: clients fall back to 127.0.0.1.
    return { port, servers: [first] }
  }
}

async function serve(exchange: {
  options: ListenerOptions
  origin: string
  request: IncomingMessage
  response: ServerResponse
}): Promise<void> {
  const { options, origin, request, response } = exchange
  try {
    const received = await readRequest(request, origin)
    const record: PracticeExchange = {
      phase: 'received',
      method: received.method,
      host: received.host,
      path: received.url.pathname + received.url.search,
      requestHeaders: received.headers,
      requestBody: received.body,
    }
    await options.tap?.(record)
    const answer = await options.handle(received).catch(failed)
    const { headers, bytes } = encode(answer)
    await options.tap?.({
      ...record,
      phase: 'handled',
      status: answer.status,
      responseHeaders: headers,
      responseBody: answer.body,
    })
    response.writeHead(answer.status, headers)
    response.end(bytes)
  } catch {
    // The client went away, or the observer threw: the connection drops, as networks do.
    response.destroy()
  }
}

function failed(): PracticeResponse {
  return {
    status: 500,
    body: {
      error: 'server_error',
      error_description: 'The practice tenant failed at this request.',
    },
  }
}

async function readRequest(request: IncomingMessage, origin: string): Promise<PracticeRequest> {
  const url = new URL(request.url ?? '/', origin)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  const text = await readBody(request)
  const base = {
    method: request.method ?? 'GET',
    url,
    host: GRAPH_PATH.test(url.pathname) ? ('graph' as const) : ('login' as const),
    headers,
  }
  if (text === undefined) return { ...base, body: undefined, bodyProblem: 'too-large' }
  if (text === '') return { ...base, body: undefined, bodyProblem: undefined }
  if ((headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) {
    const form = Object.fromEntries(new URLSearchParams(text))
    return { ...base, body: form, bodyProblem: undefined }
  }
  try {
    const body: unknown = JSON.parse(text)
    return { ...base, body, bodyProblem: isObject(body) ? undefined : 'malformed' }
  } catch {
    return { ...base, body: undefined, bodyProblem: 'malformed' }
  }
}

/** The body as text, or undefined when it is larger than the limit; the rest is then thrown away. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size <= MAX_BODY_BYTES) chunks.push(chunk)
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8')
}

function encode(answer: PracticeResponse): { headers: Record<string, string>; bytes: Uint8Array } {
  const { body } = answer
  const plain: Record<string, string> = { 'cache-control': 'no-store', ...answer.headers }
  if (body === undefined)
    return { headers: { ...plain, 'content-length': '0' }, bytes: Buffer.of() }
  let bytes: Uint8Array
  let type: string
  if (body instanceof Uint8Array) {
    bytes = body
    type = 'application/octet-stream'
  } else if (typeof body === 'string') {
    bytes = Buffer.from(body)
    type = 'text/html; charset=utf-8'
  } else {
    bytes = Buffer.from(JSON.stringify(body))
    type = 'application/json; charset=utf-8'
  }
  return {
    headers: { 'content-type': type, 'content-length': String(bytes.length), ...plain },
    bytes,
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('No port was given.'))
      else resolve(address.port)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
