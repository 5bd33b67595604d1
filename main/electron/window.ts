// The one window: sandboxed, isolated, no foreign navigation, no popups, no permissions.
import { BrowserWindow, session } from 'electron'
import type { EmiApp } from '../core/app.ts'
import { pushEvents } from './ipc.ts'
import { isPageAddress, START_PAGE } from './pages.ts'

export interface MainWindow {
  /** Opens the window, or brings it to the front, at a page such as `webhook`. */
  show(page?: string): Promise<void>
}

/** Makes the window's keeper; the window itself comes with the first show(). Closing it leaves the tray. */
export function createMainWindow(options: { app: EmiApp; preload: string }): MainWindow {
  let window: BrowserWindow | null = null
  return {
    show: async (page) => {
      const address = page === undefined ? START_PAGE : `${START_PAGE}#/${page}`
      if (window) {
        if (window.isMinimized()) window.restore()
        window.show()
        window.focus()
        if (page !== undefined) await window.loadURL(address)
        return
      }
      const opened = openWindow(options.preload)
      window = opened
      opened.on('closed', () => {
        window = null
      })
      pushEvents(options.app, opened.webContents)
      await opened.loadURL(address)
      opened.show()
    },
  }
}

/** Pages need no permission at all: copying goes through the host. Electron's default approves everything. */
export function denyPermissions(): void {
  session.defaultSession.setPermissionRequestHandler((_page, _permission, answer) => answer(false))
  session.defaultSession.setPermissionCheckHandler(() => false)
}

function openWindow(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1040,
    height: 720,
    minWidth: 720,
    minHeight: 540,
    title: 'EMI Tray',
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  const page = window.webContents
  const stayHome = (event: { preventDefault(): void; url: string }) => {
    if (!isPageAddress(event.url)) event.preventDefault()
  }
  page.on('will-navigate', stayHome)
  page.on('will-frame-navigate', stayHome)
  page.on('will-redirect', stayHome)
  page.on('will-attach-webview', (event) => event.preventDefault())
  // Links open through the call app.openLink, which knows their addresses; a page names none itself.
  page.setWindowOpenHandler(() => ({ action: 'deny' }))
  return window
}
