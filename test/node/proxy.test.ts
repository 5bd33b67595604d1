// The whole app behind a proxy that is the only way out and signs everything anew: sign-in, set-up, ssh, hand-on.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import type { ErrorReport } from '../../main/contract/errors.ts'
import type { EmiApp } from '../../main/core/app.ts'
import { openNetwork } from '../../main/node/network.ts'
import { trustCertificates } from '../../main/node/trust.ts'
import { type PracticeTenant, startPracticeTenant } from '../../main/practice/practice-tenant.ts'
import { MemorySecrets } from '../fakes/memory-ports.ts'
import {
  bySsh,
  call,
  errorOf,
  type RunningApp,
  setUp,
  signInOutcome,
  startApp,
  type StartOptions,
  type World,
} from './app-on-network.ts'
import { until } from '../fakes/fitting-state.ts'
import {
  CLOUD,
  CONTACT_CENTER,
  type CorporateNetwork,
  GATEWAY,
  IMPOSTER,
  INSPECTOR,
  PUBLIC,
  startCorporateNetwork,
} from './corporate-network.ts'
import { type SshGateway, startGateway } from './ssh-gateway.ts'
import type { ChildTask } from './system-store-child.ts'

const trustedBefore = tls.getCACertificates('default')
const folder = mkdtempSync(path.join(tmpdir(), 'emi-proxy-'))
const caFile = path.join(folder, 'inspector.pem')
const keyFile = path.join(folder, 'vault.key')
let tenant: PracticeTenant
let gateway: SshGateway
let corporate: CorporateNetwork
let world: World
let running: RunningApp | null = null

beforeAll(async () => {
  ;[tenant, gateway] = await Promise.all([
    startPracticeTenant({ replicationDelayMs: 0 }),
    startGateway(folder),
  ])
  corporate = await startCorporateNetwork({ folder, tenant, gateway })
  writeFileSync(caFile, corporate.caPem)
  writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
  const { username, hostKey, socketPath } = gateway
  world = {
    ...{ folder, keyFile },
    tenant: { origin: tenant.origin, caPem: tenant.caPem },
    gateway: { username, hostKey, socketPath },
  }
})

afterEach(async () => {
  const last = running
  running = null
  await last?.stop()
})

