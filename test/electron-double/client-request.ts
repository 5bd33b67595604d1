// `net.request`: requests of the main process as a stream, by Node's own http, through the session's proxy, in Chromium's words when they fail.
import { EventEmitter } from 'node:events'
import type http from 'node:http'
import { PassThrough } from 'node:stream'
import type { ClientRequest, ClientRequestConstructorOptions } from 'electron'
import { proxyOf } from './partition.ts'
import { needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const netErrors: Record<string, string> = {
  ECONNREFUSED: 'net::ERR_CONNECTION_REFUSED',
  ECONNRESET: 'net::ERR_CONNECTION_RESET',
  ENOTFOUND: 'net::ERR_NAME_NOT_RESOLVED',
  ETIMEDOUT: 'net::ERR_CONNECTION_TIMED_OUT',
}

/** Makes a request; it is sent with end(). Redirects are followed unless `redirect` is `manual` or `error`. */
export function request(options: ClientRequestConstructorOptions | string): ClientRequest {
  needReady('net module can only be used after app is ready')
  const wanted = typeof options === 'string' ? { url: options } : options
  const events = new EventEmitter()
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(wanted.headers ?? {})) headers[name] = String(value)
  const body: Buffer[] = []
  const proxy = proxyOf(wanted.session)
  let current: http.ClientRequest | undefined
  let [ended, aborted, follows] = [false, false, false]

  const fail = (error: Error & { code?: string }) => {
    if (!aborted) events.emit('error', new Error(netErrors[error.code ?? ''] ?? 'net::ERR_FAILED'))
    events.emit('close')
  }
  const send = (url: URL, method: string) => {
    if (aborted) return
    const answered = (response: http.IncomingMessage, mayAsk = true) => {
      const question = mayAsk ? proxy.question(url, response) : undefined
      if (question) {
        const answer = (username?: string, password?: string) => {
          // Given up: the proxy's own answer is what there is.
          if (username === undefined || password === undefined) {
            answered(response, false)
            return
          }
          response.resume()
          proxy.signIn(question, username, password)
          send(url, method)
        }
        if (!events.emit('login', question, answer)) answer()
        return
      }
      const { statusCode = 0, statusMessage = '' } = response
      const { location } = response.headers
      if (REDIRECTS.has(statusCode) && location !== undefined) {
        response.resume()
        redirect({ statusCode, method, url: new URL(location, url) })
        return
      }
      // Chromium gives a stream of its own, not the socket's.
      const given = response.pipe(new PassThrough())
      response.once('error', (error) => given.destroy(error))
      response.once('aborted', () => given.destroy(new Error('net::ERR_CONTENT_LENGTH_MISMATCH')))
      given.once('close', () => events.emit('close'))
      const facts = { statusCode, statusMessage, headers: response.headers }
      events.emit('response', Object.assign(given, facts))
    }
    current = proxy.request(url, { method, headers }, answered)
    current.once('error', fail)
    current.end(Buffer.concat(body))
  }
  const redirect = (to: { statusCode: number; method: string; url: URL }) => {
    if (wanted.redirect === 'error') {
      fail(new Error('redirected'))
      return
    }
    follows = wanted.redirect !== 'manual'
    events.emit('redirect', to.statusCode, to.method, to.url.href, {})
    // A listener has to say yes while it is called; else the request is over.
    if (follows) send(to.url, to.statusCode === 303 ? 'GET' : to.method)
    else if (!aborted) fail(new Error('Redirect was cancelled'))
  }
  const members = {
    chunkedEncoding: false,
    setHeader(name: string, value: string) {
      if (ended) throw new Error("Can't set headers after they are sent")
      headers[name.toLowerCase()] = value
    },
    getHeader: (name: string) => headers[name.toLowerCase()] ?? '',
    removeHeader(name: string) {
      Reflect.deleteProperty(headers, name.toLowerCase())
    },
    write(chunk: Buffer | string) {
      body.push(Buffer.from(chunk))
    },
    end(chunk?: Buffer | string) {
      if (chunk !== undefined) body.push(Buffer.from(chunk))
      ended = true
      if (!double.online) {
        queueMicrotask(() => events.emit('error', new Error('net::ERR_INTERNET_DISCONNECTED')))
        return
      }
      send(addressOf(wanted), wanted.method ?? 'GET')
    },
    followRedirect() {
      follows = true
    },
    abort() {
      if (aborted) return
      aborted = true
      current?.destroy()
      events.emit('abort')
    },
  }
  return strict('ClientRequest', Object.assign(events, members)) as unknown as ClientRequest
}

function addressOf(options: ClientRequestConstructorOptions): URL {
  if (options.url !== undefined) return new URL(options.url)
  const { protocol = 'http:', hostname, host, port, path = '/' } = options
  const name = hostname ?? host ?? 'localhost'
  return new URL(path, `${protocol}//${name}${port === undefined ? '' : `:${port}`}`)
}
