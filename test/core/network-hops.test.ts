// The network check: what each hop finds, in words and with what to do, on a network that a test plays.
import { describe, expect, it } from 'vitest'
import type { NetworkHop, NetworkTarget } from '../../main/contract/models/network.ts'
import type { ConnectionSettings } from '../../main/contract/models/settings.ts'
import { AppError } from '../../main/core/app-error.ts'
import { cloudOf } from '../../main/core/clouds.ts'
import { firewallRequest } from '../../main/core/firewall-request.ts'
import { NetworkCheck } from '../../main/core/network-check.ts'
import type { Network } from '../../main/core/ports/network.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { FakeClock, settle } from '../fakes/fake-clock.ts'
import { memoryLog, MemorySecrets, seededRandom } from '../fakes/memory-ports.ts'

const clock = new FakeClock()
const settings: ConnectionSettings = {
  ...defaultSettings.connections.microsoft,
  tunnelProvider: 'ssh' as const,
  publicUrl: 'https://emi.acme.example',
  ssh: { host: 'gateway.acme.example', port: 22, username: 'emi', hostKey: '', remoteBind: '' },
  handOnTarget: 'http' as const,
  handOnUrl: 'https://pbx.acme.example/events',
}

/** A network on which everything works, apart from what a test changes. */
function fakeNetwork(change: Partial<Network> = {}): Network {
  return {
    fetch: (input, init) => {
      const url = typeof input === 'string' ? input : ''
      const status = init?.method === 'POST' ? 400 : url.includes('/keys') ? 200 : 401
      const headers = { date: clock.now().toUTCString() }
      return Promise.resolve(new Response(null, { status, headers }))
    },
    routeTo: () => Promise.resolve({ proxy: null, from: 'environment' }),
    lookUp: () => Promise.resolve(['192.0.2.7', '192.0.2.8']),
    reach: () => Promise.resolve(),
    inspectTls: () => Promise.resolve({ issuer: 'DigiCert Inc', isPublic: true, isTrusted: true }),
    signInTo: () => Promise.reject(new Error('No proxy asks here.')),
    configure: () => undefined,
    ...change,
  }
}

interface Situation {
  given?: ConnectionSettings
  livePublicUrl?: string | null
}

function open(
  change: Partial<Network> = {},
  { given = settings, livePublicUrl = null }: Situation = {},
) {
  return new NetworkCheck({
    network: fakeNetwork(change),
    settings: () => given,
    cloud: cloudOf(settings),
    livePublicUrl: () => livePublicUrl,
    secrets: new MemorySecrets(),
    clock,
    random: seededRandom(),
    log: memoryLog(clock),
    onChange: () => undefined,
  })
}

async function check(change: Partial<Network> = {}): Promise<NetworkTarget[]> {
  const one = open(change)
  one.start()
  await one.idle()
  expect(one.state()).toMatchObject({ job: { running: false, error: null } })
  return one.state().targets
}

const hopOf = (targets: NetworkTarget[], id: string, name: string): NetworkHop | undefined =>
  targets.find((target) => target.id === id)?.hops.find((hop) => hop.name === name)

