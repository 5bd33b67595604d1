// A corporate network for tests: the real tinyproxy is the only way to a few made-up names, and what is behind it
// shows certificates that an inspecting proxy signed anew.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { generate } from 'selfsigned'
import { Agent } from 'undici'
import { freePort } from '../../build/free-port.ts'
import { systemProgram } from './system-programs.ts'

/** Sign-in and Graph, the contact center, and the public address of the webhook. */
export const CLOUD = 'cloud.emi.test'
export const CONTACT_CENTER = 'pbx.emi.test'
export const PUBLIC = 'webhook.emi.test'
export const GATEWAY = 'gateway.emi.test'
/** Shows a certificate that was made for the others. */
export const IMPOSTER = 'imposter.emi.test'
/** Who signs everything anew. */
export const INSPECTOR = 'Acme Inspection'

export interface CorporateNetwork {
  /** `host:port` of the proxy that lets everybody through. */
  openProxy: string
  /** `host:port` of the one that wants user and password. */
  proxy: string
  username: string
  password: string
  /** The inspector's certificate. */
  caPem: string
  /** What the proxies were asked to connect to, `host:port`, in order; also what they refused. */
  asked(): string[]
  /** Bodies that the contact center received. */
  handedOn: string[]
  close(): Promise<void>
}

/** Starts it. Names lead to `tenant`, `gateway` (its https address) and the sshd at `sshPort`. */
export async function startCorporateNetwork(options: {
  folder: string
  tenant: { origin: string; caPem: string }
  gateway: { publicUrl: string; caPem: string; port: number }
}): Promise<CorporateNetwork> {
  const { folder, tenant, gateway } = options
  const handedOn: string[] = []
  const { caPem, ...shown } = await makeCertificates([CLOUD, CONTACT_CENTER, PUBLIC])
  const inside = new Agent({ connect: { ca: [tenant.caPem, gateway.caPem] } })
  const inspecting = https.createServer({ key: shown.key, cert: shown.certificate })
  inspecting.on('request', (request, response) => {
    const host = request.headers.host ?? ''
    const name = host.replace(/:\d+$/, '')
    void bodyOf(request).then(async (body) => {
      if (name === CONTACT_CENTER) {
        handedOn.push(body)
        response.writeHead(204).end()
        return
      }
      const origin = name === CLOUD ? tenant.origin : gateway.publicUrl
      await passOn({ request, response, body, origin, shown: `https://${host}`, inside })
    })
  })
  await listen(inspecting)

  const ports: Record<string, number> = {
    [`${CLOUD}:443`]: portOf(inspecting),
    [`${CONTACT_CENTER}:443`]: portOf(inspecting),
    [`${PUBLIC}:443`]: portOf(inspecting),
    [`${IMPOSTER}:443`]: portOf(inspecting),
    [`${GATEWAY}:22`]: gateway.port,
  }
  const names = nameServer(ports)
  await listen(names)

  const username = 'corp-user'
  const password = 'pa55word'
  const open = await startTinyproxy(folder, { name: 'open', upstream: portOf(names), login: '' })
  const closed = await startTinyproxy(folder, {
    name: 'closed',
    upstream: portOf(names),
    login: `BasicAuth ${username} ${password}`,
  })
  return {
    openProxy: `127.0.0.1:${open.port}`,
    proxy: `127.0.0.1:${closed.port}`,
    username,
    password: password,
    caPem,
    asked: () => [...open.asked(), ...closed.asked()],
    handedOn,
    close: async () => {
      await Promise.all([open.close(), closed.close()])
      for (const server of [inspecting, names]) {
        server.close()
        server.closeAllConnections()
      }
      await inside.destroy()
    },
  }
}

/** Knows names that nobody else knows, as the name server behind a proxy does. */
function nameServer(ports: Record<string, number>): http.Server {
  const server = http.createServer()
  server.on('connect', (request: http.IncomingMessage, client: Duplex) => {
    const port = ports[request.url ?? '']
    if (port === undefined) {
      client.end('HTTP/1.1 502 No such name\r\n\r\n')
      return
    }
    const target = net.connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
    client.on('close', () => target.destroy())
  })
  return server
}

async function startTinyproxy(
  folder: string,
  { name, upstream, login }: { name: string; upstream: number; login: string },
) {
  const file = (ending: string) => path.join(folder, `${name}.${ending}`)
  const port = await freePort()
  writeFileSync(file('log'), '')
  writeFileSync(
    file('conf'),
    `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nLogFile "${file('log')}"\n` +
      `LogLevel Connect\nUpstream http 127.0.0.1:${upstream}\n${login}\n`,
  )
  const program = spawn(systemProgram('tinyproxy'), ['-d', '-c', file('conf')], { stdio: 'ignore' })
  await untilListening(port)
  return {
    port,
    asked: () =>
      [...readFileSync(file('log'), 'utf8').matchAll(/CONNECT ([\w.:-]+) HTTP/g)].map(
        ([, target = '']) => target,
      ),
    close: async () => {
      const exited = once(program, 'exit')
      program.kill('SIGKILL')
      await exited
    },
  }
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 3_000; attempt += 1) {
    const socket = net.connect(port, '127.0.0.1')
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('tinyproxy did not start.')
}

/** Forwards one request, with the shown address in place of the real one on the way there and back. */
async function passOn(options: {
  request: http.IncomingMessage
  response: http.ServerResponse
  body: string
  origin: string
  shown: string
  inside: Agent
}): Promise<void> {
  const { request, response, origin, shown } = options
  const inwards = (text: string) =>
    text.replaceAll(shown, origin).replaceAll(encodeURIComponent(shown), encodeURIComponent(origin))
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
  const init = {
    method: request.method ?? 'GET',
    headers: headers as Record<string, string>,
    ...(options.body ? { body: inwards(options.body) } : {}),
    redirect: 'manual' as const,
    dispatcher: options.inside,
  }
  const answer = await fetch(`${origin}${inwards(request.url ?? '/')}`, init)
  const text = (await answer.text()).replaceAll(origin, shown)
  const kept = [...answer.headers].filter(
    ([name]) => !['content-length', 'transfer-encoding', 'connection'].includes(name),
  )
  response.writeHead(answer.status, Object.fromEntries(kept)).end(text)
}

/** An authority, and a certificate that it signed for the names. */
async function makeCertificates(
  names: string[],
): Promise<{ caPem: string; key: string; certificate: string }> {
  const ec = { keyType: 'ec', algorithm: 'sha256' } as const
  const authority = await generate([{ name: 'organizationName', value: INSPECTOR }], {
    ...ec,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true },
    ],
  })
  const server = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    ...ec,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2 as const, value })) },
    ],
  })
  return { caPem: authority.cert, key: server.private, certificate: server.cert }
}

function bodyOf(request: http.IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => resolve(Buffer.concat(parts).toString()))
  })
}

async function listen(server: net.Server): Promise<void> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

function portOf(server: net.Server): number {
  return (server.address() as AddressInfo).port
}
