// Microsoft's SDK against a loopback double of its service, through a proxy: nothing in between is played.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import http, { type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ErrorCode } from '../../main/contract/errors.ts'
import type { DevTunnelSettings } from '../../main/contract/models/settings.ts'
import { AppError } from '../../main/core/app-error.ts'
import { HOST_TOKEN } from '../../main/core/ports/secret-store.ts'
import type { TunnelOpenOptions, TunnelSession } from '../../main/core/ports/tunnel.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { parseHostToken } from '../../main/core/tunnel/host-token.ts'
import { Tunnel } from '../../main/core/tunnel/tunnel.ts'
import { devTunnel } from '../../main/node/dev-tunnel.ts'
import { type NodeNetwork, openNetwork } from '../../main/node/network.ts'
import { everywhere, failure } from '../core/tunnel/fake-provider.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { MemorySecrets, memoryLog, seededRandom } from '../fakes/memory-ports.ts'
import { DevTunnelService, GOOD_APPLICATION } from './dev-tunnel-service.ts'
import { expectOnlyWebhook, startWebhook } from './only-webhook.ts'

const trustedBefore = tls.getCACertificates('default')
const service = new DevTunnelService()
let network: NodeNetwork
let webhook: Server
let local: { host: string; port: number }
let secrets: MemorySecrets
let sessions: TunnelSession[] = []

beforeAll(async () => {
  await service.start()
  tls.setDefaultCACertificates([...trustedBefore, service.caPem])
  network = openNetwork({
    proxy: { kind: 'address', address: service.proxy, bypass: '', username: '' },
    secrets: new MemorySecrets(),
    env: {},
  })
  webhook = await listen()
  local = { host: '127.0.0.1', port: (webhook.address() as AddressInfo).port }
})

beforeEach(() => {
  secrets = new MemorySecrets()
})

afterEach(async () => {
  await Promise.all(sessions.map((session) => session.close()))
  sessions = []
  service.relayFault.times = service.apiFault.times = 0
  service.hostMayOpen = true
  service.relayBarred = false
  service.calls.length = 0
})

afterAll(async () => {
  tls.setDefaultCACertificates(trustedBefore)
  await network.close()
  await service.stop()
  webhook.closeAllConnections()
  webhook.close()
})

