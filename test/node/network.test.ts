// What proxies say, told apart: small proxies of our own that answer one thing each.
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AppError } from '../../main/core/app-error.ts'
import { type NetworkOptions, openNetwork } from '../../main/node/network.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { MemorySecrets } from '../fakes/memory-ports.ts'

const never = new AbortController().signal
const target = { host: 'gateway.emi.test', port: 22, signal: never }

/** A proxy that answers every CONNECT in one way, and notes with what it was asked. */
async function startProxy(answer: string) {
  const server = http.createServer()
  const asked: (string | undefined)[] = []
  server.on('connect', (request, socket) => {
    asked.push(request.headers['proxy-authorization'])
    if (answer) socket.end(`HTTP/1.1 ${answer}\r\n\r\n`)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

function open(
  address: string,
  change: Partial<NetworkOptions> & { username?: string; password?: string } = {},
) {
  const secrets = new MemorySecrets()
  if (change.password !== undefined) secrets.values.set('proxyPassword', change.password)
  const network = openNetwork({
    proxy: { kind: 'address', address, bypass: '', username: change.username ?? '' },
    secrets,
    env: {},
    ...change,
  })
  onTestFinished(() => network.close())
  return network
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => Promise.reject(new Error('It worked.')),
    (error: unknown) => error as AppError,
  )
}

describe('a proxy that says no', () => {
  test.each([
    ['403 Forbidden', 'proxy-refused', 'allow CONNECT to gateway.emi.test:'],
    ['502 Bad Gateway', 'proxy-refused', 'reached from the proxy'],
    ['407 Sign in\r\nProxy-Authenticate: Basic realm="x"', 'proxy-auth', 'Enter them'],
    ['407 Sign in\r\nProxy-Authenticate: Negotiate', 'proxy-unsupported', 'Px or Cntlm'],
    [
      '407 Sign in\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM',
      'proxy-unsupported',
      'Px or Cntlm',
    ],
  ])('with %s is %s', async (answer, code, nextStep) => {
    const { address } = await startProxy(answer)
    const network = open(address)
    const ways = [() => network.dial(target), () => network.fetch('https://gateway.emi.test/')]
    for (const way of ways) {
      const error = await errorOf(way())
      expect(error.code).toBe(code)
      expect(error.nextStep).toContain(nextStep)
    }
  })

  test('with several methods is signed in to with the one that works', async () => {
    const { address, asked } = await startProxy(
      '407 Sign in\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm="x"',
    )
    const error = await errorOf(open(address, { username: 'ana', password: 'ü:1' }).dial(target))
    expect(error).toMatchObject({ code: 'proxy-auth' })
    expect(error.message).toContain('ana')
    expect(`${error.message}${error.nextStep}${error.details ?? ''}`).not.toContain('ü:1')
    expect(asked).toEqual([`Basic ${Buffer.from('ana:ü:1').toString('base64')}`])
  })

  test('names what it wants where that cannot be done', async () => {
    const { address } = await startProxy('407 Sign in\r\nProxy-Authenticate: Negotiate, NTLM')
    const error = await errorOf(open(address).dial(target))
    expect(error.message).toContain('Negotiate or NTLM')
  })
})

describe('a proxy that asks somebody else’s code', () => {
  const question = { proxy: 'proxy.acme.example:3128', scheme: 'Basic', wasRefused: false }
  const proxy = { kind: 'address', address: question.proxy, bypass: '' } as const

  test('is given the sign-in, and for a minute not again what it refused', async () => {
    const clock = new FakeClock()
    const network = open(question.proxy, { username: 'ana', password: 'ü:1', clock })
    const credentials = { username: 'ana', password: 'ü:1' }
    expect(await network.signInTo(question)).toEqual(credentials)
    const error = await errorOf(network.signInTo({ ...question, wasRefused: true }))
    expect(error).toMatchObject({ code: 'proxy-auth' })
    expect(error.message).toContain('ana')
    expect(await errorOf(network.signInTo(question))).toBe(error)
    await clock.advance(60_000)
    expect(await network.signInTo(question)).toEqual(credentials)
    await errorOf(network.signInTo({ ...question, wasRefused: true }))
    network.configure({ ...proxy, username: 'ana' })
    expect(await network.signInTo(question)).toEqual(credentials)
  })

  test('is given none where it wants more than Basic, or where none is set', async () => {
    const network = open(question.proxy, { username: 'ana', password: 'ü:1' })
    expect(await errorOf(network.signInTo({ ...question, scheme: 'ntlm' }))).toMatchObject({
      code: 'proxy-unsupported',
    })
    network.configure({ ...proxy, username: '' })
    expect(await errorOf(network.signInTo(question))).toMatchObject({ code: 'proxy-auth' })
  })
})

describe('a proxy that is not there', () => {
  test('is proxy-unreachable, for requests too', async () => {
    const network = open('127.0.0.1:1')
    expect(await errorOf(network.dial(target))).toMatchObject({ code: 'proxy-unreachable' })
    expect(await errorOf(network.fetch('https://a.emi.test/'))).toMatchObject({
      code: 'proxy-unreachable',
    })
  })

  test('lets the next one of the system’s answer have a try, and no further one', async () => {
    const { address, asked } = await startProxy('403 Forbidden')
    const network = open('', {
      proxy: { kind: 'system', address: '', bypass: '', username: '' },
      resolveProxy: () => Promise.resolve(`SOCKS s:1; PROXY 127.0.0.1:1; PROXY ${address}; DIRECT`),
    })
    expect(await errorOf(network.dial(target))).toMatchObject({ code: 'proxy-refused' })
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['EMI Tray’s settings', { kind: 'address', address: 'socks5://s:1' }, {}],
    ['HTTPS_PROXY', {}, { env: { https_proxy: 'socks5://s:1' } }],
    ['This computer’s', {}, { resolveProxy: () => Promise.resolve('SOCKS5 s:1') }],
  ] as const)(
    'of a kind that cannot be used is told by who names it: %s',
    async (who, set, given) => {
      const proxy = { kind: 'system', address: '', bypass: '', username: '', ...set } as const
      const error = await errorOf(open('', { proxy, ...given }).dial(target))
      expect([error.code, error.message]).toEqual([
        'proxy-unsupported',
        expect.stringContaining(who),
      ])
    },
  )

  test('is not waited for once nobody wants the answer', async () => {
    const { address } = await startProxy('')
    const stop = new AbortController()
    const dialling = open(address).dial({ ...target, signal: stop.signal })
    stop.abort(new Error('stopped'))
    await expect(dialling).rejects.toThrow('stopped')
  })
})

test('this computer is reached without the proxy', async () => {
  const { address, asked } = await startProxy('403 Forbidden')
  const server = net.createServer((socket) => socket.end('hello'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const socket = await open(address).dial({ host: '127.0.0.1', port, signal: never })
  const [greeting] = (await once(socket, 'data')) as [Buffer]
  expect(greeting.toString()).toBe('hello')
  socket.destroy()
  expect(asked).toEqual([])
})
