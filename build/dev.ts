// `npm run dev`: rebuilds what changes and restarts the headless host; arguments go to `emi-tray serve`.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { build } from 'vite'
import { configFile } from './build.ts'
import { projectRoot } from './child.ts'

/** The three builds of one change end within this time of each other. */
const settleMs = 200

let host: ChildProcess | undefined
let timer: NodeJS.Timeout | undefined
let restarting = Promise.resolve()
const built = new Set<string>()
const names = ['main', 'preload', 'renderer'] as const

for (const name of names) {
  const watcher = await build({ configFile: configFile(name), build: { watch: {} } })
  if (!('on' in watcher)) throw new Error(`${name} is not being watched.`)
  watcher.on('event', (event) => {
    if (event.code === 'ERROR') console.error(event.error.message)
    if (event.code !== 'END') return
    built.add(name)
    if (built.size < names.length) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      restarting = restarting.then(restart)
    }, settleMs)
  })
}

// Ctrl-C reaches the host by itself; it stops in order, then so do we.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void stopHost().then(() => process.exit(0)))
}

async function restart(): Promise<void> {
  await stopHost()
  const cli = join(projectRoot, 'out', 'main', 'cli.js')
  host = spawn(process.execPath, [cli, 'serve', ...process.argv.slice(2)], { stdio: 'inherit' })
}

async function stopHost(): Promise<void> {
  const running = host
  host = undefined
  if (running?.exitCode !== null || running.signalCode !== null) return
  running.kill('SIGTERM')
  await once(running, 'exit')
}
