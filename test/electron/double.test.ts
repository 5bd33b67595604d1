// The test double itself: a small app runs on it, and meets what it would meet in Electron.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { launch, nodePath, type ElectronApplication } from '../electron-double/driver.ts'

/** What the sample's preload exposes. */
interface Sample {
  version: number
  nested: { list: number[]; add(a: number, b: number): number }
  refused: string[]
  leak: object
  invoke(channel: string, value?: unknown): Promise<unknown>
  log(text: unknown): void
  sync(): void
  callBack(call: (at: Date) => unknown): unknown
  throws(): void
  exposeTwice(): void
  onStatus(listener: (status: string) => void): () => void
}

declare global {
  interface Window {
    sample: Sample
  }
}

const folder = join(import.meta.dirname, '../electron-double')
const sampleApp = join(folder, 'sample-app')
const startPage = 'https://sample.app.scheme.invalid/index.html'
const settings = mkdtempSync(join(tmpdir(), 'double-test-'))
const env = { ...process.env, XDG_CONFIG_HOME: settings }

let app: ElectronApplication
let page: Page

beforeAll(async () => {
  app = await launch({ args: [sampleApp], env })
  page = await app.firstWindow()
})

beforeEach(async () => {
  if (page.url() !== startPage) await page.goto(startPage)
  await page.getByText('5 123 10 true').waitFor()
})

afterAll(async () => {
  if (app.process().exitCode === null) await app.close()
  rmSync(settings, { recursive: true, force: true, maxRetries: 3 })
})

const isVisible = (): Promise<boolean> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true)
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '')

test('a call is answered, and dates, maps, typed arrays and big numbers arrive', async () => {
  expect(await page.textContent('#answer')).toBe('5 123 10 true')
})

test('the app knows its own name, version and folder', async () => {
  const facts = await app.evaluate(({ app: own }) => [
    own.getName(),
    own.getVersion(),
    own.getAppPath(),
    own.getPath('userData'),
    String(own.isPackaged),
  ])
  expect(facts).toEqual([
    'double-sample',
    '1.2.3',
    sampleApp,
    join(settings, 'double-sample'),
    'false',
  ])
})

test('the sender of a message is the top frame at the address of the app', async () => {
  const answer = await page.evaluate(() => window.sample.invoke('sample:echo', 1))
  expect(answer).toMatchObject({
    value: 1,
    fromTopFrame: true,
    sender: 'app://sample/index.html',
    origin: 'app://sample',
  })
})

test('Chromium enforces the content security policy of the app', async () => {
  expect(await page.textContent('#inline')).toBe('not run')
  const outside = await page.evaluate(() =>
    fetch('https://example.com/').then(
      () => 'reached',
      () => 'refused',
    ),
  )
  expect(outside).toBe('refused')
})

test('a posted body and the origin reach the handler of the scheme', async () => {
  const answer = await page.evaluate(async () => {
    const response = await fetch('post.html', { method: 'POST', body: 'héllo' })
    return (await response.json()) as unknown
  })
  expect(answer).toEqual({ origin: 'app://sample', body: 'héllo' })
})

test('the page sees neither Node nor the world of the preload, and cannot change what is exposed', async () => {
  const seen = await page.evaluate(() => ({
    globals: ['preloadSecret', 'require', 'process', 'module'].filter((name) => name in window),
    frozen: [window.sample, window.sample.nested, window.sample.nested.list].map((part) =>
      Object.isFrozen(part),
    ),
    writable: Object.getOwnPropertyDescriptor(window, 'sample')?.writable,
    version: window.sample.version,
    sum: window.sample.nested.add(2, 3),
  }))
  expect(seen).toEqual({
    globals: [],
    frozen: [true, true, true],
    writable: false,
    version: 7,
    sum: 5,
  })
})

test('only the top frame gets the preload', async () => {
  const frame = page.frame({ url: /frame\.html$/ })
  expect(await frame?.evaluate(() => 'sample' in window)).toBe(false)
})

test('a sandboxed preload can load electron and little else', async () => {
  expect(await page.evaluate(() => window.sample.refused)).toEqual([
    'module not found: node:fs',
    'module not found: path',
    'module not found: ./other.js',
  ])
})

test('an exposed ipcRenderer is an empty object', async () => {
  expect(await page.evaluate(() => Object.getOwnPropertyNames(window.sample.leak))).toEqual([])
  expect(await page.evaluate(() => 'send' in window.sample.leak)).toBe(false)
})

test('the bridge carries callbacks and errors, and takes each name once', async () => {
  const seen = await page.evaluate(() => {
    const attempt = (work: () => void): string => {
      try {
        work()
        return 'nothing thrown'
      } catch (error) {
        return String(error)
      }
    }
    return {
      back: window.sample.callBack((at) => at.getTime() + 1),
      thrown: attempt(() => window.sample.throws()),
      twice: attempt(() => window.sample.exposeTwice()),
      uncloneable: attempt(() => window.sample.log(Symbol('x'))),
      synchronous: attempt(() => window.sample.sync()),
    }
  })
  expect(seen).toEqual({
    back: 6,
    thrown: 'Error: from the preload',
    twice: 'Error: Cannot bind an API on top of an existing property on the window object',
    uncloneable: 'Error: An object could not be cloned.',
    synchronous: 'Error: electron.ipcRenderer.sendSync is not implemented in the test double',
  })
})

