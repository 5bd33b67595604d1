// `npm start`: opens the tray app or, where Electron cannot run, serves the same pages to a browser.
import { join } from 'node:path'
import { hasDisplay } from '../main/headless/system-browser.ts'
import { buildAll } from './build.ts'
import { projectRoot, run } from './child.ts'
import { downloadElectron, findElectron } from './electron-runtime.ts'

/** An Electron that ends sooner than this with a failure could not start at all. */
const startedAfterMs = 5_000

const args = process.argv.slice(2)
const canShow = hasDisplay(process.env, process.platform)
await buildAll()
process.exitCode = await start()

async function start(): Promise<number> {
  if (!canShow) {
    return serve(
      findElectron()
        ? 'There is no display for the tray app'
        : 'The Electron runtime is not here, nor a display for it',
    )
  }
  const missing = findElectron() ? null : await downloadElectron()
  const electron = findElectron()
  if (!electron) {
    return serve(`The Electron runtime is not here (${missing ?? 'the download left nothing'})`)
  }
  const startedAt = performance.now()
  const code = await run(electron, { args: [...electronFlags(), projectRoot, ...args] })
  if (code === 0 || code === 130 || performance.now() - startedAt > startedAfterMs) return code
  return serve(`Electron did not start (it ended with code ${code})`)
}

function serve(why: string): Promise<number> {
  console.error(`${why}; serving the same pages in your browser instead.`)
  const cli = join(projectRoot, 'out', 'main', 'cli.js')
  return run(process.execPath, { args: [cli, 'serve', ...(canShow ? ['--open'] : []), ...args] })
}

/** Chromium refuses to start as root with its sandbox. */
function electronFlags(): string[] {
  return process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : []
}
