// Updates of the packed tray app with a local update server: electron-updater itself, on the test double.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, type Page } from '@playwright/test'
import type { AppState, UpdateState } from '../../main/contract/models/state.ts'
import type { EmiBridge } from '../../main/contract/protocol.ts'
import { launch, type ElectronApplication } from '../electron-double/driver.ts'
import { PASSPHRASE } from '../whole/cli-process.ts'

const ENTRY = join(import.meta.dirname, '../../out/main/electron.js')
const NEW_VERSION = '99.1.0'
const servers: Server[] = []
const apps: ElectronApplication[] = []
const folders: string[] = []

// The AppImage is the only package of Linux that updates itself; the double stands in for Electron there.
test.skip(process.platform !== 'linux')

test.afterEach(async () => {
  for (const app of apps.splice(0)) if (app.process().exitCode === null) await app.close()
  for (const server of servers.splice(0)) server.close()
  for (const folder of folders.splice(0))
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'emi-updates-'))
  folders.push(folder)
  return folder
}

/** An update server with one version; what it publishes and what it sends can be changed. */
async function updateServer(image: Buffer) {
  const world = { isDown: false, percent: 100, sent: image, asked: [] as string[] }
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    world.asked.push(path)
    if (world.isDown) {
      response.writeHead(503).end()
    } else if (path === '/latest-linux.yml') {
      const sha512 = createHash('sha512').update(image).digest('base64')
      response.end(
        `version: ${NEW_VERSION}\n` +
          `files:\n  - url: emi-tray.AppImage\n    sha512: ${sha512}\n    size: ${image.length}\n` +
          `path: emi-tray.AppImage\nsha512: ${sha512}\nstagingPercentage: ${world.percent}\n`,
      )
    } else if (path === '/emi-tray.AppImage') {
      // Through another address, as a release page leads to where its files lie.
      response.writeHead(302, { location: '/files/emi-tray.AppImage' }).end()
    } else if (path === '/files/emi-tray.AppImage') response.end(world.sent)
    else response.writeHead(404).end()
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(world, { url: `http://127.0.0.1:${port}/` })
}

const BEHIND_PROXY = 'http://updates.emi.test/'
const PROXY_PASSWORD = 'pa55word'

