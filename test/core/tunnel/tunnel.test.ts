import { expect, test } from 'vitest'
import type { ProbeResult, TunnelState } from '../../../main/contract/models/tunnel.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { Tunnel } from '../../../main/core/tunnel/tunnel.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'
import { MemorySecrets, memoryLog, seededRandom } from '../../fakes/memory-ports.ts'
import { everywhere, failure, FakeProvider } from './fake-provider.ts'

const LOCAL = { host: '127.0.0.1', port: 8730 }

function setUp({ fraction }: { fraction?: number | (() => number) } = {}) {
  const clock = new FakeClock()
  const provider = new FakeProvider()
  const random = seededRandom()
  if (typeof fraction === 'function') random.fraction = fraction
  else if (fraction !== undefined) random.fraction = () => fraction
  const probes: { url: string; at: number }[] = []
  const world: { reachable: boolean; answeredBy?: 'another-emi-tray' } = { reachable: true }
  const log = memoryLog(clock)
  const tunnel = new Tunnel({
    providers: everywhere(provider),
    settings: () => defaultSettings.connections.microsoft,
    secrets: new MemorySecrets(),
    clock,
    random,
    log,
    probe: (url, signal) => {
      signal.throwIfAborted()
      probes.push({ url, at: clock.now().getTime() })
      const result: ProbeResult = {
        at: clock.now().toISOString(),
        ok: world.reachable,
        ...(world.answeredBy && { answeredBy: world.answeredBy }),
        hops: [{ name: 'Connection', ok: world.reachable, durationMs: 1, message: 'as told.' }],
      }
      return Promise.resolve(result)
    },
  })
  const urls: (string | null)[] = []
  const states: TunnelState[] = []
  tunnel.onPublicUrl((url) => urls.push(url))
  tunnel.onChange(() => states.push(tunnel.state))
  return { clock, provider, tunnel, probes, world, urls, states, log }
}

test('is up only once a test through the public address has passed', async () => {
  const { tunnel, urls, states, provider } = setUp()
  expect(tunnel.state.phase).toBe('stopped')
  tunnel.start(LOCAL)
  expect(tunnel.state.phase).toBe('connecting')
  await settle()
  expect(tunnel.state).toMatchObject({
    phase: 'up',
    publicUrl: 'https://emi.example.com',
    attempt: 0,
    error: null,
    lastProbe: { ok: true },
  })
  expect(states.map((state) => state.phase).filter((phase) => phase === 'up')).toHaveLength(1)
  expect(urls).toEqual(['https://emi.example.com'])
  expect(provider.opened[0]?.local).toEqual(LOCAL)
})

