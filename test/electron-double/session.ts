// `session`: permission handlers, request hooks, proxy.
import { EventEmitter } from 'node:events'
import type { Session, WebContents, WebRequest } from 'electron'
import { net } from './net.ts'
import { fromPartition } from './partition.ts'
import { protocol } from './protocol.ts'
import { needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

type RequestHandler = NonNullable<Parameters<Session['setPermissionRequestHandler']>[0]>
type CheckHandler = NonNullable<Parameters<Session['setPermissionCheckHandler']>[0]>
type HeadersListener = (
  details: Electron.OnHeadersReceivedListenerDetails,
  callback: (response: Electron.HeadersReceivedResponse) => void,
) => void
type BeforeListener = (
  details: Electron.OnBeforeRequestListenerDetails,
  callback: (response: Electron.CallbackResponse) => void,
) => void

interface Hook<L> {
  listener: L
  matches: (url: string) => boolean
}

/** What the app set on the default session. */
export const settings: {
  requestHandler: RequestHandler | null
  checkHandler: CheckHandler | null
  headersHook: Hook<HeadersListener> | undefined
  beforeHook: Hook<BeforeListener> | undefined
  onPermissionChange: () => void
} = {
  requestHandler: null,
  checkHandler: null,
  headersHook: undefined,
  beforeHook: undefined,
  onPermissionChange: () => undefined,
}

const webRequest = {
  onHeadersReceived(...args: unknown[]) {
    settings.headersHook = hook<HeadersListener>(args)
  },
  onBeforeRequest(...args: unknown[]) {
    settings.beforeHook = hook<BeforeListener>(args)
  },
} satisfies Partial<WebRequest>

const members = {
  protocol,
  webRequest: strict('session.webRequest', webRequest),
  setPermissionRequestHandler(handler) {
    settings.requestHandler = handler
  },
  setPermissionCheckHandler(handler) {
    settings.checkHandler = handler
    settings.onPermissionChange()
  },
  setDevicePermissionHandler() {
    // There are no devices to ask for in headless Chromium.
  },
  resolveProxy(url) {
    // As Electron's converter of arguments: at once, and in these words.
    if (typeof url !== 'string') {
      throw new TypeError(
        `Error processing argument at index 0, conversion failure from ${String(url)}`,
      )
    }
    return Promise.resolve(double.proxy)
  },
  setProxy: () => Promise.resolve(),
  forceReloadProxyConfig: () => Promise.resolve(),
  closeAllConnections: () => Promise.resolve(),
  clearCache: () => Promise.resolve(),
  fetch: (input: string | Request, init?: RequestInit) => net.fetch(input, init),
  setCertificateVerifyProc() {
    // Pages reach nothing but the app itself.
  },
  setSpellCheckerEnabled() {
    // Headless Chromium underlines nothing.
  },
  isPersistent: () => true,
} satisfies Partial<Omit<Session, 'protocol' | 'webRequest'>> & Record<string, unknown>

export const defaultSession = strict('session', Object.assign(new EventEmitter(), members))

/** `session` of the electron module. */
export const session = strict('session', {
  get defaultSession() {
    needReady('Session can only be received when app is ready')
    return defaultSession
  },
  fromPartition,
})

/** Whether a page may have a permission: the check handler decides, and without one everything is given. */
export function checkPermission(
  contents: WebContents | null,
  permission: string,
  origin: string,
): boolean {
  if (!settings.checkHandler) return true
  const details = { isMainFrame: true, requestingUrl: `${origin}/` }
  return settings.checkHandler(contents, permission as Parameters<CheckHandler>[1], origin, details)
}

/** Asks for a permission: the request handler decides, and without one everything is given. */
export async function requestPermission(
  contents: WebContents,
  permission: string,
  url: string,
): Promise<boolean> {
  const handler = settings.requestHandler
  const granted =
    handler === null ||
    (await new Promise<boolean>((decide) =>
      handler(contents, permission as Parameters<RequestHandler>[1], decide, {
        isMainFrame: true,
        requestingUrl: url,
      }),
    ))
  double.permissions.push({ permission, granted })
  return granted
}

function hook<L>(args: unknown[]): Hook<L> | undefined {
  const listener = args.at(-1)
  if (typeof listener !== 'function') return undefined
  const filter = args.length > 1 ? (args[0] as Electron.WebRequestFilter) : { urls: [] }
  const patterns = filter.urls.map(urlPattern)
  return {
    listener: listener as L,
    matches: (url) => patterns.length === 0 || patterns.some((pattern) => pattern.test(url)),
  }
}

function urlPattern(pattern: string): RegExp {
  if (pattern === '<all_urls>') return /^/
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${escaped}$`)
}
