// What differs on Windows and macOS, with the double playing them as far as Electron itself differs there: icons, clicks,
// menus, starting with the session, pop-ups. Neither system was here; their own pixels and registries are not acted out.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import type { AppState } from '../../main/contract/models/state.ts'
import type { ElectronApplication } from '../electron-double/driver.ts'
import {
  choose,
  closeWindow,
  hasItem,
  isChecked,
  popUps,
  shownWindow,
  test,
  trayCount,
  windowCount,
} from './desktop.ts'
import { callFromPage } from './steps.ts'

test('on Windows: an .ico that follows the taskbar, a click that opens, the Run key with the person’s say', async ({
  desktop,
}) => {
  const app = await desktop.startOn({ platform: 'win32' })
  const page = await app.firstWindow()
  const state = async () => {
    const reply = await callFromPage(page, 'app.getState')
    if (!reply.ok) throw new Error(reply.error.message)
    return reply.value as AppState
  }

  await test.step('the icon has the taskbar’s colour, also after that changed', async () => {
    await expect.poll(() => iconName(app)).toBe('tray-not-set-up-light.ico')
    await app.evaluate(({ nativeTheme, double }) => {
      double.systemPrefersDark = true
      ;(nativeTheme as unknown as NodeJS.EventEmitter).emit('updated')
    })
    await expect.poll(() => iconName(app)).toBe('tray-not-set-up-dark.ico')
  })

  await test.step('menus are named as on Windows; leaving is in the first of them', async () => {
    await expect
      .poll(() => menuLabels(app))
      .toEqual({
        '&File': ['Close', 'Exit'],
        Edit: ['Undo', 'Redo', '', 'Cut', 'Copy', 'Paste', 'Delete', '', 'Select All'],
        '&View': ['Actual Size', 'Zoom In', 'Zoom Out'],
        '&Help': ['Open the data folder', 'About EMI Tray'],
      })
    expect(await app.evaluate(({ double }) => double.appUserModelId)).toBe('app.emitray.desktop')
  })

  await test.step('it is in the Run key under its own name, quoted, and starts hidden', async () => {
    await choose(app, 'Start at login')
    await expect.poll(async () => (await state()).startsAtLogin).toBe(true)
    const written = await app.evaluate(({ double }) => double.runKey['app.emitray.desktop'])
    expect(written?.approved).toBe(true)
    expect(written?.command).toMatch(/ --hidden --data "[^"]+"$/)
    expect(written?.command).toContain(`"${desktop.dataFolder}"`)
  })

  await test.step('what a person switches off in the Task Manager is off, until it is chosen here', async () => {
    await app.evaluate(({ double }) => {
      const item = double.runKey['app.emitray.desktop']
      if (item) item.approved = false
    })
    const second = await desktop.startOn({ platform: 'win32' }, '--hidden')
    expect(await second.exited).toBe(0)
    await callFromPage(page, 'app.startAtLogin', { on: false })
    expect((await state()).startsAtLogin).toBe(false)
    expect(await app.evaluate(({ double }) => double.runKey)).toEqual({})
    await callFromPage(page, 'app.startAtLogin', { on: true })
    expect((await state()).startsAtLogin).toBe(true)
  })

  await test.step('one button opens the window, the other the menu', async () => {
    await closeWindow(app)
    await app.evaluate(({ double }) => double.trays[0]?.pressOther())
    expect(await app.evaluate(({ double }) => double.trays[0]?.menuOpened)).toBe(1)
    expect(await windowCount(app)).toBe(0)
    await app.evaluate(({ double }) => double.trays[0]?.press())
    await expect(await shownWindow(app)).toBeVisible()
  })
})

