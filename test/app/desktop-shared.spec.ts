// What the desktop app shows on the Electron double and on Electron alike: only what Playwright can drive in both.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import type { EmiBridge } from '../../main/contract/protocol.ts'
import { test, type Shell } from './desktop-shell.ts'
import { callFromPage } from './steps.ts'

test('the window is there at the first start, goes whole, and comes back where it was', async ({
  shell: app,
}) => {
  await test.step('the first start shows the way to begin', async () => {
    await expect(app.page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(await windowCount(app)).toBe(1)
    await expect
      .poll(() =>
        app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()),
      )
      .toBe(true)
    expect(
      await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle()),
    ).toContain('EMI Tray')
  })

  await test.step('the menu leads to the version and to the data', async () => {
    await app.evaluate(({ shell, Menu }) => {
      const paths: string[] = []
      Object.assign(globalThis, { paths })
      shell.openPath = (path) => {
        paths.push(path)
        return Promise.resolve('')
      }
      const help = Menu.getApplicationMenu()?.items.find(({ label }) => label === '&Help')
      for (const item of help?.submenu?.items ?? []) (item.click as () => void)()
    })
    await expect(app.page.getByText(/^What EMI Tray is made of/)).toBeVisible()
    expect(await app.evaluate(() => (globalThis as { paths?: string[] }).paths)).toEqual([
      app.dataFolder,
    ])
  })

  await test.step('a page hears of changes until it no longer wants to', async () => {
    const heard = await app.page.evaluate(async () => {
      const { emi } = window as { emi?: EmiBridge }
      const counts = { stopped: 0, going: 0 }
      const stop = emi?.on(() => counts.stopped++)
      stop?.()
      emi?.on(() => counts.going++)
      await emi?.call('settings.update', { theme: 'dark' })
      await emi?.call('app.getState', undefined)
      return counts
    })
    expect(heard.stopped).toBe(0)
    expect(heard.going).toBeGreaterThan(0)
  })

  await test.step('closed, nothing of it is left but the app; called up, the same page is there', async () => {
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
    await expect.poll(() => windowCount(app)).toBe(0)
    await expect.poll(() => app.windows().length).toBe(0)
    await app.evaluate(({ app: own }) => (own as NodeJS.EventEmitter).emit('activate'))
    await expect.poll(() => app.windows().length).toBe(1)
    await expect(app.page.getByText(/^What EMI Tray is made of/)).toBeVisible()
    await expect.poll(() => windowCount(app)).toBe(1)
  })

  await test.step('a minimized window is brought back', async () => {
    await app.evaluate(({ app: own, BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.minimize()
      ;(own as NodeJS.EventEmitter).emit('activate')
    })
    await expect
      .poll(() =>
        app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isMinimized()),
      )
      .toBe(false)
  })

  await test.step('nothing but the pages is served', async () => {
    const answers = await app.page.evaluate(() =>
      Promise.all(
        [
          'index.html',
          'missing.html',
          'start.ts',
          '%E0%A4%A',
          '..%2f..%2fpackage.json',
          '%00.html',
        ].map(async (path) => (await fetch(path)).status),
      ),
    )
    expect(answers).toEqual([200, 404, 404, 404, 404, 404])
  })

  await test.step('quitting stops it in order', async () => {
    await app.close()
    const log = await readFile(join(app.dataFolder, 'emi-tray.log'), 'utf8')
    expect(log.trimEnd().split('\n').at(-1)).toContain('EMI Tray stopped.')
  })
})

test('whatever a page tries, it stays at home, gets nothing, and reaches nobody', async ({
  shell: app,
}) => {
  const { page } = app
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const home = page.url()
  /** A call takes the same way to the main process, so what was asked before it has been decided. */
  const stillAtHome = async () => {
    expect(await callFromPage(page, 'app.getState')).toMatchObject({ ok: true })
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(page.url()).toBe(home)
    expect(await windowCount(app)).toBe(1)
    // Chromium may be closing one that the app refused.
    await expect.poll(() => app.windows()).toHaveLength(1)
    expect(await app.opened()).toEqual([])
    // What a page asked for from elsewhere; only the double can tell.
    expect(await app.double?.evaluate(({ double }) => double.blocked)).toEqual(app.double && [])
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
    await app.evaluate(({ session }) => {
      const downloads: { url: string; allowed: boolean }[] = []
      Object.assign(globalThis, { downloads })
      // After the app's own listener.
      session.defaultSession.on('will-download', (event, item) => {
        downloads.push({ url: item.getURL(), allowed: !event.defaultPrevented })
        event.preventDefault()
      })
    })
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
    const downloads = () =>
      app.evaluate(
        () => (globalThis as { downloads?: { url: string; allowed: boolean }[] }).downloads ?? [],
      )
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
    const asked = await app.double?.evaluate(({ double }) => double.permissions)
    expect(asked?.filter(({ granted }) => granted).map(({ permission }) => permission)).toEqual(
      app.double && ['clipboard-sanitized-write'],
    )
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
    expect(await app.double?.evaluate(({ double }) => double.unsupported)).toEqual(app.double && [])
  })
})

function windowCount(app: Shell): Promise<number> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)
}
