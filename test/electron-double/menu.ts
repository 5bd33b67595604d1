// `Menu` and `MenuItem`: the model of a menu, and choosing an item the way the desktop would.
import { EventEmitter } from 'node:events'
import type { MenuItemConstructorOptions } from 'electron'
import { app } from './app.ts'
import { play } from './play.ts'
import { quit } from './quit.ts'
import { double } from './records.ts'
import { BrowserWindow } from './windows.ts'
import { notImplemented } from './strict.ts'

type ItemType = NonNullable<MenuItemConstructorOptions['type']>
type Template = (MenuItemConstructorOptions | MenuItemDouble)[]

/** What a person sees of a menu. */
export interface ShownItem {
  id: string
  label: string
  type: ItemType
  enabled: boolean
  checked: boolean
  submenu?: ShownItem[]
}

const types = ['normal', 'separator', 'submenu', 'checkbox', 'radio']
const placing = ['before', 'after', 'beforeGroupContaining', 'afterGroupContaining'] as const
const isMac = play.platform === 'darwin'
// https://github.com/electron/electron/blob/main/lib/browser/api/menu-item-roles.ts
const roleLabels: Record<string, string | (() => string)> = {
  about: () => (play.platform === 'linux' ? 'About' : `About ${app.getName()}`),
  appMenu: () => app.getName(),
  close: isMac ? 'Close Window' : 'Close',
  copy: 'Copy',
  cut: 'Cut',
  delete: 'Delete',
  hide: () => `Hide ${app.getName()}`,
  hideOthers: 'Hide Others',
  minimize: 'Minimize',
  paste: 'Paste',
  pasteAndMatchStyle: 'Paste and Match Style',
  quit: () => (isMac ? `Quit ${app.getName()}` : play.platform === 'win32' ? 'Exit' : 'Quit'),
  redo: 'Redo',
  reload: 'Reload',
  selectAll: 'Select All',
  services: 'Services',
  toggleDevTools: 'Toggle Developer Tools',
  undo: 'Undo',
  unhide: 'Show All',
  resetZoom: 'Actual Size',
  zoomIn: 'Zoom In',
  zoomOut: 'Zoom Out',
  editMenu: 'Edit',
  fileMenu: 'File',
  viewMenu: 'View',
  windowMenu: 'Window',
}
const line = { type: 'separator' } as const
const roles = (...names: NonNullable<MenuItemConstructorOptions['role']>[]) =>
  names.map((role) => ({ role }))
/** What Electron puts into menus that are asked for by a role alone. Speech and substitutions of macOS are left out. */
const roleMenus: Record<string, MenuItemConstructorOptions[]> = {
  appMenu: [
    ...roles('about'),
    line,
    ...roles('services'),
    line,
    ...roles('hide', 'hideOthers', 'unhide'),
    line,
    ...roles('quit'),
  ],
  editMenu: [
    ...roles('undo', 'redo'),
    line,
    ...roles('cut', 'copy', 'paste'),
    ...(isMac
      ? roles('pasteAndMatchStyle', 'delete', 'selectAll')
      : [...roles('delete'), line, ...roles('selectAll')]),
  ],
}

let nextCommand = 1
let applicationMenu: MenuDouble | null = null

class MenuItemDouble {
  readonly commandId = nextCommand++
  id: string
  label: string
  sublabel: string
  toolTip: string
  type: ItemType
  role: MenuItemConstructorOptions['role']
  accelerator: string | null
  icon: MenuItemConstructorOptions['icon']
  enabled: boolean
  visible: boolean
  checked: boolean
  submenu: MenuDouble | undefined
  menu: MenuDouble | undefined
  /** Chooses the item. Throws when a person could not. */
  click: () => void

  constructor(options: MenuItemConstructorOptions) {
    for (const name of placing) if (options[name]) notImplemented(`MenuItem.${name}`)
    const { label, role } = options
    const submenu = options.submenu ?? (role ? roleMenus[role] : undefined)
    const type = options.type ?? (submenu ? 'submenu' : 'normal')
    if (!types.includes(type)) throw new Error(`Unknown menu item type: ${type}`)
    if (submenu && type !== 'submenu') throw new Error('Invalid submenu')
    this.submenu =
      submenu && (Array.isArray(submenu) ? buildFromTemplate(submenu) : ownMenu(submenu))
    this.id = options.id ?? ''
    this.label = label ?? (role ? labelOf(role) : '')
    this.sublabel = options.sublabel ?? ''
    this.toolTip = options.toolTip ?? ''
    this.type = type
    this.role = role
    this.accelerator = options.accelerator ?? null
    this.icon = options.icon
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.checked = options.checked ?? false
    this.click = () => this.#choose(options.click)
  }

