// Which way leads to an address: directly, or through which proxy; by the settings, the system or the environment.
import { isIP } from 'node:net'
import type { ProxySettings } from '../contract/models/settings.ts'
import type { Credentials, NetworkRoute } from '../core/ports/network.ts'

/** One way to try. */
export type Way =
  { kind: 'direct' } | { kind: 'proxy'; origin: string; credentials: Credentials | null } | NoWay

/** What no way leads through, such as a SOCKS proxy, and what names it. */
export interface NoWay {
  kind: 'unsupported'
  name: string
  from: ProxySource
}

export type ProxySource = Exclude<NetworkRoute['from'], 'loopback'>

export interface WaySources {
  proxy: ProxySettings
  env: NodeJS.ProcessEnv
  /** What the host's system says of a URL, as a PAC script answers; left out where there is no such system. */
  resolveProxy?: ((url: string) => Promise<string>) | undefined
}

/** The ways to an address in the order to try them, and what says so. */
export async function chooseWays(
  { host, port }: { host: string; port: number },
  { proxy, env, resolveProxy }: WaySources,
): Promise<{ from: NetworkRoute['from']; ways: [Way, ...Way[]] }> {
  if (isLoopback(host)) return { from: 'loopback', ways: [DIRECT] }
  if (proxy.kind === 'none') return { from: 'setting', ways: [DIRECT] }
  if (proxy.kind === 'address') {
    const isBypassed = !proxy.address || matchesBypass(proxy.bypass, { host, port })
    return { from: 'setting', ways: [isBypassed ? DIRECT : wayOf(proxy.address, 'setting')] }
  }
  if (resolveProxy) {
    const answer = await resolveProxy(`https://${host.includes(':') ? `[${host}]` : host}:${port}/`)
    const [first = DIRECT, ...rest] = parsePacAnswer(answer)
    return { from: 'system', ways: [first, ...rest] }
  }
  const named = fromEnvironment(env, 'https_proxy') ?? fromEnvironment(env, 'http_proxy')
  if (!named || matchesBypass(fromEnvironment(env, 'no_proxy') ?? '', { host, port })) {
    return { from: 'environment', ways: [DIRECT] }
  }
  return { from: 'environment', ways: [wayOf(named, 'environment')] }
}

/** `host:port` of a proxy, for people. */
export function nameOf(origin: string): string {
  const { hostname, port, protocol } = new URL(origin)
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}

/** This computer itself: never through a proxy. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)\.?$/i.test(host)
}

const DIRECT: Way = { kind: 'direct' }

/** https://developer.mozilla.org/docs/Web/HTTP/Guides/Proxy_servers_and_tunneling/Proxy_Auto-Configuration_PAC_file#return_value_format */
function parsePacAnswer(answer: string): Way[] {
  return answer.split(';').flatMap((part): Way[] => {
    const [kind = '', address = ''] = part.trim().split(/\s+/)
    if (kind === '') return []
    if (/^direct$/i.test(kind)) return [DIRECT]
    if (/^(proxy|http)$/i.test(kind)) return [wayOf(address, 'system')]
    if (/^https$/i.test(kind)) return [wayOf(`https://${address}`, 'system')]
    return [{ kind: 'unsupported', name: `${kind} ${address}`.trim(), from: 'system' }]
  })
}

/** The way through the proxy of an address, `host:port` or with a scheme in front. */
export function wayOf(address: string, from: ProxySource): Exclude<Way, { kind: 'direct' }> {
  const withScheme = /^[a-z0-9]+:\/\//i.test(address) ? address : `http://${address}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    // What stands before an @ may be a password.
    return { kind: 'unsupported', name: address.replace(/\/\/.*@/, '//'), from }
  }
  const credentials = url.username
    ? {
        username: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
      }
    : null
  return { kind: 'proxy', origin: url.origin, credentials }
}

/** As curl and most programs read them: the lower-case name counts first. */
function fromEnvironment(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name]?.trim() || env[name.toUpperCase()]?.trim() || undefined
}

/** The entries of a list as in NO_PROXY: names or addresses, and the one port they hold for; `*` is every host, `*:8080` at that port. */
export function bypassEntries(list: string): { name: string; port: number | null }[] {
  return list
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((entry) => {
      const withPort = isIP(entry) ? null : /^(.*):(\d+)$/.exec(entry)
      const name = (withPort?.[1] ?? entry).replace(/^\*?\.|^\[|\]$/g, '')
      return { name, port: withPort ? Number(withPort[2]) : null }
    })
}

/** Names with all that is below them, with or without a leading dot or *., addresses, each with an optional port; * for all. */
function matchesBypass(list: string, { host, port }: { host: string; port: number }): boolean {
  const wanted = host.toLowerCase().replace(/^\[|\]$|\.$/g, '')
  return bypassEntries(list).some((entry) => {
    if (entry.port !== null && entry.port !== port) return false
    const { name } = entry
    return name === '*' || wanted === name || (isIP(wanted) === 0 && wanted.endsWith(`.${name}`))
  })
}
