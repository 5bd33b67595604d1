// The desktop app on the Electron double for its specs: how it is started, and what of it a person sees on the desktop.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test as base, type Page } from '@playwright/test'
import { freePort } from '../../build/free-port.ts'
import type { Health, Light } from '../../main/contract/models/health.ts'
import type { AppState } from '../../main/contract/models/state.ts'
import { launch, type ElectronApplication } from '../electron-double/driver.ts'
import type { Play } from '../electron-double/play.ts'
import { keyFileIn } from '../whole/cli-process.ts'
import type { EmiUnderTest } from './emi.ts'
import { callFromPage } from './steps.ts'

const ENTRY = join(import.meta.dirname, '../../out/main/electron.js')
const ICONS = join(import.meta.dirname, '../../build/icons')

export interface Desktop {
  dataFolder: string
  webhookPort: number
  /** Starts the app on the data folder; every one that is started is ended after the test. */
  start(...more: string[]): Promise<ElectronApplication>
  /** The same on another desktop, as far as Electron differs there. */
  startOn(play: Play, ...more: string[]): Promise<ElectronApplication>
  /** The same with other variables in its environment. */
  startWith(env: NodeJS.ProcessEnv, ...more: string[]): Promise<ElectronApplication>
}

export const test = base.extend<{ desktop: Desktop }>({
  // Playwright wants a pattern here even where nothing is taken.
  desktop: async ({ browserName: _ }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'emi-desktop-'))
    const dataFolder = join(folder, 'data')
    await mkdir(dataFolder, { mode: 0o700 })
    const keyFile = await keyFileIn(folder)
    const webhookPort = await freePort()
    await writeFile(
      join(dataFolder, 'settings.json'),
      JSON.stringify({ version: 1, connections: { practice: { webhookPort } } }),
    )
    const started: ElectronApplication[] = []
    const env = { ...process.env, ...keyFile, EMI_PRACTICE_REPLICATION_MS: '120' }
    const begin = async (own: { play?: Play; env?: NodeJS.ProcessEnv }, more: string[]) => {
      const args = [ENTRY, '--data', dataFolder, ...more]
      const app = await launch({ args, ...own, env: { ...env, ...own.env } })
      started.push(app)
      return app
    }
    await use({
      dataFolder,
      webhookPort,
      start: (...more) => begin({}, more),
      startOn: (play, ...more) => begin({ play }, more),
      startWith: (changed, ...more) => begin({ env: changed }, more),
    })
    for (const app of started) {
      if (app.process().exitCode === null) await app.close()
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  },
})

/** What the specs' steps need of an app. */
export function asEmi(
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

export async function healthOf(page: Page): Promise<Health> {
  const reply = await callFromPage(page, 'app.getState')
  if (!reply.ok) throw new Error(reply.error.message)
  return (reply.value as AppState).health
}

export async function statusBar(page: Page): Promise<{ word: string; sentence: string }> {
  const words = page.getByLabel('Status').getByRole('status').first().locator('> span')
  const [word = '', sentence = ''] = await words.allTextContents()
  return { word: word.trim(), sentence: sentence.trim() }
}

export function trayOf(
  app: ElectronApplication,
): Promise<{ toolTip: string; labels: string[]; image: string }> {
  return app.evaluate(({ double }) => {
    const [tray] = double.trays
    const labels = tray?.menus.at(-1)?.map(({ label }) => label) ?? []
    return { toolTip: tray?.toolTip ?? '', labels, image: tray?.image.toDataURL() ?? '' }
  })
}

/** The icon of a light, as the tray's image says it. */
export async function iconText(light: Light): Promise<string> {
  const bytes = await readFile(join(ICONS, `tray-${light}-light.png`))
  return `data:image/png;base64,${bytes.toString('base64')}`
}

/** Waits until the menu has an item. */
export async function hasItem(app: ElectronApplication, label: string): Promise<void> {
  await expect.poll(async () => (await trayOf(app)).labels).toContain(label)
}

/** Whether an item of the menu has its mark; undefined while there is none of that name. */
export function isChecked(app: ElectronApplication, label: string): Promise<boolean | undefined> {
  return app.evaluate(
    ({ double }, wanted) =>
      double.trays[0]?.menus.at(-1)?.find((one) => one.label === wanted)?.checked,
    label,
  )
}

/** Titles of the pop-ups so far. */
export function popUps(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(({ double }) => double.notifications.map(({ title }) => title))
}

export function storedDeliveries(dataFolder: string): number {
  const database = new DatabaseSync(join(dataFolder, 'practice', 'emi.sqlite'), { readOnly: true })
  try {
    const row = database.prepare('SELECT count(*) AS n FROM deliveries').get()
    return Number(row?.['n'])
  } finally {
    database.close()
  }
}

/** Chooses an item of the tray's menu, as the desktop shows it now. */
export function choose(app: ElectronApplication, label: string): Promise<void> {
  return app.evaluate(({ double }, wanted) => {
    const item = double.trays[0]?.menu?.items.find((one) => one.label === wanted)
    if (!item) throw new Error(`The menu has no item ${wanted}.`)
    item.click()
  }, label)
}

export function trayCount(app: ElectronApplication): Promise<number> {
  return app.evaluate(({ double }) => double.trays.length)
}

export function windowCount(app: ElectronApplication): Promise<number> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)
}

export async function closeWindow(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  await expect.poll(() => windowCount(app)).toBe(0)
  await expect.poll(() => app.windows().length).toBe(0)
  expect(await trayCount(app)).toBe(1)
}

/** The heading of the window that is on screen. */
export async function shownWindow(app: ElectronApplication) {
  await expect
    .poll(() =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((w) => w.isVisible())),
    )
    .toEqual([true])
  const page = await app.firstWindow()
  return page.getByRole('heading', { level: 1 })
}

/** Fails when something still listens on the port. */
export async function listenOnce(port: number): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  await new Promise((resolve) => server.close(resolve))
}