  #choose(listener: MenuItemConstructorOptions['click']): void {
    if (!this.enabled || !this.visible) {
      throw new Error(`Nobody can choose the menu item "${this.label}": it is disabled or hidden.`)
    }
    if (this.type === 'checkbox') this.checked = !this.checked
    if (this.type === 'radio') this.#chooseOfGroup()
    // A role has its own action; Electron ignores a click listener beside it.
    if (this.role) {
      runRole(this.role)
      return
    }
    listener?.(asMenuItem(this), BrowserWindow.getFocusedWindow() ?? undefined, {
      triggeredByAccelerator: false,
    })
  }

  /** Radio items next to each other are a group; separators end it. */
  #chooseOfGroup(): void {
    const items = this.menu?.items ?? []
    const at = items.indexOf(this)
    const isRadio = (item: MenuItemDouble | undefined): boolean => item?.type === 'radio'
    for (let i = at - 1; isRadio(items[i]); i--) setChecked(items[i], false)
    for (let i = at + 1; isRadio(items[i]); i++) setChecked(items[i], false)
    this.checked = true
  }
}

class MenuDouble extends EventEmitter {
  items: MenuItemDouble[] = []

  static buildFromTemplate(template: Template): MenuDouble {
    return buildFromTemplate(template)
  }
  static setApplicationMenu(menu: MenuDouble | null): void {
    applicationMenu = menu
  }
  static getApplicationMenu(): MenuDouble | null {
    return applicationMenu
  }

  append(item: MenuItemDouble): void {
    this.insert(this.items.length, item)
  }
  insert(at: number, item: MenuItemDouble): void {
    item.menu = this
    this.items.splice(at, 0, item)
  }
  getMenuItemById(id: string): MenuItemDouble | null {
    for (const item of this.items) {
      if (item.id === id) return item
      const below = item.submenu?.getMenuItemById(id)
      if (below) return below
    }
    return null
  }
  popup(options: { window?: unknown } = {}): void {
    if (options.window === undefined) notImplemented('Menu.popup without a window')
    double.contextMenus.push(this)
  }
  closePopup(): void {
    // There is never one open.
  }
}

/** What the desktop shows of a menu at this moment. */
export function shown(menu: MenuDouble): ShownItem[] {
  return menu.items
    .filter((item) => item.visible)
    .map(({ id, label, type, enabled, checked, submenu }) => ({
      id,
      label,
      type,
      enabled,
      checked,
      ...(submenu ? { submenu: shown(submenu) } : {}),
    }))
}

/** Hands the double's item to code written for Electron's. */
function asMenuItem(item: MenuItemDouble): Electron.MenuItem {
  const known: Pick<Electron.MenuItem, 'id' | 'label'> = item
  return known as Electron.MenuItem
}

function buildFromTemplate(template: Template): MenuDouble {
  if (!Array.isArray(template)) {
    throw new TypeError('Invalid template for Menu: Menu template must be an array')
  }
  const menu = new MenuDouble()
  for (const entry of template) {
    if (!('label' in entry) && !('role' in entry) && entry.type !== 'separator') {
      throw new TypeError(
        'Invalid template for MenuItem: must have at least one of label, role or type',
      )
    }
    menu.append(entry instanceof MenuItemDouble ? entry : new MenuItemDouble(entry))
  }
  return menu
}

function labelOf(role: string): string {
  const label = roleLabels[role] ?? role
  return typeof label === 'string' ? label : label()
}

function ownMenu(menu: unknown): MenuDouble {
  if (menu instanceof MenuDouble) return menu
  throw new Error('Invalid submenu')
}

function setChecked(item: MenuItemDouble | undefined, checked: boolean): void {
  if (item) item.checked = checked
}

function runRole(role: NonNullable<MenuItemConstructorOptions['role']>): void {
  const window = BrowserWindow.getFocusedWindow()
  if (role === 'quit') quit()
  else if (role === 'close') window?.close()
  else if (role === 'minimize') window?.minimize()
  else if (role === 'reload') window?.reload()
  else if (role === 'zoomIn') zoom(window, 0.5)
  else if (role === 'zoomOut') zoom(window, -0.5)
  else if (role === 'resetZoom') zoom(window, 0)
  else notImplemented(`Choosing the role ${role}`)
}

/** By this step, or back to the page's own size for none. */
function zoom(window: Electron.BrowserWindow | null, step: number): void {
  const contents = window?.webContents
  contents?.setZoomLevel(step === 0 ? 0 : contents.getZoomLevel() + step)
}

export { MenuDouble as Menu, MenuItemDouble as MenuItem }
