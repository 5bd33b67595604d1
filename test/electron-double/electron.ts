// The module `electron` gives here: what a tray app needs, for plain Node. Everything else is missing on purpose.
import { app } from './app.ts'
import { autoUpdater } from './auto-updater.ts'
import {
  clipboard,
  crashReporter,
  powerMonitor,
  powerSaveBlocker,
  screen,
  shell,
} from './desktop.ts'
import { dialog } from './dialog.ts'
import { ipcMain } from './ipc.ts'
import { Menu, MenuItem } from './menu.ts'
import { nativeImage } from './native-image.ts'
import { nativeTheme } from './native-theme.ts'
import { net } from './net.ts'
import { Notification } from './notification.ts'
import { protocol } from './protocol.ts'
import { safeStorage } from './safe-storage.ts'
import { session } from './session.ts'
import { strict } from './strict.ts'
import { Tray } from './tray.ts'
import { allWebContents } from './web-contents.ts'
import { BrowserWindow } from './windows.ts'

const webContents = strict('webContents', {
  getAllWebContents: allWebContents,
  fromId: (id: number) => allWebContents().find((one) => one.id === id),
})

/** Everything the double implements, by the names Electron uses. */
export const implemented = {
  app,
  autoUpdater,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  webContents,
} satisfies { [Name in keyof typeof Electron.CrossProcessExports]?: unknown }

/** The same as the default export: `import electron from 'electron'`. */
export default strict('electron', implemented)

export {
  app,
  autoUpdater,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  webContents,
}
