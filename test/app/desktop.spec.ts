// What only the desktop app has: tray, alerts, window, single instance, quitting in order, and the bars around the page.
// Each start costs seconds, so one started app shows several things, step by step.
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import type { AppState } from '../../main/contract/models/state.ts'
import type { EmiBridge, Push } from '../../main/contract/protocol.ts'
import { openDataFolder } from '../../main/node/data-folder.ts'
import {
  asEmi,
  choose,
  closeWindow,
  hasItem,
  healthOf,
  iconText,
  isChecked,
  listenOnce,
  popUps,
  shownWindow,
  statusBar,
  storedDeliveries,
  test,
  trayCount,
  trayOf,
  windowCount,
} from './desktop.ts'
import { callFromPage, setUpPractice } from './steps.ts'

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
    await expect(async () => {
      const { sentence } = await healthOf(page)
      expect(await trayOf(app)).toMatchObject({
        toolTip: `EMI Tray: ${sentence}`,
        image: await iconText('not-set-up'),
        labels: expect.arrayContaining([`Not set up: ${sentence}`, 'Quit EMI Tray']),
      })
    }).toPass()
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
    // It leads to the window as well, and goes away by itself.
    await app.evaluate(({ double }) => double.notifications.at(-1)?.dismiss())
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
    await expect.poll(async () => (await trayOf(app)).image).toBe(await iconText('failed'))
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
    await expect.poll(async () => (await stateOf()).alerts).toEqual([])
  })

  await test.step('after sleep the way from outside is tested anew, and the log says why', async () => {
    const before = (await stateOf()).tunnel.lastProbe?.at
    await app.evaluate(({ powerMonitor }) => {
      for (const event of ['suspend', 'lock-screen', 'unlock-screen', 'resume']) {
        ;(powerMonitor as NodeJS.EventEmitter).emit(event)
      }
    })
    await expect.poll(async () => (await stateOf()).tunnel.lastProbe?.at).not.toBe(before)
    const log = () => readFile(join(desktop.dataFolder, 'emi-tray.log'), 'utf8')
    for (const words of ['goes to sleep', 'was locked', 'was unlocked', 'woke up']) {
      await expect.poll(log).toContain(words)
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
    await expect.poll(() => isChecked(app, 'Start at login')).toBe(true)
    await choose(app, 'Start at login')
    await expect.poll(async () => (await stateOf()).startsAtLogin).toBe(false)
  })

  let secret = ''
  await test.step('a clock that was set back and another network are noticed: the tunnel begins anew, is tested, and the log says why', async () => {
    const { since, lastProbe } = (await stateOf()).tunnel
    await app.evaluate(() => {
      const os = process.getBuiltinModule('node:os')
      const address = { address: '192.0.2.7', netmask: '255.255.255.0', mac: '', internal: false }
      os.networkInterfaces = () => ({ wlan9: [{ ...address, family: 'IPv4', cidr: null }] })
      process.getBuiltinModule('node:module').syncBuiltinESMExports()
      const RealDate = Date
      const hourAgo = () => RealDate.now() - 3_600_000
      globalThis.Date = class extends RealDate {
        constructor(...given: [] | [string | number | Date]) {
          super(given[0] ?? hourAgo())
        }
        static override now = hourAgo
      } as DateConstructor
    })
    const log = () => readFile(join(desktop.dataFolder, 'emi-tray.log'), 'utf8')
    // It looks every ten seconds.
    await expect.poll(log, { timeout: 30_000 }).toContain('was set back')
    await expect.poll(log).toContain('network of this computer changed')
    await expect.poll(async () => (await stateOf()).tunnel.phase).toBe('up')
    await expect.poll(async () => (await stateOf()).tunnel.since).not.toBe(since)
    await expect.poll(async () => (await stateOf()).tunnel.lastProbe?.at).not.toBe(lastProbe?.at)
  })

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
    await app.evaluate(({ app: own }) => {
      const gone = (details: object) =>
        (own as NodeJS.EventEmitter).emit('child-process-gone', {}, details)
      gone({ type: 'GPU', reason: 'crashed', exitCode: 5 })
      gone({ type: 'Utility', name: 'Network', reason: 'clean-exit', exitCode: 0 })
    })
    const parts = (await readdir(join(desktop.dataFolder, 'crashes'))).map((name) =>
      name.replace(/^.*Z-/, ''),
    )
    expect(parts).toEqual(expect.arrayContaining(['window.json', 'GPU.json']))
    expect(parts).not.toContain('Network.json')
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

test('without the native keychain module the window opens all the same and says to install again', async ({
  desktop,
}) => {
  const hook = new URL('../node/without-keyring.ts', import.meta.url).href
  const app = await desktop.startWith(
    { EMI_KEY_FILE: undefined, NODE_OPTIONS: `--import ${hook}` },
    '--practice',
  )
  const page = await app.firstWindow()
  await expect(page.getByText('Install EMI Tray again.')).toBeVisible()
  await expect(page.getByText('keychain is missing or damaged')).toBeVisible()
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
