// The one Chromium that shows every window of the app; started with the first window, ended with the app.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { app } from './app.ts'
import { beforeExit } from './quit.ts'

// The pipe Playwright adds by itself ties Chromium's life to this process, also when it is killed.
const switches = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

type Setup = (context: BrowserContext) => Promise<void>

const setups: Setup[] = []
const own = new WeakSet<Page>()
let opening = 0
let starting: Promise<BrowserContext> | undefined
let announce: ((endpoint: string) => void) | undefined

/** Has something prepared in each Chromium before the first page. */
export function whenChromiumStarts(setup: Setup): void {
  setups.push(setup)
}

/** Opens Chromium for a test driver too, and tells it the address. */
export function shareChromium(tell: (endpoint: string) => void): void {
  announce = tell
}

/** A new empty page that belongs to the app. */
export async function newPage(): Promise<{ page: Page; context: BrowserContext }> {
  starting ??= start()
  const context = await starting
  opening++
  try {
    const page = await context.newPage()
    own.add(page)
    return { page, context }
  } finally {
    opening--
  }
}

/** Chromium, if a window was opened yet. */
export async function runningChromium(): Promise<BrowserContext | undefined> {
  return starting
}

async function start(): Promise<BrowserContext> {
  const profile = join(app.getPath('userData'), 'double-chromium')
  const portFile = join(profile, 'DevToolsActivePort')
  rmSync(portFile, { force: true })
  // An app that rests in the tray does without; it is larger than the app.
  const { chromium } = await import('playwright-core')
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    headless: true,
    viewport: null,
    colorScheme: null,
    // The app answers signals itself, as Electron does: it quits.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      ...switches,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(announce ? ['--remote-debugging-port=0'] : []),
    ],
  })
  beforeExit(() => context.close())
  context.on('page', (page) => {
    // A page nobody here opened comes from window.open; the window open handler was asked about it apart.
    if (opening === 0 && !own.has(page)) page.close().catch(() => undefined)
  })
  for (const setup of setups) await setup(context)
  if (announce && existsSync(portFile)) {
    const [port = '', path = ''] = readFileSync(portFile, 'utf8').split('\n')
    announce(`ws://127.0.0.1:${port}${path}`)
  }
  return context
}
