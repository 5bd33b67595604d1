// The proxy of the settings in Chromium's words: every address takes the way that our own requests take.
import { describe, expect, it } from 'vitest'
import type { ProxySettings } from '../../main/contract/models/settings.ts'
import { chromiumProxy } from '../../main/node/chromium-proxy.ts'
import { chooseWays } from '../../main/node/proxy-choice.ts'
import { isBypassed } from '../electron-double/session-proxy.ts'

const address: ProxySettings = {
  ...{ kind: 'address', address: 'proxy.acme.example:3128', bypass: '', username: 'corp-user' },
}

/** Whether an address is reached directly, first by our own requests, then by Chromium's. */
async function isDirect(url: string, proxy: ProxySettings): Promise<[boolean, boolean]> {
  const { hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const { ways } = await chooseWays({ host, port: Number(port || 443) }, { proxy, env: {} })
  const told = chromiumProxy(proxy)
  const rules = 'proxyBypassRules' in told ? told.proxyBypassRules : '*'
  return [ways[0].kind === 'direct', isBypassed(new URL(url), rules)]
}

describe('the proxy for Chromium', () => {
  it('is the system’s, none, or the address without any sign-in', () => {
    expect(chromiumProxy({ ...address, kind: 'system' })).toEqual({ mode: 'system' })
    expect(chromiumProxy({ ...address, kind: 'none' })).toEqual({ mode: 'direct' })
    expect(chromiumProxy({ ...address, address: '' })).toEqual({ mode: 'direct' })
    expect(chromiumProxy({ ...address, address: 'https://me:secret@proxy.acme.example' })).toEqual({
      ...{ mode: 'fixed_servers', proxyRules: 'https://proxy.acme.example', proxyBypassRules: '' },
    })
  })

  it('is refused where it is none that EMI Tray can use, without showing what may be a password', () => {
    const socks = { ...address, address: 'socks5://me:secret@proxy.acme.example:1080' }
    expect(() => chromiumProxy(socks)).toThrow(/socks5:\/\/proxy\.acme\.example:1080/)
  })

  it.each([
    ['https://updates.acme.example/', '', false],
    ['https://updates.acme.example/', 'acme.example', true],
    ['https://acme.example/', '.acme.example', true],
    ['https://updates.acme.example/', '*.acme.example', true],
    ['https://notacme.example/', 'acme.example', false],
    ['https://updates.acme.example/', 'acme.example:8443', false],
    ['https://updates.acme.example:8443/', 'acme.example:8443', true],
    ['https://10.1.2.3/', '10.1.2.3', true],
    ['https://210.1.2.3/', '10.1.2.3', false],
    ['https://[fd00::5]/', 'fd00::5', true],
    ['https://[fd00::5]:8443/', '[fd00::5]:8443', true],
    ['https://updates.acme.example/', 'one.example, UPDATES.acme.example', true],
    ['https://updates.acme.example/', '*', true],
    ['https://updates.acme.example/', '*:8443', false],
    ['https://updates.acme.example:8443/', '*:8443', true],
    // What Chromium would read as a network, a wildcard or a word of its own is not known here.
    ['https://10.1.2.3/', '10.0.0.0/8', false],
    ['https://updates.acme.example/', 'upd*', false],
    ['https://intranet/', '<local>', false],
    ['https://localhost/', '', true],
    ['https://127.0.0.1/', '', true],
  ])('reaches %s with the exceptions “%s” directly: %s', async (url, bypass, direct) => {
    expect(await isDirect(url, { ...address, bypass })).toEqual([direct, direct])
  })
})