test('on macOS: a template icon, a click that opens the menu, the app’s own menu, started with the session it stays hidden', async ({
  desktop,
}) => {
  const app = await desktop.startOn({ platform: 'darwin', openedAtLogin: true })
  await expect.poll(() => trayCount(app)).toBe(1)
  await hasItem(app, 'Open EMI Tray')

  await test.step('macOS passes no argument on, and the window stays away all the same', async () => {
    expect(await windowCount(app)).toBe(0)
  })

  await test.step('the icon is a template in two sizes, so macOS paints it for a light and a dark bar', async () => {
    const icon = await app.evaluate(({ double }) => {
      const { image } = double.trays[0] ?? {}
      return { template: image?.isTemplateImage(), sizes: image?.getScaleFactors() }
    })
    expect(icon).toEqual({ template: true, sizes: [1, 2] })
    await expect.poll(() => iconName(app)).toBe('tray-not-set-upTemplate.png')
  })

  await test.step('a click opens the menu and no window', async () => {
    await app.evaluate(({ double }) => double.trays[0]?.press())
    expect(await app.evaluate(({ double }) => double.trays[0]?.menuOpened)).toBe(1)
    expect(await windowCount(app)).toBe(0)
  })

  await test.step('started again from the Finder it shows its window; closing that ends only the window', async () => {
    await app.evaluate(({ app: own }) => (own as NodeJS.EventEmitter).emit('activate', {}, false))
    await expect(await shownWindow(app)).toBeVisible()
    expect(Object.entries(await menuLabels(app))[0]).toEqual([
      'EMI Tray',
      expect.arrayContaining(['About EMI Tray', 'Hide EMI Tray', 'Quit EMI Tray']),
    ])
    expect((await menuLabels(app))['&File']).toEqual(['Close Window'])
    await closeWindow(app)
  })

  await test.step('a login item that macOS wants approved first does not pass for one that is on', async () => {
    await choose(app, 'Start at login')
    await expect.poll(() => app.evaluate(({ double }) => double.loginStatus)).toBe('enabled')
    await expect.poll(() => isChecked(app, 'Start at login')).toBe(true)
    await choose(app, 'Start at login')
    await expect.poll(() => app.evaluate(({ double }) => double.loginStatus)).toBe('not-registered')
    await expect.poll(() => isChecked(app, 'Start at login')).toBe(false)
  })

  await test.step('where an unsigned app may show no pop-up, the icon and the menu still tell', async () => {
    await app.evaluate(({ double }) => (double.notificationFailure = 'not signed'))
    const failing = await app.evaluate(
      ({ Notification }) =>
        new Promise<boolean>((resolve) => {
          const popUp = new Notification({ title: 'x' })
          popUp.on('failed', () => resolve(true))
          popUp.show()
        }),
    )
    expect(failing).toBe(true)
    expect(await popUps(app)).toEqual([])
  })

  await test.step('Quit of the menu ends it in order', async () => {
    const ended = app.evaluate(
      ({ app: own, double }) =>
        new Promise<string[]>((resolve) => {
          own.once('quit', () => resolve(double.unsupported))
          double.trays[0]?.menu?.items.find(({ label }) => label === 'Quit EMI Tray')?.click()
        }),
    )
    expect(await ended).toEqual([])
    expect(await app.exited).toBe(0)
  })
})

/** The file whose bytes the tray shows. */
async function iconName(app: ElectronApplication): Promise<string | undefined> {
  const folder = join(import.meta.dirname, '../../build/icons')
  const shown = await app.evaluate(({ double }) => double.trays[0]?.image.toPNG().toString('hex'))
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name)).catch(() => undefined)
    if (bytes?.toString('hex') === shown) return name
  }
  return undefined
}

/** The menus of the menu bar and what is in them. */
function menuLabels(app: ElectronApplication): Promise<Record<string, string[]>> {
  return app.evaluate(({ Menu }) =>
    Object.fromEntries(
      (Menu.getApplicationMenu()?.items ?? []).map(({ label, submenu }) => [
        label,
        (submenu?.items ?? []).map((item) => item.label),
      ]),
    ),
  )
}
