// Starting with the session: the Run key of Windows and the login items of macOS, as Electron writes and reads them.
// https://github.com/electron/electron/blob/main/shell/browser/browser_win.cc and browser_mac.mm
import type { LoginItemSettings, LoginItemSettingsOptions, Settings } from 'electron'
import { play } from './play.ts'
import { double } from './records.ts'

/** `app.setLoginItemSettings`. Elsewhere than on Windows and macOS it does nothing, as in Electron. */
export function setLoginItem(settings: Settings, appUserModelId: string): void {
  if (play.platform === 'darwin') {
    // A path and arguments are for Windows; macOS starts the app itself, without any.
    double.loginStatus = settings.openAtLogin === true ? 'enabled' : 'not-registered'
  }
  if (play.platform === 'win32') {
    const name = settings.name ?? appUserModelId
    if (settings.openAtLogin === true) {
      double.runKey[name] = {
        command: commandLine(settings),
        approved: settings.enabled !== false,
      }
    } else Reflect.deleteProperty(double.runKey, name)
  }
}

/** `app.getLoginItemSettings`, with the fields that Electron sets on the played system only. */
export function getLoginItem(
  options: LoginItemSettingsOptions,
  appUserModelId: string,
): LoginItemSettings {
  const none: Partial<LoginItemSettings> = { openAtLogin: false, wasOpenedAtLogin: false }
  if (play.platform === 'darwin') {
    return known({
      openAtLogin: double.loginStatus === 'enabled',
      wasOpenedAtLogin: play.openedAtLogin,
      status: double.loginStatus,
    })
  }
  if (play.platform !== 'win32') return known(none)
  const program = programOf(options.path ?? process.execPath)
  const launchItems = Object.entries(double.runKey)
    .filter(([, { command }]) => programOf(command).toLowerCase() === program.toLowerCase())
    .map(([name, { command, approved }]) => ({
      name,
      path: programOf(command),
      args: [command.slice(command.indexOf(programOf(command)) + programOf(command).length + 1)],
      scope: 'user' as const,
      enabled: approved,
    }))
  return known({
    ...none,
    openAtLogin: double.runKey[appUserModelId]?.command === commandLine(options),
    executableWillLaunchAtLogin: launchItems.some(({ enabled }) => enabled),
    launchItems,
  })
}

/** The program is quoted where it has to be; the arguments go in as they are, so paths must be quoted already. */
function commandLine({ path, args = [] }: { path?: string; args?: string[] }): string {
  const program = (path ?? process.execPath).replace(/^"(.*)"$/, '$1')
  return [/[\s"]/.test(program) ? `"${program}"` : program, ...args].join(' ')
}

/** The program of a command line, as Windows reads it: without quotes it ends at the first blank. */
function programOf(command: string): string {
  return (/^"([^"]*)"/.exec(command) ?? /^(\S*)/.exec(command))?.[1] ?? ''
}

function known(settings: Partial<LoginItemSettings>): LoginItemSettings {
  return settings as LoginItemSettings
}
