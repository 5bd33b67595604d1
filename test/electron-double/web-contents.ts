// `webContents`: a page of Chromium as the main process sees it.
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import type { NativeImage, WebContents, WebFrameMain } from 'electron'
import {
  consoleDetails,
  decideWindowOpen,
  loadFailure,
  type OpenHandler,
} from './contents-outcomes.ts'
import { createEvent } from './event.ts'
import { createMainFrame } from './frame.ts'
import { receiveMessages } from './contents-messages.ts'
import { ContentsSettings } from './contents-settings.ts'
import { IpcReceiver } from './ipc.ts'
import { nativeImage } from './native-image.ts'
import { colorScheme, nativeTheme } from './native-theme.ts'
import { codec, openPage, type PageSession } from './page-session.ts'
import { answerPermission, startPermissions, type PermissionPlace } from './permissions.ts'
import { meetDownload } from './downloads.ts'
import { handlerFor, originOf, toAppUrl, toChromiumUrl } from './protocol.ts'
import { appEvents } from './readiness.ts'
import { double } from './records.ts'
import type { ToPage } from './renderer-module.ts'
import { defaultSession, requestPermission, settings } from './session.ts'
import type { CheckedPreferences } from './web-preferences.ts'

/** What a window tells its contents, and is told by them. */
export interface ContentsOwner {
  size: () => { width: number; height: number }
  onFirstLoad: () => void
  onTitle: (title: string) => void
  onPageClosed: () => void
}

const all = new Set<WebContentsDouble>()
let nextId = 1

export function allWebContents(): WebContentsDouble[] {
  return [...all]
}

/** The contents a page belongs to, or undefined for a page the app did not open. */
export function contentsOfPage(page: Page | undefined): WebContentsDouble | undefined {
  return page && [...all].find((one) => one.page === page)
}

/** Hands the double's contents to code written for Electron's. */
export function asWebContents(contents: WebContentsDouble): WebContents {
  const known: Pick<WebContents, 'id' | 'send' | 'getURL'> = contents
  return known as WebContents
}

export class WebContentsDouble extends ContentsSettings {
  readonly id = nextId++
  readonly session = defaultSession
  readonly ipc = new IpcReceiver()
  readonly mainFrame: WebFrameMain
  readonly #preferences: CheckedPreferences
  readonly #owner: ContentsOwner
  #opened: Promise<PageSession>
  #live: PageSession | undefined
  #url = ''
  #title = ''
  #loading = false
  #loadedOnce = false
  #crashed = false
  #destroyed = false
  #finishing = Promise.resolve()
  #expected: string | undefined
  #openHandler: OpenHandler | undefined

  constructor(preferences: CheckedPreferences, owner: ContentsOwner) {
    super()
    this.#preferences = preferences
    this.#owner = owner
    this.mainFrame = createMainFrame({
      ipc: this.ipc,
      url: () => this.#url,
      isDestroyed: () => this.#destroyed,
      send: (channel, ...args) => this.send(channel, ...args),
      executeJavaScript: (code) => this.executeJavaScript(code),
    })
    all.add(this)
    this.#opened = this.#open()
  }

  /** Chromium's page, once it is there. Not part of Electron's API. */
  get page(): Page | undefined {
    return this.#live?.page
  }

