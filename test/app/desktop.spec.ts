// What only the desktop app has: tray, alerts, window, single instance, quitting in order, and the bars around the page.
// Each start costs seconds, so one started app shows several things, step by step.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test as base, type Page } from '@playwright/test'
import { freePort } from '../../build/free-port.ts'
import type { AppState, Health, Light } from '../../main/contract/models.ts'
import type { EmiBridge, Push } from '../../main/contract/protocol.ts'
import { openDataFolder } from '../../main/node/data-folder.ts'
import { launch, type ElectronApplication } from '../electron-double/driver.ts'
import { PASSPHRASE } from '../whole/cli-process.ts'
import type { EmiUnderTest } from './emi.ts'
import { callFromPage, setUpPractice } from './steps.ts'

const ENTRY = join(import.meta.dirname, '../../out/main/electron.js')
const ICONS = join(import.meta.dirname, '../../build/icons')

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

test('the tray through one working day: set-up, tests, pause, alert, sleep, and quitting while it listens', async ({
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
      expect(tray.image).toBe(await iconText((await healthOf(page)).light))
    }).toPass()
  }

  await test.step('before the set-up it has the state, which the first page does not show', async () => {
    const { sentence } = await healthOf(page)
    expect(await trayOf(app)).toMatchObject({
      toolTip: `EMI Tray: ${sentence}`,
      image: await iconText('not-set-up'),
      labels: expect.arrayContaining([`Not set up: ${sentence}`, 'Quit EMI Tray']),
    })
  })

  await test.step('after it, tray and status bar say the same', async () => {
    await setUpPractice(asEmi(desktop, { app, page }), browser)
    await hasItem(app, 'Pause the webhook')
    await agree(/OK|Attention/)
  })

  await test.step('the values that wait to be handed over are copied one by one', async () => {
    const label = (await trayOf(app)).labels.find((one) => one.startsWith('Copy ')) ?? ''
    await choose(app, label)
    await expect.poll(() => app.evaluate(({ double }) => double.clipboardText)).not.toBe('')
    await expect
      .poll(async () => (await trayOf(app)).labels.find((one) => one.startsWith('Copy ')))
      .not.toBe(label)
  })

  await test.step('a test that came through is answered with a pop-up', async () => {
    await choose(app, 'Test the way from outside')
    await expect.poll(() => popUps(app)).toEqual(['All is well'])
  })

  await test.step('pausing and resuming', async () => {
    await choose(app, 'Pause the webhook')
    await expect(page.getByLabel('Status').first()).toContainText('paused')
    await hasItem(app, 'Resume')
    await agree(/Attention/)
    expect((await trayOf(app)).labels).not.toContain('Pause the webhook')
  })

  await test.step('with the window closed an alert pops up, and a click leads to where it is mended', async () => {
    await closeWindow(app)
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(desktop.webhookPort, '127.0.0.1', resolve))
    await choose(app, 'Resume')
    await expect.poll(() => popUps(app)).toEqual(['All is well', 'The webhook could not start'])
    expect(await app.evaluate(({ double }) => double.notifications.at(-1)?.urgency)).toBe(
      'critical',
    )
    expect((await trayOf(app)).image).toBe(await iconText('failed'))
    await app.evaluate(({ double }) => double.notifications.at(-1)?.press())
    await expect(await shownWindow(app)).toContainText('Webhook')
    await new Promise((resolve) => other.close(resolve))
  })

  const again = await app.firstWindow()
  await again.evaluate(() => {
    const pushed: string[] = []
    Object.assign(window, { pushed })
    ;(window as { emi?: EmiBridge }).emi?.on((push: Push) => pushed.push(JSON.stringify(push)))
  })
  const stateOf = async () => {
    const reply = await callFromPage(again, 'app.getState')
    if (!reply.ok) throw new Error(reply.error.message)
    return reply.value as AppState
  }
  await test.step('once it listens again the alert is gone', async () => {
    expect(await callFromPage(again, 'webhook.start')).toMatchObject({ ok: true })
    await expect.poll(async () => (await stateOf()).tunnel.phase).toBe('up')
    expect((await stateOf()).alerts).toEqual([])
  })

  await test.step('after sleep the way from outside is tested anew, and the log says why', async () => {
    const before = (await stateOf()).tunnel.lastProbe?.at
    await app.evaluate(({ powerMonitor }) => {
      for (const event of ['suspend', 'lock-screen', 'unlock-screen', 'resume']) {
        ;(powerMonitor as NodeJS.EventEmitter).emit(event)
      }
    })
    await expect.poll(async () => (await stateOf()).tunnel.lastProbe?.at).not.toBe(before)
    const log = await readFile(join(desktop.dataFolder, 'emi-tray.log'), 'utf8')
    for (const words of ['goes to sleep', 'was locked', 'was unlocked', 'woke up']) {
      expect(log).toContain(words)
    }
  })

  await test.step('it takes the way that the network settings of the system name', async () => {
    await app.evaluate(({ double }) => {
      double.proxy = 'PROXY 127.0.0.1:1; SOCKS5 socks.example:1080'
    })
    const connection = { handOnTarget: 'http', handOnUrl: 'https://pbx.emi.test/events' }
    await callFromPage(again, 'settings.update', { connection })
    await callFromPage(again, 'network.check')
    await expect.poll(async () => (await stateOf()).network.checkedAt).not.toBeNull()
    const { targets } = (await stateOf()).network
    const hops = targets.find(({ id }) => id === 'hand-on')?.hops
    expect(hops?.[0]?.message).toContain('127.0.0.1:1, as this computer’s network settings say')
    expect(hops?.at(-1)).toMatchObject({ name: 'Connection', state: 'failed' })
    // The practice tenant is on this computer, and no proxy comes between.
    expect(targets[0]?.hops.map(({ state }) => state)).not.toContain('failed')
    await callFromPage(again, 'settings.update', { connection: { handOnTarget: 'none' } })
  })

  await test.step('it keeps the computer awake and starts at login, once that is chosen', async () => {
    const isAwake = () => app.evaluate(({ powerSaveBlocker }) => powerSaveBlocker.isStarted(0))
    expect(await isAwake()).toBe(false)
    await callFromPage(again, 'settings.update', { keepAwake: true })
    await expect.poll(isAwake).toBe(true)
    await choose(app, 'Start at login')
    await expect.poll(async () => (await stateOf()).startsAtLogin).toBe(true)
    const config = await app.evaluate(() => process.env['XDG_CONFIG_HOME'] ?? '')
    const entry = await readFile(join(config, 'autostart/app.emitray.desktop.desktop'), 'utf8')
    expect(entry).toContain('"--hidden"')
    expect(entry).toContain(`"--data" "${desktop.dataFolder}"`)
  })

  let secret = ''
  await test.step('copying the client secret puts it on the clipboard and into nothing else', async () => {
    const reply = await callFromPage(again, 'handover.copy', { field: 'client-secret' })
    expect(reply).toEqual({ ok: true, value: { clearsInSeconds: 30 } })
    secret = await app.evaluate(({ double }) => double.clipboardText)
    expect(secret).toMatch(/^\S{3}\dQ~/)
    const elsewhere = [
      await readFile(join(desktop.dataFolder, 'emi-tray.log'), 'utf8'),
      app.log(),
      await again.content(),
      JSON.stringify(await stateOf()),
      JSON.stringify(await again.evaluate(() => (window as { pushed?: string[] }).pushed)),
      await app.evaluate(({ double }) => JSON.stringify([double.notifications, double.dialogs])),
    ]
    for (const text of elsewhere) expect(text).not.toContain(secret)
  })

  await test.step('quitting while it listens takes the secret along, loses nothing, and leaves nothing running', async () => {
    const { practice } = await stateOf()
    const channel = practice?.chats.find(({ kind }) => kind === 'channel')
    const said = { chatId: channel?.id, personId: practice?.people[1]?.id, text: 'Near the end' }
    await expect
      .poll(async () =>
        (await stateOf()).subscriptions.some(
          ({ key, status }) => key === 'channel-messages' && status === 'active',
        ),
      )
      .toBe(true)
    expect(await callFromPage(again, 'practice.say', said)).toMatchObject({ ok: true })
    await expect.poll(async () => (await stateOf()).webhook.received).toBeGreaterThan(0)
    const { received } = (await stateOf()).webhook
    expect(await readdir(desktop.dataFolder)).toContain('status.json')
    // Nobody looks on: the driver's own way to end an app is not used here.
    const atTheEnd = app.evaluate(
      ({ app: own, double }) =>
        new Promise<[string, string[]]>((resolve) => {
          own.once('quit', () => resolve([double.clipboardText, double.unsupported]))
          double.trays[0]?.menu?.items.find(({ label }) => label === 'Quit EMI Tray')?.click()
        }),
    )
    expect(await atTheEnd).toEqual(['', []])
    expect(await app.exited).toBe(0)
    const log = await readFile(join(desktop.dataFolder, 'emi-tray.log'), 'utf8')
    const last = JSON.parse(log.trimEnd().split('\n').at(-1) ?? '') as { message: string }
    expect(last.message).toBe('EMI Tray stopped.')
    const folder = await openDataFolder(desktop.dataFolder)
    await folder.release()
    expect(await readdir(desktop.dataFolder)).not.toContain('status.json')
    await listenOnce(desktop.webhookPort)
    expect(storedDeliveries(desktop.dataFolder)).toBeGreaterThanOrEqual(received)
  })
})

