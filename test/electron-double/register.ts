// Entry, used as `node --import …/register.ts main.js`: puts the double in the place of the module `electron`.
import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'

/** Packages that start programs or load native files, which are this computer's whatever is played. */
const ofThisComputer = /\/node_modules\/(?:playwright-core\/lib|@napi-rs)\/.*\.c?js$/

if (isMainThread && process.argv[1]) await start(resolve(process.argv[1]))

async function start(program: string): Promise<void> {
  // Programs the app starts are plain Node; only this process plays the part.
  process.execArgv = []
  const { play, playPlatform, realProcess } = await import('./play.ts')
  const isOther = play.platform !== process.platform
  playPlatform()
  const { electronVersion, packedResources } = await import('./app-paths.ts')
  actAsMainProcess(electronVersion(), packedResources())
  const double = new URL('./electron.ts', import.meta.url).href
  registerHooks({
    resolve: (specifier, context, next) =>
      /^electron(\/(main|common))?$/.test(specifier)
        ? { url: double, shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (!isOther || !ofThisComputer.test(url)) return loaded
      return { ...loaded, source: `${realProcess}${textOf(loaded.source)}` }
    },
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

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | null | undefined): string {
  if (typeof source === 'string') return source
  return source ? new TextDecoder().decode(source) : ''
}

/** The marks by which programs recognise the main process. */
function actAsMainProcess(electron: string, resources: string | undefined): void {
  const versions = { ...process.versions, electron, chrome: '0.0.0.0' }
  Object.defineProperty(process, 'versions', { value: Object.freeze(versions) })
  Object.assign(process, { type: 'browser', resourcesPath: resources ?? process.cwd() })
  // Set where the runtime was started with an app as its argument.
  if (resources === undefined) Object.assign(process, { defaultApp: true })
}
