// Starts the app under test on the host of the Playwright project, on a fresh data folder, and gives its page.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, test as base, type Browser, type Page } from '@playwright/test'
import { freePort } from '../../build/free-port.ts'
import { launch } from '../electron-double/driver.ts'
import { keyFileIn, startCli, waitForOutput } from '../whole/cli-process.ts'

export type HostName = 'headless' | 'electron-double' | 'electron'

export interface EmiUnderTest {
  host: HostName
  /** The first page of the app. After restart() it is another one. */
  page: Page
  dataFolder: string
  webhookPort: number
  /** The addresses the app wanted to have opened in the system browser, oldest first. */
  openedAddresses(): Promise<string[]>
  /** Stops the app in order and starts it again on the same data. */
  restart(): Promise<void>
  /** Everything the app wrote to its terminal. */
  output(): string
}

interface Running {
  page: Page
  openedAddresses(): Promise<string[]>
  output(): string
  stop(): Promise<void>
}

const ENTRY = join(import.meta.dirname, '../../out/main/electron.js')

/** `emi` is a started app; everything it made is gone after the test. */
export const test = base.extend<{ emi: EmiUnderTest }>({
  emi: async ({ browser }, use, info) => {
    const host = info.project.name as HostName
    const folder = await mkdtemp(join(tmpdir(), 'emi-app-'))
    const dataFolder = join(folder, 'data')
    const environment = {
      ...(await keyFileIn(folder)),
      // Replication takes seconds at Microsoft; here a moment is enough to meet it.
      EMI_PRACTICE_REPLICATION_MS: '120',
    }
    const webhookPort = await freePort()
    await mkdir(dataFolder, { mode: 0o700 })
    await writeFile(
      join(dataFolder, 'settings.json'),
      JSON.stringify({ version: 1, connections: { practice: { webhookPort } } }),
    )
    const start = () =>
      host === 'headless'
        ? startHeadless(browser, { dataFolder, environment })
        : startDesktop(host, { dataFolder, environment })
    let running = await start()
    await use({
      host,
      dataFolder,
      webhookPort,
      get page() {
        return running.page
      },
      openedAddresses: () => running.openedAddresses(),
      output: () => running.output(),
      restart: async () => {
        await running.stop()
        running = await start()
      },
    })
    await running.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  },
})

export { expect } from '@playwright/test'

interface Place {
  dataFolder: string
  environment: NodeJS.ProcessEnv
}

async function startHeadless(
  browser: Browser,
  { dataFolder, environment }: Place,
): Promise<Running> {
  const run = startCli(['serve', '--no-open', '--data', dataFolder], environment)
  const [address] = await waitForOutput(run, /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/)
  const context = await browser.newContext({
    viewport: { width: 1040, height: 720 },
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  await page.goto(address)
  return {
    page,
    output: () => run.stdout() + run.stderr(),
    openedAddresses: () =>
      Promise.resolve(
        [...run.stderr().matchAll(/Open this address in a browser: (\S+)/g)].map((m) => m[1] ?? ''),
      ),
    stop: async () => {
      await context.close()
      run.child.kill('SIGTERM')
      await run.exited
    },
  }
}

async function startDesktop(host: HostName, { dataFolder, environment }: Place): Promise<Running> {
  const options = {
    args: [ENTRY, '--data', dataFolder],
    env: { ...process.env, ...environment } as Record<string, string>,
  }
  if (host === 'electron') {
    const app = await _electron.launch(options)
    await app.evaluate(({ shell }) => {
      const opened: string[] = []
      Object.assign(globalThis, { openedAddresses: opened })
      shell.openExternal = (address) => {
        opened.push(address)
        return Promise.resolve()
      }
    })
    return {
      page: await app.firstWindow(),
      output: () => '',
      openedAddresses: () =>
        app.evaluate(() => (globalThis as { openedAddresses?: string[] }).openedAddresses ?? []),
      stop: () => app.close(),
    }
  }
  const app = await launch(options)
  return {
    page: await app.firstWindow(),
    output: () => app.log(),
    openedAddresses: () => app.evaluate(({ double }) => double.opened),
    stop: async () => {
      await app.close()
    },
  }
}
