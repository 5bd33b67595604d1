// The clean exit on a real disk: what is left of an installation, and that a later start is a fresh one.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import type { RemovalItem } from '../../main/contract/models/removal.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { EmiApp } from '../../main/core/app.ts'
import { defaultSettings } from '../../main/core/settings.ts'
import { openNodePlatform } from '../../main/node/platform.ts'
import { until } from '../fakes/fitting-state.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Running {
  app: EmiApp
  stop: () => Promise<void>
}

async function start(folder: string): Promise<Running> {
  const platform = await openNodePlatform({
    dataFolder: folder,
    host: 'headless',
    version: '0.0.0',
    env: { EMI_PASSPHRASE: 'a passphrase', EMI_PRACTICE_REPLICATION_MS: '20' },
    openBrowser: () => Promise.resolve(),
    copyText: null,
  })
  const app = await EmiApp.create(platform)
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await app.stop()
    await platform.close()
  }
  onTestFinished(stop)
  await app.start()
  return { app, stop }
}

async function call(app: EmiApp, name: string, input?: unknown): Promise<void> {
  const reply = await app.dispatch(name, input)
  expect(reply).toMatchObject({ ok: true })
}

function isVerified(state: AppState): boolean {
  return state.setup.steps.some(({ id, state: step }) => id === 'verify' && step === 'done')
}

async function setUp(app: EmiApp, change: object): Promise<void> {
  await call(app, 'connection.choose', { mode: 'practice' })
  await call(app, 'settings.update', {
    connection: { webhookPort: await freePort(), ...change },
  })
  const person = app.state.practice?.people.find(({ role }) => role === 'global-admin')
  await call(app, 'practice.signIn', { personId: person?.id })
  await until(app, (state) => state.setup.plan !== null)
  await call(app, 'setup.apply')
  await until(app, isVerified)
}

async function list(app: EmiApp): Promise<RemovalItem[]> {
  const before = app.state.removal.listedAt
  await call(app, 'removal.list')
  const state = await until(
    app,
    ({ removal }) => !removal.job.running && removal.listedAt !== before,
  )
  return state.removal.items
}

/** Everything that lies on the disk, as one text. */
async function textOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    // The practice tenant stands for Microsoft: what it keeps is not ours.
    .filter(({ name }) => name !== 'tenant.json' && !name.endsWith('.tmp'))
  const texts = files.map((entry) => readFile(path.join(entry.parentPath, entry.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}

test('removing everything leaves no trace, the result stays shown, and all can begin again', async () => {
  const folder = temporaryFolder()
  const first = await start(folder)
  const { app } = first
  await setUp(app, { integrationName: 'Named by Nora' })
  await until(app, (state) => state.subscriptions.some(({ status }) => status === 'active'))
  const { handover } = app.state
  const appId = handover.values.find(({ field }) => field === 'client-id')?.value ?? ''
  expect(await textOf(folder)).toContain(appId)
  expect(existsSync(path.join(folder, 'vault.json'))).toBe(true)

  const items = await list(app)
  expect(items.every(({ removable }) => removable)).toBe(true)
  await call(app, 'removal.start', { ids: items.map(({ id }) => id) })
  // The connection is opened anew behind it; then nothing of the past is in memory either.
  const state = await until(
    app,
    ({ removal, setup, signIn }) =>
      removal.items.length > 0 &&
      removal.items.every((item) => item.state === 'done') &&
      !removal.job.running &&
      !setup.verified &&
      signIn.phase === 'signed-out',
  )
  expect(state).toMatchObject({
    mode: 'practice',
    error: null,
    auditLastId: 0,
    handover: { ready: false },
    drift: { report: null },
    webhook: { running: false },
    secretCare: { current: null },
  })
  expect(state.settings.connections.practice).toEqual(defaultSettings.connections.practice)
  expect(existsSync(path.join(folder, 'vault.json'))).toBe(false)
  const left = await textOf(folder)
  expect(left).not.toContain(appId)
  expect(left).not.toContain('Named by Nora')

  // The deleted application keeps its unique name for 30 days, so another contact center is set up.
  await setUp(app, { tenantUrl: 'second.brightpattern.example' })
  expect(app.state.handover.ready).toBe(true)
  await first.stop()
  const second = await start(folder)
  expect(second.app.state.error).toBeNull()
  expect(second.app.state.handover.ready).toBe(true)
  expect(isVerified(second.app.state)).toBe(true)
})

test('a start after the removal of everything is a fresh one', async () => {
  const folder = temporaryFolder()
  const first = await start(folder)
  await setUp(first.app, {})
  const items = await list(first.app)
  await call(first.app, 'removal.start', { ids: items.map(({ id }) => id) })
  await until(first.app, ({ removal }) => removal.items.some(({ state }) => state === 'running'))
  await until(
    first.app,
    ({ removal }) =>
      removal.items.length > 0 && removal.items.every(({ state }) => state === 'done'),
  )
  await first.stop()
  const { app } = await start(folder)
  expect(app.state).toMatchObject({ error: null, signIn: { phase: 'signed-out' } })
  expect(app.state.setup.steps.every(({ state }) => state !== 'done')).toBe(true)
  expect((await list(app)).map(({ place }) => place)).toEqual(Array(5).fill('this-machine'))
})

test('what another connection keeps stays: vault, key, records and settings', async () => {
  const folder = temporaryFolder()
  const { app } = await start(folder)
  await call(app, 'connection.choose', { mode: 'microsoft' })
  await call(app, 'settings.update', { connection: { tenantUrl: 'acme.brightpattern.com' } })
  await call(app, 'tunnel.getPublicKey')
  await setUp(app, {})
  const items = await list(app)
  await call(app, 'removal.start', { ids: items.map(({ id }) => id) })
  await until(
    app,
    ({ removal }) =>
      removal.items.length > 0 && removal.items.every(({ state }) => state === 'done'),
  )
  const vault = await readFile(path.join(folder, 'vault.json'), 'utf8')
  expect(vault).toContain('microsoft/')
  expect(vault).not.toContain('practice/')
  await call(app, 'connection.choose', { mode: 'microsoft' })
  expect(app.state.settings.connections.microsoft.tenantUrl).toBe('acme.brightpattern.com')
  await call(app, 'tunnel.getPublicKey')
})

test('stopping the app in the middle of a removal ends both', async () => {
  const folder = temporaryFolder()
  const first = await start(folder)
  await setUp(first.app, {})
  const items = await list(first.app)
  await call(first.app, 'removal.start', { ids: items.map(({ id }) => id) })
  await first.stop()
  const { app } = await start(folder)
  expect(app.state.error).toBeNull()
  const rest = await list(app)
  expect(rest.map(({ kind }) => kind)).toContain('logs-and-keys')
})