test('waits longer after each failure, between nothing and a limit that grows to a minute, and never gives up', async () => {
  const { tunnel, provider, clock, states } = setUp({ fraction: 0.999_999 })
  provider.outcomes = [failure('tunnel-transient')]
  tunnel.start(LOCAL)
  const waits: number[] = []
  for (let count = 0; count < 30; count += 1) {
    await settle()
    expect(tunnel.state.phase).toBe('connecting')
    expect(tunnel.state.error?.code).toBe('tunnel-transient')
    const waitMs =
      Date.parse(tunnel.state.nextAttemptAt ?? 'no attempt is due') - clock.now().getTime()
    waits.push(waitMs)
    await clock.advance(waitMs)
  }
  expect(waits.slice(0, 8)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  expect(Math.max(...waits)).toBe(60_000)
  expect(provider.opened.length).toBe(31)
  expect(states.some((state) => state.phase === 'up' || state.phase === 'failed')).toBe(false)
  await tunnel.stop()
})

test('does not wait long after a short outage, however many attempts it saw', async () => {
  const world = { fraction: 0.05 }
  const { tunnel, provider, clock } = setUp({ fraction: () => world.fraction })
  provider.outcomes = [failure('tunnel-transient')]
  tunnel.start(LOCAL)
  await settle()
  for (let count = 0; count < 20; count += 1) await clock.advance(50)
  expect(provider.opened.length).toBeGreaterThan(7)
  world.fraction = 0.999_999
  await clock.advance(100)
  const waitMs = Date.parse(tunnel.state.nextAttemptAt ?? '') - clock.now().getTime()
  expect(waitMs).toBeGreaterThan(1_000)
  expect(waitMs).toBeLessThan(2_200)
  await tunnel.stop()
})

test('spreads the attempts of many machines over the whole wait', async () => {
  const { tunnel, provider, clock } = setUp({ fraction: 0 })
  provider.outcomes = [failure('tunnel-limit'), failure('tunnel-transient'), null]
  tunnel.start(LOCAL)
  await clock.advance(0)
  expect(tunnel.state.phase).toBe('up')
  await tunnel.stop()
})

test('starts the waiting times anew after it was up', async () => {
  const { tunnel, provider, clock } = setUp({ fraction: 0.999_999 })
  const transient = failure('tunnel-transient')
  provider.outcomes = [transient, transient, transient, null, transient]
  tunnel.start(LOCAL)
  await clock.advance(7_000)
  expect(tunnel.state.phase).toBe('up')
  provider.end('tunnel-transient')
  await settle()
  expect(tunnel.state.phase).toBe('connecting')
  expect(Date.parse(tunnel.state.nextAttemptAt ?? '')).toBe(clock.now().getTime() + 1_000)
  await tunnel.stop()
})

test.each([
  'tunnel-auth',
  'tunnel-host-key',
  'tunnel-taken-over',
  'tunnel-config',
  'public-url-invalid',
] as const)(
  'stops with the reason on %s, until a person asks for another attempt',
  async (code) => {
    const { tunnel, provider, clock, urls } = setUp()
    tunnel.start(LOCAL)
    await settle()
    provider.outcomes = [failure(code), null]
    provider.end('tunnel-transient')
    await clock.advance(2_000)
    expect(tunnel.state).toMatchObject({
      phase: 'failed',
      error: { code },
      publicUrl: null,
      nextAttemptAt: null,
    })
    const attempts = provider.opened.length
    await clock.advance(24 * 3_600_000)
    expect(provider.opened.length).toBe(attempts)
    expect(urls).toEqual(['https://emi.example.com', null])
    tunnel.restart()
    await settle()
    expect(tunnel.state).toMatchObject({ phase: 'up', error: null })
    expect(urls.at(-1)).toBe('https://emi.example.com')
    await tunnel.stop()
  },
)

test('a session that is ended for such a reason stops it too', async () => {
  const { tunnel, provider } = setUp()
  tunnel.start(LOCAL)
  await settle()
  provider.end('tunnel-taken-over')
  await settle()
  expect(tunnel.state).toMatchObject({ phase: 'failed', error: { code: 'tunnel-taken-over' } })
  await tunnel.stop()
})

test('an address that a provider gives must be a public one', async () => {
  const { tunnel, provider, probes } = setUp()
  provider.publicUrl = 'http://emi.example.com'
  tunnel.start(LOCAL)
  await settle()
  expect(tunnel.state).toMatchObject({ phase: 'failed', error: { code: 'public-url-invalid' } })
  expect(probes).toEqual([])
  expect(provider.openSessions).toBe(0)
  await tunnel.stop()
})

test('one failed test degrades it, a good one heals it, and two in a row replace the session', async () => {
  const { tunnel, provider, clock, world, urls } = setUp({ fraction: 0.5 })
  tunnel.start(LOCAL)
  await settle()
  world.reachable = false
  await clock.advance(60_000)
  expect(tunnel.state).toMatchObject({
    phase: 'degraded',
    error: { code: 'public-url-unreachable' },
    lastProbe: { ok: false },
  })
  world.reachable = true
  await clock.advance(5_000)
  expect(tunnel.state).toMatchObject({ phase: 'up', error: null })
  expect(provider.opened).toHaveLength(1)

  world.reachable = false
  await clock.advance(60_000)
  await clock.advance(5_000)
  expect(tunnel.state).toMatchObject({
    phase: 'connecting',
    error: { code: 'public-url-unreachable' },
  })
  expect(provider.openSessions).toBe(0)
  world.reachable = true
  await clock.advance(500)
  expect(provider.opened).toHaveLength(2)
  expect(tunnel.state.phase).toBe('up')
  // The address stayed the same, so nobody had to hear of it.
  expect(urls).toEqual(['https://emi.example.com'])
  await tunnel.stop()
})

test('an address that never worked is not called degraded', async () => {
  const { tunnel, clock, world, states, urls } = setUp()
  world.reachable = false
  tunnel.start(LOCAL)
  await clock.advance(120_000)
  expect(new Set(states.map((state) => state.phase))).toEqual(new Set(['connecting']))
  expect(tunnel.state.error?.code).toBe('public-url-unreachable')
  expect(urls).toEqual([])
  await tunnel.stop()
})

test('tests once a minute, and not while real traffic proves more', async () => {
  const { tunnel, clock, probes } = setUp()
  tunnel.start(LOCAL)
  await settle()
  expect(probes).toHaveLength(1)
  await clock.advance(180_000)
  expect(probes).toHaveLength(4)
  for (let second = 0; second < 600; second += 30) {
    tunnel.noteTraffic()
    await clock.advance(30_000)
  }
  expect(probes).toHaveLength(4)
  await clock.advance(30_000)
  expect(probes).toHaveLength(5)
  await tunnel.stop()
})

test('does not let traffic hide a failed test', async () => {
  const { tunnel, clock, world, provider } = setUp({ fraction: 0.5 })
  tunnel.start(LOCAL)
  await settle()
  world.reachable = false
  await clock.advance(60_000)
  tunnel.noteTraffic()
  await clock.advance(5_000)
  expect(provider.openSessions).toBe(0)
  await tunnel.stop()
})

test('restart connects at once in the middle of a long wait, and begins with short waits again', async () => {
  const { tunnel, provider, clock } = setUp({ fraction: 0.999_999 })
  provider.outcomes = [failure('tunnel-transient')]
  tunnel.start(LOCAL)
  await clock.advance(70_000)
  const attempts = provider.opened.length
  tunnel.restart()
  await settle()
  expect(provider.opened.length).toBe(attempts + 1)
  expect(tunnel.state.attempt).toBe(1)
  expect(Date.parse(tunnel.state.nextAttemptAt ?? '')).toBe(clock.now().getTime() + 1_000)
  await tunnel.stop()
})

test('restart while it is up closes the old session first, and tells a new address', async () => {
  const { tunnel, provider, urls } = setUp()
  tunnel.start(LOCAL)
  await settle()
  provider.publicUrl = 'https://new.example.com'
  tunnel.restart()
  await settle()
  expect(provider.openSessions).toBe(1)
  expect(urls).toEqual(['https://emi.example.com', 'https://new.example.com'])
  await tunnel.stop()
})

test('a provider that never answers is given up after 45 seconds, and a late session is closed', async () => {
  const { tunnel, provider, clock } = setUp({ fraction: 0.5 })
  provider.outcomes = ['hang', null]
  tunnel.start(LOCAL)
  await clock.advance(45_000)
  expect(provider.opened[0]?.signal.aborted).toBe(true)
  await clock.advance(500)
  expect(tunnel.state.phase).toBe('up')
  provider.goOn()
  await settle()
  expect(provider.openSessions).toBe(1)
  await tunnel.stop()
})

test('stop closes the session, forgets the address and leaves no timer', async () => {
  const { tunnel, provider, clock, urls } = setUp()
  tunnel.start(LOCAL)
  await settle()
  await tunnel.stop()
  expect(tunnel.state).toMatchObject({ phase: 'stopped', publicUrl: null, error: null })
  expect(provider.openSessions).toBe(0)
  expect(clock.pending).toBe(0)
  expect(urls).toEqual(['https://emi.example.com', null])
  tunnel.restart()
  await clock.advance(60_000)
  expect(provider.opened).toHaveLength(1)
})

test.each(['hang', 'transient'] as const)(
  'stop works in the middle of an attempt (%s)',
  async (how) => {
    const { tunnel, provider, clock } = setUp()
    provider.outcomes = [how === 'hang' ? 'hang' : failure('tunnel-transient')]
    tunnel.start(LOCAL)
    await settle()
    await tunnel.stop()
    expect(tunnel.state.phase).toBe('stopped')
    expect(clock.pending).toBe(0)
  },
)

test('can be started again, also before the stop has finished, and on another port', async () => {
  const { tunnel, provider } = setUp()
  tunnel.start(LOCAL)
  await settle()
  const stopping = tunnel.stop()
  tunnel.start({ ...LOCAL, port: 9000 })
  await stopping
  await settle()
  expect(tunnel.state.phase).toBe('up')
  expect(provider.openSessions).toBe(1)
  tunnel.start({ ...LOCAL, port: 9001 })
  await settle()
  expect(provider.opened.map((options) => options.local.port)).toEqual([8730, 9000, 9001])
  expect(provider.openSessions).toBe(1)
  await tunnel.stop()
})

test('a test by hand counts like any other', async () => {
  const { tunnel, world, provider, clock } = setUp({ fraction: 0.5 })
  await expect(tunnel.testNow()).rejects.toMatchObject({ code: 'public-url-unreachable' })
  tunnel.start(LOCAL)
  await settle()
  world.reachable = false
  expect(await tunnel.testNow()).toMatchObject({ ok: false })
  expect(tunnel.state.phase).toBe('degraded')
  world.reachable = true
  expect(await tunnel.testNow()).toMatchObject({ ok: true })
  expect(tunnel.state.phase).toBe('up')

  provider.outcomes = [failure('tunnel-transient'), null]
  provider.end('tunnel-transient')
  await settle()
  await clock.advance(400)
  // Between two attempts a good test makes the next attempt due.
  expect(tunnel.state.nextAttemptAt).not.toBeNull()
  await tunnel.testNow()
  await settle()
  expect(provider.opened).toHaveLength(2)
  await tunnel.stop()
})

test('says in the log what went wrong, with the reference that the page shows', async () => {
  const { tunnel, provider, log } = setUp()
  provider.outcomes = [failure('tunnel-auth')]
  tunnel.start(LOCAL)
  await settle()
  const entry = log.entries.find((one) => one.level === 'error')
  expect(entry?.area).toBe('tunnel')
  expect(entry?.facts).toMatchObject({
    code: 'tunnel-auth',
    reference: tunnel.state.error?.reference,
  })
  await tunnel.stop()
})

test.each([
  ['ssh', 'failed', 'tunnel-taken-over'],
  ['static', 'connecting', 'public-url-unreachable'],
] as const)('where another EMI Tray answers, %s is %s', async (id, phase, code) => {
  const { tunnel, provider, clock, world } = setUp({ fraction: 0.5 })
  provider.id = id
  tunnel.start(LOCAL)
  await settle()
  world.reachable = false
  world.answeredBy = 'another-emi-tray'
  await clock.advance(65_000)
  expect(tunnel.state.phase).toBe(phase)
  expect(tunnel.state.error?.code).toBe(code)
  await tunnel.stop()
})

test('says in time that the way in ends, and once that it does', async () => {
  const { tunnel, provider, clock, log } = setUp({ fraction: 0 })
  provider.validUntil = new Date(clock.now().getTime() + 24 * 3_600_000).toISOString()
  tunnel.start(LOCAL)
  await clock.advance(15 * 3_600_000)
  expect(tunnel.state).toMatchObject({ validUntil: provider.validUntil, endsSoon: false })
  await clock.advance(3_600_000)
  provider.end('tunnel-transient')
  await clock.advance(1_000)
  expect(tunnel.state).toMatchObject({ phase: 'up', endsSoon: true })
  expect(log.entries.filter(({ message }) => message.includes('runs out'))).toHaveLength(1)
  await tunnel.stop()
  expect(tunnel.state).toMatchObject({ validUntil: null, endsSoon: false })
  expect(clock.pending).toBe(0)
})
