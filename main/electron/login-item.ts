// Starts the app with the person's session: by the system on Windows and macOS, by an autostart file on Linux.
import { homedir } from 'node:os'
import { app } from 'electron'
import type { LoginItem } from '../core/ports/machine.ts'
import { autostartFile, autostartPath, type Program } from './autostart.ts'

/** The login item of this very app; it starts hidden, with the given arguments besides. */
export function ownLoginItem(appId: string, moreArgs: string[]): LoginItem {
  const program = ownProgram(moreArgs)
  return process.platform === 'linux'
    ? autostartFile(autostartPath(process.env, homedir(), appId), program)
    : systemLoginItem(program)
}

/** True where the system started this app with the session; macOS passes no argument on that could say so. */
export function wasStartedAtLogin(): boolean {
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin
}

/** What starts this app again, hidden. An AppImage runs from a place that changes at each start. */
function ownProgram(moreArgs: string[]): Program {
  const path = process.env['APPIMAGE'] ?? process.execPath
  // Not packed, as in development: the runtime is started with the app as its first argument.
  const entry = app.isPackaged ? [] : [app.getAppPath()]
  return { path, args: [...entry, '--hidden', ...moreArgs] }
}

/** The system's own list of what starts at login; for Windows and macOS. */
function systemLoginItem(program: Program): LoginItem {
  // Windows keeps one line of text, which Electron writes and compares as it is given. macOS ignores both.
  const path = quoted(program.path)
  const args = program.args.map((one) => (one.startsWith('--') ? one : quoted(one)))
  return {
    isOn: () => {
      const { openAtLogin, executableWillLaunchAtLogin } = app.getLoginItemSettings({ path, args })
      // On Windows a person may have switched it off in the Task Manager. macOS does not know that field.
      const isAllowed = process.platform !== 'win32' || executableWillLaunchAtLogin
      return Promise.resolve(openAtLogin && isAllowed)
    },
    set: (on) => {
      app.setLoginItemSettings({ openAtLogin: on, path, args })
      return Promise.resolve()
    },
  }
}

/** A folder's name may have blanks, and never a quotation mark on Windows. */
function quoted(path: string): string {
  return `"${path}"`
}
