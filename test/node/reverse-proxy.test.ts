// The webhook behind a reverse proxy: local TLS, whose word counts, and the printed nginx text in a real nginx.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { listenPlaceOf } from '../../main/core/listen-place.ts'
import type { ListenPlace, ReceivedRequest } from '../../main/core/ports/http-server.ts'
import { proxySnippets } from '../../main/core/tunnel/proxy-snippets.ts'
import { createHttpServer } from '../../main/node/http-server.ts'
import { createTlsServer } from '../../main/node/local-tls.ts'
import { makePracticeTls, type PracticeTls } from '../../main/practice/tls.ts'
import { askAt, expectOnlyWebhook, startWebhook } from './only-webhook.ts'
import { listening, nginxConfig } from './ssh-gateway.ts'
import { systemProgram } from './system-programs.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'emi-proxy-'))
const file = (name: string) => path.join(folder, name)
const localTls = { certificateFile: file('server.pem'), keyFile: file('server.key') }
let pair: PracticeTls

function writePair({ certificatePem, keyPem }: PracticeTls): void {
  writeFileSync(localTls.certificateFile, certificatePem)
  writeFileSync(localTls.keyFile, keyPem, { mode: 0o600 })
}

beforeAll(async () => {
  pair = await makePracticeTls()
  writePair(pair)
  writeFileSync(file('ca.pem'), pair.caPem)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** While it is not settled, nobody is answered. */
let hold = Promise.withResolvers<undefined>()
hold.resolve(undefined)

const sayClient = async (request: ReceivedRequest) => {
  await hold.promise
  return new Response(request.client?.() ?? '')
}

async function listen(place: Partial<ListenPlace>) {
  const server = await createHttpServer().listen({
    ...{ host: '127.0.0.1', port: 0, maxBodyBytes: 1_000, handler: sayClient },
    ...place,
  })
  onTestFinished(() => server.close())
  return server
}

interface Asked {
  status: number
  text: string
}

function ask(address: string, headers: Record<string, string> = {}): Promise<Asked> {
  const client = address.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    const request = client.get(address, { headers, agent: false, ca: pair.caPem }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => (text += part.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', reject)
  })
}

test('believes the last hop of a listed proxy about the client, and nobody else', async () => {
  const forged = { 'x-forwarded-for': '6.6.6.6, 20.1.2.3' }
  const listed = await listen({ proxies: ['127.0.0.0/8'] })
  expect((await ask(`http://127.0.0.1:${listed.port}/`, forged)).text).toBe('20.1.2.3')
  expect((await ask(`http://127.0.0.1:${listed.port}/`)).text).toBe('127.0.0.1')
  const unlisted = await listen({ proxies: ['10.0.0.5'] })
  expect((await ask(`http://127.0.0.1:${unlisted.port}/`, forged)).text).toBe('127.0.0.1')
})

test('answers 421 to a request for another host, by the word of whom it believes', async () => {
  const hostNames = ['emi.example.com', '127.0.0.1']
  const { port } = await listen({ proxies: ['127.0.0.1'], hostNames })
  const status = async (headers: Record<string, string>) =>
    (await ask(`http://127.0.0.1:${port}/`, headers)).status
  expect(await status({})).toBe(200)
  expect(await status({ host: 'EMI.example.com:8443' })).toBe(200)
  expect(await status({ host: 'rebound.example' })).toBe(421)
  expect(await status({ host: 'x', 'x-forwarded-host': 'evil.example, emi.example.com' })).toBe(200)
  expect(await status({ 'x-forwarded-host': 'evil.example' })).toBe(421)
  const unlisted = await listen({ proxies: ['10.0.0.5'], hostNames })
  const told = { host: 'x', 'x-forwarded-host': 'emi.example.com' }
  expect((await ask(`http://127.0.0.1:${unlisted.port}/`, told)).status).toBe(421)
})

test('refuses a proxy that is no address, and another interface without TLS or without proxies', async () => {
  const wrong = (place: Partial<ListenPlace>) =>
    expect(listen(place)).rejects.toMatchObject({ code: 'input-invalid' })
  await wrong({ proxies: ['10.0.0.5/99'] })
  await wrong({ host: '192.0.2.1', proxies: ['10.0.0.5'] })
  await wrong({ host: '192.0.2.1', tls: localTls, proxies: [] })
  await wrong({ host: '0.0.0.0', tls: localTls, proxies: ['10.0.0.5'] })
  // Allowed, but not an address of this computer.
  await wrong({ host: '192.0.2.1', tls: localTls, proxies: ['10.0.0.5'] })
})

const own = Object.values(networkInterfaces())
  .flat()
  .find((one) => one && !one.internal && one.family === 'IPv4')?.address

test.skipIf(!own)('on another interface answers listed proxies only', async () => {
  const host = own ?? ''
  const closed = await listen({ host, tls: localTls, proxies: ['192.0.2.7'] })
  await expect(ask(`https://${host}:${closed.port}/`, {})).rejects.toThrow()
  const open = await listen({ host, tls: localTls, proxies: [host] })
  const agent = new https.Agent({ ca: pair.caPem, servername: 'localhost' })
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    https.get(`https://${host}:${open.port}/`, { agent }, resolve).on('error', reject)
  })
  response.resume()
  agent.destroy()
  expect(response.statusCode).toBe(200)
})

