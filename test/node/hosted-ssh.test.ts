// The provider for hosted ssh tunnels against a double of such a service, made with ssh2's own server.
import { once } from 'node:events'
import { createServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import ssh2, { type Connection } from 'ssh2'
import { expect, onTestFinished, test } from 'vitest'
import type { HostedSshSettings } from '../../main/contract/models/settings.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { TUNNEL_PROFILES } from '../../main/core/tunnel/profiles.ts'
import { hostedSshTunnel } from '../../main/node/hosted-ssh-tunnel.ts'
import { innerDoor } from '../../main/node/inner-door.ts'
import { hostKeyText } from '../../main/node/ssh-connection.ts'
import { MemorySecrets } from '../fakes/memory-ports.ts'
import { askAt, expectOnlyWebhook, startWebhook } from './only-webhook.ts'

const never = new AbortController().signal
const door = innerDoor()
const secrets = new MemorySecrets()
const keys = ssh2.utils.generateKeyPairSync('ed25519')
const parsedKey = ssh2.utils.parseKey(keys.private)
if (parsedKey instanceof Error) throw parsedKey
const hostKey = hostKeyText(parsedKey.getPublicSSH())

/** What the service does: whom it lets in, and what it says once it was asked to listen. */
interface Service {
  accepts?: 'none' | 'publickey' | 'keyboard-interactive' | 'nobody'
  says: string[]
}

async function startService({ accepts = 'none', says }: Service) {
  const world = {
    request: '',
    bind: '',
    listener: null as net.Server | null,
    say: (_: string) => {},
  }
  const server = new ssh2.Server({ hostKeys: [keys.private] }, (client: Connection) => {
    client.on('error', () => undefined)
    client.on('authentication', (context) => {
      if (context.method !== accepts) context.reject(['none', 'publickey', 'keyboard-interactive'])
      else if (context.method === 'keyboard-interactive') {
        context.prompt([{ prompt: 'Password: ', echo: false }], () => context.accept())
      } else context.accept()
    })
    client.on('request', (accept, reject, name, info) => {
      if (name !== 'tcpip-forward') return reject?.()
      world.bind = `${info.bindAddr}:${info.bindPort}`
      const listener = net.createServer((socket) => {
        client.forwardOut(info.bindAddr, info.bindPort, '20.1.2.3', 4711, (error, channel) => {
          if (error) return socket.destroy()
          socket.pipe(channel).pipe(socket)
        })
      })
      world.listener = listener.listen(0, '127.0.0.1', () => accept?.(80))
    })
    client.on('session', (acceptSession) => {
      const session = acceptSession()
      const write = (channel: ssh2.ServerChannel) => {
        world.say = (text) => channel.write(text)
        for (const text of says) channel.write(text)
      }
      session.on('shell', (accept) => write(accept()))
      session.on('exec', (accept, _reject, info) => {
        world.request = info.command
        write(accept())
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    world.listener?.close()
  })
  return { world, port: (server.address() as AddressInfo).port }
}

async function startLocal() {
  const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function open(
  profile: string,
  change: Partial<HostedSshSettings>,
  { local, ...limits }: { local?: { host: string; port: number }; addressLimitMs?: number } = {},
) {
  const preset = TUNNEL_PROFILES.find(({ id }) => id === profile)?.hostedSsh
  if (!preset) throw new Error(`no profile ${profile}`)
  const hostedSsh = { ...preset, host: '127.0.0.1', hostKey, ...change }
  const session = await hostedSshTunnel({ door, ...limits }).open({
    settings: { ...defaultSettings.connections.microsoft, hostedSsh },
    ...{ secrets, signal: never, local: local ?? (await startLocal()) },
  })
  onTestFinished(() => session.close())
  return session
}

test('reads the address of localhost.run from its JSON, and brings requests here', async () => {
  const { world, port } = await startService({
    says: [
      '{"event":"authn","message":"anonymous"}\n{"event":"tcpip-forward","addr',
      'ess":"abc123.lhr.life","status":"success"}\n',
    ],
  })
  const session = await open('localhost-run', { port })
  expect(session.publicUrl).toBe('https://abc123.lhr.life')
  expect(world.request).toBe('--output json')
  expect(world.bind).toBe(':80')
  const { port: publicPort } = world.listener?.address() as AddressInfo
  expect(await (await fetch(`http://127.0.0.1:${publicPort}/`)).text()).toBe('here')
})

test('leads to the three paths of the webhook, and to nothing else', async () => {
  const { world, port } = await startService({
    says: ['{"event":"tcpip-forward","address":"abc123.lhr.life","status":"success"}\n'],
  })
  await open('localhost-run', { port }, { local: await startWebhook({ door }) })
  await expectOnlyWebhook(askAt((world.listener?.address() as AddressInfo).port))
})

test.each([
  [
    'pinggy',
    ['\u001b[32mhttp://x.a.free.pinggy.link\u001b[0m\r\nhttps://x.a.free.pinggy.link\r\n'],
  ],
  [
    'sish',
    [
      'Press Ctrl-C to close.\n',
      'HTTP: http://x.a.free.pinggy.link\nHTTPS: https://x.a.free.pinggy.link\n',
    ],
  ],
])('reads the address of %s from its screen', async (profile, says) => {
  const { port } = await startService({ accepts: 'keyboard-interactive', says })
  expect((await open(profile, { port })).publicUrl).toBe('https://x.a.free.pinggy.link')
})

test('ends when the service gives out another address', async () => {
  const { world, port } = await startService({ says: ['{"address":"one.example"}\n'] })
  const session = await open('localhost-run', { port })
  world.say('{"address":"one.example"}\n')
  world.say('{"address":"two.example"}\n')
  expect(await session.closed).toMatchObject({
    code: 'tunnel-transient',
    message: expect.stringContaining('two.example') as string,
  })
})

test('says when the service names no address, with its last words', async () => {
  const { port } = await startService({ says: ['Too many tunnels for you.\n'] })
  await expect(open('sish', { port }, { addressLimitMs: 2_000 })).rejects.toMatchObject({
    code: 'tunnel-transient',
    details: 'Too many tunnels for you.',
  })
})

test('refuses a service whose host key is not the confirmed one, and one that lets nobody in', async () => {
  const { port } = await startService({ accepts: 'nobody', says: [] })
  await expect(open('sish', { port, hostKey: '' })).rejects.toMatchObject({
    code: 'tunnel-host-key',
  })
  await expect(open('sish', { port })).rejects.toMatchObject({ code: 'tunnel-auth' })
})
