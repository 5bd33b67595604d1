// `BrowserWindow`: a window as a model, with its page in headless Chromium.
import type { BrowserWindow, BrowserWindowConstructorOptions, NativeImage } from 'electron'
import { createEvent } from './event.ts'
import { windowClosed, windowOpened, type ClosableWindow } from './quit.ts'
import { appEvents, needReady } from './readiness.ts'
import { notImplemented } from './strict.ts'
import { asWebContents, WebContentsDouble } from './web-contents.ts'
import { checkPreferences } from './web-preferences.ts'
import { focusedWindow, WindowState } from './window-state.ts'

type Implemented = Pick<
  BrowserWindow,
  | 'id'
  | 'loadURL'
  | 'loadFile'
  | 'reload'
  | 'show'
  | 'showInactive'
  | 'hide'
  | 'focus'
  | 'blur'
  | 'close'
  | 'destroy'
  | 'isVisible'
  | 'isFocused'
  | 'isDestroyed'
  | 'minimize'
  | 'isMinimized'
  | 'restore'
  | 'maximize'
  | 'unmaximize'
  | 'isMaximized'
  | 'isFullScreen'
  | 'getBounds'
  | 'setBounds'
  | 'getNormalBounds'
  | 'getContentBounds'
  | 'getSize'
  | 'setSize'
  | 'getPosition'
  | 'setPosition'
  | 'setMinimumSize'
  | 'center'
  | 'getTitle'
  | 'setTitle'
  | 'setMenu'
  | 'removeMenu'
  | 'setMenuBarVisibility'
  | 'setAutoHideMenuBar'
  | 'setIcon'
  | 'setSkipTaskbar'
  | 'setAlwaysOnTop'
  | 'setBackgroundColor'
  | 'flashFrame'
  | 'moveTop'
  | 'isEnabled'
  | 'capturePage'
>

const windows: BrowserWindowDouble[] = []
let nextId = 1

class BrowserWindowDouble extends WindowState implements Implemented {
  readonly id = nextId++
  readonly webContents: WebContentsDouble
  #destroyed = false
  readonly #closable: ClosableWindow

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super(options)
    needReady('Cannot create BrowserWindow before app is ready')
    if (options.parent || options.modal) notImplemented('A window with a parent')
    this.#closable = { requestClose: () => this.#requestClose(), destroy: () => this.destroy() }
    this.webContents = new WebContentsDouble(checkPreferences(options.webPreferences), {
      size: () => {
        const [width = 0, height = 0] = this.getSize()
        return { width, height }
      },
      onFirstLoad: () => this.emit('ready-to-show'),
      onTitle: (title) => this.#pageTitle(title),
      onPageClosed: () => this.#gone(),
    })
    windows.push(this)
    windowOpened(this.#closable)
    appEvents.emit('web-contents-created', {}, this.webContents)
    appEvents.emit('browser-window-created', {}, this)
    if (this.isVisible()) this.focus()
  }

  static getAllWindows(): BrowserWindow[] {
    return windows.map(asBrowserWindow)
  }
  static getFocusedWindow(): BrowserWindow | null {
    const found = windows.find((one) => one === focusedWindow())
    return found ? asBrowserWindow(found) : null
  }
  static fromId(id: number): BrowserWindow | null {
    const found = windows.find((one) => one.id === id)
    return found ? asBrowserWindow(found) : null
  }
  static fromWebContents(contents: Electron.WebContents): BrowserWindow | null {
    const found = windows.find((one) => asWebContents(one.webContents) === contents)
    return found ? asBrowserWindow(found) : null
  }

  loadURL(url: string): Promise<void> {
    this.alive()
    return this.webContents.loadURL(url)
  }
  loadFile(path: string): Promise<void> {
    this.alive()
    return this.webContents.loadFile(path)
  }
  reload(): void {
    this.alive()
    this.webContents.reload()
  }
  capturePage(): Promise<NativeImage> {
    this.alive()
    return this.webContents.capturePage()
  }

  close(): void {
    if (this.#destroyed) return
    this.#requestClose()
  }
  destroy(): void {
    this.#gone()
  }
  override isDestroyed(): boolean {
    return this.#destroyed
  }

  protected override onResize(): void {
    this.webContents.adapt().catch(() => undefined)
  }

  #requestClose(): boolean {
    const event = createEvent()
    this.emit('close', event)
    if (event.defaultPrevented) return false
    // The page is asked to unload first, so the window is gone a moment later, not at once.
    setImmediate(() => this.#gone())
    return true
  }

  #gone(): void {
    if (this.#destroyed) return
    this.blur()
    this.#destroyed = true
    windows.splice(windows.indexOf(this), 1)
    this.webContents.destroy()
    this.emit('closed')
    windowClosed(this.#closable)
  }

  #pageTitle(title: string): void {
    const event = createEvent()
    this.emit('page-title-updated', event, title, true)
    if (!event.defaultPrevented && title) this.setTitle(title)
  }
}

/** Hands the double's window to code written for Electron's. */
function asBrowserWindow(window: BrowserWindowDouble): BrowserWindow {
  const known: Implemented = window
  return known as BrowserWindow
}

export { BrowserWindowDouble as BrowserWindow }
