// `app`: life, names, paths and switches of the program.
import type { App, CommandLine } from 'electron'
import { appPackage, getPath, packedResources, setPath, switchValue } from './app-paths.ts'
import { startEarly } from './chromium.ts'
import { getLoginItem, setLoginItem } from './login-items.ts'
import { play } from './play.ts'
import { exit, quit } from './quit.ts'
import { appEvents, isReady, needNotReady } from './readiness.ts'
import { double } from './records.ts'
import { hasLock, releaseLock, requestLock, type SecondInstance } from './single-instance.ts'
import { strict } from './strict.ts'

const owner = appPackage()
let name = owner.name

const commandLine = {
  appendSwitch(switchName, value) {
    double.switches.push({ name: switchName, ...(value === undefined ? {} : { value }) })
  },
  appendArgument(argument) {
    double.switches.push({ name: argument })
  },
  hasSwitch: (switchName) =>
    process.argv.includes(`--${switchName}`) ||
    switchValue(switchName) !== undefined ||
    double.switches.some((one) => one.name === switchName),
  getSwitchValue: (switchName) =>
    double.switches.findLast((one) => one.name === switchName)?.value ??
    switchValue(switchName) ??
    '',
  removeSwitch(switchName) {
    double.switches = double.switches.filter((one) => one.name !== switchName)
  },
} satisfies Pick<CommandLine, keyof CommandLine>

// Only macOS has a Dock; nothing of it is acted out here.
const dock: Partial<Electron.Dock> = {}

const members = {
  isPackaged: packedResources() !== undefined,
  dock: play.platform === 'darwin' ? strict('app.dock', dock as Electron.Dock) : undefined,
  commandLine: strict('app.commandLine', commandLine),
  isReady,
  whenReady: () =>
    isReady()
      ? Promise.resolve()
      : new Promise<void>((done) => appEvents.once('ready', () => done())),
  quit,
  exit: (code) => exit(code ?? 0),
  relaunch() {
    double.relaunched++
  },
  focus() {
    // Bringing an app to the front is the desktop's business; there is no desktop here.
  },
  getName: () => name,
  setName(value) {
    name = value
  },
  getVersion: () => owner.version,
  getAppPath: () => owner.folder,
  getPath: (which) => getPath(which, name),
  setPath,
  setAppLogsPath(path) {
    if (path !== undefined) setPath('logs', path)
  },
  getLocale: () => 'en-US',
  getSystemLocale: () => 'en-US',
  getPreferredSystemLanguages: () => ['en-US'],
  getLocaleCountryCode: () => 'US',
  setAppUserModelId(id) {
    double.appUserModelId = id
  },
  enableSandbox: () => needNotReady('app.enableSandbox() can only be called before app is ready'),
  disableHardwareAcceleration: () =>
    needNotReady('app.disableHardwareAcceleration() can only be called before app is ready'),
  setAsDefaultProtocolClient(protocol) {
    double.protocolClients.push(protocol)
    return true
  },
  removeAsDefaultProtocolClient(protocol) {
    double.protocolClients = double.protocolClients.filter((one) => one !== protocol)
    return true
  },
  isDefaultProtocolClient: (protocol) => double.protocolClients.includes(protocol),
  setBadgeCount(count) {
    double.badgeCount = count ?? 0
    return true
  },
  getBadgeCount: () => double.badgeCount,
  setLoginItemSettings: (given) => setLoginItem(given, appUserModelId()),
  getLoginItemSettings: (options = {}) => getLoginItem(options, appUserModelId()),
  requestSingleInstanceLock(additionalData) {
    const own = { argv: process.argv, cwd: process.cwd(), data: additionalData ?? {} }
    const isFirst = requestLock(getPath('userData', name), own, onSecondInstance)
    // Started to rest in the tray the app may never have a window, and Chromium is larger than the app.
    if (isFirst && !process.argv.includes('--hidden')) startEarly()
    return isFirst
  },
  hasSingleInstanceLock: hasLock,
  releaseSingleInstanceLock: releaseLock,
} satisfies Partial<Omit<App, 'commandLine'>> & { commandLine: object }

export const app = strict('app', Object.assign(appEvents, members))

/** What Windows knows the app by; Electron makes up one where the app sets none. */
function appUserModelId(): string {
  return double.appUserModelId || `electron.app.${name}`
}

/** Electron raises second-instance after ready, never before. */
function onSecondInstance(second: SecondInstance): void {
  void members.whenReady().then(() => {
    appEvents.emit('second-instance', {}, second.argv, second.cwd, second.data)
  })
}
