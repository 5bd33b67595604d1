// Serves the compiled pages as app://emi/… with a strict content security policy.
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { protocol } from 'electron'

const SCHEME = 'app'
const HOST = 'emi'

/** The first page. */
export const START_PAGE = `${SCHEME}://${HOST}/index.html`

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Must run before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/** True for an address of our own pages. */
export function isPageAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  return url.protocol === `${SCHEME}:` && url.host === HOST
}

/** Answers app://emi/… from a folder, and nothing outside of it. */
export function servePages(folder: string): void {
  protocol.handle(SCHEME, async (request) => {
    const file = fileFor(folder, new URL(request.url))
    const type = file && TYPES[extname(file)]
    if (!file || !type) return new Response('Not found', { status: 404 })
    let content: Buffer<ArrayBuffer>
    try {
      content = await readFile(file)
    } catch {
      // A file that is not there and one that cannot be read are the same to a page.
      return new Response('Not found', { status: 404 })
    }
    return new Response(content, {
      headers: {
        'content-type': type,
        'content-security-policy': CSP,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
    })
  })
}

function fileFor(folder: string, url: URL): string | null {
  if (url.host !== HOST) return null
  const path = normalize(join(folder, decodeURIComponent(url.pathname)))
  return path.startsWith(folder + sep) ? path : null
}
