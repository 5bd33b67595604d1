// The one instance of the tray app: builds the core, window and tray, quits in order.
import { join, resolve } from 'node:path'
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  Menu,
  Notification,
  powerMonitor,
  session,
  shell,
} from 'electron'
import type { Cloud } from '../contract/models/connection.ts'
import { EmiApp } from '../core/app.ts'
import { AppError, toErrorReport } from '../core/app-error.ts'
import { redactText } from '../core/redact.ts'
import { recordCrash } from '../node/crash-records.ts'
import { saveDiagnostics } from '../node/diagnostics.ts'
import { readManagedPolicy, type ReadPolicy, systemSources } from '../node/managed-policy.ts'
import { openNodePlatform } from '../node/platform.ts'
import { startStatusFile, STATUS_FILE_NAME } from '../node/status-file.ts'
import { systemClock, systemRandom } from '../node/system-clock.ts'
import { createPopUps } from './alerts.ts'
import { createCopyText } from './copy-text.ts'
import { mayOpen } from './external-links.ts'
import { answerCalls } from './ipc.ts'
import { keepAwake } from './keep-awake.ts'
import { ownLoginItem, wasStartedAtLogin } from './login-item.ts'
import { followMachine } from './machine.ts'
import { appMenu } from './menus.ts'
import { servePages } from './pages.ts'
import { APP_ID, crashPlace, dataFolder, givenDataFolder } from './this-run.ts'
import { createTray } from './tray.ts'
import { ownUpdates, type OwnUpdates } from './updates.ts'
import { createMainWindow, type MainWindow, restrictPermissions } from './window.ts'

const out = join(import.meta.dirname, '..')

/** Runs until the person quits; what keeps it from starting is said in a dialog. Never rejects. */
export async function run(): Promise<void> {
  try {
    const [policy] = await Promise.all([readManagedPolicy(systemSources), app.whenReady()])
    await start(policy)
  } catch (error) {
    fail(error)
  }
}

async function start(policy: ReadPolicy): Promise<void> {
  const { copyText, clearNow } = createCopyText(clipboard, systemClock)
  // The platform comes first, and what it alerts of leads to a window that comes later.
  const shown: { window: MainWindow | null; core: EmiApp | null } = { window: null, core: null }
  const popUps = createPopUps(Notification, {
    open: (page) => void shown.window?.show(page),
    isWatched: () => BrowserWindow.getFocusedWindow() !== null,
  })
  const updates = ownUpdates({ policy, quit: () => app.quit() })
  const platform = await openNodePlatform({
    dataFolder,
    host: 'electron',
    version: app.getVersion(),
    env: process.env,
    // Only the sign-in page of the connection in use is known to nobody but the core.
    openBrowser: (address) => openBrowser(address, shown.core?.state.cloud ?? null),
    copyText,
    resolveProxy: (url) => session.defaultSession.resolveProxy(url),
    // Starting at login keeps to the data folder that this run was given.
    loginItem: ownLoginItem(APP_ID, givenDataFolder ? ['--data', resolve(dataFolder)] : []),
    updater: updates.updater,
    popUps,
    saveDiagnostics: async () => {
      const path = await saveBundle()
      shell.showItemInFolder(path)
      return path
    },
  })
  const core = await EmiApp.create(platform)
  shown.core = core
  const status = startStatusFile({
    file: join(dataFolder, STATUS_FILE_NAME),
    app: core,
    clock: systemClock,
    pid: process.pid,
  })
  restrictPermissions()
  servePages(join(out, 'renderer'))
  answerCalls(core)
  const window = createMainWindow({
    app: core,
    preload: join(out, 'preload', 'index.cjs'),
    placeFile: join(app.getPath('userData'), 'place.json'),
  })
  shown.window = window
  const removeTray = createTray({ app: core, window, iconFolder: import.meta.dirname, popUps })
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      appMenu(process.platform, {
        openAbout: () => void window.show('settings/about'),
        openFolder: () => void shell.openPath(resolve(dataFolder)),
      }),
    ),
  )
  app.on('second-instance', (_event, _argv, _folder, data) => {
    const args = argumentsOf(data)
    if (!args.includes('--hidden')) void window.show()
    if (args.includes('--practice')) void startPractice(core)
  })
  app.on('activate', () => void window.show())
  // The tray stays when the window closes.
  app.on('window-all-closed', () => undefined)
  const letSleep = keepAwake(core)
  const stopFollowing = followMachine(powerMonitor, (signal) => core.noteMachine(signal))
  quitInOrder({ removeTray, updates }, async () => {
    stopFollowing()
    letSleep()
    await clearNow()
    await core.stop()
    await status.stop()
    await platform.close()
  })
  const started = core.start()
  if (!process.argv.includes('--hidden') && !wasStartedAtLogin()) await window.show()
  await started
  if (process.argv.includes('--practice')) await startPractice(core)
}

async function startPractice(core: EmiApp): Promise<void> {
  await core.dispatch('connection.choose', { mode: 'practice' })
}

/** What a second start was given; it comes from another process. */
function argumentsOf(data: unknown): string[] {
  const args = typeof data === 'object' && data !== null && 'args' in data ? data.args : []
  return Array.isArray(args) ? args.filter((one) => typeof one === 'string') : []
}

/** Quitting waits until the webhook has stopped and everything is on disk; only then may a new version take over. */
function quitInOrder(
  { removeTray, updates }: { removeTray: () => void; updates: OwnUpdates },
  stop: () => Promise<void>,
): void {
  let stopping = false
  app.on('will-quit', (event) => {
    if (stopping) return
    stopping = true
    event.preventDefault()
    removeTray()
    void stop().finally(() => {
      if (!updates.finishRestart()) app.exit(0)
    })
  })
}

function fail(error: unknown): void {
  void sayWhy(error).finally(() => app.exit(1))
}

/** There may be no window to help in, so the way to a diagnostics file is offered here. */
async function sayWhy(error: unknown): Promise<void> {
  const report = toErrorReport(error, { clock: systemClock, random: systemRandom })
  // No log is open yet, so the reason is kept where the diagnostics file finds it.
  const reason = `${report.reference}: ${report.details ?? report.message}`
  recordCrash(crashPlace, {
    part: 'start',
    reason,
    ...(error instanceof Error ? { stack: error.stack } : {}),
  })
  const { response } = await dialog.showMessageBox({
    type: 'error',
    message: 'EMI Tray could not start',
    detail: [report.message, report.nextStep, reason].join('\n\n'),
    buttons: ['Quit', 'Save a diagnostics file'],
    cancelId: 0,
  })
  if (response === 1) shell.showItemInFolder(await saveBundle())
}

function saveBundle(): Promise<string> {
  const facts = { folder: dataFolder, version: app.getVersion(), host: 'electron' }
  return saveDiagnostics({ ...facts, now: new Date(), redact: redactText })
}

/** Opens an address that the core chose, if it is one of those that may leave the app. */
async function openBrowser(address: string, cloud: Cloud | null): Promise<void> {
  if (mayOpen(address, cloud)) {
    await shell.openExternal(address)
    return
  }
  throw new AppError('not-found', {
    message:
      'EMI Tray opens Microsoft’s and Bright Pattern’s own pages only, and this is none of them.',
    nextStep: 'If it is the sign-in page of your cloud, check the hosts in Settings.',
  })
}
