// A small tray app for the tests of the double; it uses Electron the way the real app does.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import electron, {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  session,
  shell,
  Tray,
} from 'electron'

const here = import.meta.dirname
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'"
const helpOrigin = 'https://learn.microsoft.com'
const mediaTypes: Record<string, string> = { html: 'text/html', js: 'text/javascript' }

let window: BrowserWindow | undefined
let tray: Tray | undefined
let isPaused = false
let isQuitting = false

app.enableSandbox()
protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
])

if (app.requestSingleInstanceLock({ from: 'sample' })) {
  // The wait shows that ready comes after the entry module, top-level waits included.
  await new Promise((done) => setTimeout(done, 20))
  if (app.isReady()) throw new Error('ready came before the entry module was done')
  app.on('second-instance', (_event, argv) => {
    console.log('second instance', argv.slice(2).join(' '))
    void openWindow()
  })
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', () => (isQuitting = true))
  for (const name of ['before-quit', 'will-quit', 'quit'] as const) {
    app.on(name as 'quit', () => console.log(name))
  }
  app.on('web-contents-created', (_event, contents) => guard(contents))
  void app.whenReady().then(start)
} else {
  app.quit()
}

async function start(): Promise<void> {
  const permissions = ['geolocation']
  session.defaultSession.setPermissionRequestHandler((_contents, permission, decide) =>
    decide(permissions.includes(permission)),
  )
  session.defaultSession.setPermissionCheckHandler((_contents, permission) =>
    permissions.includes(permission),
  )
  protocol.handle('app', servePage)
  answerCalls()
  tray = new Tray(join(here, 'icon.png'))
  tray.setToolTip('Sample')
  tray.on('click', () => void openWindow())
  showMenu()
  powerMonitor.on('resume', () => window?.webContents.send('sample:status', 'awake'))
  new Notification({ title: 'Sample', body: 'It is running' }).show()
  if (!process.argv.includes('--hidden')) await openWindow()
}

async function openWindow(): Promise<void> {
  if (window) {
    window.show()
    return
  }
  window = new BrowserWindow({
    width: 700,
    height: 500,
    show: false,
    webPreferences: { preload: join(here, 'preload.js'), sandbox: true, contextIsolation: true },
  })
  window.on('close', (event) => {
    if (isQuitting) return
    event.preventDefault()
    window?.hide()
  })
  window.once('ready-to-show', () => window?.show())
  window.webContents.send('sample:status', 'too early')
  await window.loadURL('app://sample/index.html')
}

function guard(contents: Electron.WebContents): void {
  contents.on('will-navigate', (event) => {
    console.log('will-navigate', event.url)
    if (new URL(event.url).host !== 'sample') event.preventDefault()
  })
  contents.setWindowOpenHandler(({ url }) => {
    if (new URL(url).origin === helpOrigin) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

async function servePage(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url)
  if (request.method === 'POST') {
    const origin = request.headers.get('origin') ?? ''
    return Response.json({ origin, body: await request.text() })
  }
  const name = /^\/([a-z]+\.(html|js))$/.exec(pathname)
  if (host !== 'sample' || !name) return new Response('Not found', { status: 404 })
  return new Response(await readFile(join(here, 'page', name[1] ?? '')), {
    headers: {
      'content-type': mediaTypes[name[2] ?? ''] ?? '',
      'content-security-policy': policy,
    },
  })
}

function answerCalls(): void {
  ipcMain.handle('sample:echo', (event, value: unknown) => ({
    value,
    fromTopFrame: event.senderFrame === window?.webContents.mainFrame,
    sender: event.senderFrame?.url,
    origin: event.senderFrame?.origin,
    bytes: new Uint8Array([1, 2, 3]),
    big: 10n,
    names: new Map([['a', new Set([1])]]),
  }))
  ipcMain.handle('sample:function', () => () => 'never arrives')
  ipcMain.handle('sample:fail', () => {
    throw new TypeError('It went wrong')
  })
  ipcMain.handle('sample:unknown', () => typeof electron.inAppPurchase)
  ipcMain.handle('sample:member', () => app.getGPUFeatureStatus())
  ipcMain.handle('sample:ask', () => dialog.showMessageBox({ message: 'Really?' }))
  ipcMain.handle('sample:seal', async (_event, text: string) => {
    const sealed = await safeStorage.encryptStringAsync(text)
    const { result } = await safeStorage.decryptStringAsync(sealed)
    return { isHidden: !sealed.toString('utf8').includes(text), result }
  })
  ipcMain.handle('sample:dark', () => {
    nativeTheme.themeSource = 'dark'
    return nativeTheme.shouldUseDarkColors
  })
  ipcMain.on('sample:log', (_event, text: string) => console.log('page says', text))
}

function showMenu(): void {
  tray?.setContextMenu(
    Menu.buildFromTemplate([
      { label: isPaused ? 'Paused' : 'Running', enabled: false },
      { id: 'open', label: 'Open', click: () => void openWindow() },
      {
        id: 'pause',
        label: 'Pause',
        type: 'checkbox',
        checked: isPaused,
        click: (item) => {
          isPaused = item.checked
          showMenu()
        },
      },
      { type: 'separator' },
      { id: 'quit', role: 'quit' },
    ]),
  )
}
