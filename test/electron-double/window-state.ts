// What a window of the desktop has apart from its page: visibility, focus, place, title; a model, not pixels.
import { EventEmitter } from 'node:events'
import type { BrowserWindowConstructorOptions, Rectangle } from 'electron'
import { app } from './app.ts'
import { appEvents } from './readiness.ts'

let focused: WindowState | null = null

/** The window that has the focus, if one of ours does. */
export function focusedWindow(): WindowState | null {
  return focused
}

export abstract class WindowState extends EventEmitter {
  #bounds: Rectangle
  #title: string
  #visible: boolean
  #minimized = false
  #maximized = false

  constructor(options: BrowserWindowConstructorOptions) {
    super()
    const { width = 800, height = 600, x = 0, y = 0 } = options
    this.#bounds = { x, y, width, height }
    this.#title = options.title ?? app.getName()
    this.#visible = options.show !== false
  }

  abstract isDestroyed(): boolean
  /** The size changed. Not part of Electron's API. */
  protected abstract onResize(): void

  show(): void {
    this.showInactive()
    this.focus()
  }
  showInactive(): void {
    this.alive()
    if (this.#visible) return
    this.#visible = true
    this.emit('show')
  }
  hide(): void {
    this.alive()
    if (!this.#visible) return
    this.blur()
    this.#visible = false
    this.emit('hide')
  }
  focus(): void {
    this.alive()
    if (!this.#visible || focused === this) return
    focused?.blur()
    focused = self(this)
    this.emit('focus')
    appEvents.emit('browser-window-focus', {}, this)
  }
  blur(): void {
    this.alive()
    if (focused !== this) return
    focused = null
    this.emit('blur')
    appEvents.emit('browser-window-blur', {}, this)
  }
  minimize(): void {
    this.alive()
    if (this.#minimized) return
    this.blur()
    this.#minimized = true
    this.emit('minimize')
  }
  restore(): void {
    this.alive()
    if (!this.#minimized) return
    this.#minimized = false
    this.emit('restore')
  }
  maximize(): void {
    this.alive()
    // It shows a hidden window, without the focus.
    this.showInactive()
    this.#maximized = true
    this.emit('maximize')
  }
  unmaximize(): void {
    this.alive()
    this.#maximized = false
    this.emit('unmaximize')
  }
  isVisible(): boolean {
    this.alive()
    return this.#visible
  }
  isFocused(): boolean {
    this.alive()
    return focused === this
  }
  isMinimized(): boolean {
    this.alive()
    return this.#minimized
  }
  isMaximized(): boolean {
    this.alive()
    return this.#maximized
  }
  isFullScreen(): boolean {
    return false
  }
  isEnabled(): boolean {
    return true
  }

  getBounds(): Rectangle {
    this.alive()
    return { ...this.#bounds }
  }
  getNormalBounds(): Rectangle {
    return this.getBounds()
  }
  getContentBounds(): Rectangle {
    return this.getBounds()
  }
  getSize(): number[] {
    return [this.#bounds.width, this.#bounds.height]
  }
  getPosition(): number[] {
    return [this.#bounds.x, this.#bounds.y]
  }
  setBounds(bounds: Partial<Rectangle>): void {
    this.alive()
    const before = this.#bounds
    this.#bounds = { ...before, ...bounds }
    const { x, y, width, height } = this.#bounds
    if (x !== before.x || y !== before.y) this.emit('move')
    if (width === before.width && height === before.height) return
    this.emit('resize')
    this.onResize()
  }
  setSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }
  setPosition(x: number, y: number): void {
    this.setBounds({ x, y })
  }

  getTitle(): string {
    this.alive()
    return this.#title
  }
  setTitle(title: string): void {
    this.alive()
    this.#title = title
  }

  // What follows changes only pixels of the desktop, which are not drawn here.
  setMinimumSize(): void {
    this.alive()
  }
  center(): void {
    this.alive()
  }
  setMenu(): void {
    this.alive()
  }
  removeMenu(): void {
    this.alive()
  }
  setMenuBarVisibility(): void {
    this.alive()
  }
  setAutoHideMenuBar(): void {
    this.alive()
  }
  setIcon(): void {
    this.alive()
  }
  setSkipTaskbar(): void {
    this.alive()
  }
  setAlwaysOnTop(): void {
    this.alive()
  }
  setBackgroundColor(): void {
    this.alive()
  }
  flashFrame(): void {
    this.alive()
  }
  moveTop(): void {
    this.alive()
  }

  /** Everything but asking whether it is destroyed fails on a destroyed window. */
  protected alive(): void {
    if (this.isDestroyed()) throw new TypeError('Object has been destroyed')
  }
}

/** The focused window is kept for the whole app. */
function self(window: WindowState): WindowState {
  return window
}