test('the window comes back where it was: page, scroll, place and size, also after a crash', async ({
  desktop,
}) => {
  const app = await desktop.start('--practice')
  const page = await app.firstWindow()
  await expect(page.getByRole('navigation')).toBeVisible()
  await page.evaluate(() => (location.hash = '#/settings'))
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Settings')
  await page.locator('#page').evaluate((place) => (place.scrollTop = 300))
  await expect.poll(() => page.evaluate(() => localStorage.getItem('emi.scroll'))).toContain('300')
  const bounds = { x: 40, y: 30, width: 900, height: 700 }
  await app.evaluate(({ BrowserWindow }, given) => {
    BrowserWindow.getAllWindows()[0]?.setBounds(given)
  }, bounds)

  await closeWindow(app)
  await app.evaluate(({ double }) => double.trays[0]?.press())
  await expect(await shownWindow(app)).toContainText('Settings')
  const reopened = await app.firstWindow()
  await expect
    .poll(() => reopened.locator('#page').evaluate((place) => place.scrollTop))
    .toBeGreaterThan(250)
  expect(
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds()),
  ).toEqual(bounds)

  await test.step('a right click offers to copy, and the menu changes the size of everything', async () => {
    const seen = await app.evaluate(({ BrowserWindow, Menu, double }) => {
      const [window] = BrowserWindow.getAllWindows()
      const params = { isEditable: false, editFlags: {} }
      const click = (selectionText: string) =>
        (window?.webContents as NodeJS.EventEmitter | undefined)?.emit(
          'context-menu',
          {},
          { ...params, selectionText },
        )
      click('')
      click('a client id')
      const view = Menu.getApplicationMenu()?.items.find(({ label }) => label === '&View')
      for (const role of ['zoomIn', 'zoomIn', 'zoomOut']) {
        view?.submenu?.items.find((item) => item.role === role)?.click()
      }
      return {
        menus: double.contextMenus.map(({ items }) => items.map(({ label }) => label)),
        zoom: window?.webContents.getZoomLevel(),
      }
    })
    expect(seen).toEqual({ menus: [['Copy']], zoom: 0.5 })
  })

  await test.step('a maximized window stays one, and a page that crashed is opened afresh', async () => {
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.maximize())
    await choose(app, 'Open EMI Tray')
    await closeWindow(app)
    await choose(app, 'About EMI Tray')
    await expect(await shownWindow(app)).toContainText('Settings')
    expect(
      await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMaximized()),
    ).toBe(true)
    await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    )
    await expect.poll(() => windowCount(app)).toBe(0)
    await app.evaluate(({ double }) => double.trays[0]?.press())
    await expect(await shownWindow(app)).toBeVisible()
  })

  await test.step('the crash is kept on this computer, and the diagnostics file holds it', async () => {
    const [record] = (await readdir(join(desktop.dataFolder, 'crashes'))).filter((name) =>
      name.endsWith('-window.json'),
    )
    expect(record).toBeDefined()
    expect(await app.evaluate(({ double }) => double.crashReporter)).toEqual({
      uploadToServer: false,
    })
    const reply = await callFromPage(await app.firstWindow(), 'app.saveDiagnostics')
    expect(reply).toMatchObject({ ok: true })
    const { path } = (reply.ok ? reply.value : {}) as { path: string }
    expect((await readFile(path)).includes(`crashes/${record}`)).toBe(true)
    expect(await app.evaluate(({ double }) => double.opened)).toEqual([path])
  })

  await test.step('where no window can open, the reason is said and the file offered', async () => {
    await app.close()
    const folder = await openDataFolder(desktop.dataFolder)
    const failing = await desktop.start()
    await expect.poll(() => failing.evaluate(({ double }) => double.dialogs.length)).toBe(1)
    const said = await failing.evaluate(({ double }) => {
      const [dialog] = double.dialogs
      dialog?.answer({ response: 1 })
      return JSON.stringify(dialog?.options)
    })
    expect(said).toContain('already running')
    expect(said).toContain('Save a diagnostics file')
    expect(await failing.exited).toBe(1)
    await folder.release()
    expect(await readdir(join(desktop.dataFolder, 'diagnostics'))).toHaveLength(2)
  })
})

