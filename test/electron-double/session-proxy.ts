// The proxy of a session: which way its configuration leads, by Chromium's rules, requests that way, and sign-ins.
import http from 'node:http'
import https from 'node:https'
import type { AuthInfo, ProxyConfig } from 'electron'
import { double } from './records.ts'
import { notImplemented } from './strict.ts'

/** What a session goes by. */
export class SessionProxy {
  #config: ProxyConfig = { mode: 'system' }
  /** Values of Proxy-Authorization, by the proxy's `host:port`. */
  #signIns = new Map<string, string>()

  set(config: ProxyConfig): void {
    this.#config = config
  }

  /** In the words of a PAC script: `DIRECT` or `PROXY host:port`. */
  resolve(url: string): string {
    const { mode, proxyRules = '', proxyBypassRules = '' } = this.#config
    if (mode === 'direct') return 'DIRECT'
    if (mode === 'system') return double.proxy
    if (mode !== 'fixed_servers') return notImplemented(`session.setProxy with mode ${mode}`)
    const proxy = /^(?:http:\/\/)?([\w.-]+(?::\d+)?)$/.exec(proxyRules)?.[1]
    if (proxy === undefined) return notImplemented(`session.setProxy with rules ${proxyRules}`)
    return isBypassed(new URL(url), proxyBypassRules) ? 'DIRECT' : `PROXY ${proxy}`
  }

  /** Starts a request on the way that leads to its address. */
  request(
    url: URL,
    { method, headers }: { method: string; headers: Record<string, string> },
    answered: (response: http.IncomingMessage) => void,
  ): http.ClientRequest {
    const proxy = this.#proxyTo(url)
    if (proxy === undefined) {
      const { request } = url.protocol === 'https:' ? https : http
      return request(url, { method, headers }, answered)
    }
    if (url.protocol === 'https:') return notImplemented('net.request of https through a proxy')
    const signIn = this.#signIns.get(proxy)
    return http.request(
      `http://${proxy}`,
      {
        ...{ method, path: url.href },
        headers: {
          ...{ ...headers, host: url.host },
          ...(signIn === undefined ? {} : { 'proxy-authorization': signIn }),
        },
      },
      answered,
    )
  }

  /** What a proxy asks for with its answer; undefined where it lets the request through. */
  question(url: URL, { statusCode, headers }: http.IncomingMessage): AuthInfo | undefined {
    const proxy = this.#proxyTo(url)
    if (statusCode !== 407 || proxy === undefined) return undefined
    this.#signIns.delete(proxy)
    const { hostname: host, port } = new URL(`http://${proxy}`)
    const challenge = headers['proxy-authenticate'] ?? ''
    const scheme = challenge.split(' ')[0]?.toLowerCase() ?? ''
    const realm = /realm="(.*?)"/.exec(challenge)?.[1] ?? ''
    return { isProxy: true, host, port: Number(port || 80), scheme, realm }
  }

  /** Keeps a sign-in for the requests to come. */
  signIn({ host, port }: AuthInfo, username: string, password: string): void {
    const value = Buffer.from(`${username}:${password}`).toString('base64')
    this.#signIns.set(`${host}:${port}`, `Basic ${value}`)
  }

  forgetSignIns(): void {
    this.#signIns.clear()
  }

  #proxyTo(url: URL): string | undefined {
    return /^PROXY (\S+)/.exec(this.resolve(url.href))?.[1]
  }
}

/** Always direct, whatever is set: Chromium's implicit rules. */
const IMPLICIT = 'localhost;*.localhost;127.*;[::1];169.254.*;[fe80:*]'

/** https://chromium.googlesource.com/chromium/src/+/HEAD/net/docs/proxy.md#proxy-bypass-rules, patterns alone. */
export function isBypassed(url: URL, rules: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return `${IMPLICIT};${rules}`.split(/[;,]/).some((rule) => {
    const [, pattern = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(rule.trim()) ?? []
    if (pattern === '' || (onlyPort !== undefined && onlyPort !== port)) return false
    const host = pattern.startsWith('.') ? `*${pattern}` : pattern
    const escaped = host.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
    return new RegExp(`^${escaped}$`, 'i').test(url.hostname)
  })
}
