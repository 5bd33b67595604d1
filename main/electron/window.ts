// The one window: sandboxed, isolated, no foreign navigation, no popups, no permission but to copy; it remembers its place.
import { BrowserWindow, Menu, screen, session, type WebContents } from 'electron'
import type { EmiApp } from '../core/app.ts'
import { pushEvents } from './ipc.ts'
import { contextMenu } from './menus.ts'
import { isPageAddress, START_PAGE } from './pages.ts'
import { isReachable, readPlace, writePlace } from './window-place.ts'

export interface MainWindow {
  /** Opens the window, or brings it to the front, at a page such as `webhook`. */
  show(page?: string): Promise<void>
}

const SMALLEST = { minWidth: 720, minHeight: 540 }
const FIRST_SIZE = { width: 1040, height: 720 }

/**
 * Makes the window's keeper; the window itself comes with the first show(). Closing it ends it and leaves the tray;
 * the next one opens at the page where the last one was.
 */
export function createMainWindow(options: {
  app: EmiApp
  preload: string
  placeFile: string
}): MainWindow {
  let window: BrowserWindow | null = null
  let lastPlace = ''
  return {
    show: async (page) => {
      const address = `${START_PAGE}${page === undefined ? lastPlace : `#/${page}`}`
      if (window) {
        if (window.isMinimized()) window.restore()
        window.show()
        window.focus()
        if (page !== undefined) await window.loadURL(address)
        return
      }
      const opened = openWindow(options)
      window = opened
      opened.on('closed', () => {
        window = null
      })
      opened.webContents.on('did-navigate-in-page', (_event, url) => {
        lastPlace = new URL(url).hash
      })
      pushEvents(options.app, opened.webContents)
      try {
        await opened.loadURL(address)
      } catch (error) {
        // Closed while it was loading: that is what the person wanted.
        if (opened.isDestroyed()) return
        throw error
      }
      if (opened.isDestroyed()) return
      opened.show()
      // Not before: maximizing shows a window, whatever it holds.
      if (readPlace(options.placeFile)?.maximized) opened.maximize()
    },
  }
}

/**
 * Our own pages may write text to the clipboard, for their small copy buttons, and save a file that they made.
 * Nothing else is allowed to anybody; Electron's default approves everything.
 */
export function restrictPermissions(): void {
  const allows = (permission: string, address: string) =>
    permission === 'clipboard-sanitized-write' && isPageAddress(address)
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((_page, permission, answer, { requestingUrl }) =>
    answer(allows(permission, requestingUrl)),
  )
  defaultSession.setPermissionCheckHandler((_page, permission, origin) =>
    allows(permission, origin),
  )
  defaultSession.setDevicePermissionHandler(() => false)
  defaultSession.on('will-download', (event, item) => {
    const url = item.getURL()
    if (!url.startsWith('blob:') || !isPageAddress(url.slice('blob:'.length))) {
      event.preventDefault()
    }
  })
}

function openWindow({ preload, placeFile }: { preload: string; placeFile: string }): BrowserWindow {
  const place = readPlace(placeFile)
  const screens = screen.getAllDisplays().map(({ workArea }) => workArea)
  const window = new BrowserWindow({
    ...FIRST_SIZE,
    ...(place && isReachable(place.bounds, screens) ? place.bounds : {}),
    ...SMALLEST,
    title: 'EMI Tray',
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      // A file that is dropped beside a drop target must not be opened in place of the page.
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  })
  window.on('close', () => {
    const maximized = window.isMaximized()
    writePlace(placeFile, { bounds: window.getNormalBounds(), maximized })
  })
  keepAtHome(window.webContents)
  window.webContents.on('context-menu', (_event, params) => {
    const items = contextMenu(params)
    if (items.length > 0) Menu.buildFromTemplate(items).popup({ window })
  })
  // A blank window that stays would be all there is to see; the next click opens a fresh one.
  window.webContents.on('render-process-gone', () => window.destroy())
  return window
}

/** Whatever a page asks for, it stays what it is: no other address, no other window, no webview. */
function keepAtHome(page: WebContents): void {
  const stayHome = (event: { preventDefault(): void; url: string }) => {
    if (!isPageAddress(event.url)) event.preventDefault()
  }
  page.on('will-navigate', stayHome)
  page.on('will-frame-navigate', stayHome)
  page.on('will-redirect', stayHome)
  page.on('will-attach-webview', (event) => event.preventDefault())
  // Links open through the call app.openLink, which knows their addresses; a page names none itself.
  page.setWindowOpenHandler(() => ({ action: 'deny' }))
}