describe('a network check', () => {
  it('tries everything that the settings need, and finds it in order', async () => {
    const targets = await check()
    expect(targets.map(({ id, address }) => `${id} ${address}`)).toEqual([
      'sign-in login.microsoftonline.com:443',
      'graph graph.microsoft.com:443',
      'tunnel gateway.acme.example:22',
      'public-url emi.acme.example:443',
      'hand-on pbx.acme.example:443',
    ])
    expect(targets[0]?.hops.map(({ name }) => name)).toEqual([
      ...['Way', 'Name', 'Connection', 'Certificate', 'Token endpoint', 'Signing keys', 'Clock'],
    ])
    expect(targets[2]?.hops.map(({ name }) => name)).toEqual(['Way', 'Name', 'Connection'])
    expect(new Set(targets.flatMap(({ hops }) => hops).map(({ state }) => state))).toEqual(
      new Set(['ok']),
    )
  })

  it('asks for the address that a tunnel service gave last, and for none that it may have lost', async () => {
    const hostedSsh = { ...settings.hostedSsh, host: 'hosted.example', port: 443 }
    const given: ConnectionSettings = { ...settings, tunnelProvider: 'hosted-ssh', hostedSsh }
    for (const livePublicUrl of ['https://a1b2.hosted.example', null]) {
      const one = open({}, { given, livePublicUrl })
      one.start()
      await one.idle()
      const found = one.state().targets.map(({ id, address }) => `${id} ${address}`)
      expect(found).toContain('tunnel hosted.example:443')
      expect(found.filter((place) => place.startsWith('public-url'))).toEqual(
        livePublicUrl === null ? [] : ['public-url a1b2.hosted.example:443'],
      )
    }
  })

  it('tries Microsoft Dev Tunnels where they are used, with its certificate', async () => {
    const one = open({}, { given: { ...settings, tunnelProvider: 'devtunnels' } })
    one.start()
    await one.idle()
    const target = one.state().targets.find(({ id }) => id === 'tunnel')
    expect(target?.address).toBe('global.rel.tunnels.api.visualstudio.com:443')
    expect(target?.hops.map(({ name }) => name)).toContain('Certificate')
  })

  it('leaves names behind a proxy to the proxy', async () => {
    const targets = await check({
      routeTo: () => Promise.resolve({ proxy: 'proxy:8080', from: 'system' }),
      lookUp: () => Promise.reject(new Error('ENOTFOUND')),
    })
    expect(hopOf(targets, 'sign-in', 'Name')).toBeUndefined()
    expect(hopOf(targets, 'sign-in', 'Way')?.message).toContain('proxy:8080')
    expect(hopOf(targets, 'sign-in', 'Connection')?.state).toBe('ok')
  })

  it('stops an address at the hop that fails, says what to do, and goes on with the next', async () => {
    const refused = new AppError('proxy-refused', { message: 'It said no.', nextStep: 'Ask them.' })
    const targets = await check({
      reach: (host) => (host.startsWith('graph') ? Promise.reject(refused) : Promise.resolve()),
    })
    expect(targets[1]?.hops.at(-1)).toMatchObject({
      ...{ name: 'Connection', state: 'failed', message: 'It said no.', nextStep: 'Ask them.' },
    })
    expect(targets).toHaveLength(5)
  })

  it('tells inspected from untrusted, and lets a company sign its own contact center', async () => {
    const inspected = { issuer: 'Acme Inspection', isPublic: false, isTrusted: true }
    const trusted = await check({ inspectTls: () => Promise.resolve(inspected) })
    expect(hopOf(trusted, 'graph', 'Certificate')?.state).toBe('warning')
    expect(hopOf(trusted, 'hand-on', 'Certificate')?.state).toBe('ok')
    const untrusted = await check({
      inspectTls: () => Promise.resolve({ ...inspected, isTrusted: false }),
    })
    const hop = hopOf(untrusted, 'graph', 'Certificate')
    expect(hop).toMatchObject({ state: 'failed' })
    expect(hop?.message).toContain('Acme Inspection')
    expect(hopOf(untrusted, 'graph', 'Answer')).toBeUndefined()
  })

  it('tells an outage from a page that somebody else put in front, and a wrong clock', async () => {
    const answering = (status: number, date = clock.now()) =>
      check({
        fetch: () =>
          Promise.resolve(new Response(null, { status, headers: { date: date.toUTCString() } })),
      })
    expect(hopOf(await answering(503), 'graph', 'Answer')?.state).toBe('warning')
    const early = new Date(clock.now().getTime() - 40 * 60_000)
    const portal = await answering(302, early)
    expect(hopOf(portal, 'graph', 'Answer')?.state).toBe('failed')
    expect(hopOf(portal, 'graph', 'Clock')).toMatchObject({ state: 'failed' })
    expect(hopOf(portal, 'graph', 'Clock')?.message).toContain('40 minutes ahead')
  })

  it('does not wait for ever where a firewall swallows everything, and can be stopped', async () => {
    const silent = {
      reach: (_host: string, _port: number, signal: AbortSignal) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
        }),
    }
    const one = open(silent)
    one.start()
    await settle()
    await clock.advance(10_000)
    const [signIn] = one.state().targets
    expect(signIn?.hops.at(-1)).toMatchObject({ name: 'Connection', state: 'failed' })
    expect(signIn?.hops.at(-1)?.durationMs).toBe(10_000)
    one.cancel()
    await one.idle()
    expect(one.state()).toMatchObject({ checkedAt: null, job: { error: { code: 'cancelled' } } })
    expect(one.state().targets[0]?.hops.length).toBeGreaterThan(0)
    expect(clock.pending).toBe(0)
  })
})

describe('the text for the network team', () => {
  const textFor = (provider: 'static' | 'ssh' | 'devtunnels') =>
    firewallRequest(provider, { settings, cloud: cloudOf(settings) }).text

  it('names every connection with direction, port and reason', () => {
    const text = textFor('ssh')
    for (const host of ['login.microsoftonline.com', 'graph.microsoft.com', 'pbx.acme.example']) {
      expect(text).toContain(`${host}, port 443`)
    }
    expect(text).toContain('gateway.acme.example, port 22')
    expect(text).toMatch(/CONNECT/)
  })

  it('asks for a way in only where there has to be one', () => {
    const text = textFor('static')
    expect(text).toContain(`port ${settings.webhookPort}`)
    expect(text).toContain('Inbound')
    expect(text).not.toContain('No connection from the Internet to this computer is needed')
    expect(textFor('ssh')).toContain('No connection from the Internet to this computer is needed')
  })
})
