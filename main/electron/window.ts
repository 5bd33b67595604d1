// The one window: sandboxed, isolated, no foreign navigation, no popups, no permission but to copy.
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
      try {
        await opened.loadURL(address)
      } catch (error) {
        // Closed while it was loading: that is what the person wanted.
        if (opened.isDestroyed()) return
        throw error
      }
      if (!opened.isDestroyed()) opened.show()
    },
  }
}

/**
 * Our own pages may write text to the clipboard, for their small copy buttons. Nothing else is allowed to anybody;
 * Electron's default approves everything.
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
  // A blank window that stays would be all there is to see; the next click opens a fresh one.
  page.on('render-process-gone', () => window.destroy())
  page.on('will-attach-webview', (event) => event.preventDefault())
  // Links open through the call app.openLink, which knows their addresses; a page names none itself.
  page.setWindowOpenHandler(() => ({ action: 'deny' }))
  return window
}
