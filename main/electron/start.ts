// Entry of the tray app: single instance, builds the core, window and tray, quits in order.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  Notification,
  powerMonitor,
  session,
  shell,
} from 'electron'
import { EmiApp } from '../core/app.ts'
import { toErrorReport } from '../core/app-error.ts'
import { defaultDataFolder } from '../node/data-folder.ts'
import { openNodePlatform } from '../node/platform.ts'
import { startStatusFile, STATUS_FILE_NAME } from '../node/status-file.ts'
import { systemClock, systemRandom } from '../node/system-clock.ts'
import { createPopUps } from './alerts.ts'
import { createCopyText } from './copy-text.ts'
import { answerCalls } from './ipc.ts'
import { keepAwake } from './keep-awake.ts'
import { ownLoginItem } from './login-item.ts'
import { followMachine } from './machine.ts'
import { registerPageScheme, servePages } from './pages.ts'
import { createTray } from './tray.ts'
import { createMainWindow, type MainWindow, restrictPermissions } from './window.ts'

const APP_ID = 'app.emitray.desktop'
const out = join(import.meta.dirname, '..')
const dataFolder = option('--data') ?? defaultDataFolder(process.env, process.platform, homedir())

app.setName('EMI Tray')
// What Chromium keeps for the window stays apart from the app's own data.
app.setPath('userData', join(dataFolder, 'window'))
app.setAppUserModelId(APP_ID)
app.enableSandbox()
registerPageScheme()

if (app.requestSingleInstanceLock()) {
  void app.whenReady().then(run, fail)
} else {
  app.quit()
}

async function run(): Promise<void> {
  try {
    await start()
  } catch (error) {
    fail(error)
  }
}

async function start(): Promise<void> {
  const { copyText, clearNow } = createCopyText(clipboard, systemClock)
  // The platform comes first, and what it alerts of leads to a window that comes later.
  const shown: { window: MainWindow | null } = { window: null }
  const platform = await openNodePlatform({
    dataFolder,
    host: 'electron',
    version: app.getVersion(),
    env: process.env,
    openBrowser,
    copyText,
    resolveProxy: (url) => session.defaultSession.resolveProxy(url),
    // Starting at login keeps to the data folder that this run was given.
    loginItem: ownLoginItem(APP_ID, option('--data') ? ['--data', resolve(dataFolder)] : []),
    popUps: createPopUps(Notification, {
      open: (page) => void shown.window?.show(page),
      isWatched: () => BrowserWindow.getFocusedWindow() !== null,
    }),
  })
  const core = await EmiApp.create(platform)
  const status = startStatusFile({
    file: join(dataFolder, STATUS_FILE_NAME),
    app: core,
    clock: systemClock,
    pid: process.pid,
  })
  restrictPermissions()
  servePages(join(out, 'renderer'))
  answerCalls(core)
  const window = createMainWindow({ app: core, preload: join(out, 'preload', 'index.cjs') })
  shown.window = window
  const removeTray = createTray({ app: core, window, iconFolder: import.meta.dirname })
  app.on('second-instance', () => void window.show())
  app.on('activate', () => void window.show())
  // The tray stays when the window closes.
  app.on('window-all-closed', () => undefined)
  const letSleep = keepAwake(core)
  const stopFollowing = followMachine(powerMonitor, (signal) => core.noteMachine(signal))
  quitInOrder(removeTray, async () => {
    stopFollowing()
    letSleep()
    await clearNow()
    await core.stop()
    await status.stop()
    await platform.close()
  })
  const started = core.start()
  if (!process.argv.includes('--hidden')) await window.show()
  await started
  if (process.argv.includes('--practice')) {
    await core.dispatch('connection.choose', { mode: 'practice' })
  }
}

/** Quitting waits until the webhook has stopped and everything is on disk. */
function quitInOrder(removeTray: () => void, stop: () => Promise<void>): void {
  let stopping = false
  app.on('will-quit', (event) => {
    if (stopping) return
    stopping = true
    event.preventDefault()
    removeTray()
    void stop().finally(() => app.exit(0))
  })
}

function fail(error: unknown): void {
  const report = toErrorReport(error, { clock: systemClock, random: systemRandom })
  dialog.showErrorBox('EMI Tray could not start', `${report.message}\n\n${report.nextStep}`)
  app.exit(1)
}

/** Opens an address that the core chose; only web addresses get out. */
async function openBrowser(address: string): Promise<void> {
  const { protocol, hostname } = new URL(address)
  const loopback = hostname === 'localhost' || hostname === '127.0.0.1'
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) return
  await shell.openExternal(address)
}

/** The value of a command line option such as `--data <folder>`. */
function option(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at === -1 ? undefined : process.argv[at + 1]
}