test.each([
  ['nobody:listens', "Error: No handler registered for 'nobody:listens'"],
  ['sample:fail', 'TypeError: It went wrong'],
  ['sample:function', 'Error: An object could not be cloned.'],
  ['sample:unknown', 'Error: electron.inAppPurchase is not implemented in the test double'],
  ['sample:member', 'Error: app.getGPUFeatureStatus is not implemented in the test double'],
])('a call to %s fails with the words Electron uses', async (channel, reason) => {
  const failure = await page.evaluate(
    (name) => window.sample.invoke(name).catch((error: unknown) => String(error)),
    channel,
  )
  expect(failure).toBe(`Error: Error invoking remote method '${channel}': ${reason}`)
})

test('an event reaches the page, and one sent before it loaded is lost', async () => {
  await app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'))
  await page.getByText('awake').waitFor()
  expect(await app.evaluate(({ double }) => double.lostMessages)).toEqual(['sample:status'])
})

test('a listener that was taken back hears nothing more', async () => {
  const heard = await page.evaluate(async () => {
    const all: string[] = []
    const stop = window.sample.onStatus((status) => all.push(status))
    stop()
    await window.sample.invoke('sample:echo')
    return all
  })
  expect(heard).toEqual([])
})

test('the menu of the tray is what was last set, and choosing an item acts', async () => {
  const seen = await app.evaluate(({ double }) => {
    const [tray] = double.trays
    tray?.menu?.getMenuItemById('pause')?.click()
    return { toolTip: tray?.toolTip, menus: tray?.menus, width: tray?.image.getSize().width }
  })
  expect(seen.toolTip).toBe('Sample')
  expect(seen.width).toBe(16)
  expect(seen.menus).toHaveLength(2)
  expect(seen.menus?.[1]?.map(({ label, checked }) => [label, checked])).toEqual([
    ['Paused', false],
    ['Open', false],
    ['Pause', true],
    ['', false],
    ['Quit', false],
  ])
})

test('a disabled menu item cannot be chosen', async () => {
  const choice = app.evaluate(({ double }) => double.trays[0]?.menu?.items[0]?.click())
  await expect(choice).rejects.toThrow('Nobody can choose')
})

test('a tray without its image file fails', async () => {
  const attempt = app.evaluate(({ Tray }) => new Tray('/nowhere/icon.png').isDestroyed())
  await expect(attempt).rejects.toThrow("Failed to load image from path '/nowhere/icon.png'")
})

test('a notification is shown once', async () => {
  const shown = await app.evaluate(({ double }) => double.notifications.map((one) => one.body))
  expect(shown).toEqual(['It is running'])
})

test('a link to a stranger leads nowhere, one of the app leads on', async () => {
  await page.click('#leave')
  await expect.poll(() => app.log()).toContain('will-navigate https://example.com/')
  expect(page.url()).toBe(startPage)
  await page.click('#second')
  await page.getByRole('heading', { name: 'Second' }).waitFor()
  expect(app.log()).toContain('will-navigate app://sample/second.html')
})

test('a link to another program is asked for as a navigation', async () => {
  await page.click('#mail')
  await expect.poll(() => app.log()).toContain('will-navigate mailto:someone@example.com')
  expect(page.url()).toBe(startPage)
  expect(await app.evaluate(({ double }) => double.opened)).toEqual([])
})

test('a link to a new window opens none; the allowed one goes to the browser of the desktop', async () => {
  await page.click('#stranger')
  await page.click('#help')
  const opened = () => app.evaluate(({ double }) => double.opened)
  await expect.poll(opened).toEqual(['https://learn.microsoft.com/help'])
  expect(await app.evaluate(({ double }) => double.unsupported)).toEqual([])
  await expect.poll(() => app.windows().length).toBe(1)
})

test('a permission is given or refused as the app decides', async () => {
  const seen = await page.evaluate(async () => ({
    before: Notification.permission,
    asked: await Notification.requestPermission(),
    clipboard: await navigator.clipboard.writeText('x').catch((error: unknown) => String(error)),
    place: (await navigator.permissions.query({ name: 'geolocation' })).state,
  }))
  expect(seen.before).toBe('denied')
  expect(seen.asked).toBe('denied')
  expect(seen.clipboard).toContain('NotAllowedError')
  expect(seen.place).toBe('granted')
})

test('without handlers every permission is given, as in Electron', async () => {
  await app.evaluate(({ session }) => {
    session.defaultSession.setPermissionRequestHandler(null)
    session.defaultSession.setPermissionCheckHandler(null)
  })
  const asked = await page.evaluate(() => Notification.requestPermission())
  expect(asked).toBe('granted')
})

