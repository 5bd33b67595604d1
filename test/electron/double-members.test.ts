// The list of used members, and that the double has every member the app's own sources use.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { missingMembers, preloadDouble, usedMembers } from '../electron-double/members.ts'

const root = join(import.meta.dirname, '../..')

function sourcesOf(folder: string): Record<string, string> {
  const files = globSync(`${folder}/**/*.{ts,js}`, { cwd: root })
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

test('finds members behind every way to import the module', () => {
  const sources = {
    'named.ts':
      "import { app, Menu as M, type Tray } from 'electron'\napp.quit(); M.setMenu(); app.dock?.hide()",
    'whole.ts': "import electron from 'electron'\nelectron.shell.openExternal('')",
    'types.ts': "import type { Session } from 'electron'\nexport type S = Session",
    'other.ts': "import { net } from 'node:net'\nnet.connect()",
    'common.cjs': "const { ipcRenderer: ipc } = require('electron')\nipc.send('x')",
  }
  expect(usedMembers(sources)).toEqual([
    'Menu',
    'Menu.setMenu',
    'app',
    'app.dock',
    'app.quit',
    'ipcRenderer',
    'ipcRenderer.send',
    'shell',
    'shell.openExternal',
  ])
})

test('says which members the double lacks, whole modules and single functions', () => {
  const sources = {
    'a.ts':
      "import { app, autoUpdater } from 'electron'\napp.quit(); app.fly(); autoUpdater.checkForUpdates()",
  }
  expect(missingMembers(sources, { app: { quit: true } })).toEqual([
    'app.fly',
    'autoUpdater',
    'autoUpdater.checkForUpdates',
  ])
})

test('the double has all the main process of this app uses', async () => {
  const { implemented } = await import('../electron-double/electron.ts')
  expect(missingMembers(sourcesOf('main/electron'), implemented)).toEqual([])
})

test('the double has all that electron-updater uses', async () => {
  const { implemented } = await import('../electron-double/electron.ts')
  const sources = sourcesOf('node_modules/electron-updater/out')
  expect(usedMembers(sources)).toEqual(
    expect.arrayContaining(['app', 'autoUpdater.emit', 'net.request', 'session.fromPartition']),
  )
  expect(missingMembers(sources, implemented)).toEqual([])
})

test('the double has all the preload of this app uses', () => {
  expect(missingMembers(sourcesOf('preload'), preloadDouble)).toEqual([])
})

test('the sample of the double uses one missing module and one missing function, on purpose', async () => {
  const { implemented } = await import('../electron-double/electron.ts')
  const sample = sourcesOf('test/electron-double/sample-app')
  const main = { 'main.ts': sample['test/electron-double/sample-app/main.ts'] ?? '' }
  expect(missingMembers(main, implemented)).toEqual(['app.getGPUFeatureStatus', 'inAppPurchase'])
})
