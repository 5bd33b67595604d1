// Which way leads to an address: the settings, the system's answer, the environment; and what is always direct.
import { describe, expect, it } from 'vitest'
import type { ProxySettings } from '../../main/contract/models/settings.ts'
import { chooseWays } from '../../main/node/proxy-choice.ts'

const system: ProxySettings = { kind: 'system', address: '', bypass: '', username: '' }

/** The way in short: `direct`, or the proxy with its user. */
async function way(
  host: string,
  {
    proxy = system,
    env = {},
    port = 443,
    pac,
  }: { proxy?: ProxySettings; env?: NodeJS.ProcessEnv; port?: number; pac?: string } = {},
): Promise<string> {
  const resolveProxy = pac === undefined ? undefined : () => Promise.resolve(pac)
  const { ways } = await chooseWays({ host, port }, { proxy, env, resolveProxy })
  const words = ways.map((one) => {
    if (one.kind === 'direct') return 'direct'
    if (one.kind === 'unsupported') return `no ${one.name}`
    return one.credentials ? `${one.credentials.username}@${one.origin}` : one.origin
  })
  return words.join(', ')
}

describe('the way to this computer', () => {
  const env = { HTTPS_PROXY: 'http://proxy.acme.example:8080' }

  it.each(['localhost', '127.0.0.1', '127.8.9.1', '::1', 'practice.localhost'])(
    'is direct for %s, whatever is set',
    async (host) => {
      const proxy = { ...system, kind: 'address', address: 'proxy.acme.example:8080' } as const
      expect(await way(host, { env, proxy, pac: 'PROXY other:80' })).toBe('direct')
      expect(await way(host, { env })).toBe('direct')
    },
  )

  it('is not that to a name that only looks like it', async () => {
    expect(await way('localhost.acme.example', { env })).toBe('http://proxy.acme.example:8080')
  })
})

describe('the environment', () => {
  it('names the proxy, lower case first, HTTP_PROXY where there is no other', async () => {
    expect(await way('graph.microsoft.com', { env: { HTTP_PROXY: 'http://one:1' } })).toBe(
      'http://one:1',
    )
    const env = { HTTP_PROXY: 'http://one:1', HTTPS_PROXY: 'http://two:2', https_proxy: 'three:3' }
    expect(await way('graph.microsoft.com', { env })).toBe('http://three:3')
    expect(await way('graph.microsoft.com')).toBe('direct')
  })

  it('may bring user name and password', async () => {
    const env = { HTTPS_PROXY: 'http://corp%40acme:p%3A5@proxy:8080' }
    const { ways } = await chooseWays({ host: 'a.example', port: 443 }, { proxy: system, env })
    expect(ways).toEqual([
      {
        kind: 'proxy',
        origin: 'http://proxy:8080',
        credentials: { username: 'corp@acme', password: 'p:5' },
      },
    ])
  })

  it.each([
    ['pbx.acme.example', 'acme.example', 443, true],
    ['acme.example', '.acme.example', 443, true],
    ['pbx.acme.example', '*.acme.example', 443, true],
    ['notacme.example', 'acme.example', 443, false],
    ['PBX.acme.example.', 'pbx.acme.example', 443, true],
    ['pbx.acme.example', 'acme.example:8443', 443, false],
    ['pbx.acme.example', 'acme.example:8443', 8443, true],
    ['10.1.2.3', '10.1.2.3', 443, true],
    ['210.1.2.3', '10.1.2.3', 443, false],
    ['fd00::5', '[fd00::5]', 443, true],
    ['fd00::5', 'fd00::5', 443, true],
    ['anything.example', '*', 443, true],
    ['anything.example', '*:8080', 443, false],
    ['anything.example', '*:8080', 8080, true],
    ['10.1.2.3', '10.0.0.0/8', 443, false],
    ['pbx.acme.example', 'one.example, pbx.acme.example', 443, true],
  ])('reaches %s with NO_PROXY=%s at port %i directly: %s', async (host, list, port, direct) => {
    const env = { HTTPS_PROXY: 'http://proxy:8080', NO_PROXY: list }
    expect(await way(host, { env, port })).toBe(direct ? 'direct' : 'http://proxy:8080')
  })
})

describe('the system', () => {
  const env = { HTTPS_PROXY: 'http://proxy:8080' }

  it('counts instead of the environment, in the order of its answer', async () => {
    expect(await way('a.example', { env, pac: 'DIRECT' })).toBe('direct')
    expect(await way('a.example', { env, pac: 'PROXY one:80; HTTPS two:443 ; DIRECT' })).toBe(
      'http://one, https://two, direct',
    )
  })

  it('is told where it names what EMI Tray cannot use', async () => {
    expect(await way('a.example', { pac: 'SOCKS5 socks:1080' })).toBe('no SOCKS5 socks:1080')
  })
})

describe('the settings', () => {
  it('count before the system and the environment', async () => {
    const env = { HTTPS_PROXY: 'http://proxy:8080' }
    const none = { ...system, kind: 'none' } as const
    expect(await way('a.example', { env, proxy: none, pac: 'PROXY one:80' })).toBe('direct')
    const proxy: ProxySettings = {
      ...system,
      kind: 'address',
      address: 'mine:3128',
      bypass: 'pbx.acme.example',
    }
    expect(await way('a.example', { env, proxy, pac: 'PROXY one:80' })).toBe('http://mine:3128')
    expect(await way('pbx.acme.example', { env, proxy })).toBe('direct')
  })

  it('never show what may be a password in an address that cannot be used', async () => {
    const proxy: ProxySettings = {
      ...system,
      kind: 'address',
      address: 'socks5://me:secret@proxy:1',
    }
    expect(await way('a.example', { proxy })).toBe('no socks5://proxy:1')
  })
})
