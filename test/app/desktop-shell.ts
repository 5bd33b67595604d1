// The desktop app for the specs that run on the Electron double and, where its runtime is, on Electron.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, test as base, type BrowserContext, type Page } from '@playwright/test'
import { launch, type ElectronApplication, type ElectronModule } from '../electron-double/driver.ts'
import { PASSPHRASE } from '../whole/cli-process.ts'

/** What both can do. */
export interface Shell {
  dataFolder: string
  /** The page of the window that is open now. */
  readonly page: Page
  windows(): Page[]
  context(): BrowserContext
  /** Runs a function in the main process, with Electron's module. */
  evaluate<R>(run: (electron: Omit<ElectronModule, 'double'>) => R | Promise<R>): Promise<R>
  /** Addresses that were handed to the system's browser. */
  opened(): Promise<string[]>
  /** Quits as a person does. */
  close(): Promise<unknown>
  /** The double, which knows more than Electron tells; null on Electron. */
  double: ElectronApplication | null
}

const ENTRY = join(import.meta.dirname, '../../out/main/electron.js')

/** `shell` is the app at its first start, with its window open. */
export const test = base.extend<{ shell: Shell }>({
  // Playwright wants a pattern here even where nothing is taken.
  shell: async ({ browserName: _ }, use, info) => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'emi-shell-'))
    const options = {
      args: [ENTRY, '--data', dataFolder],
      env: { ...process.env, EMI_PASSPHRASE: PASSPHRASE } as Record<string, string>,
    }
    const isDouble = info.project.name !== 'electron'
    const double = isDouble ? await launch(options) : null
    const app = double ?? (await _electron.launch(options))
    const evaluate: Shell['evaluate'] = (run) => (app as ElectronApplication).evaluate(run)
    await app.firstWindow()
    await evaluate(({ shell }) => {
      const opened: string[] = []
      Object.assign(globalThis, { opened })
      shell.openExternal = (address) => {
        opened.push(address)
        return Promise.resolve()
      }
    })
    await use({
      dataFolder,
      get page() {
        const page = app.windows().at(-1)
        if (!page) throw new Error('No window is open.')
        return page
      },
      windows: () => app.windows(),
      context: () => app.context(),
      evaluate,
      opened: () => evaluate(() => (globalThis as { opened?: string[] }).opened ?? []),
      close: () => app.close(),
      double,
    })
    if (app.process().exitCode === null) await app.close()
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 3 })
  },
})
