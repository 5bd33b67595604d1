// What only the desktop app has: tray, window, single instance, quitting in order, and the bars around the page.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'
import { freePort } from '../../build/free-port.ts'
import type { AppState, Health } from '../../main/contract/models.ts'
import type { EmiBridge, Push } from '../../main/contract/protocol.ts'
import { openDataFolder } from '../../main/node/data-folder.ts'
import { launch, type ElectronApplication } from '../electron-double/driver.ts'
import { PASSPHRASE } from '../whole/cli-process.ts'
import type { EmiUnderTest } from './emi.ts'
import { callFromPage, setUpPractice } from './steps.ts'

const ENTRY = join(import.meta.dirname, '../../out/main/electron.js')

interface Desktop {
  dataFolder: string
  webhookPort: number
  /** Starts the app on the data folder; every one that is started is ended after the test. */
  start(...more: string[]): Promise<ElectronApplication>
}

const test = base.extend<{ desktop: Desktop }>({
  // Playwright wants a pattern here even where nothing is taken.
  desktop: async ({ browserName: _ }, use) => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'emi-desktop-'))
    const webhookPort = await freePort()
    await writeFile(
      join(dataFolder, 'settings.json'),
      JSON.stringify({ version: 1, connections: { practice: { webhookPort } } }),
    )
    const started: ElectronApplication[] = []
    await use({
      dataFolder,
      webhookPort,
      start: async (...more) => {
        const app = await launch({
          args: [ENTRY, '--data', dataFolder, ...more],
          env: { ...process.env, EMI_PASSPHRASE: PASSPHRASE, EMI_PRACTICE_REPLICATION_MS: '120' },
        })
        started.push(app)
        return app
      },
    })
    for (const app of started) {
      if (app.process().exitCode === null) await app.close()
    }
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 3 })
  },
})

test('tray and status bar say the same: before the set-up, after it, paused and resumed', async ({
  desktop,
  browser,
}) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  const agree = async (light: RegExp) => {
    await expect(async () => {
      const { word, sentence } = await statusBar(page)
      const tray = await trayOf(app)
      expect(tray.toolTip).toBe(`EMI Tray: ${sentence}`.slice(0, 127))
      expect(tray.labels[0]).toBe(`${word}: ${sentence}`)
      expect(word).toMatch(light)
    }).toPass()
  }
  // The first page has no status bar, but the app has its state.
  const { sentence } = await healthOf(page)
  expect(await trayOf(app)).toMatchObject({
    toolTip: `EMI Tray: ${sentence}`,
    labels: expect.arrayContaining([`Not set up: ${sentence}`]),
  })

  await setUpPractice(asEmi(desktop, { app, page }), browser)
  await expect.poll(async () => (await trayOf(app)).labels).toContain('Pause the webhook')
  await agree(/OK|Attention/)

  await choose(app, 'Pause the webhook')
  await expect(page.getByLabel('Status').first()).toContainText('paused')
  await expect.poll(async () => (await trayOf(app)).labels).toContain('Resume')
  await agree(/Attention/)
  expect((await trayOf(app)).labels).not.toContain('Pause the webhook')

  await choose(app, 'Resume')
  await expect(page.getByLabel('Status').first()).not.toContainText('paused')
  await expect.poll(async () => (await trayOf(app)).labels).toContain('Pause the webhook')
  await agree(/OK|Attention/)
  expect(await app.evaluate(({ double }) => double.unsupported)).toEqual([])
})

test('closing the window leaves the app in the tray, and a click opens it again', async ({
  desktop,
}) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await closeWindow(app)
  await app.evaluate(({ double }) => double.trays[0]?.press())
  await expect(await shownWindow(app)).toBeVisible()
  await closeWindow(app)
  await choose(app, 'Open EMI Tray')
  await expect(await shownWindow(app)).toBeVisible()
})

test('a page that crashed is gone, and the next click opens a fresh one', async ({ desktop }) => {
  const app = await desktop.start()
  await app.firstWindow()
  await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
  )
  await expect.poll(() => windowCount(app)).toBe(0)
  await app.evaluate(({ double }) => double.trays[0]?.press())
  await expect(await shownWindow(app)).toBeVisible()
})

test('a second start ends by itself and brings the window of the first', async ({ desktop }) => {
  const first = await desktop.start('--hidden')
  await expect.poll(() => trayCount(first)).toBe(1)
  const second = await desktop.start()
  expect(await second.exited).toBe(0)
  expect(second.log()).toBe('')
  await expect(await shownWindow(first)).toBeVisible()
})

