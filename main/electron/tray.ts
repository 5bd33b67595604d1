// The icon in the tray; redraws when the state changes.
import { join } from 'node:path'
import {
  app as electronApp,
  Menu,
  nativeTheme,
  Tray,
  type MenuItemConstructorOptions,
} from 'electron'
import type { HandoverField } from '../contract/models/handover.ts'
import type { EmiApp } from '../core/app.ts'
import type { PopUps } from '../core/ports/machine.ts'
import { trayIconName } from './tray-icon.ts'
import { trayLook, type TrayItem } from './tray-menu.ts'
import type { MainWindow } from './window.ts'

/** Setting a menu again can close one that is open, so bursts of changes are drawn once. */
const REDRAW_DELAY_MS = 250

/** Puts the icon into the tray. Returns a function that takes it away. */
export function createTray(options: {
  app: Pick<EmiApp, 'state' | 'onStateChanged' | 'dispatch'>
  window: MainWindow
  iconFolder: string
  popUps: PopUps
}): () => void {
  const { app, window, iconFolder, popUps } = options
  const copied = new Set<HandoverField>()
  const iconFile = () => {
    const { platform } = process
    const dark = nativeTheme.shouldUseDarkColorsForSystemIntegratedUI
    return join(iconFolder, trayIconName(app.state.health.light, { platform, dark }))
  }
  const tray = new Tray(iconFile())
  let drawn = ''
  let timer: NodeJS.Timeout | undefined
  const draw = () => {
    timer = undefined
    const look = trayLook(app.state, copied)
    const icon = iconFile()
    const text = JSON.stringify([look, icon])
    if (text === drawn) return
    drawn = text
    tray.setImage(icon)
    tray.setToolTip(look.tooltip)
    tray.setContextMenu(Menu.buildFromTemplate(look.items.map(toMenuItem)))
  }
  const drawSoon = () => {
    timer ??= setTimeout(draw, REDRAW_DELAY_MS)
  }
  const toMenuItem = (item: TrayItem): MenuItemConstructorOptions => {
    switch (item.kind) {
      case 'status':
        return { label: item.label, enabled: false }
      case 'open':
        return { label: item.label, click: () => void window.show(item.page) }
      case 'call':
        return { label: item.label, click: () => void call(item.call) }
      case 'copy':
        return { label: item.label, click: () => void copy(item.field) }
      case 'test':
        return { label: item.label, click: () => void test(item.all) }
      case 'login': {
        const { label, on } = item
        const click = () => void call('app.startAtLogin', { on: !on })
        return { label, type: 'checkbox', checked: on, click }
      }
      case 'update':
        return { label: item.label, click: () => void call('update.restart') }
      case 'separator':
        return { type: 'separator' }
      case 'quit':
        return { label: item.label, click: () => electronApp.quit() }
    }
  }
  /** False when it failed; the window then shows the reason and the way out, which a menu cannot. */
  const call = async (name: string, input?: object): Promise<boolean> => {
    const forSignIn = name === 'signIn.start' ? { method: 'browser' } : undefined
    const reply = await app.dispatch(name, input ?? forSignIn)
    if (!reply.ok) await window.show()
    return reply.ok
  }
  const copy = async (field: HandoverField) => {
    if (!(await call('handover.copy', { field }))) return
    const values = app.state.handover.values
    copied.add(field)
    // After the last one it starts anew.
    if (values.every((one) => copied.has(one.field) || (one.value === null && !one.secret))) {
      copied.clear()
    }
    drawSoon()
  }
  const test = async (all: boolean) => {
    if (all) await app.dispatch('subscription.ensure', undefined)
    const reply = await app.dispatch('webhook.test', undefined)
    const { health, tunnel } = app.state
    if (!reply.ok || tunnel.lastProbe?.ok !== true || (all && health.light !== 'ok')) {
      await window.show('webhook')
      return
    }
    const text = all ? health.sentence : 'A test came through the public address to this computer.'
    popUps.show({ title: 'All is well', text, page: 'webhook', severity: 'info' })
  }
  draw()
  // On macOS a click opens the menu.
  if (process.platform !== 'darwin') tray.on('click', () => void window.show())
  const undo = app.onStateChanged(drawSoon)
  nativeTheme.on('updated', drawSoon)
  return () => {
    undo()
    nativeTheme.off('updated', drawSoon)
    clearTimeout(timer)
    tray.destroy()
  }
}
