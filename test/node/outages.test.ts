// Outages as they happen, with real sshd, nginx and cables: what is noticed without help, and how soon posts arrive again.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import https from 'node:https'
import net, { type LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import { afterAll, describe, test, type ExpectStatic, type TestContext } from 'vitest'
import type { ConnectionSettings, SshSettings } from '../../main/contract/models/settings.ts'
import type { TunnelPhase } from '../../main/contract/models/tunnel.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { createProbe } from '../../main/core/tunnel/probe.ts'
import { Tunnel } from '../../main/core/tunnel/tunnel.ts'
import { MAX_BODY_BYTES } from '../../main/core/webhook/endpoint.ts'
import { NOTIFICATION_PATH } from '../../main/core/webhook-paths.ts'
import { createHttpServer } from '../../main/node/http-server.ts'
import { innerDoor } from '../../main/node/inner-door.ts'
import { cutWhenSilent } from '../../main/node/ssh-silence.ts'
import { sshTools } from '../../main/node/ssh-tools.ts'
import { sshTunnel } from '../../main/node/ssh-tunnel.ts'
import { systemClock, systemRandom } from '../../main/node/system-clock.ts'
import { everywhere } from '../core/tunnel/fake-provider.ts'
import { makeWebhook, messageItem, type Webhook } from '../core/webhook/fixtures.ts'
import { MemorySecrets, memoryLog } from '../fakes/memory-ports.ts'
import { layCable, whyNoCable, type Cable } from './cable.ts'
import { startGateway, type SshGateway } from './ssh-gateway.ts'

/** What was measured, in milliseconds; printed at the end. */
const measured: Record<string, number> = {}
const noCable = whyNoCable()

afterAll(() => {
  const width = Math.max(...Object.keys(measured).map((name) => name.length))
  const lines = Object.entries(measured).map(
    ([name, ms]) => `  ${name.padEnd(width)}  ${(ms / 1000).toFixed(2).padStart(6)} s`,
  )
  process.stdout.write(`\nOutages, until posts arrive again:\n${lines.sort().join('\n')}\n`)
})

/** A post that takes longer does not count as one that arrives. */
const PATIENCE_MS = 1_000

interface Workstation {
  tunnel: Tunnel
  webhook: Webhook
  phase: (wanted: TunnelPhase) => Promise<void>
}

interface Place {
  gateway: SshGateway
  cable: Cable | null
  /** A workstation with the webhook and its own connection to the gateway. */
  join: (change?: Partial<SshSettings>) => Promise<Workstation>
  /** Whether a post from outside arrives within a moment, over a connection of its own. */
  post: (webhook: Webhook, patienceMs?: number) => Promise<boolean>
  /** Milliseconds until a post arrives, from now on. */
  untilBack: (webhook: Webhook) => Promise<number>
}

/** A gateway of its own for one test, on loopback or at the other end of a cable; removed with the test. */
async function setUp(
  { onTestFinished }: TestContext,
  { isAway = false }: { isAway?: boolean } = {},
): Promise<Place> {
  const folder = mkdtempSync(path.join(tmpdir(), 'emi-outage-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const cable = isAway ? layCable() : null
  if (cable) onTestFinished(() => cable.remove())
  const gateway = await startGateway(folder, cable ?? undefined)
  onTestFinished(() => gateway.close())
  const secrets = new MemorySecrets()
  gateway.authorize(await sshTools().getPublicKey(secrets))
  // The certificate is for localhost, wherever the gateway is.
  const lookup: LookupFunction = (_name, options, found) => {
    if (options.all) found(null, [{ address: gateway.host, family: 4 }])
    else found(null, gateway.host, 4)
  }
  const own = new Agent({ connect: { ca: gateway.caPem, lookup } })
  onTestFinished(() => own.destroy())

  const settingsWith = (change: Partial<SshSettings>): ConnectionSettings => {
    const { host, port, username, hostKey, socketPath, publicUrl } = gateway
    return {
      ...defaultSettings.connections.microsoft,
      tunnelProvider: 'ssh',
      publicUrl,
      ssh: { host, port, username, hostKey, remoteBind: socketPath, ...change },
    }
  }

  let posted = 0
  const post = ({ clientState }: Webhook, patienceMs = PATIENCE_MS) => {
    // Each about another message, so that none counts as a repetition.
    posted += 1
    const resource = `chats('19:a@thread.v2')/messages('${posted}')`
    return new Promise<boolean>((resolve) => {
      const asked = https.request(`${gateway.publicUrl}${NOTIFICATION_PATH}`, {
        ...{ method: 'POST', agent: false, ca: gateway.caPem, lookup },
        signal: AbortSignal.timeout(patienceMs),
      })
      asked.on('response', (response) => {
        response.resume()
        resolve(response.statusCode === 202)
      })
      asked.on('error', () => resolve(false))
      asked.end(JSON.stringify({ value: [messageItem({ clientState, resource })] }))
    })
  }
  return {
    gateway,
    cable,
    post,
    async join(change = {}) {
      const webhook = await makeWebhook()
      const door = innerDoor()
      const settings = settingsWith(change)
      const tunnel = new Tunnel({
        providers: everywhere(sshTunnel({ door })),
        settings: () => settings,
        secrets,
        clock: systemClock,
        random: systemRandom,
        log: memoryLog(systemClock),
        probe: createProbe({
          fetch: (input, init) => {
            const routed = { ...init, dispatcher: own }
            return fetch(input, routed)
          },
          probeKey: webhook.probeKey,
          random: systemRandom,
          clock: systemClock,
        }),
      })
      const server = await createHttpServer({}, door).listen({
        ...{ host: '127.0.0.1', port: 0, maxBodyBytes: MAX_BODY_BYTES },
        handler: (received) => {
          if (received.method === 'POST') tunnel.noteTraffic()
          return webhook.handle(received)
        },
      })
      onTestFinished(async () => {
        await tunnel.stop()
        await server.close()
      })
      tunnel.start(server)
      const phase = (wanted: TunnelPhase) =>
        new Promise<void>((resolve) => {
          const check = () => {
            if (tunnel.state.phase !== wanted) return
            undo()
            resolve()
          }
          const undo = tunnel.onChange(check)
          check()
        })
      return { tunnel, webhook, phase }
    },
    async untilBack(webhook) {
      const since = performance.now()
      while (!(await post(webhook))) await sleep(40)
      return performance.now() - since
    },
  }
}

interface Measured {
  ms: number
  limitMs: number
  expect: ExpectStatic
}

/** Notes a time in the report, and expects that it is below the limit. */
function report(name: string, { ms, limitMs, expect }: Measured): void {
  measured[name] = ms
  expect(ms, name).toBeLessThan(limitMs)
}

describe.concurrent('posts arrive again', () => {
  test('at once at first, 50 at the same time, and all are stored', async (context) => {
    const { expect } = context
    const { join, post } = await setUp(context)
    const startedAt = performance.now()
    const { webhook, phase } = await join()
    await phase('up')
    report('opened', { ms: performance.now() - startedAt, limitMs: 5_000, expect })
    expect(await post(webhook)).toBe(true)
    const all = await Promise.all(Array.from({ length: 50 }, () => post(webhook, 15_000)))
    expect(all).not.toContain(false)
    expect(await webhook.database.countDeliveries()).toBe(51)
  })

  test('after the gateway killed the session', async (context) => {
    const { expect } = context
    const { gateway, join, untilBack } = await setUp(context)
    const { webhook, phase } = await join()
    await phase('up')
    gateway.killSessions()
    report('session killed', { ms: await untilBack(webhook), limitMs: 6_000, expect })
    await phase('up')
  })

  test('after the session froze, although its connection still stands', async (context) => {
    const { expect } = context
    const { gateway, join, untilBack } = await setUp(context)
    const { webhook, phase } = await join()
    await phase('up')
    gateway.freezeSessions()
    report('session frozen', { ms: await untilBack(webhook), limitMs: 15_000, expect })
    await phase('up')
  })

  test('after the place on the gateway vanished, although ssh says that all is well', async (context) => {
    const { expect } = context
    const { gateway, join, untilBack } = await setUp(context)
    const { tunnel, webhook, phase } = await join()
    await phase('up')
    await rm(gateway.socketPath)
    // Until nginx keeps no connection from before any more.
    await sleep(2_500)
    // The test that comes by itself within a minute without posts; the second one is five seconds later.
    expect((await tunnel.testNow()).ok).toBe(false)
    report('place on the gateway removed', {
      ms: await untilBack(webhook),
      limitMs: 15_000,
      expect,
    })
    await phase('up')
  })

  test('after the gateway was down for 3 s', async (context) => {
    const { expect } = context
    const { gateway, join, untilBack } = await setUp(context)
    const { webhook, phase } = await join()
    await phase('up')
    await gateway.stopSshd()
    await sleep(3_000)
    await gateway.startSshd()
    report('gateway down for 3 s, once it is back', {
      ms: await untilBack(webhook),
      limitMs: 12_000,
      expect,
    })
    await phase('up')
  })

  for (const seconds of [3, 12]) {
    test(`after the cable was out for ${seconds} s`, async (context) => {
      if (noCable) context.skip(noCable)
      const { expect } = context
      const { cable, join, untilBack, post } = await setUp(context, { isAway: true })
      const { webhook, phase } = await join()
      await phase('up')
      cable?.pullOut()
      expect(await post(webhook)).toBe(false)
      await sleep(seconds * 1_000 - PATIENCE_MS)
      cable?.plugIn()
      const name = `cable out for ${seconds} s, once it is back`
      report(name, { ms: await untilBack(webhook), limitMs: 12_000, expect })
      await phase('up')
    })
  }

  test('after the cable was out for 12 s, also where the gateway listens at a port, which it has to give back', async (context) => {
    if (noCable) context.skip(noCable)
    const { expect } = context
    const { gateway, cable, join, untilBack } = await setUp(context, { isAway: true })
    const { webhook, phase } = await join({ remoteBind: `127.0.0.1:${gateway.forwardPort}` })
    await phase('up')
    cable?.pullOut()
    await sleep(12_000)
    cable?.plugIn()
    const name = 'cable out for 12 s with a port instead of a socket'
    report(name, { ms: await untilBack(webhook), limitMs: 20_000, expect })
    await phase('up')
  })

  test('and a line that brings other things than answers is not taken for a dead one', async (context) => {
    const { expect, onTestFinished } = context
    const chatty = net.createServer((far) => {
      const timer = setInterval(() => far.write('x'), 500)
      far.on('close', () => clearInterval(timer)).resume()
    })
    chatty.listen(0, '127.0.0.1')
    onTestFinished(() => void chatty.close())
    await once(chatty, 'listening')
    const socket = net.connect((chatty.address() as net.AddressInfo).port, '127.0.0.1').resume()
    onTestFinished(() => void socket.destroy())
    cutWhenSilent(socket)
    await sleep(5_500)
    expect(socket.destroyed).toBe(false)
  })

  test('but not by force: a changed host key, a forbidden place and a second workstation are named', async (context) => {
    const { expect } = context
    const { gateway, join, post } = await setUp(context)
    const first = await join()
    await first.phase('up')

    const refused = await join({ remoteBind: '127.0.0.1:1' })
    await refused.phase('failed')
    expect(refused.tunnel.state.error?.code).toBe('tunnel-config')
    await refused.tunnel.stop()
    await expect.poll(() => gateway.sessions()).toHaveLength(1)

    const second = await join()
    await second.phase('up')
    // The test that would come within a minute; two of them decide.
    await first.tunnel.testNow()
    await first.tunnel.testNow()
    await first.phase('failed')
    expect(first.tunnel.state.error?.code).toBe('tunnel-taken-over')
    expect(await post(second.webhook)).toBe(true)

    await gateway.stopSshd()
    await gateway.startSshd({ newHostKey: true })
    await second.phase('failed')
    expect(second.tunnel.state.error?.code).toBe('tunnel-host-key')
  })
})