test('takes a renewed certificate up without a restart, and never half of a pair', async () => {
  writePair(pair)
  const server = createTlsServer(localTls, {}, 20).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const request = https.request({ port, host: '127.0.0.1', rejectUnauthorized: false })
      request.on('socket', (socket: TLSSocket) => {
        socket.once('secureConnect', () => {
          resolve(socket.getPeerCertificate().fingerprint256)
          request.destroy()
        })
      })
      request.on('error', reject)
    })
  const before = await shown()
  const renewed = await makePracticeTls()
  writeFileSync(localTls.certificateFile, renewed.certificatePem)
  // Some looks at the files later.
  for (const end = performance.now() + 150; performance.now() < end;) {
    expect(await shown()).toBe(before)
  }
  writeFileSync(localTls.keyFile, renewed.keyPem)
  await expect.poll(shown, { interval: 30 }).not.toBe(before)
  writePair(pair)
})

test('says which certificate cannot be used', async () => {
  const tls = { certificateFile: file('missing.pem'), keyFile: localTls.keyFile }
  await expect(listen({ tls })).rejects.toMatchObject({
    code: 'tunnel-config',
    message: expect.stringContaining('missing.pem') as string,
  })
})

/** A webhook as an installation has it, and the settings that its proxy's text is made of. */
async function installation(isTls: boolean) {
  writePair(pair)
  const publicPort = await freePort()
  const settings = {
    ...defaultSettings.connections.microsoft,
    publicUrl: `https://localhost:${publicPort}`,
    webhookPort: await freePort(),
    ...(isTls && { localTls }),
  }
  const server = await createHttpServer().listen({
    ...listenPlaceOf(settings),
    maxBodyBytes: 1_000,
    handler: sayClient,
  })
  onTestFinished(() => server.close())
  const textFor = (wanted: 'nginx' | 'caddy') =>
    proxySnippets(settings).find(({ name }) => name === wanted)?.text ?? ''
  return { publicPort, publicUrl: settings.publicUrl, textFor }
}

test.each([false, true])(
  'leads to the three paths of the webhook, and to nothing else, also behind a proxy that passes on everything, with TLS to this computer: %s',
  async (isTls) => {
    writePair(pair)
    const { microsoft } = defaultSettings.connections
    const publicUrl = 'https://emi.acme.example'
    const settings = { ...microsoft, publicUrl, webhookPort: 0, ...(isTls && { localTls }) }
    const { port } = await startWebhook({ place: listenPlaceOf(settings) })
    await expectOnlyWebhook(askAt(port, isTls ? pair.caPem : undefined))
  },
)

/** Runs a proxy until the test ends; returns once it listens. */
async function runProxy(program: string, { args, port }: { args: string[]; port: number }) {
  const proxy = spawn(program, args, {
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  onTestFinished(async () => {
    const exited = once(proxy, 'exit')
    proxy.kill('SIGTERM')
    await exited
  })
  await listening(port, proxy)
}

async function expectWebhookOnly(publicUrl: string): Promise<void> {
  expect(await ask(`${publicUrl}/emi/probe`)).toEqual({ status: 200, text: '127.0.0.1' })
  expect((await ask(`${publicUrl}/else`)).status).toBe(404)
}

test.each([false, true])(
  'the printed nginx text works as it is, with TLS to this computer: %s',
  async (isTls) => {
    const { publicPort, publicUrl, textFor } = await installation(isTls)
    writeFileSync(file('nginx.conf'), nginxConfig(folder, textFor('nginx')))
    const args = ['-e', 'stderr', '-c', file('nginx.conf')]
    await runProxy(systemProgram('nginx'), { args, port: publicPort })
    await expectWebhookOnly(publicUrl)
    // One stranger takes a part of the connections only; all that are let in stay in until the others are refused.
    hold = Promise.withResolvers<undefined>()
    const statuses: number[] = []
    const many = Array.from({ length: 120 }, async () => {
      statuses.push((await ask(`${publicUrl}/emi/probe`)).status)
    })
    await expect.poll(() => statuses).toEqual(Array(20).fill(503))
    hold.resolve(undefined)
    await Promise.all(many)
    expect(statuses.slice(20)).toEqual(Array(100).fill(200))
  },
)

test.for([false, true])(
  'the printed Caddyfile works as it is, with TLS to this computer: %s',
  async (isTls, context) => {
    let program = ''
    try {
      program = systemProgram('caddy')
    } catch (error) {
      context.skip(String(error))
    }
    const { publicPort, publicUrl, textFor } = await installation(isTls)
    const [, ...lines] = textFor('caddy').split('\n')
    // A certificate of its own in place of one that Caddy would ask Let's Encrypt for.
    const own = `localhost:${publicPort} {\n  tls ${localTls.certificateFile} ${localTls.keyFile}`
    const options = '{\n  admin off\n  auto_https disable_redirects\n}'
    writeFileSync(
      file('Caddyfile'),
      [options, own, ...lines].join('\n').replace('/etc/caddy/emi-tray-ca.pem', file('ca.pem')),
    )
    const args = ['run', '--adapter', 'caddyfile', '--config', file('Caddyfile')]
    await runProxy(program, { args, port: publicPort })
    await expectWebhookOnly(publicUrl)
  },
)

test('the printed texts hold the values of this installation', () => {
  const settings = {
    ...defaultSettings.connections.microsoft,
    publicUrl: 'https://emi.acme.example',
    listenAddress: '10.1.2.3',
    webhookPort: 8999,
    localTls,
  }
  const texts = proxySnippets(settings)
  expect(texts.map(({ name }) => name)).toEqual(['nginx', 'caddy', 'iis'])
  for (const { text } of texts) {
    expect(text).toContain('emi.acme.example')
    expect(text).toContain('https://')
    expect(text).toContain('10.1.2.3:8999')
  }
})
