// The whole app on the real Node platform with the practice tenant, on the bad days a person may meet.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import type { ErrorCode } from '../../main/contract/errors.ts'
import type { SetupStepId } from '../../main/contract/models/setup.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { EmiApp } from '../../main/core/app.ts'
import { openNodePlatform, type NodePlatform } from '../../main/node/platform.ts'
import { until } from '../fakes/fitting-state.ts'

let folder = ''
let keyFile = ''
let running: { app: EmiApp; platform: NodePlatform } | null = null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-platform-'))
  // Beside the folder, whose files are read below; a passphrase costs each start half a second of work.
  keyFile = `${folder}.key`
  await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
})

afterEach(async () => {
  await stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  await rm(keyFile)
})

/** What a window shows that comes before the connection. */
let firstState: AppState | undefined

async function start(env: NodeJS.ProcessEnv = {}): Promise<EmiApp> {
  const platform = await openNodePlatform({
    dataFolder: folder,
    host: 'headless',
    version: '0.0.0',
    env: { EMI_KEY_FILE: keyFile, EMI_PRACTICE_REPLICATION_MS: '20', ...env },
    openBrowser: () => Promise.resolve(),
    copyText: null,
  })
  const app = await EmiApp.create(platform)
  running = { app, platform }
  firstState = app.state
  await app.start()
  return app
}

async function stop(): Promise<void> {
  const last = running
  running = null
  await last?.app.stop()
  await last?.platform.close()
}

async function codeOf(app: EmiApp, name: string, input?: unknown): Promise<ErrorCode | 'ok'> {
  const reply = await app.dispatch(name, input)
  return reply.ok ? 'ok' : reply.error.code
}

/** What a port of this computer answers, if anybody listens there. */
function statusOf(port: number, path: string): Promise<number | 'nobody'> {
  return fetch(`http://127.0.0.1:${port}${path}`).then(
    ({ status }) => status,
    () => 'nobody',
  )
}

const step = (state: AppState, id: SetupStepId) => state.setup.steps.find((one) => one.id === id)

async function signInAs(app: EmiApp, role: string): Promise<void> {
  const person = app.state.practice?.people.find((one) => one.role === role)
  expect(await codeOf(app, 'practice.signIn', { personId: person?.id })).toBe('ok')
}

async function setUp(app: EmiApp, webhookPort: number): Promise<void> {
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await codeOf(app, 'settings.update', { connection: { webhookPort } })
  await signInAs(app, 'global-admin')
  await until(app, (state) => state.setup.plan !== null)
  expect(await codeOf(app, 'setup.apply')).toBe('ok')
  await until(app, (state) => step(state, 'verify')?.state === 'done')
}

test('unreadable settings are reported with the field, and the file is left alone', async () => {
  const file = join(folder, 'settings.json')
  const text = '{"version":1,"connections":{"microsoft":{"webhookPort":"eighty"}}}'
  await writeFile(file, text)
  const app = await start()
  expect(app.state.error).toMatchObject({ code: 'settings-unreadable' })
  expect(app.state.error?.message).toContain('webhookPort')
  expect(app.state.health.light).toBe('failed')
  expect(await codeOf(app, 'connection.choose', { mode: 'practice' })).toBe('settings-unreadable')
  expect(await codeOf(app, 'settings.update', { theme: 'dark' })).toBe('settings-unreadable')
  expect(await readFile(file, 'utf8')).toBe(text)

  // Corrected by hand: the next change builds on what the file says, not on the defaults.
  await writeFile(file, text.replace('"eighty"', '8080'))
  expect(await codeOf(app, 'settings.update', { theme: 'dark' })).toBe('ok')
  expect(await readFile(file, 'utf8')).toContain('8080')
  expect(await codeOf(app, 'connection.choose', { mode: 'microsoft' })).toBe('ok')
  expect(app.state.error).toBeNull()
  expect(app.state.settings.connections.microsoft.webhookPort).toBe(8080)
})

test('a wrong passphrase opens nothing and destroys nothing; the right one works again', async () => {
  const env = { EMI_KEY_FILE: undefined, EMI_PASSPHRASE: 'a passphrase' }
  let app = await start(env)
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await stop()
  const vault = await readFile(join(folder, 'vault.json'), 'utf8')

  app = await start({ ...env, EMI_PASSPHRASE: 'another one' })
  expect(app.state.error).toMatchObject({ code: 'vault-key-wrong' })
  expect(await codeOf(app, 'setup.plan')).toBe('vault-key-wrong')
  await stop()
  expect(await readFile(join(folder, 'vault.json'), 'utf8')).toBe(vault)

  app = await start(env)
  expect(app.state.error).toBeNull()
  expect(app.state.mode).toBe('practice')
})

