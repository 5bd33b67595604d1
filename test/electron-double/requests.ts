// Every request of every page: navigation is asked for, custom schemes are answered by the app, the rest of the world is far away.
import type { BrowserContext, Page, Request as PageRequest, Route } from 'playwright-core'
import type { WebRequest } from 'electron'
import { chromiumRequestHeaders, chromiumResponseHeaders } from './headers.ts'
import { whenChromiumStarts } from './chromium.ts'
import { handlerFor, toAppUrl } from './protocol.ts'
import { double } from './records.ts'
import { settings } from './session.ts'
import { asWebContents, contentsOfPage, type WebContentsDouble } from './web-contents.ts'

type HeadersListener = NonNullable<Parameters<WebRequest['onHeadersReceived']>[0]>
type HeadersDetails = Parameters<Extract<HeadersListener, (...args: never[]) => void>>[0]

const loopback = ['localhost', '127.0.0.1', '[::1]']
let nextId = 1

/** Takes over the requests of the Chromium to come. */
export function answerRequests(): void {
  whenChromiumStarts(async (context: BrowserContext) => {
    await context.route('**/*', async (route) => {
      try {
        await answer(route)
      } catch (error) {
        // A page may be closed in the middle of its request; there is nobody left to tell.
        if (contentsOfPage(pageOf(route.request()))) console.error('Request failed:', error)
        await route.abort('failed').catch(() => undefined)
      }
    })
  })
}

async function answer(route: Route): Promise<void> {
  const request = route.request()
  const page = pageOf(request)
  const contents = contentsOfPage(page)
  if (!contents) {
    // A page nobody here opened: window.open, or a link with a target. The window open handler is asked apart.
    await route.abort('aborted')
    return
  }
  if (request.isNavigationRequest()) {
    const isMainFrame = request.frame() === page?.mainFrame()
    if (!contents.allowNavigation(request.url(), isMainFrame)) {
      await route.abort('aborted')
      return
    }
  }
  const url = toAppUrl(request.url())
  if (await isCancelled(request, url, contents)) {
    await route.abort('blockedbyclient')
    return
  }
  const handler = handlerFor(url)
  if (!handler) {
    await answerElsewhere(route, url)
    return
  }
  const response = await handler(toAppRequest(request, url))
  const headers = await hookedHeaders({ request, url, contents, response })
  if (!headers) {
    await route.abort('blockedbyclient')
    return
  }
  const body = Buffer.from(await response.arrayBuffer())
  await route.fulfill({ status: response.status, headers: chromiumResponseHeaders(headers), body })
}

/** This machine's own servers may be reached; what lies beyond is recorded and refused. */
async function answerElsewhere(route: Route, url: string): Promise<void> {
  if (/^https?:/.test(url) && !loopback.includes(new URL(url).hostname)) {
    double.blocked.push(url)
    await route.abort('internetdisconnected')
    return
  }
  await route.continue()
}

function toAppRequest(request: PageRequest, url: string): Request {
  const body = request.postDataBuffer()
  return new Request(url, {
    method: request.method(),
    headers: chromiumRequestHeaders(request.headers()),
    ...(body ? { body: new Uint8Array(body) } : {}),
  })
}

async function isCancelled(
  request: PageRequest,
  url: string,
  contents: WebContentsDouble,
): Promise<boolean> {
  const hook = settings.beforeHook
  if (!hook?.matches(url)) return false
  const answered = await new Promise<Electron.CallbackResponse>((done) =>
    hook.listener({ ...requestDetails(request, url, contents), uploadData: [] }, done),
  )
  if (answered.redirectURL) throw new Error('redirectURL is not implemented in the test double')
  return answered.cancel === true
}

/** The response's headers after onHeadersReceived; undefined when the app refuses the response. */
async function hookedHeaders(parts: {
  request: PageRequest
  url: string
  contents: WebContentsDouble
  response: Response
}): Promise<Record<string, string[]> | undefined> {
  const { request, url, contents, response } = parts
  const headers = Object.fromEntries([...response.headers].map(([name, value]) => [name, [value]]))
  const hook = settings.headersHook
  if (!hook?.matches(url)) return headers
  const details: HeadersDetails = {
    ...requestDetails(request, url, contents),
    statusCode: response.status,
    statusLine: `HTTP/1.1 ${response.status} ${response.statusText}`,
    responseHeaders: headers,
  }
  const answered = await new Promise<Electron.HeadersReceivedResponse>((done) =>
    hook.listener(details, done),
  )
  if (answered.cancel) return undefined
  return Object.fromEntries(
    Object.entries(answered.responseHeaders ?? headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value : [value],
    ]),
  )
}

function requestDetails(
  request: PageRequest,
  url: string,
  contents: WebContentsDouble,
): Omit<Electron.OnBeforeRequestListenerDetails, 'uploadData'> {
  return {
    id: nextId++,
    url,
    method: request.method(),
    webContentsId: contents.id,
    webContents: asWebContents(contents),
    frame: contents.mainFrame,
    resourceType: resourceType(request),
    referrer: toAppUrl(request.headers().referer ?? ''),
    timestamp: Date.now(),
  }
}

function resourceType(request: PageRequest): HeadersDetails['resourceType'] {
  if (request.isNavigationRequest()) return request.frame().parentFrame() ? 'subFrame' : 'mainFrame'
  switch (request.resourceType()) {
    case 'stylesheet':
      return 'stylesheet'
    case 'script':
      return 'script'
    case 'image':
      return 'image'
    case 'font':
      return 'font'
    case 'media':
      return 'media'
    case 'fetch':
    case 'xhr':
      return 'xhr'
    default:
      return 'other'
  }
}

/** The page of a request; a page that was opened without an opener has no frame yet. */
function pageOf(request: PageRequest): Page | undefined {
  try {
    return request.frame().page()
  } catch {
    return undefined
  }
}
