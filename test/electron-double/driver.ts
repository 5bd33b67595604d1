// Starts the app on the test double and drives it; the same shape as Playwright's `_electron`.
import { fork, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import type { FromApp, Question } from './control.ts'
import type { implemented } from './electron.ts'
import { PLAY_VARIABLE, type Play } from './play.ts'
import type { DoubleRecords } from './records.ts'

/** What a function given to `evaluate` gets: Electron's module as the app sees it, and the records. */
export type ElectronModule = Pick<typeof Electron.CrossProcessExports, keyof typeof implemented> & {
  double: DoubleRecords
}

export interface LaunchOptions {
  /** First the app, a folder with a package.json or the compiled entry file; then the app's own arguments. */
  args: string[]
  /** The whole environment; this process's own when left out. */
  env?: NodeJS.ProcessEnv
  /** The resources folder of a packed app, which then takes itself for one. */
  resources?: string
  cwd?: string
  /** Another desktop than this computer's, as far as Electron differs there. */
  play?: Play
  /** A Node 24 to run the app with; found by itself when left out. */
  executablePath?: string
}

export interface ElectronApplication {
  /** The page of the first window, as soon as it has loaded something. */
  firstWindow(options?: { timeout?: number }): Promise<Page>
  /** Pages of all windows that have loaded something. */
  windows(): Page[]
  context(): BrowserContext
  /** Runs a function in the main process. It can use nothing from around it but its argument. */
  evaluate<R, A = undefined>(
    run: (electron: ElectronModule, argument: A) => R | Promise<R>,
    argument?: A,
  ): Promise<R>
  /** Quits the app as `app.quit()` does, and gives its exit code; an app that does not end is killed. */
  close(): Promise<number | null>
  process(): ChildProcess
  /** The exit code, once the process has ended; null when it was killed. */
  exited: Promise<number | null>
  /** What the app wrote to its output so far. */
  log(): string
}

const patienceMs = 60_000

/** Starts the app. Resolves when its process runs; windows come later. */
export function launch(options: LaunchOptions): Promise<ElectronApplication> {
  const cwd = options.cwd ?? process.cwd()
  const [program = '.', ...rest] = options.args
  const env = { ...(options.env ?? process.env) }
  // Never the data of the person whose machine this is.
  const home = env.XDG_CONFIG_HOME ? undefined : mkdtempSync(join(tmpdir(), 'electron-double-'))
  const child = fork(programFile(resolve(cwd, program)), rest, {
    cwd,
    env: {
      ...env,
      ...(home ? { XDG_CONFIG_HOME: home } : {}),
      ...(options.resources ? { ELECTRON_DOUBLE_RESOURCES: options.resources } : {}),
      ...(options.play ? { [PLAY_VARIABLE]: JSON.stringify(options.play) } : {}),
      // For a coverage run: Node writes there at the end of the process which lines of the app ran.
      ...(env.EMI_COVERAGE ? { NODE_V8_COVERAGE: env.EMI_COVERAGE } : {}),
    },
    execPath: options.executablePath ?? nodePath(),
    execArgv: ['--import', new URL('./register.ts', import.meta.url).href, '--no-warnings'],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => (log += part))
  }
  const exited = new Promise<number | null>((done) => {
    child.once('close', (code) => {
      if (home) rmSync(home, { recursive: true, force: true, maxRetries: 3 })
      done(code)
    })
  })
  return Promise.resolve(application({ child, exited, log: () => log }))
}

function application(parts: {
  child: ChildProcess
  exited: Promise<number | null>
  log: () => string
}): ElectronApplication {
  const { child, exited, log } = parts
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let nextId = 1
  let browser: Browser | undefined
  const { promise: connected, resolve: connect, reject: fail } = Promise.withResolvers<Browser>()
  connected.then((found) => (browser = found)).catch(() => undefined)

  child.on('message', (message: FromApp) => {
    if (message.kind === 'chromium') {
      chromium.connectOverCDP(message.endpoint).then(connect, fail)
      return
    }
    const question = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'answer') question?.resolve(message.value)
    else question?.reject(new Error(message.message))
  })
  void exited.then(() => {
    const ended = new Error(`The app has ended.\n${log()}`)
    fail(ended)
    for (const question of waiting.values()) question.reject(ended)
    waiting.clear()
  })

  const context = (): BrowserContext => {
    const found = browser?.contexts()[0]
    if (!found) throw new Error('The app has opened no window yet.')
    return found
  }
  // A window's page is empty until it loads something.
  const isWindow = (page: Page): boolean => page.url() !== 'about:blank'
  const windows = (): Page[] => (browser ? context().pages().filter(isWindow) : [])

  async function evaluate<R, A>(
    run: (electron: ElectronModule, argument: A) => R | Promise<R>,
    argument?: A,
  ): Promise<R> {
    if (!child.connected) throw new Error(`The app has ended.\n${log()}`)
    const value = await new Promise<unknown>((resolve, reject) => {
      const question: Question = { id: nextId++, source: String(run), argument }
      waiting.set(question.id, { resolve, reject })
      child.send(question, (error) => {
        if (error) reject(error)
      })
    })
    return value as R
  }

  async function firstWindow({ timeout = patienceMs } = {}): Promise<Page> {
    const late = () => {
      const urls = browser?.contexts().flatMap((one) => one.pages().map((page) => page.url()))
      const shown = urls ? `Pages of Chromium: ${urls.join(', ')}` : 'Chromium was not reached.'
      return `No window after ${timeout} ms. ${shown}\n${log()}`
    }
    return within(timeout, late, async (signal) => {
      await connected
      for (;;) {
        const [first] = windows()
        if (first) return first
        signal.throwIfAborted()
        await nextNavigation(context(), signal)
      }
    })
  }

  async function close(): Promise<number | null> {
    if (child.connected) evaluate(({ app }) => app.quit()).catch(() => undefined)
    const kill = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    const code = await exited
    clearTimeout(kill)
    await browser?.close().catch(() => undefined)
    return code
  }

  return { firstWindow, windows, context, evaluate, close, process: () => child, exited, log }
}

/** Waits until some page of Chromium shows something else. */
function nextNavigation(context: BrowserContext, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const pages = context.pages()
    const finish = (): void => {
      context.off('page', finish)
      for (const page of pages) page.off('framenavigated', finish)
      signal.removeEventListener('abort', finish)
      done()
    }
    context.on('page', finish)
    for (const page of pages) page.on('framenavigated', finish)
    signal.addEventListener('abort', finish)
  })
}

async function within<T>(
  ms: number,
  message: () => string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const late = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(new Error(message())))
  })
  const timer = setTimeout(() => controller.abort(), ms)
  try {
    return await Promise.race([work(controller.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The entry file of an app given as a folder, like Electron finds it. */
function programFile(path: string): string {
  const file = join(path, 'package.json')
  if (!existsSync(file)) return path
  const { main = 'index.js' } = JSON.parse(readFileSync(file, 'utf8')) as { main?: string }
  return resolve(path, main)
}

/** The double is TypeScript that Node itself runs, which takes Node 24. */
export function nodePath(): string {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major >= 24) return process.execPath
  return fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
}