/** A proxy with a sign-in, which alone knows where BEHIND_PROXY is. */
async function proxyTo(target: string) {
  const world = { passed: [] as string[], signIns: [] as string[] }
  const server = createServer((request, response) => {
    const signIn = request.headers['proxy-authorization']
    if (signIn !== undefined) {
      world.signIns.push(Buffer.from(signIn.replace('Basic ', ''), 'base64').toString())
    }
    const { url = '' } = request
    if (world.signIns.at(-1) !== `corp-user:${PROXY_PASSWORD}` || signIn === undefined) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="Acme"' }).end()
    } else if (!url.startsWith(BEHIND_PROXY)) response.writeHead(502).end()
    else {
      const path = url.slice(BEHIND_PROXY.length)
      world.passed.push(`/${path.replace(/\?.*/, '')}`)
      get(`${target}${path}`, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
    }
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(world, { address: `127.0.0.1:${port}` })
}

/** Starts the app as an AppImage that was built for this update server. */
async function startPacked(url: string | null, settings?: object) {
  const folder = await temporaryFolder()
  const resources = join(folder, 'resources')
  const dataFolder = join(folder, 'data')
  const appImage = join(folder, 'EMI Tray.AppImage')
  await mkdir(resources)
  if (settings) {
    await mkdir(dataFolder, { mode: 0o700 })
    await writeFile(join(dataFolder, 'settings.json'), JSON.stringify(settings))
  }
  await writeFile(appImage, 'the old version')
  if (url !== null) {
    const text = `provider: generic\nurl: ${url}\nupdaterCacheDirName: emi-tray-updater\n`
    await writeFile(join(resources, 'app-update.yml'), text)
  }
  const app = await launch({
    args: [ENTRY, '--data', dataFolder],
    resources,
    env: {
      ...process.env,
      APPIMAGE: appImage,
      EMI_PASSPHRASE: PASSPHRASE,
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_CONFIG_HOME: join(folder, 'config'),
    },
  })
  apps.push(app)
  const page = await app.firstWindow()
  await page.waitForFunction(() => 'emi' in window)
  return { app, page, appImage, dataFolder, folder }
}

function call(page: Page, name: string, input?: object): Promise<{ ok: boolean; value?: unknown }> {
  return page.evaluate(
    async ([callName, callInput]) => {
      const { emi } = window as { emi?: EmiBridge }
      return (await emi?.call(callName, callInput)) ?? { ok: false }
    },
    [name, input] as const,
  )
}

async function update(page: Page): Promise<UpdateState | null> {
  const reply = await call(page, 'app.getState')
  return (reply.value as AppState).update
}

/** Has the app look for a new version, and gives what came of it. */
async function look(page: Page): Promise<UpdateState | null> {
  expect(await call(page, 'update.check')).toMatchObject({ ok: true })
  let state: UpdateState | null = null
  await expect
    .poll(async () => {
      state = await update(page)
      return state?.phase
    })
    .not.toMatch(/^(?:checking|downloading)$/)
  return state
}

const labels = (app: ElectronApplication) =>
  app.evaluate(({ double }) => double.trays[0]?.menu?.items.map(({ label }) => label) ?? [])

test('the tray app says what became of each look, takes nothing that was changed on the way, and restarts on request alone', async () => {
  const told = join(await temporaryFolder(), 'told')
  // What it finds tells whether the old version had ended in order before it began.
  const image = Buffer.from(
    '#!/bin/sh\n' +
      `[ -e "$EMI_TEST_DATA/status.json" ] && echo "still running" > "${told}.part"\n` +
      `[ -e "${told}.part" ] || echo "started $APPIMAGE_SILENT_INSTALL" > "${told}.part"\n` +
      `mv "${told}.part" "${told}"\n`,
  )
  const server = await updateServer(image)
  const { app, page, appImage, dataFolder } = await startPacked(server.url)
  await app.evaluate((_electron, folder) => {
    process.env['EMI_TEST_DATA'] = folder
  }, dataFolder)
  expect(await update(page)).toEqual({ phase: 'current', checkedAt: null })

  server.isDown = true
  expect(await look(page)).toMatchObject({ phase: 'failed', error: { code: 'update-failed' } })

  Object.assign(server, { isDown: false, percent: 0 })
  const later = await look(page)
  expect(later?.phase === 'current' && later.checkedAt).toMatch(/^\d{4}-/)

  Object.assign(server, { percent: 100, sent: Buffer.from(image.toString().toUpperCase()) })
  expect(await look(page)).toMatchObject({ phase: 'failed', error: { code: 'update-refused' } })
  expect(await labels(app)).not.toContain(`Restart to update to ${NEW_VERSION}`)

  server.sent = image
  expect(await look(page)).toEqual({ phase: 'ready', version: NEW_VERSION })
  await expect.poll(() => labels(app)).toContain(`Restart to update to ${NEW_VERSION}`)
  expect(await readFile(appImage, 'utf8')).toBe('the old version')
  expect(existsSync(join(dataFolder, 'status.json'))).toBe(true)

  await app.evaluate(({ double }, label) => {
    double.trays[0]?.menu?.items.find((item) => item.label === label)?.click()
  }, `Restart to update to ${NEW_VERSION}`)
  expect(await app.exited).toBe(0)
  await expect.poll(() => existsSync(told)).toBe(true)
  expect(await readFile(told, 'utf8')).toBe('started true\n')
  // Once, a line in the log had the page ask for everything anew, whose refusal made the next line.
  const log = await readFile(join(dataFolder, 'emi-tray.log'), 'utf8')
  expect(log.match(/Call delivery\.search/g) ?? []).toHaveLength(1)
  expect(await readFile(appImage)).toEqual(image)
})

test('new versions come through the proxy that is set at that moment, and a refused password is offered once', async () => {
  const image = Buffer.from('#!/bin/sh\n')
  const server = await updateServer(image)
  const [first, second] = [await proxyTo(server.url), await proxyTo(server.url)]
  const way = { kind: 'address', bypass: '', username: 'corp-user' }
  const { app, page, dataFolder } = await startPacked(BEHIND_PROXY, {
    ...{ version: 1, mode: 'microsoft' },
    connections: { microsoft: { proxy: { ...way, address: first.address } } },
  })
  const setPassword = (password: string) => call(page, 'network.setProxyPassword', { password })
  await expect.poll(async () => (await setPassword('wr0ng-pass')).ok).toBe(true)
  expect(await look(page)).toMatchObject({ phase: 'failed', error: { code: 'proxy-auth' } })
  expect(first.signIns).toEqual(['corp-user:wr0ng-pass'])

  const proxy = { ...way, address: second.address }
  expect(await call(page, 'settings.update', { connection: { proxy } })).toMatchObject({ ok: true })
  expect(await setPassword(PROXY_PASSWORD)).toMatchObject({ ok: true })
  expect(await look(page)).toEqual({ phase: 'ready', version: NEW_VERSION })
  expect(second.passed).toContain('/files/emi-tray.AppImage')
  expect(second.passed).toEqual(server.asked)
  expect(first.passed).toEqual([])

  await app.close()
  const log = await readFile(join(dataFolder, 'emi-tray.log'), 'utf8')
  expect(log).toContain('corp-user')
  expect(log + app.log()).not.toMatch(/wr0ng-pass|pa55word/)
})

test('the tray app that quits with a new version at hand stays what it is', async () => {
  const server = await updateServer(Buffer.from('#!/bin/sh\n'))
  const { app, page, appImage } = await startPacked(server.url)
  expect(await look(page)).toEqual({ phase: 'ready', version: NEW_VERSION })
  expect(await app.close()).toBe(0)
  expect(await readFile(appImage, 'utf8')).toBe('the old version')
})

test('the tray app starts itself again when the new version cannot be put in place', async () => {
  const server = await updateServer(Buffer.from('#!/bin/sh\n'))
  const { app, page } = await startPacked(server.url)
  expect(await look(page)).toEqual({ phase: 'ready', version: NEW_VERSION })
  await app.evaluate(({ app: program, double }) => {
    program.on('quit', () => console.log(`relaunched ${double.relaunched}`))
    process.env['APPIMAGE'] = 'no absolute path'
  })
  expect(await call(page, 'update.restart').catch(() => ({ ok: true }))).toMatchObject({
    ok: true,
  })
  expect(await app.exited).toBe(0)
  expect(app.log()).toContain('relaunched 1')
})