test('started hidden it is in the tray only, until somebody clicks', async ({ desktop }) => {
  const app = await desktop.start('--hidden')
  await expect.poll(() => trayCount(app)).toBe(1)
  await expect.poll(async () => (await trayOf(app)).labels).toContain('Open EMI Tray')
  expect(await windowCount(app)).toBe(0)
  await app.evaluate(({ double }) => double.trays[0]?.press())
  await expect(await shownWindow(app)).toBeVisible()
})

test('quitting stops everything in order, and the data can be opened again at once', async ({
  desktop,
  browser,
}) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  await setUpPractice(asEmi(desktop, { app, page }), browser)
  expect(await readdir(desktop.dataFolder)).toContain('status.json')
  await choose(app, 'Quit EMI Tray')
  // Nobody looks on: the driver's own way to end an app is not used here.
  expect(await app.exited).toBe(0)
  const log = await readFile(join(desktop.dataFolder, 'emi-tray.log'), 'utf8')
  const last = JSON.parse(log.trimEnd().split('\n').at(-1) ?? '') as { message: string }
  expect(last.message).toBe('EMI Tray stopped.')
  const folder = await openDataFolder(desktop.dataFolder)
  await folder.release()
  expect(await readdir(desktop.dataFolder)).not.toContain('status.json')
  await listenOnce(desktop.webhookPort)
})

test('the page sees call and on, and nothing else of the app', async ({ desktop }) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  const seen = await page.evaluate(() => ({
    keys: Object.keys((window as { emi?: EmiBridge }).emi ?? {}),
    frozen: Object.isFrozen((window as { emi?: EmiBridge }).emi),
    globals: ['require', 'process', 'module', 'electron'].filter((name) => name in window),
  }))
  expect(seen).toEqual({ keys: ['call', 'on'], frozen: true, globals: [] })
})

test('the page cannot leave, and opens no other window', async ({ desktop }) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const home = page.url()
  await page.evaluate(() => {
    location.href = 'https://example.com/'
  })
  await page.evaluate(() => {
    window.open('https://example.com/')
  })
  await page.evaluate(() => {
    window.open('mailto:someone@example.com')
  })
  // A call takes the same way to the main process, so what was asked before it has been decided.
  expect(await callFromPage(page, 'app.getState')).toMatchObject({ ok: true })
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect(page.url()).toBe(home)
  expect(await windowCount(app)).toBe(1)
  expect(app.windows()).toHaveLength(1)
  expect(
    await app.evaluate(({ double }) => [double.opened, double.blocked, double.unsupported]),
  ).toEqual([[], [], []])
})

test('the page may copy text, and is refused every other permission', async ({ desktop }) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  const outcome = await page.evaluate(async () => {
    const said = (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error: unknown) => (error instanceof Error ? error.name : String(error)),
      )
    return {
      write: await said(navigator.clipboard.writeText('a client id')),
      read: await said(navigator.clipboard.readText()),
      notifications: await Notification.requestPermission(),
      place: await new Promise<number>((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve(0),
          (error) => resolve(error.code),
        ),
      ),
    }
  })
  expect(outcome).toEqual({
    write: 'done',
    read: 'NotAllowedError',
    notifications: 'denied',
    // PERMISSION_DENIED
    place: 1,
  })
  const asked = await app.evaluate(({ double }) => double.permissions)
  expect(asked.filter(({ granted }) => granted).map(({ permission }) => permission)).toEqual([
    'clipboard-sanitized-write',
  ])
})

test('copying the client secret puts it on the clipboard and into nothing else', async ({
  desktop,
  browser,
}) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  await page.evaluate(() => {
    const pushed: string[] = []
    Object.assign(window, { pushed })
    ;(window as { emi?: EmiBridge }).emi?.on((push: Push) => pushed.push(JSON.stringify(push)))
  })
  await setUpPractice(asEmi(desktop, { app, page }), browser)
  const reply = await callFromPage(page, 'handover.copy', { field: 'client-secret' })
  expect(reply).toEqual({ ok: true, value: { clearsInSeconds: 30 } })
  const secret = await app.evaluate(({ double }) => double.clipboardText)
  expect(secret).toMatch(/^\S{3}\dQ~/)
  const elsewhere = [
    await readFile(join(desktop.dataFolder, 'emi-tray.log'), 'utf8'),
    app.log(),
    await page.content(),
    JSON.stringify(await callFromPage(page, 'app.getState')),
    JSON.stringify(await page.evaluate(() => (window as { pushed?: string[] }).pushed)),
  ]
  for (const text of elsewhere) expect(text).not.toContain(secret)
  // Quitting within the 30 seconds must not leave it there. The app ends right after it was cleared.
  const cleared = app.evaluate(
    ({ app: own, double }) =>
      new Promise<string>((resolve) => {
        own.once('quit', () => resolve(double.clipboardText))
        own.quit()
      }),
  )
  expect(await cleared).toBe('')
})

