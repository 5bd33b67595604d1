// Electron's security checklist, as far as sources and configuration show it; what a running app shows is in desktop-shared.spec.ts.
// https://www.electronjs.org/docs/latest/tutorial/security
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pageHeaders, pagePolicy } from '../../main/node/page-rules.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const textOf = (pattern: string) => globSync(pattern, { cwd: root }).map(read).join('\n')
const shell = textOf('main/electron/*.ts')

test('1: nothing of a page comes from elsewhere', () => {
  expect(textOf('renderer/index.html')).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  expect(textOf('renderer/**/*.css')).not.toMatch(/url\(["']?https?:|@import/)
})

test('2, 3, 4, 11: the window has no Node, is isolated and sandboxed, and knows no webview', () => {
  for (const setting of [
    'sandbox: true',
    'contextIsolation: true',
    'nodeIntegration: false',
    'webviewTag: false',
    'navigateOnDragDrop: false',
  ]) {
    expect(read('main/electron/window.ts')).toContain(setting)
  }
  // Ready comes with the rest of the app, which is loaded after this.
  expect(read('main/electron/start.ts')).toMatch(
    /app\.enableSandbox\(\)[\s\S]*await import\('\.\/host\.ts'\)/,
  )
  expect(shell.match(/whenReady/g)).toHaveLength(1)
  expect(read('main/electron/host.ts')).toContain('whenReady')
  expect(shell.match(/new BrowserWindow\(/g)).toHaveLength(1)
})

test('6, 8, 9, 10: no protection of Chromium is switched off, and no experiment on', () => {
  expect(shell).not.toMatch(
    /webSecurity|allowRunningInsecureContent|experimentalFeatures|BlinkFeatures|appendSwitch|no-sandbox/,
  )
})

test('5: every way to ask for a permission or a device has an answer of ours', () => {
  for (const handler of ['PermissionRequest', 'PermissionCheck', 'DevicePermission']) {
    expect(shell).toContain(`set${handler}Handler`)
  }
})

test('7: the policy starts from nothing, and allows no code but the app’s own files', () => {
  const rules = pagePolicy.split('; ')
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]) {
    expect(rules).toContain(rule)
  }
  expect(pagePolicy).not.toMatch(/unsafe|https?:|\*/)
  expect(pageHeaders).toMatchObject({ 'X-Content-Type-Options': 'nosniff' })
  expect(shell.match(/'Content-Security-Policy': pagePolicy/g)).toHaveLength(2)
})

test('12, 13, 14: whatever leads away from the page is listened to', () => {
  for (const event of [
    'will-navigate',
    'will-frame-navigate',
    'will-redirect',
    'will-attach-webview',
    'will-download',
  ]) {
    expect(shell).toContain(`'${event}'`)
  }
  expect(shell).toContain("setWindowOpenHandler(() => ({ action: 'deny' }))")
})

test('15: one place opens addresses, after the list was asked', () => {
  expect(shell.match(/shell\.openExternal\(/g)).toHaveLength(1)
  expect(shell).toMatch(/mayOpen\(address, cloud\)\) \{\s+await shell\.openExternal\(address\)/)
})

test('16: Electron is one exact version of a line that is maintained', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as {
    devDependencies: Record<string, string>
  }
  expect(devDependencies['electron']).toMatch(/^45\.\d+\.\d+$/)
})

test('17: one channel is answered, and no other way in exists', () => {
  expect(shell.match(/ipcMain\.(?:handle|on|once)\([^)]*/g)).toEqual([
    "ipcMain.handle('emi:call', async (event, message: unknown",
  ])
})

test('18: no page is loaded from a file', () => {
  expect(shell).not.toMatch(/loadFile|file:\/\//)
})

test('19: every fuse is set, and none is left to its default', () => {
  const yaml = createRequire(
    createRequire(createRequire(import.meta.url).resolve('electron-builder')).resolve(
      'app-builder-lib/package.json',
    ),
  )('js-yaml') as { load: (text: string) => { electronFuses: object } }
  expect(yaml.load(read('electron-builder.yml')).electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  })
})

test('20: the preload hands out two functions of its own', () => {
  const preload = read('preload/index.ts')
  expect(preload.match(/exposeInMainWorld\(/g)).toHaveLength(1)
  expect(preload).toContain("contextBridge.exposeInMainWorld('emi', bridge)")
  expect(preload).not.toMatch(/exposeInMainWorld\([^)]*ipcRenderer/)
})
