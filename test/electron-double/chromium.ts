// The one Chromium that shows every window of the app; it starts with the app, as Electron's does, and ends with it.
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { app } from './app.ts'
import { type ChromiumProcess, startChromium } from './chromium-process.ts'
import { beforeExit } from './quit.ts'

type Setup = (context: BrowserContext) => Promise<void>

const setups: Setup[] = []
const own = new WeakSet<Page>()
let opening = 0
let starting: Promise<BrowserContext> | undefined
let announce: ((endpoint: string) => void) | undefined
let early: ChromiumProcess | undefined

/** Has something prepared in each Chromium before the first page. */
export function whenChromiumStarts(setup: Setup): void {
  setups.push(setup)
}

/** Opens Chromium for a test driver too, and tells it the address. */
export function shareChromium(tell: (endpoint: string) => void): void {
  announce = tell
}

/**
 * In Electron Chromium is this very process. Here it begins as soon as it is known where its profile lies, and comes up
 * beside the app.
 */
export function startEarly(): void {
  early ??= begin()
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

function begin(): ChromiumProcess {
  const profile = join(app.getPath('userData'), 'double-chromium')
  const started = startChromium(profile, announce ? ['--remote-debugging-port=0'] : [])
  beforeExit(() => started.end())
  return started
}

async function start(): Promise<BrowserContext> {
  early ??= begin()
  const { transport, address, failed } = early
  // Larger than the app, too.
  const { chromium } = await import('playwright-core')
  const connected = chromium.connectOverCDP(transport, { isLocal: true })
  const [context] = (await Promise.race([connected, failed])).contexts()
  if (!context) throw new Error('Chromium has no place for pages.')
  context.on('page', (page) => {
    // A page nobody here opened comes from window.open; the window open handler was asked about it apart.
    if (opening === 0 && !own.has(page)) page.close().catch(() => undefined)
  })
  for (const setup of setups) await setup(context)
  void address.then(announce)
  return context
}
