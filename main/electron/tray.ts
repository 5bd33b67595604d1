// The icon in the tray; redraws when the state changes.
import { join } from 'node:path'
import { app as electronApp, Menu, Tray, type MenuItemConstructorOptions } from 'electron'
import type { EmiApp } from '../core/app.ts'
import { trayLook, type TrayItem } from './tray-menu.ts'
import type { MainWindow } from './window.ts'

/** Setting a menu again can close one that is open, so bursts of changes are drawn once. */
const REDRAW_DELAY_MS = 250

/** Puts the icon into the tray. Returns a function that takes it away. */
export function createTray(options: {
  app: EmiApp
  window: MainWindow
  iconFolder: string
}): () => void {
  const { app, window, iconFolder } = options
  const iconFile = (light: string) => join(iconFolder, `tray-${light}.png`)
  const first = trayLook(app.state)
  const tray = new Tray(iconFile(first.icon))
  let drawn = ''
  let timer: NodeJS.Timeout | undefined
  const draw = () => {
    timer = undefined
    const look = trayLook(app.state)
    const text = JSON.stringify(look)
    if (text === drawn) return
    drawn = text
    tray.setImage(iconFile(look.icon))
    tray.setToolTip(look.tooltip)
    tray.setContextMenu(Menu.buildFromTemplate(look.items.map(toMenuItem)))
  }
  const toMenuItem = (item: TrayItem): MenuItemConstructorOptions => {
    switch (item.kind) {
      case 'status':
        return { label: item.label, enabled: false }
      case 'open':
        return { label: item.label, click: () => void window.show(item.page) }
      case 'call':
        return { label: item.label, click: () => void call(item.call) }
      case 'separator':
        return { type: 'separator' }
      case 'quit':
        return { label: item.label, click: () => electronApp.quit() }
    }
  }
  const call = async (name: string) => {
    const input = name === 'signIn.start' ? { method: 'browser' } : undefined
    const reply = await app.dispatch(name, input)
    // The window shows the reason and the way out; a menu cannot.
    if (!reply.ok) await window.show()
  }
  draw()
  tray.on('click', () => void window.show())
  const undo = app.onStateChanged(() => {
    timer ??= setTimeout(draw, REDRAW_DELAY_MS)
  })
  return () => {
    undo()
    clearTimeout(timer)
    tray.destroy()
  }
}