  getURL(): string {
    return this.#url
  }
  getTitle(): string {
    return this.#title
  }
  getType(): 'window' {
    return 'window'
  }
  isLoading(): boolean {
    return this.#loading
  }
  isLoadingMainFrame(): boolean {
    return this.#loading
  }
  isCrashed(): boolean {
    return this.#crashed
  }
  isDestroyed(): boolean {
    return this.#destroyed
  }
  focus(): void {
    this.emit('focus')
  }
  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler
  }
  /** Sends to the page. Like Electron it loses what no document is there to hear. */
  send(channel: string, ...args: unknown[]): void {
    if (typeof channel !== 'string') throw new TypeError('Missing required channel argument')
    if (this.#destroyed) throw new TypeError('Object has been destroyed')
    const message: ToPage = { kind: 'event', channel, args }
    // Even a lost message must be one that can be cloned.
    codec.encode(args)
    if (!this.#live?.push(message)) double.lostMessages.push(channel)
  }

  async loadURL(url: string): Promise<void> {
    if (this.#crashed) this.#reopen()
    const { page, context } = await this.#opened
    const target = toChromiumUrl(url)
    if (originOf(url) !== 'null') await startPermissions(this.#place(context, url))
    this.#expected = target
    this.#startLoading()
    try {
      await page.goto(target)
      // Chromium's load event comes first, so listeners of did-finish-load have heard of it by now.
      await this.#finishing
      this.#stopLoading()
    } catch (error) {
      if (this.#destroyed) return
      this.#stopLoading()
      const failure = loadFailure(url, error)
      this.emit('did-fail-load', {}, failure.errno, failure.code, url, true, 1, 1)
      throw failure
    } finally {
      this.#expected = undefined
    }
  }

  loadFile(path: string): Promise<void> {
    return this.loadURL(pathToFileURL(resolve(path)).href)
  }

  reload(): void {
    const url = this.#url
    this.loadURL(url).catch(() => undefined)
  }

  /** Runs code in the page's own world and gives what it came to. */
  async executeJavaScript(code: string): Promise<unknown> {
    const { page } = await this.#opened
    return page.evaluate(code)
  }

  async capturePage(): Promise<NativeImage> {
    const { page } = await this.#opened
    return nativeImage.createFromBuffer(await page.screenshot())
  }

  /** Ends the page's process the hard way. */
  forcefullyCrashRenderer(): void {
    this.#live?.cdp.send('Page.crash').catch(() => undefined)
  }

  /** Follows the window's size and the theme. Not part of Electron's API. */
  async adapt(): Promise<void> {
    const { page } = await this.#opened
    await page.setViewportSize(this.#owner.size())
    await page.emulateMedia({ colorScheme: colorScheme() })
  }

  /** Follows a changed permission check handler. Not part of Electron's API. */
  async refreshPermissions(): Promise<void> {
    if (!this.#live || originOf(this.#url) === 'null') return
    await startPermissions(this.#place(this.#live.context, this.#url))
  }

  /** Asks the app about a navigation a page wants; false when the app said no. Not part of Electron's API. */
  allowNavigation(chromiumUrl: string, isMainFrame: boolean): boolean {
    if (isMainFrame && chromiumUrl === this.#expected) {
      this.#expected = undefined
      return true
    }
    const url = toAppUrl(chromiumUrl)
    const frame = isMainFrame ? this.mainFrame : null
    const names = isMainFrame ? ['will-frame-navigate', 'will-navigate'] : ['will-frame-navigate']
    for (const name of names) {
      const event = createEvent({
        url,
        isMainFrame,
        isSameDocument: false,
        frame,
        initiator: frame,
      })
      this.emit(name, event, url, false, isMainFrame)
      if (event.defaultPrevented) return false
    }
    if (isMainFrame) this.#startLoading()
    return true
  }

  /** The end, with its window. Not part of Electron's API. */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    all.delete(this)
    this.emit('destroyed')
    this.#opened.then((live) => live.close()).catch(() => undefined)
  }

  async #open(): Promise<PageSession> {
    const live = await openPage({
      preload: this.#preferences.preload,
      additionalArguments: this.#preferences.additionalArguments,
      onMessage: receiveMessages({
        contents: this,
        onPermission: (permission) =>
          answerPermission(this.#place(live.context, this.#url), permission, this.#url),
        push: (message) => void live.push(message),
        onPreloadFailed: (error) => this.#preloadFailed(this.#preferences.preload ?? '', error),
      }),
      onNavigated: (url) => {
        this.#url = toAppUrl(url)
        this.emit('did-navigate', {}, this.#url, 200, 'OK')
      },
      onNavigatedInPage: (url) => {
        this.#url = toAppUrl(url)
        this.emit('did-navigate-in-page', {}, this.#url, true)
      },
      onWindowOpen: (request) => decideWindowOpen(this.#openHandler, request, this.#url),
      onExternal: (url, isMainFrame) => void this.#external(url, isMainFrame),
      onPreloadError: (path, error) => this.#preloadFailed(path, error),
    })
    this.#live = live
    const { page } = live
    page.on('domcontentloaded', () => this.emit('dom-ready', {}))
    page.on('load', () => {
      this.#finishing = this.#loaded(page)
    })
    page.on('download', (download) => void meetDownload(download, asWebContents(this)))
    page.on('crash', () => this.#gone())
    page.on('console', (message) => {
      this.emit('console-message', { ...consoleDetails(message), frame: this.mainFrame })
    })
    page.on('close', () => {
      if (!this.#crashed && this.#live === live) this.#owner.onPageClosed()
    })
    await page.setViewportSize(this.#owner.size())
    await page.emulateMedia({ colorScheme: colorScheme() })
    return live
  }

  /** After a crash Chromium's page is of no more use; the contents go on with a new one. */
  #reopen(): void {
    const old = this.#live
    this.#live = undefined
    this.#crashed = false
    this.#opened = this.#open()
    old?.page.close().catch(() => undefined)
  }

  /** An address Chromium itself cannot load: one of the app's own schemes, or one for another program. */
  async #external(url: string, isMainFrame: boolean): Promise<void> {
    if (!this.allowNavigation(url, isMainFrame)) return
    if (handlerFor(url)) {
      double.unsupported.push(`a page used a full address of its own scheme: ${url}`)
      console.error(`The test double follows relative addresses only, not ${url}`)
      return
    }
    if (await requestPermission(asWebContents(this), 'openExternal', this.#url)) {
      double.opened.push(url)
    }
  }

  #startLoading(): void {
    if (this.#loading) return
    this.#loading = true
    this.emit('did-start-loading')
  }

  #stopLoading(): void {
    if (!this.#loading) return
    this.#loading = false
    this.emit('did-stop-loading')
  }

  async #loaded(page: Page): Promise<void> {
    const title = await page.title().catch(() => '')
    if (this.#destroyed) return
    this.#title = title
    this.#owner.onTitle(title)
    this.emit('page-title-updated', createEvent(), title, true)
    this.emit('did-finish-load')
    this.#stopLoading()
    if (this.#loadedOnce) return
    this.#loadedOnce = true
    this.#owner.onFirstLoad()
  }

  #preloadFailed(path: string, error: Error): void {
    console.error(`Unable to load preload script: ${path}`, error)
    this.emit('preload-error', {}, path, error)
  }

  #gone(): void {
    this.#crashed = true
    const details = { reason: 'crashed', exitCode: 5 }
    this.emit('render-process-gone', {}, details)
    appEvents.emit('render-process-gone', {}, this, details)
  }

  #place(context: PermissionPlace['context'], url: string): PermissionPlace {
    const chromiumOrigin = new URL(toChromiumUrl(url)).origin
    return { context, contents: asWebContents(this), origin: originOf(url), chromiumOrigin }
  }
}

nativeTheme.on('updated', () => {
  for (const contents of all) contents.adapt().catch(() => undefined)
})

settings.onPermissionChange = () => {
  for (const contents of all) contents.refreshPermissions().catch(() => undefined)
}
