// `Tray`: the icon as a model; a test raises its events and reads its menu.
import { EventEmitter } from 'node:events'
import type { NativeImage, Rectangle, Tray } from 'electron'
import { Menu, shown, type ShownItem } from './menu.ts'
import { loadImage } from './native-image.ts'
import { play } from './play.ts'
import { needReady } from './readiness.ts'
import { double } from './records.ts'

/** What a test sees of an icon. */
export interface TrayRecord {
  image: NativeImage
  toolTip: string
  menu: Menu | null
  /** Each menu as the desktop took it over; changes to its items afterwards do not show. */
  menus: ShownItem[][]
  /** A person presses the icon. */
  press: () => void
  /** A person presses it with the other mouse button. */
  pressOther: () => void
  /** How often a press of the icon opened its menu. */
  menuOpened: number
  isDestroyed: () => boolean
}

type Implemented = Pick<
  Tray,
  | 'setImage'
  | 'setPressedImage'
  | 'setToolTip'
  | 'setTitle'
  | 'getTitle'
  | 'setIgnoreDoubleClickEvents'
  | 'getIgnoreDoubleClickEvents'
  | 'popUpContextMenu'
  | 'closeContextMenu'
  | 'getBounds'
  | 'destroy'
  | 'isDestroyed'
>

class TrayDouble extends EventEmitter implements Implemented {
  readonly #record: TrayRecord
  #title = ''
  #ignoreDoubleClicks = false
  #destroyed = false

  constructor(image: NativeImage | string) {
    super()
    needReady('Cannot create Tray before app is ready')
    this.#record = {
      image: loadImage(image),
      toolTip: '',
      menu: null,
      menus: [],
      press: () => this.#press(),
      pressOther: () => this.#pressOther(),
      menuOpened: 0,
      isDestroyed: () => this.#destroyed,
    }
    double.trays.push(this.#record)
  }

  setImage(image: NativeImage | string): void {
    this.#alive()
    this.#record.image = loadImage(image)
  }
  setPressedImage(image: NativeImage | string): void {
    this.#alive()
    loadImage(image)
  }
  setToolTip(toolTip: string): void {
    this.#alive()
    this.#record.toolTip = toolTip
  }
  setTitle(title: string): void {
    this.#alive()
    // A text beside the icon is for macOS.
    if (play.platform === 'darwin') this.#title = title
  }
  getTitle(): string {
    return this.#title
  }
  setIgnoreDoubleClickEvents(ignore: boolean): void {
    this.#ignoreDoubleClicks = ignore
  }
  getIgnoreDoubleClickEvents(): boolean {
    return this.#ignoreDoubleClicks
  }
  setContextMenu(menu: Menu | null): void {
    this.#alive()
    if (menu !== null && !(menu instanceof Menu)) throw new TypeError('menu must be a Menu or null')
    this.#record.menu = menu
    this.#record.menus.push(menu ? shown(menu) : [])
  }
  popUpContextMenu(): void {
    this.#alive()
  }
  closeContextMenu(): void {
    this.#alive()
  }
  getBounds(): Rectangle {
    return { x: 0, y: 0, width: 24, height: 24 }
  }
  destroy(): void {
    this.#destroyed = true
    double.trays = double.trays.filter((one) => one !== this.#record)
  }
  isDestroyed(): boolean {
    return this.#destroyed
  }

  #press(): void {
    this.#alive()
    const event = { altKey: false, ctrlKey: false }
    if (play.platform === 'darwin') this.emit('mouse-down', event, { x: 12, y: 12 })
    this.emit('click', event, this.getBounds(), { x: 12, y: 12 })
    // On macOS the menu opens at once, and the click is told of all the same.
    // https://github.com/electron/electron/blob/main/shell/browser/ui/tray_icon_cocoa.mm
    if (play.platform === 'darwin' && this.#record.menu) this.#record.menuOpened++
  }

  /** An icon with a menu opens it; one without tells the app. On Linux the desktop opens it and says nothing. */
  #pressOther(): void {
    this.#alive()
    // https://github.com/electron/electron/blob/main/shell/browser/ui/win/notify_icon.cc
    const opens = this.#record.menu !== null && play.platform !== 'darwin'
    if (opens) this.#record.menuOpened++
    else if (play.platform !== 'linux') this.emit('right-click', {}, this.getBounds())
  }

  #alive(): void {
    if (this.#destroyed) throw new TypeError('Tray is destroyed')
  }
}

export { TrayDouble as Tray }