test('started hidden it is in the tray only; a second start ends by itself and passes on what it was given', async ({
  desktop,
}) => {
  const first = await desktop.start('--hidden')
  await expect.poll(() => trayCount(first)).toBe(1)
  const hidden = await desktop.start('--hidden')
  expect(await hidden.exited).toBe(0)
  await hasItem(first, 'Open EMI Tray')
  expect(await windowCount(first)).toBe(0)
  const second = await desktop.start('--practice')
  expect(await second.exited).toBe(0)
  expect(second.log()).toBe('')
  await expect(await shownWindow(first)).toBeVisible()
  const page = await first.firstWindow()
  await expect.poll(async () => (await healthOf(page)).sentence).toContain('Set-up')
})

test('whatever a page tries, it stays at home, gets nothing, and reaches nobody', async ({
  desktop,
}) => {
  const app = await desktop.start()
  const page = await app.firstWindow()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const home = page.url()
  /** A call takes the same way to the main process, so what was asked before it has been decided. */
  const stillAtHome = async () => {
    expect(await callFromPage(page, 'app.getState')).toMatchObject({ ok: true })
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(page.url()).toBe(home)
    expect(await windowCount(app)).toBe(1)
    expect(app.windows()).toHaveLength(1)
    expect(await app.evaluate(({ double }) => [double.opened, double.blocked])).toEqual([[], []])
  }

  await test.step('it sees call and on, and nothing else of the app (items 2, 3 and 20)', async () => {
    const seen = await page.evaluate(() => ({
      keys: Object.keys((window as { emi?: EmiBridge }).emi ?? {}),
      frozen: Object.isFrozen((window as { emi?: EmiBridge }).emi),
      globals: ['require', 'process', 'module', 'electron'].filter((name) => name in window),
    }))
    expect(seen).toEqual({ keys: ['call', 'on'], frozen: true, globals: [] })
  })

  await test.step('no other address (item 13), no other window (item 14)', async () => {
    for (const address of [
      'https://example.com/',
      'file:///etc/passwd',
      'data:text/html,<h1>Foreign</h1>',
      'javascript:document.body.innerHTML="run"',
      'ms-msdt:/id',
    ]) {
      await page.evaluate((to) => {
        location.href = to
      }, address)
      await page.evaluate((to) => {
        window.open(to)
      }, address)
    }
    await stillAtHome()
  })

  await test.step('links and code in a text, such as a Teams message, do nothing (item 7)', async () => {
    const ran = await page.evaluate(async () => {
      const text = document.createElement('div')
      text.innerHTML =
        '<a href="javascript:window.ran=1">a</a><a href="https://example.com" target="_blank">b</a>' +
        '<img src="x" onerror="window.ran=2"><iframe src="https://example.com"></iframe>'
      document.body.append(text)
      for (const one of text.querySelectorAll('a')) one.click()
      await new Promise((resolve) => setTimeout(resolve, 100))
      let evaluated = 'refused'
      try {
        // The way that the policy has to close.
        Reflect.construct(Function, ['return 1'])
        evaluated = 'compiled'
      } catch {
        // As it should be.
      }
      const fetched = await fetch('https://example.com').then(
        () => 'reached',
        () => 'refused',
      )
      text.remove()
      return [(window as { ran?: number }).ran ?? 'not run', evaluated, fetched]
    })
    expect(ran).toEqual(['not run', 'refused', 'refused'])
    await stillAtHome()
  })

  await test.step('a file that is dropped on it is not opened', async () => {
    const cdp = await app.context().newCDPSession(page)
    const data = { items: [], files: ['/etc/hostname'], dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await cdp.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data })
    }
    await stillAtHome()
  })

  await test.step('webviews are refused (items 11 and 12)', async () => {
    const refused = await app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows()
      let prevented = false
      const event = { preventDefault: () => (prevented = true) }
      ;(window?.webContents as NodeJS.EventEmitter | undefined)?.emit('will-attach-webview', event)
      return prevented
    })
    expect(refused).toBe(true)
  })

  await test.step('only files that it made are saved', async () => {
    await page.evaluate(() => {
      const save = (address: string) => {
        const link = document.createElement('a')
        link.href = address
        link.download = 'report.txt'
        link.click()
      }
      save('data:text/plain,foreign')
      save(URL.createObjectURL(new Blob(['ours'])))
    })
    const downloads = () => app.evaluate(({ double }) => double.downloads)
    await expect.poll(async () => (await downloads()).length).toBe(2)
    expect((await downloads()).map(({ url, allowed }) => [url.slice(0, 15), allowed])).toEqual(
      expect.arrayContaining([
        ['data:text/plain', false],
        ['blob:app://emi/', true],
      ]),
    )
  })

  await test.step('it may copy text, and is refused every other permission (item 5)', async () => {
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

  await test.step('calls of a wrong shape, of great size and without end are refused (item 17)', async () => {
    const codeOf = async (name: unknown, input?: unknown) => {
      const reply = await callFromPage(page, name as string, input)
      return reply.ok ? 'ok' : reply.error.code
    }
    expect(await codeOf('settings.update', { theme: 'dark' })).toBe('ok')
    expect(await codeOf(7)).toBe('call-unknown')
    expect(await codeOf({ toString: 'app.getState' })).toBe('call-unknown')
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(await codeOf(name)).toBe('call-unknown')
    }
    expect(await codeOf('settings.update', { theme: 'pink' })).toBe('input-invalid')
    expect(await codeOf('app.openLink', { link: 'https://example.com' })).toBe('input-invalid')
    const large = { theme: 'light', more: 'x'.repeat(300_000) }
    expect(await codeOf('settings.update', large)).toBe('call-unknown')
    const strange = await page.evaluate(async () => {
      const { emi } = window as { emi?: EmiBridge }
      const ring: { theme: string; self?: unknown } = { theme: 'light' }
      ring.self = ring
      const inputs = [ring, { theme: 'light', more: 10n }]
      const codes: (string | undefined)[] = []
      for (const input of inputs) {
        const reply = await emi?.call('settings.update', input)
        codes.push(reply?.ok === false ? reply.error.code : undefined)
      }
      return codes
    })
    expect(strange).toEqual(['call-unknown', 'call-unknown'])
    // Nothing of it was done.
    const state = await callFromPage(page, 'app.getState')
    expect(state).toMatchObject({ ok: true, value: { settings: { theme: 'dark' } } })
  })

  await test.step('a foreign page that got in all the same may not call', async () => {
    // Past everything that keeps it out.
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
    expect(await app.evaluate(({ double }) => double.unsupported)).toEqual([])
  })
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

function trayOf(
  app: ElectronApplication,
): Promise<{ toolTip: string; labels: string[]; image: string }> {
  return app.evaluate(({ double }) => {
    const [tray] = double.trays
    const labels = tray?.menus.at(-1)?.map(({ label }) => label) ?? []
    return { toolTip: tray?.toolTip ?? '', labels, image: tray?.image.toDataURL() ?? '' }
  })
}

/** The icon of a light, as the tray's image says it. */
async function iconText(light: Light): Promise<string> {
  const bytes = await readFile(join(ICONS, `tray-${light}-light.png`))
  return `data:image/png;base64,${bytes.toString('base64')}`
}

/** Waits until the menu has an item. */
async function hasItem(app: ElectronApplication, label: string): Promise<void> {
  await expect.poll(async () => (await trayOf(app)).labels).toContain(label)
}

/** Titles of the pop-ups so far. */
function popUps(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(({ double }) => double.notifications.map(({ title }) => title))
}

function storedDeliveries(dataFolder: string): number {
  const database = new DatabaseSync(join(dataFolder, 'practice', 'emi.sqlite'), { readOnly: true })
  try {
    const row = database.prepare('SELECT count(*) AS n FROM deliveries').get()
    return Number(row?.['n'])
  } finally {
    database.close()
  }
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