test('calls of a foreign page, of a wrong shape and of great size are refused', async ({
  desktop,
}) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  const codeOf = async (name: unknown, input?: unknown) => {
    const reply = await callFromPage(page, name as string, input)
    return reply.ok ? 'ok' : reply.error.code
  }
  expect(await codeOf('settings.update', { theme: 'dark' })).toBe('ok')
  expect(await codeOf(7)).toBe('call-unknown')
  expect(await codeOf({ toString: 'app.getState' })).toBe('call-unknown')
  const large = { theme: 'light', more: 'x'.repeat(300_000) }
  expect(await codeOf('settings.update', large)).toBe('call-unknown')
  // Nothing of it was done.
  const state = await callFromPage(page, 'app.getState')
  expect(state).toMatchObject({ ok: true, value: { settings: { theme: 'dark' } } })

  // As if a foreign page had got into the window, past everything that keeps it out.
  await app.evaluate(async ({ BrowserWindow }) => {
    await BrowserWindow.getAllWindows()[0]?.loadURL('data:text/html,<h1>Foreign</h1>')
  })
  await expect(page.getByText('Foreign')).toBeVisible()
  const refusal = await page.evaluate(() =>
    (window as { emi?: EmiBridge }).emi
      ?.call('settings.update', { theme: 'light' })
      .then(JSON.stringify, String),
  )
  expect(refusal).toContain('This page may not call EMI Tray.')
})

/** What the specs' steps need of an app. */
function asEmi(
  { dataFolder, webhookPort }: Desktop,
  { app, page }: { app: ElectronApplication; page: Page },
): EmiUnderTest {
  return {
    host: 'electron-double',
    page,
    dataFolder,
    webhookPort,
    openedAddresses: () => app.evaluate(({ double }) => double.opened),
    output: () => app.log(),
    restart: () => Promise.reject(new Error('These tests start the app by themselves.')),
  }
}

async function healthOf(page: Page): Promise<Health> {
  const reply = await callFromPage(page, 'app.getState')
  if (!reply.ok) throw new Error(reply.error.message)
  return (reply.value as AppState).health
}

async function statusBar(page: Page): Promise<{ word: string; sentence: string }> {
  const words = page.getByLabel('Status').getByRole('status').first().locator('> span')
  const [word = '', sentence = ''] = await words.allTextContents()
  return { word: word.trim(), sentence: sentence.trim() }
}

function trayOf(app: ElectronApplication): Promise<{ toolTip: string; labels: string[] }> {
  return app.evaluate(({ double }) => {
    const [tray] = double.trays
    const labels = tray?.menus.at(-1)?.map(({ label }) => label) ?? []
    return { toolTip: tray?.toolTip ?? '', labels }
  })
}

/** Chooses an item of the tray's menu, as the desktop shows it now. */
function choose(app: ElectronApplication, label: string): Promise<void> {
  return app.evaluate(({ double }, wanted) => {
    const item = double.trays[0]?.menu?.items.find((one) => one.label === wanted)
    if (!item) throw new Error(`The menu has no item ${wanted}.`)
    item.click()
  }, label)
}

function trayCount(app: ElectronApplication): Promise<number> {
  return app.evaluate(({ double }) => double.trays.length)
}

function windowCount(app: ElectronApplication): Promise<number> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)
}

async function closeWindow(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await expect.poll(() => windowCount(app)).toBe(0)
  await expect.poll(() => app.windows().length).toBe(0)
  expect(await trayCount(app)).toBe(1)
}

/** The heading of the window that is on screen. */
async function shownWindow(app: ElectronApplication) {
  await expect
    .poll(() =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((w) => w.isVisible())),
    )
    .toEqual([true])
  const page = await app.firstWindow()
  return page.getByRole('heading', { level: 1 })
}

/** Fails when something still listens on the port. */
async function listenOnce(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  await new Promise((resolve) => server.close(resolve))
}
