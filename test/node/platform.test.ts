// The whole app on the real Node platform: what its folder, its ports and a restart do on the bad days a person may meet.
import { access, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rootCertificates } from 'node:tls'
import { expect, test } from 'vitest'
import { freePort } from '../../build/free-port.ts'
import { until } from '../fakes/fitting-state.ts'
import { codeOf, platformApp, setUp } from './platform-app.ts'

const { inFolder, firstState, open, start, stop } = platformApp()

test('unreadable settings are reported with the field, and the file is left alone', async () => {
  const file = inFolder('settings.json')
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
  const vault = await readFile(inFolder('vault.json'), 'utf8')

  app = await start({ ...env, EMI_PASSPHRASE: 'another one' })
  expect(app.state.error).toMatchObject({ code: 'vault-key-wrong' })
  expect(await codeOf(app, 'setup.plan')).toBe('vault-key-wrong')
  await stop()
  expect(await readFile(inFolder('vault.json'), 'utf8')).toBe(vault)

  app = await start(env)
  expect(app.state.error).toBeNull()
  expect(app.state.mode).toBe('practice')
})

test('a CA file is looked at when it is named, and one that vanished is in no other change’s way', async () => {
  const app = await start()
  await codeOf(app, 'connection.choose', { mode: 'practice' })
  const caFile = inFolder('ca.pem')
  const name = () => codeOf(app, 'settings.update', { connection: { caFile } })
  expect(await name()).toBe('input-invalid')
  await writeFile(caFile, 'no certificate')
  expect(await name()).toBe('input-invalid')
  expect(app.state.settings.connections.practice.caFile).toBe('')
  await writeFile(caFile, rootCertificates[0] ?? '')
  expect(await name()).toBe('ok')
  await rm(caFile)
  expect(await codeOf(app, 'settings.update', { connection: { sendContent: true } })).toBe('ok')
  expect(await codeOf(app, 'settings.update', { connection: { caFile: '' } })).toBe('ok')
})

test('a second process on the same data folder is told so', async () => {
  await start()
  await expect(open({})).rejects.toMatchObject({ code: 'data-folder-in-use' })
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
  expect(firstState()).toMatchObject({ opening: true, health: { light: 'working' } })
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

test('a connection is chosen together with its settings, or nothing of both is', async () => {
  const app = await start()
  const choose = (mode: string, connection: object) =>
    codeOf(app, 'connection.choose', { mode, connection })
  const custom = { cloud: 'custom', customLoginHost: 'https://login.example' }
  const noAuthority = { caFile: inFolder('none.pem') }
  expect(await choose('microsoft', custom)).toBe('input-invalid')
  expect(await choose('microsoft', noAuthority)).toBe('input-invalid')
  expect(await choose('microsoft', { tenantUrl: 'no host' })).toBe('tenant-url-invalid')
  expect(app.state).toMatchObject({ mode: null, settings: { mode: null } })
  for (const name of ['settings.json', 'vault.json', 'microsoft'])
    await expect(access(inFolder(name))).rejects.toThrow()
  expect(await choose('practice', { integrationName: 'Ours' })).toBe('ok')
  // With one open, the other stays as it is, and the open one stays open.
  expect(await choose('microsoft', custom)).toBe('input-invalid')
  expect(await choose('practice', noAuthority)).toBe('input-invalid')
  expect(app.state.mode).toBe('practice')
  expect(await readFile(inFolder('settings.json'), 'utf8')).toMatch(/"mode": "practice"[^]*"Ours"/)
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

/** What a port of this computer answers, if anybody listens there. */
function statusOf(port: number, path: string): Promise<number | 'nobody'> {
  return fetch(`http://127.0.0.1:${port}${path}`).then(
    ({ status }) => status,
    () => 'nobody',
  )
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
