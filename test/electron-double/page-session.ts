// One page of Chromium with a preload in an isolated world, and the line between that world and the main process.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { Script } from 'node:vm'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { newPage } from './chromium.ts'
import { createCodec } from './codec.ts'
import { countPreload } from './page-coverage.ts'
import {
  isolatedWorldScript,
  pageWorldScript,
  preloadFunction,
  receiverName,
  type PageSource,
} from './page-source.ts'
import type { FromPage, ToPage } from './renderer-module.ts'

export const codec = createCodec()

/** Name of the isolated world; Chromium's developer tools show it. */
const worldName = 'Electron Isolated Context'

export interface PageOptions {
  preload: string | undefined
  additionalArguments: string[]
  /** A message of the isolated world; `current` is false when its document is already gone. */
  onMessage: (message: FromPage, current: boolean) => void
  /** A new document in the top frame. */
  onNavigated: (url: string) => void
  /** Another address of the same document. */
  onNavigatedInPage: (url: string) => void
  /** A navigation to an address that is not of the web. */
  onExternal: (url: string, isMainFrame: boolean) => void
  onWindowOpen: (request: { url: string; frameName: string; features: string }) => void
  onPreloadError: (path: string, error: Error) => void
}

export interface PageSession {
  page: Page
  context: BrowserContext
  cdp: CDPSession
  /** Sends to the isolated world. Throws for what cannot be cloned; false when there is no document to hear it. */
  push(message: ToPage): boolean
  /** Closes the page. Never throws. */
  close(): Promise<void>
}

/** Opens an empty page and prepares it for the documents to come. */
export async function openPage(options: PageOptions): Promise<PageSession> {
  const { page, context } = await newPage()
  const cdp = await context.newCDPSession(page)
  const [{ frameTree }] = await Promise.all([
    cdp.send('Page.getFrameTree'),
    cdp.send('Page.enable'),
  ])
  const mainFrame = frameTree.frame.id
  const binding = `__toMain${randomBytes(6).toString('hex')}`
  let world: number | undefined

  cdp.on('Runtime.executionContextCreated', ({ context: created }) => {
    const { frameId } = created.auxData as { frameId?: string }
    if (created.name === worldName && frameId === mainFrame) world = created.id
  })
  cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
    if (executionContextId === world) world = undefined
  })
  cdp.on('Runtime.executionContextsCleared', () => (world = undefined))
  cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
    if (name !== binding) return
    options.onMessage(codec.decode(payload) as FromPage, executionContextId === world)
  })
  cdp.on('Page.frameNavigated', ({ frame }) => {
    if (frame.id === mainFrame) options.onNavigated(frame.url + (frame.urlFragment ?? ''))
  })
  cdp.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
    if (frameId === mainFrame) options.onNavigatedInPage(url)
  })
  cdp.on('Page.frameRequestedNavigation', ({ frameId, url }) => {
    // Chromium hands these to the desktop; they never become a request.
    if (!/^(https?|about|blob|data|javascript):/i.test(url)) {
      options.onExternal(url, frameId === mainFrame)
    }
  })
  cdp.on('Page.windowOpen', ({ url, windowName, windowFeatures }) =>
    options.onWindowOpen({ url, frameName: windowName, features: windowFeatures.join(',') }),
  )

  const source: PageSource = {
    secret: randomBytes(12).toString('hex'),
    binding,
    preload: readPreload(options),
    facts: {
      argv: [process.execPath, ...options.additionalArguments],
      platform: process.platform,
      arch: process.arch,
      versions: {
        node: process.versions.node,
        electron: process.versions.electron,
        chrome: process.versions.chrome,
      },
    },
  }
  const script = isolatedWorldScript(source)
  // One after the other, without waiting for each answer.
  await Promise.all([
    cdp.send('Runtime.enable'),
    cdp.send('Runtime.addBinding', { name: binding, executionContextName: worldName }),
    cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: pageWorldScript(source) }),
    cdp.send('Page.addScriptToEvaluateOnNewDocument', { worldName, source: script }),
  ])
  const endCount = await countPreload(
    { page, cdp },
    { path: options.preload ?? '', text: source.preload, script },
  )

  return {
    page,
    context,
    cdp,
    push(message) {
      const text = JSON.stringify(codec.encode(message))
      if (world === undefined) return false
      const expression = `${receiverName}(${text})`
      // The document may go away while the message is under way; Electron loses it then, too.
      cdp.send('Runtime.evaluate', { contextId: world, expression }).catch(() => undefined)
      return true
    },
    close: async () => {
      await endCount()
      await page.close().catch(() => undefined)
    },
  }
}

/** The text of the preload; a preload that cannot run is reported as Electron reports it, and left out. */
function readPreload({ preload, onPreloadError }: PageOptions): string {
  if (preload === undefined) return ''
  try {
    if (!isAbsolute(preload)) throw new Error(`preload script must have absolute path: ${preload}`)
    const text = readFileSync(preload, 'utf8')
    new Script(preloadFunction(text), { filename: preload })
    return text
  } catch (error) {
    onPreloadError(preload, error instanceof Error ? error : new Error(String(error)))
    return ''
  }
}
