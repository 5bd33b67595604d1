// Entry of the tray app: what Electron is told before it is ready, and one instance. A second start loads no more than this.
import { join } from 'node:path'
import { app } from 'electron'
import { keepHeapSmall } from '../node/small-heap.ts'
import { recordCrashes } from './crashes.ts'
import { registerPageScheme } from './pages.ts'
import { APP_ID, crashPlace, dataFolder } from './this-run.ts'

keepHeapSmall()

app.setName('EMI Tray')
// What Chromium keeps for the window stays apart from the app's own data.
app.setPath('userData', join(dataFolder, 'window'))
app.setAppUserModelId(APP_ID)
app.enableSandbox()
recordCrashes(crashPlace)
registerPageScheme()

// Chromium reorders the arguments of a second start; what is passed along as data comes as it was.
if (app.requestSingleInstanceLock({ args: process.argv.slice(1) })) {
  const { run } = await import('./host.ts')
  void run()
} else {
  app.quit()
}