/** A webhook that says how many bytes were posted. */
async function listen(): Promise<Server> {
  const server = http.createServer((request, response) => {
    void request.toArray().then((parts: Buffer[]) => {
      response.end(`${request.method ?? ''} ${Buffer.concat(parts).length}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function settingsOf(signIn: DevTunnelSettings['signIn']) {
  const { microsoft } = defaultSettings.connections
  return { ...microsoft, tunnelProvider: 'devtunnels' as const, devTunnels: { signIn } }
}

const getAppToken = () => Promise.resolve(GOOD_APPLICATION.replace('Bearer ', ''))

async function open({
  signIn = 'application',
  ...change
}: Partial<TunnelOpenOptions> & Partial<DevTunnelSettings> = {}): Promise<TunnelSession> {
  const session = await devTunnel({ network, serviceUri: service.uri }).open({
    ...{ settings: settingsOf(signIn), secrets, local, getAppToken },
    signal: new AbortController().signal,
    ...change,
  })
  sessions.push(session)
  return session
}

/** The tunnel's id out of its address. */
function idOf(publicUrl: string): string {
  return /^https:\/\/([^.]+)-\d+\./.exec(publicUrl)?.[1] ?? ''
}

async function post(publicUrl: string, body = '{}'): Promise<string> {
  const response = await service.visit(`${publicUrl}/emi/notifications`, { method: 'POST', body })
  return `${response.status} ${await response.text()}`
}

/** A tunnel that keeps itself open, by the real supervisor, on a clock that only the test moves. */
function supervised() {
  const clock = new FakeClock(new Date().toISOString())
  const tunnel = new Tunnel({
    providers: everywhere(devTunnel({ network, serviceUri: service.uri })),
    settings: () => settingsOf('application'),
    ...{ secrets, clock, getAppToken, log: memoryLog(clock) },
    // Waits are cut to nothing, so that the clock need not move for them.
    random: { ...seededRandom(), fraction: () => 0 },
    probe: async (url) => {
      // An answer that is sure not to come is not waited for; any other may take its time.
      const patienceMs = service.isFrozen(idOf(url)) ? 200 : 30_000
      const message = await service
        .visit(`${url}/emi/probe`, { signal: AbortSignal.timeout(patienceMs) })
        .then(({ status }) => String(status), String)
      const ok = message === '200'
      return {
        ...{ at: clock.now().toISOString(), ok },
        hops: [{ name: 'Answer', ok, durationMs: 0, message }],
      }
    },
  })
  const until = (phase: string, advanceMs = 0) =>
    vi.waitFor(
      async () => {
        // Connecting takes real time: a clock that ran on would cut it short, again and again.
        await clock.advance(tunnel.state.phase === 'connecting' ? 0 : advanceMs)
        expect(tunnel.state.phase).toBe(phase)
      },
      { timeout: 60_000, interval: 10 },
    )
  return { tunnel, clock, until }
}

describe('the application’s tunnel', () => {
  test('brings posts to the webhook, by way of the proxy only', async () => {
    const { publicUrl, validUntil } = await open()
    expect(publicUrl).toMatch(
      new RegExp(`^https://[a-z0-9-]+-${local.port}\\.usw2\\.devtunnels\\.ms$`),
    )
    expect(await post(publicUrl, 'x'.repeat(4_096))).toBe('200 POST 4096')
    expect(validUntil).toBeUndefined()
    expect([...service.asked]).toEqual([
      'global.tunnels.test:443',
      'usw2.tunnels.test:443',
      'usw2-data.tunnels.test:443',
    ])
  })

  test('carries fifty posts at once', async () => {
    const { publicUrl } = await open()
    const body = 'x'.repeat(4_096)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(publicUrl, body)))
    expect(new Set(answers)).toEqual(new Set(['200 POST 4096']))
  })

  test('is open to everybody at the one port, and nowhere else', async () => {
    const tunnel = service.tunnels.get(idOf((await open()).publicUrl))
    expect(tunnel?.accessControl).toBeUndefined()
    expect(tunnel?.ports).toMatchObject([
      {
        portNumber: local.port,
        accessControl: { entries: [{ type: 'Anonymous', scopes: ['connect'] }] },
      },
    ])
  })

  test('is kept: another start gives the same address', async () => {
    const first = await open()
    await first.close()
    const second = await open()
    expect(second.publicUrl).toBe(first.publicUrl)
    expect(await post(second.publicUrl)).toBe('200 POST 2')
    expect(service.calls.filter((call) => /^PUT \/tunnels\/[^/]+$/.test(call))).toHaveLength(1)
  })

  test('leads to the three paths of the webhook, and to nothing else', async () => {
    const { publicUrl } = await open({ local: await startWebhook() })
    await expectOnlyWebhook(async (target, method) => {
      const answer = await service.visit(`${publicUrl}${target}`, { method })
      return { status: answer.status, body: await answer.text() }
    })
  })

  // The first trap: the port is part of the host name.
  test('has another address for another port of the webhook, and closes the earlier one', async () => {
    const first = await open()
    await first.close()
    const other = await listen()
    const moved = { host: '127.0.0.1', port: (other.address() as AddressInfo).port }
    const second = await open({ local: moved })
    expect(second.publicUrl).toBe(first.publicUrl.replace(`-${local.port}.`, `-${moved.port}.`))
    expect(await post(second.publicUrl)).toBe('200 POST 2')
    expect(await post(first.publicUrl)).toBe('404 ')
    await second.close()
    other.close()
  })

  test('is made anew, at another address, where Microsoft has forgotten it', async () => {
    const first = await open()
    await first.close()
    service.tunnels.delete(idOf(first.publicUrl))
    const second = await open()
    expect(second.publicUrl).not.toBe(first.publicUrl)
    expect(await post(second.publicUrl)).toBe('200 POST 2')
  })

  test('says that its connection was lost, and opens again at the same address', async () => {
    const first = await open()
    service.drop(idOf(first.publicUrl))
    expect(await first.closed).toMatchObject({ code: 'tunnel-transient' })
    const second = await open()
    expect(second.publicUrl).toBe(first.publicUrl)
    expect(await post(second.publicUrl)).toBe('200 POST 2')
  })

  test('ends on request, and with the wish to have it', async () => {
    const session = await open()
    await session.close()
    expect(await session.closed).toMatchObject({ code: 'cancelled' })
    expect((await post(session.publicUrl)).slice(0, 3)).toBe('502')
    const signal = AbortSignal.abort(failure('cancelled'))
    await expect(open({ signal })).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('asks for no token of Graph, and needs a real application', async () => {
    const asked: string[] = []
    await open({
      getAppToken: (resource) => {
        asked.push(resource)
        return getAppToken()
      },
    })
    // Microsoft's “Visual Studio Tunnel Service”.
    expect(asked).toEqual(['46da2f7e-b5ef-422a-88d4-2a7f9de6a0b2'])
    await expect(open({ getAppToken: undefined })).rejects.toMatchObject({ code: 'tunnel-auth' })
  })
})

describe('where the SDK gives up or notices nothing', () => {
  // The second trap: by itself it stays disconnected for ever after a few refusals.
  test('the tunnel comes back after any number of refusals', async () => {
    service.relayFault = { status: 503, times: 8 }
    const { tunnel, until } = supervised()
    tunnel.start(local)
    await until('up')
    expect(service.relayFault.times).toBe(0)
    await tunnel.stop()
  })

  // The third trap: no keep-alive reaches a host, which stays “connected”.
  test('a relay that fell silent is found out from outside, and connected anew', async () => {
    const { tunnel, until } = supervised()
    tunnel.start(local)
    await until('up')
    const { publicUrl } = tunnel.state
    service.freeze(idOf(publicUrl ?? ''))
    await setTimeout(100)
    expect(tunnel.state.phase).toBe('up')
    await until('degraded', 60_000)
    await until('up', 5_000)
    expect(await post(publicUrl ?? '')).toBe('200 POST 2')
    await tunnel.stop()
  })

  // The fourth trap: the second host wins, and two that reconnect would fight for ever.
  test('a tunnel that another host took over is left to it, by name', async () => {
    const { tunnel, until } = supervised()
    tunnel.start(local)
    await until('up')
    const other = await open()
    await until('failed')
    expect(tunnel.state.error?.code).toBe('tunnel-taken-over')
    expect(await post(other.publicUrl)).toBe('200 POST 2')
    await tunnel.stop()
  })
})

describe('a refusal', () => {
  test.each([
    ['api', 401, '', 'tunnel-auth'],
    ['api', 403, 'Tunnel creation is not permitted', 'tunnel-auth'],
    ['api', 403, 'User tunnel limit reached', 'tunnel-limit'],
    ['api', 429, '', 'tunnel-limit'],
    ['api', 503, '', 'tunnel-transient'],
    ['relay', 401, '', 'tunnel-auth'],
    ['relay', 403, '', 'tunnel-auth'],
    ['relay', 429, '', 'tunnel-limit'],
    ['relay', 502, '', 'tunnel-transient'],
  ])('by the %s with %i (%s) means %s', async (who, status, title, code) => {
    if (who === 'api') service.apiFault = { status, title, times: 9 }
    else service.relayFault = { status, times: 9 }
    const error = await failureOf(open())
    expect(error.code).toBe(code)
    expect(error.details ?? '').toContain(String(status))
    expect(JSON.stringify([error, error.cause, error.message])).not.toMatch(/eyJ|good-application/)
  })

  test.each(['proxy-auth', 'tls-untrusted', 'network-unreachable'] satisfies ErrorCode[])(
    'on the way there keeps its name: %s',
    async (code) => {
      // The SDK replaces errors whose words speak of a certificate.
      const fault = new AppError(code, { message: 'The certificate is wrong.', nextStep: 'x.' })
      const barred = { ...network, fetch: () => Promise.reject(fault) }
      const opening = devTunnel({ network: barred, serviceUri: service.uri }).open({
        ...{ settings: settingsOf('application'), secrets, local, getAppToken },
        signal: new AbortController().signal,
      })
      await expect(opening).rejects.toMatchObject({ code })
      const asking = open({ getAppToken: () => Promise.reject(fault) })
      await expect(asking).rejects.toMatchObject({ code })
    },
  )

  test('of the proxy to let us to the relay is named, though the SDK does not say it', async () => {
    service.relayBarred = true
    await expect(open()).rejects.toMatchObject({ code: 'proxy-refused' })
  })

  test('that never comes holds nobody up who does not want the tunnel any more', async () => {
    service.relayFault = { status: 0, times: 1 }
    const stop = new AbortController()
    const opening = open({ signal: stop.signal })
    await vi.waitFor(() => expect(service.relayFault.times).toBe(0), {
      timeout: 30_000,
      interval: 10,
    })
    stop.abort(failure('cancelled'))
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('of Entra to give a token is none that waiting mends', async () => {
    const asking = open({ getAppToken: () => Promise.reject(failure('application-missing')) })
    await expect(asking).rejects.toMatchObject({ code: 'tunnel-auth' })
  })
})

describe('a pasted host token', () => {
  const anonymous = { entries: [{ type: 'Anonymous', scopes: ['connect'] }] }
  const openWith = async (text: string) => {
    await secrets.set(HOST_TOKEN, JSON.stringify(parseHostToken(text)))
    return open({ signIn: 'host-token', getAppToken: undefined })
  }

  test('opens its tunnel, names its end, and offers the webhook’s port only', async () => {
    const ports = [{ portNumber: 3389 }, { portNumber: local.port, accessControl: anonymous }]
    const token = service.make('my-tunnel', ports, { livesMs: 3_600_000 })
    const { publicUrl, validUntil } = await openWith(token)
    expect(await post(publicUrl)).toBe('200 POST 2')
    const minutes = (Date.parse(validUntil ?? '') - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(59)
    expect(minutes).toBeLessThan(61)
    expect(service.offered('my-tunnel')).toEqual([local.port])
  })

  test('adds the port where it may, and says what to type where it may not', async () => {
    const { publicUrl } = await openWith(service.make('may-open', []))
    expect(await post(publicUrl)).toBe('200 POST 2')
    service.hostMayOpen = false
    const error = await failureOf(openWith(service.make('may-not', [{ portNumber: 80 }])))
    expect(error.code).toBe('tunnel-config')
    expect(error.nextStep).toContain(`devtunnel access create may-not -p ${local.port} --anonymous`)
  })

  test('that ran out, is missing, or whose tunnel is gone stops the tunnel', async () => {
    const expired = service.make('expired', [], { livesMs: -1_000 })
    await expect(openWith(expired)).rejects.toMatchObject({ code: 'tunnel-auth' })
    await expect(
      open({ signIn: 'host-token', secrets: new MemorySecrets() }),
    ).rejects.toMatchObject({
      code: 'tunnel-auth',
    })
    const gone = service.make('gone', [])
    service.tunnels.delete('gone')
    await expect(openWith(gone)).rejects.toMatchObject({ code: 'tunnel-auth' })
  })
})

test('Microsoft’s SDK is loaded by nothing but the first use', () => {
  const sources = readdirSync('main', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(`main/${file}`, 'utf8') }))
  const filesWith = (pattern: RegExp) =>
    sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file)
  expect(filesWith(/from '@microsoft\/dev-tunnels/)).toEqual(['node/dev-tunnel-sdk.ts'])
  expect(filesWith(/^import (?!type)[^'\n]*'[^']*dev-tunnel-sdk\.ts'/m)).toEqual([])
  expect(filesWith(/await import\('\.\/dev-tunnel-sdk\.ts'\)/)).toEqual(['node/dev-tunnel.ts'])
})

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof AppError) return error
  throw new Error('An AppError was expected.', { cause: error })
}
