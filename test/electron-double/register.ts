// Entry, used as `node --import …/register.ts main.js`: puts the double in the place of the module `electron`.
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'

if (isMainThread && process.argv[1]) await start(resolve(process.argv[1]))

async function start(program: string): Promise<void> {
  // Programs the app starts are plain Node; only this process plays the part.
  process.execArgv = []
  const { electronVersion, packedResources } = await import('./app-paths.ts')
  actAsMainProcess(electronVersion(), packedResources())
  const double = new URL('./electron.ts', import.meta.url).href
  registerHooks({
    resolve: (specifier, context, next) =>
      /^electron(\/(main|common))?$/.test(specifier)
        ? { url: double, shortCircuit: true }
        : next(specifier, context),
  })
  const [{ answerRequests }, { obeyDriver }, { quit }, { becomeReady }] = await Promise.all([
    import('./requests.ts'),
    import('./control.ts'),
    import('./quit.ts'),
    import('./readiness.ts'),
  ])
  answerRequests()
  obeyDriver()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quit)
  // An app without windows runs until it quits; nothing else may be left to keep Node going.
  setInterval(() => undefined, 2 ** 30)
  // Electron is ready once the entry module has been evaluated, top-level waits included. Node then finds it done.
  // https://www.electronjs.org/docs/latest/tutorial/esm
  await import(pathToFileURL(program).href)
  setImmediate(becomeReady)
}

/** The marks by which programs recognise the main process. */
function actAsMainProcess(electron: string, resources: string | undefined): void {
  const versions = { ...process.versions, electron, chrome: '0.0.0.0' }
  Object.defineProperty(process, 'versions', { value: Object.freeze(versions) })
  Object.assign(process, { type: 'browser', resourcesPath: resources ?? process.cwd() })
  // Set where the runtime was started with an app as its argument.
  if (resources === undefined) Object.assign(process, { defaultApp: true })
}
