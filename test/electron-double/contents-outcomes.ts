// What happens in a page, in the words the app's main process hears: failed loads, console lines, windows asked for.
import type { ConsoleMessage } from 'playwright-core'
import type { WebContents } from 'electron'
import { toAppUrl } from './protocol.ts'
import { double } from './records.ts'

export type OpenHandler = Parameters<WebContents['setWindowOpenHandler']>[0]

export interface LoadFailure extends Error {
  code: string
  errno: number
  url: string
}

const errorNumbers: Record<string, number> = {
  ERR_ABORTED: -3,
  ERR_FAILED: -2,
  ERR_INTERNET_DISCONNECTED: -106,
}

/** The error `loadURL` rejects with, from Chromium's own words. */
export function loadFailure(url: string, error: unknown): LoadFailure {
  const text = error instanceof Error ? error.message : String(error)
  const code = /net::(ERR_\w+)/.exec(text)?.[1] ?? 'ERR_FAILED'
  const errno = errorNumbers[code] ?? -2
  return Object.assign(new Error(`${code} (${errno}) loading '${url}'`), { code, errno, url })
}

/** The details of `console-message`. */
export function consoleDetails(message: ConsoleMessage): object {
  const type = message.type()
  const level = type === 'error' || type === 'warning' || type === 'debug' ? type : 'info'
  const { lineNumber, url } = message.location()
  return { message: message.text(), level, lineNumber, sourceId: toAppUrl(url) }
}

/** window.open is never carried out here: a page that is allowed one has gone past what can be shown. */
export function decideWindowOpen(
  handler: OpenHandler | undefined,
  request: { url: string; frameName: string; features: string },
  referrer: string,
): void {
  const { frameName, features } = request
  const url = toAppUrl(request.url)
  const decision = handler?.({
    url,
    frameName,
    features,
    disposition: features ? 'new-window' : 'foreground-tab',
    referrer: { url: referrer, policy: 'strict-origin-when-cross-origin' },
  })
  if (decision?.action === 'deny') return
  double.unsupported.push(`window.open was allowed: ${url}`)
  console.error(`The test double opens no windows for pages: ${url}`)
}