afterAll(async () => {
  tls.setDefaultCACertificates(trustedBefore)
  await corporate.close()
  await gateway.close()
  await tenant.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(options: StartOptions): Promise<EmiApp> {
  running = await startApp(world, { connection: { caFile }, ...options })
  return running.app
}

test('behind a proxy with a password everything works, and nothing goes any other way', async () => {
  const { proxy, username, password } = corporate
  const app = await start({
    env: { HTTPS_PROXY: `http://${proxy}`, NO_PROXY: 'other.example' },
    proxy: { username },
    password,
    connection: { caFile, ...bySsh(world, await freePort()) },
  })
  await setUp(app)
  const seen = await call(app, 'tunnel.readHostKey', { host: GATEWAY, port: 22 })
  expect(seen.fingerprint).toBe(gateway.fingerprint)
  gateway.authorize((await call(app, 'tunnel.getPublicKey', undefined)).publicKey)
  await call(app, 'webhook.start', undefined)
  await until(app, (state) => state.tunnel.phase === 'up')
  const probe = await call(app, 'webhook.test', undefined)
  expect(probe).toMatchObject({ ok: true })

  expect(await call(app, 'handOn.test', undefined)).toMatchObject({ status: 204 })
  expect(corporate.handedOn).toHaveLength(1)

  // Dev Tunnels are asked for with the application's own token, for a service that this tenant does not know.
  const tunnel = { connection: { tunnelProvider: 'devtunnels' } }
  expect(await errorOf(app, 'tunnel.tryOut', tunnel)).toMatchObject({
    code: 'tunnel-auth',
    message: 'This tenant does not know Microsoft Dev Tunnels yet.',
  })
  await until(app, (state) => state.tunnel.phase === 'up')

  await call(app, 'network.check', undefined)
  const { network } = await until(app, (state) => state.network.checkedAt !== null)
  expect(network.targets.map(({ id }) => id)).toEqual([
    ...['sign-in', 'graph', 'tunnel', 'public-url', 'hand-on'],
  ])
  expect(network.targets.flatMap(({ hops }) => hops).filter(({ state }) => state !== 'ok')).toEqual(
    [],
  )
  const asked = new Set(corporate.asked())
  for (const name of [CLOUD, CONTACT_CENTER, PUBLIC]) expect(asked).toContain(`${name}:443`)
  expect(asked).toContain(`${GATEWAY}:22`)
  // Neither the state nor the log or a plain file holds the password.
  expect(JSON.stringify([app.state, app.logAfter(0)])).not.toContain(password)
  expect(app.state.network.passwordSet).toBe(true)
})

test('a proxy without a password, given in the settings, lets everybody through', async () => {
  const app = await start({ proxy: { kind: 'address', address: corporate.openProxy } })
  expect(await signInOutcome(app)).toBe('code')
  expect(await call(app, 'handOn.test', undefined)).toMatchObject({ status: 204 })
  const seen = await call(app, 'tunnel.readHostKey', { host: GATEWAY, port: 22 })
  expect(seen.fingerprint).toBe(gateway.fingerprint)
  // The same set to “no proxy” finds nothing: only the proxy knows the name.
  await call(app, 'signIn.cancel', undefined)
  await call(app, 'settings.update', {
    connection: { proxy: { kind: 'none', address: '', bypass: '', username: '' } },
  })
  expect(await signInOutcome(app)).toMatchObject({ code: 'network-unreachable' })
})

test('a wrong password is named, and offered once, not again and again', async () => {
  const { proxy, username } = corporate
  const app = await start({
    proxy: { kind: 'address', address: proxy, username },
    password: 'wrong',
  })
  const before = corporate.asked().length
  expect(await signInOutcome(app)).toMatchObject({ code: 'proxy-auth' })
  expect(await errorOf(app, 'tunnel.readHostKey', { host: GATEWAY, port: 22 })).toMatchObject({
    code: 'proxy-auth',
  })
  const handOn = await errorOf(app, 'handOn.test')
  expect(handOn?.message).toContain(username)
  expect(corporate.asked()).toHaveLength(before + 1)
  // Corrected, it is used at once.
  await call(app, 'network.setProxyPassword', { password: corporate.password })
  expect(await signInOutcome(app)).toBe('code')
  // Without any the person is asked for one.
  await call(app, 'signIn.cancel', undefined)
  await call(app, 'settings.update', {
    connection: { proxy: { kind: 'address', address: proxy, bypass: '', username: '' } },
  })
  const error = await signInOutcome(app)
  expect(error).toMatchObject({ code: 'proxy-auth' })
})

test('a certificate that the proxy signed anew names its issuer, in the same words everywhere', async () => {
  const app = await start({
    proxy: { kind: 'address', address: corporate.openProxy },
    connection: { publicUrl: `https://${PUBLIC}` },
  })
  // ssh is no TLS: its own host key is what counts.
  const seen = await call(app, 'tunnel.readHostKey', { host: GATEWAY, port: 22 })
  expect(seen.fingerprint).toBe(gateway.fingerprint)
  const signIn = await signInOutcome(app)
  const handOn = await errorOf(app, 'handOn.test')
  await call(app, 'network.check', undefined)
  const { network } = await until(app, (state) => state.network.checkedAt !== null)
  const hop = network.targets[0]?.hops.at(-1)
  expect(signIn).toMatchObject({ code: 'tls-untrusted' })
  expect(hop).toMatchObject({ name: 'Certificate', state: 'failed' })
  // Graph, which provisioning writes to, and the public address of the webhook too.
  for (const id of ['graph', 'public-url', 'hand-on']) {
    const last = network.targets.find((one) => one.id === id)?.hops.at(-1)
    expect(last?.message, id).toContain(`was signed by ${INSPECTOR}`)
  }
  for (const { message = '', nextStep = '' } of [signIn, handOn, hop] as ErrorReport[]) {
    expect(message).toContain(`was signed by ${INSPECTOR}, which this computer does not trust`)
    expect(nextStep).toBe(hop?.nextStep)
  }
})

test(
  'with the inspector in the operating system’s store everything works without any setting, and without it names it everywhere',
  { timeout: 240_000 },
  async () => {
    const dataFolder = path.join(folder, 'by-store')
    const task = {
      world,
      dataFolder,
      proxyAddress: corporate.openProxy,
      webhookPort: await freePort(),
    }
    const ways = ['sign-in', 'graph', 'public-url', 'hand-on']
    const { fingerprint } = gateway
    expect(await inProcess({ ...task, isSetUp: false }, caFile)).toEqual({
      ...{ signIn: '', application: '', handOn: '', fingerprint },
      certificates: ways.map((way) => `${way} ok`),
    })
    const otherStore = path.join(folder, 'other.pem')
    writeFileSync(otherStore, tenant.caPem)
    const signedBy = expect.stringContaining(
      `was signed by ${INSPECTOR}, which this computer does not trust`,
    ) as string
    expect(await inProcess({ ...task, isSetUp: true }, otherStore)).toEqual({
      ...{ signIn: signedBy, application: signedBy, handOn: signedBy, fingerprint },
      certificates: ways.map((way) => `${way} failed`),
    })
  },
)

/** What the app says in a process whose operating system trusts the authorities of the file only. */
async function inProcess(task: ChildTask, storeFile: string): Promise<unknown> {
  const program = path.join(import.meta.dirname, 'system-store-child.ts')
  const child = fork(program, [JSON.stringify(task)], {
    // On Linux the store is where this variable points.
    env: { ...process.env, SSL_CERT_FILE: storeFile },
    execArgv: [],
  })
  onTestFinished(() => void child.kill())
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The process ended with ${code}.`)))
    child.once('message', resolve)
  })
}

test('a library with an https agent goes the same way, and checks whose certificate it is', async () => {
  const network = openNetwork({
    proxy: { kind: 'address', address: corporate.openProxy, bypass: '', username: '' },
    secrets: new MemorySecrets(),
    env: {},
  })
  const statusOf = (name: string, ca: string) =>
    new Promise<number | string>((resolve) => {
      get(`https://${name}/`, { agent: network.agent, ca }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }).on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    })
  expect(await statusOf(CONTACT_CENTER, readFileSync(caFile, 'utf8'))).toBe(204)
  expect(await statusOf(CONTACT_CENTER, tenant.caPem)).toMatch(/ISSUER|VERIFY|SELF_SIGNED/)
  expect(await statusOf('unknown.emi.test', tenant.caPem)).toBe('proxy-refused')
  // A certificate that is trusted, but made for other names.
  trustCertificates({ extraPem: [corporate.caPem], useSystem: false })
  await expect(network.fetch(`https://${CONTACT_CENTER}/`)).resolves.toMatchObject({ status: 204 })
  await expect(network.fetch(`https://${IMPOSTER}/`)).rejects.toMatchObject({
    cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  })
  await network.close()
})

test('a changed proxy is taken at once, also where a connection still waits to be used again', async () => {
  trustCertificates({ extraPem: [corporate.caPem], useSystem: false })
  const way = { kind: 'address', bypass: '', username: '' } as const
  const network = openNetwork({
    proxy: { ...way, address: corporate.openProxy },
    secrets: new MemorySecrets(),
    env: {},
  })
  const url = `https://${CONTACT_CENTER}/`
  const before = corporate.asked().length
  // The second one finds the connection of the first.
  for (let time = 0; time < 2; time += 1) {
    const response = await network.fetch(url)
    await response.arrayBuffer()
    await setImmediate()
    expect(corporate.asked()).toHaveLength(before + 1)
  }
  network.configure({ ...way, address: corporate.proxy })
  await expect(network.fetch(url)).rejects.toMatchObject({ code: 'proxy-auth' })
  await network.close()
})