test('a dialog waits for its answer', async () => {
  const answer = page.evaluate(() => window.sample.invoke('sample:ask'))
  await expect.poll(() => app.evaluate(({ double }) => double.dialogs.length)).toBe(1)
  await app.evaluate(({ double }) => double.dialogs[0]?.answer({ response: 1 }))
  expect(await answer).toEqual({ response: 1, checkboxChecked: false })
})

test('safeStorage hides what it keeps and gives it back', async () => {
  const kept = await page.evaluate(() => window.sample.invoke('sample:seal', 'quiet words'))
  expect(kept).toEqual({ isHidden: true, result: 'quiet words' })
})

test('the theme of the app is the one the page prefers', async () => {
  expect(await page.evaluate(() => window.sample.invoke('sample:dark'))).toBe(true)
  const isDark = () => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
  await expect.poll(isDark).toBe(true)
})

test('the size of the window is the size of the page', async () => {
  const size = () => page.evaluate(() => [innerWidth, innerHeight])
  expect(await size()).toEqual([700, 500])
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setSize(640, 480))
  await expect.poll(size).toEqual([640, 480])
})

test('what comes too late, too early or too loose fails', async () => {
  const failures = await app.evaluate(({ app: own, BrowserWindow, ipcMain, protocol }) => {
    const tryOut: (() => unknown)[] = [
      () => own.enableSandbox(),
      () => protocol.registerSchemesAsPrivileged([]),
      () => new BrowserWindow({ webPreferences: { nodeIntegration: true } }),
      () => ipcMain.handle('sample:echo', () => 1),
    ]
    return tryOut.map((attempt) => {
      try {
        attempt()
        return 'nothing'
      } catch (error) {
        return (error as Error).message
      }
    })
  })
  expect(failures).toEqual([
    'app.enableSandbox() can only be called before app is ready',
    'protocol.registerSchemesAsPrivileged should be called before app is ready',
    'webPreferences.nodeIntegration = true is not implemented in the test double',
    "Attempted to register a second handler for 'sample:echo'",
  ])
})

test('closing the window keeps it, and pressing the tray shows it again', async () => {
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
  expect(await isVisible()).toBe(false)
  await app.evaluate(({ double }) => double.trays[0]?.press())
  expect(await isVisible()).toBe(true)
})

test('a second start ends at once and wakes the first', async () => {
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
  const register = join(folder, 'register.ts')
  const second = spawnSync(
    nodePath(),
    ['--import', register, join(sampleApp, 'main.ts'), '--show'],
    { env, encoding: 'utf8', timeout: 60_000 },
  )
  expect(second.stderr + second.stdout).toBe('')
  expect(second.status).toBe(0)
  await expect.poll(isVisible).toBe(true)
  await expect.poll(() => app.log()).toContain('second instance --show')
})

test('a page that crashes is reported, and loads again', async () => {
  const reason = await app.evaluate(async ({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows()
    if (!window) return undefined
    return new Promise<string>((done) => {
      window.webContents.once('render-process-gone', (_event, details) => {
        window.loadURL('app://sample/index.html').then(
          () => done(details.reason),
          (error: unknown) => done(String(error)),
        )
      })
      window.webContents.forcefullyCrashRenderer()
    })
  })
  expect(reason).toBe('crashed')
  page = await app.firstWindow()
  await page.getByText('5 123 10 true').waitFor()
})

test('nothing is left when the test runner is killed', async () => {
  const profile = mkdtempSync(join(tmpdir(), 'double-orphan-'))
  const program =
    `import { launch } from ${JSON.stringify(join(folder, 'driver.ts'))}\n` +
    `const app = await launch({ args: [${JSON.stringify(sampleApp)}] })\n` +
    "await app.firstWindow()\nconsole.log('window')\n"
  const runner = spawn(nodePath(), ['--no-warnings', '--input-type=module', '-e', program], {
    env: { ...process.env, XDG_CONFIG_HOME: profile },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await new Promise((done) => runner.stdout.once('data', done))
    expect(processesUsing(profile)).not.toEqual([])
    runner.kill('SIGKILL')
    await expect.poll(() => processesUsing(profile)).toEqual([])
  } finally {
    runner.kill('SIGKILL')
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
  }
})

test('quitting asks in order and ends with 0', async () => {
  await app.evaluate(({ double }) => double.trays[0]?.menu?.getMenuItemById('quit')?.click())
  expect(await app.exited).toBe(0)
  expect(app.log()).toMatch(/before-quit\nwill-quit\nquit\n$/)
  expect(await app.evaluate(() => 1).catch(messageOf)).toContain('The app has ended')
})

/** Running processes with this folder in their command line or environment. */
function processesUsing(folderName: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => ['cmdline', 'environ'].some((file) => procText(id, file).includes(folderName)))
}

/** Empty for a process that has just ended, and for one of somebody else. */
function procText(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