test('a second process on the same data folder is told so', async () => {
  await start()
  const second = openNodePlatform({
    dataFolder: folder,
    host: 'headless',
    version: '0.0.0',
    env: {},
    openBrowser: () => Promise.resolve(),
    copyText: null,
  })
  await expect(second).rejects.toMatchObject({ code: 'data-folder-in-use' })
})

test('a plain user is stopped by the check, before anything is written', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await signInAs(app, 'user')
  const state = await until(
    app,
    (one) => one.setup.checks.length > 0 || step(one, 'sign-in')?.state === 'failed',
  )
  // Whether consent or the roles stop it first: it stops, and says what to do.
  const reasons = [
    ...state.setup.checks.filter((one) => one.state === 'failed').map((one) => one.nextStep),
    step(state, 'sign-in')?.error?.nextStep,
  ].filter(Boolean)
  expect(reasons.length).toBeGreaterThan(0)
  expect(state.setup.plan).toBeNull()
  expect(await codeOf(app, 'setup.apply')).toBe('plan-missing')
})

test('an administrator who may not consent is told before the plan is applied', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await signInAs(app, 'application-admin')
  const state = await until(
    app,
    (one) => one.setup.checks.length > 0 || step(one, 'sign-in')?.state === 'failed',
  )
  const told = [
    ...state.setup.checks.filter((one) => one.state !== 'ok').map((one) => one.message),
    step(state, 'sign-in')?.error?.message,
  ].filter(Boolean)
  expect(told.join(' ')).toMatch(/administrator|role/i)
})

test('signing in can be cancelled, and started again', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await codeOf(app, 'signIn.start', { method: 'browser' })
  await until(app, (state) => state.signIn.phase === 'waiting-for-browser')
  expect(await codeOf(app, 'signIn.cancel')).toBe('ok')
  const state = await until(app, (one) => one.signIn.phase === 'signed-out')
  expect(step(state, 'sign-in')?.error?.code ?? 'none').toMatch(
    /^(none|sign-in-cancelled|cancelled)$/,
  )
  await signInAs(app, 'global-admin')
  await until(app, (one) => one.signIn.phase === 'signed-in')
})

test('a device code works as the named fallback', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await codeOf(app, 'signIn.start', { method: 'device-code' })
  const state = await until(app, (one) => one.signIn.phase === 'waiting-for-code')
  if (state.signIn.phase !== 'waiting-for-code') throw new Error('no code')
  expect(state.signIn.userCode).toMatch(/^[A-Z0-9-]{6,12}$/)
  await codeOf(app, 'signIn.cancel')
  await until(app, (one) => one.signIn.phase === 'signed-out')
})

test('no network: sign-in says what cannot be reached', async () => {
  const closed = await freePort()
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'microsoft' })
  await codeOf(app, 'settings.update', {
    connection: {
      cloud: 'custom',
      customLoginHost: `https://127.0.0.1:${closed}`,
      customGraphHost: `https://127.0.0.1:${closed}`,
      tenantUrl: 'acme.brightpattern.com',
    },
  })
  await codeOf(app, 'signIn.start', { method: 'browser' })
  const state = await until(app, (one) => step(one, 'sign-in')?.state === 'failed')
  expect(step(state, 'sign-in')?.error).toMatchObject({ code: 'network-unreachable' })
})

test('a wrong contact center address is refused, and the last good one kept', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'microsoft' })
  await codeOf(app, 'settings.update', { connection: { tenantUrl: 'acme.brightpattern.com' } })
  const answer = await codeOf(app, 'settings.update', { connection: { tenantUrl: 'http://x y' } })
  expect(answer).toBe('tenant-url-invalid')
  expect(app.state.settings.connections.microsoft.tenantUrl).toBe('acme.brightpattern.com')
})

test('a port in use is named, and the webhook starts on another one or once it is free', async () => {
  const blocker = createServer()
  const port = await listen(blocker)
  const app = await start()
  await setUp(app, port)
  const blocked = await until(app, (state) => state.webhook.error !== null)
  expect(blocked.webhook.error).toMatchObject({ code: 'port-in-use' })
  expect(blocked.webhook.error?.message).toContain(String(port))
  expect(blocked.health.light).toBe('failed')
  const move = async (webhookPort: number) =>
    codeOf(app, 'settings.update', { connection: { webhookPort } })
  expect(await move(await freePort())).toBe('ok')
  await until(app, (one) => one.tunnel.phase === 'up')
  expect(app.state.webhook).toMatchObject({ running: true, error: null })
  expect(await move(port)).toBe('ok')
  expect(app.state.webhook.error).toMatchObject({ code: 'port-in-use' })
  await new Promise((resolve) => blocker.close(resolve))
  expect(await codeOf(app, 'webhook.start')).toBe('ok')
  const state = await until(app, (one) => one.tunnel.phase === 'up')
  expect(state.webhook).toMatchObject({ running: true, error: null })
})

