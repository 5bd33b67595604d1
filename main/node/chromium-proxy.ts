// The proxy of the settings in Chromium's words, for requests that Chromium makes itself: the same way for every address.
import { isIP } from 'node:net'
import type { ProxySettings } from '../contract/models/settings.ts'
import { bypassEntries, wayOf } from './proxy-choice.ts'
import { unsupportedProxy } from './proxy-connect.ts'

/** What a session of Electron takes. */
export type ChromiumProxy =
  | { mode: 'system' | 'direct' }
  | { mode: 'fixed_servers'; proxyRules: string; proxyBypassRules: string }

/** Decides as chooseWays does; loopback is direct with Chromium as well. Throws AppError proxy-unsupported. */
export function chromiumProxy({ kind, address, bypass }: ProxySettings): ChromiumProxy {
  if (kind === 'system') return { mode: 'system' }
  if (kind === 'none' || !address) return { mode: 'direct' }
  const way = wayOf(address, 'setting')
  if (way.kind === 'unsupported') throw unsupportedProxy(way)
  return {
    mode: 'fixed_servers',
    proxyRules: way.origin,
    proxyBypassRules: bypassEntries(bypass).flatMap(rulesOf).join(';'),
  }
}

/** https://chromium.googlesource.com/chromium/src/+/HEAD/net/docs/proxy.md#proxy-bypass-rules */
function rulesOf({ name, port }: { name: string; port: number | null }): string[] {
  const end = port === null ? '' : `:${port}`
  if (name === '*' || isIP(name) === 4) return [`${name}${end}`]
  if (isIP(name) === 6) return [`[${name}]${end}`]
  // Chromium would read networks, schemes and its own words in what is no host's name here.
  if (!/^[\w-]+(\.[\w-]+)*$/.test(name)) return []
  return [`${name}${end}`, `*.${name}${end}`]
}