test('set-up, restart, and it listens again by itself, where settings then say; paused it stays paused', async () => {
  const port = await freePort()
  let app = await start()
  await setUp(app, port)
  await until(app, (state) => state.subscriptions.some((one) => one.status === 'active'))
  await stop()
  app = await start()
  expect(firstState).toMatchObject({ opening: true, health: { light: 'working' } })
  expect(app.state.opening).toBe(false)
  await until(app, (state) => state.subscriptions.some((one) => one.status === 'active'))
  const [webhookPort, localSidePort] = [await freePort(), await freePort()]
  const moved = { webhookPort, localSidePort, metricsEndpoint: true }
  expect(await codeOf(app, 'settings.update', { connection: moved })).toBe('ok')
  await expect.poll(() => statusOf(webhookPort, '/')).toBe(404)
  await expect.poll(() => statusOf(localSidePort, '/metrics')).toBe(200)
  expect(await statusOf(port, '/')).toBe('nobody')
  expect(await codeOf(app, 'webhook.pause')).toBe('ok')
  expect(app.state.health.sentence).toMatch(/paused/)
  await stop()
  app = await start()
  expect(app.state.webhook.running).toBe(false)
  expect(app.state.handover.ready).toBe(true)
})

test('person by person: chat messages of the people named arrive without any further permission', async () => {
  const app = await start()
  await setUp(app, await freePort())
  const refused = await until(app, (state) => isRefused(state, 'chat-messages'))
  const chats = refused.subscriptions.find((one) => one.key === 'chat-messages')
  expect(chats?.remedies).toEqual(['add-chat-read-all', 'per-user'])
  const names = refused.practice?.people.slice(0, 2).map((one) => one.userPrincipalName) ?? []
  expect(
    await codeOf(app, 'setup.applyRemedy', { remedy: 'per-user', userPrincipalNames: names }),
  ).toBe('ok')
  const state = await until(
    app,
    (one) =>
      one.subscriptions.length === 4 && one.subscriptions.every((each) => each.status === 'active'),
  )
  expect(state.subscriptions.map((one) => one.key)).toEqual(
    expect.arrayContaining(names.map((name) => `user:${name}`)),
  )
  expect(state.health.light).toBe('ok')
})

test('signing in again while the plan is applied disturbs nothing', async () => {
  // Slow replication keeps applying busy for longer than a sign-in takes.
  const app = await start({ EMI_PRACTICE_REPLICATION_MS: '1500' })
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  await signInAs(app, 'global-admin')
  await until(app, (state) => state.setup.plan !== null)
  expect(await codeOf(app, 'setup.apply')).toBe('ok')
  await signInAs(app, 'global-admin')
  await until(app, (state) => state.signIn.phase !== 'signed-in')
  const state = await until(app, (one) => one.signIn.phase === 'signed-in')
  expect(step(state, 'apply')?.state).toBe('running')
  await codeOf(app, 'settings.update', { connection: { webhookPaused: true } })
  const done = await until(app, (one) => step(one, 'verify')?.state === 'done')
  expect(step(done, 'apply')?.error).toBeNull()
})

test('clicking fast opens one connection after the other, and the last one wins', async () => {
  const app = await start()
  const answers = await Promise.all(
    ['practice', 'practice', 'microsoft', 'practice', 'microsoft'].map((mode) =>
      codeOf(app, 'connection.choose', { mode }),
    ),
  )
  expect(answers).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  expect(app.state).toMatchObject({ mode: 'microsoft', practice: null, error: null })
})

test('practice and Microsoft keep apart: leaving one shows nothing of it in the other', async () => {
  const app = await start()
  await setUp(app, await freePort())
  expect(app.state.handover.ready).toBe(true)
  await codeOf(app, 'connection.choose', { mode: 'microsoft' })
  expect(app.state).toMatchObject({ mode: 'microsoft', practice: null })
  expect(app.state.handover.ready).toBe(false)
  expect(await codeOf(app, 'clientSecret.reveal')).toBe('secret-unknown')
  await codeOf(app, 'connection.leave')
  expect(app.state.mode).toBeNull()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  expect(app.state.handover.ready).toBe(true)
})

function isRefused(state: AppState, key: string): boolean {
  return state.subscriptions.some((one) => one.key === key && one.status === 'refused')
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
