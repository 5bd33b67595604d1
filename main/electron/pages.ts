// Serves the compiled pages as app://emi/… with a strict content security policy.
import { readFile } from 'node:fs/promises'
import { join, normalize, sep } from 'node:path'
import { protocol } from 'electron'
import { contentTypeOf, pageHeaders, pagePolicy } from '../node/page-rules.ts'

const SCHEME = 'app'
const HOST = 'emi'

/** The first page. */
export const START_PAGE = `${SCHEME}://${HOST}/index.html`

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
    const type = file === null ? undefined : contentTypeOf(file)
    if (file === null || type === undefined) return notFound()
    let content: Buffer<ArrayBuffer>
    try {
      content = await readFile(file)
    } catch {
      // A file that is not there and one that cannot be read are the same to a page.
      return notFound()
    }
    return new Response(content, {
      headers: { ...pageHeaders, 'Content-Security-Policy': pagePolicy, 'Content-Type': type },
    })
  })
}

function notFound(): Response {
  const headers = { ...pageHeaders, 'Content-Security-Policy': pagePolicy }
  return new Response('Not found', { status: 404, headers })
}

function fileFor(folder: string, url: URL): string | null {
  if (url.host !== HOST) return null
  let path: string
  try {
    path = decodeURIComponent(url.pathname)
  } catch {
    // Not percent-encoded as it should be, so none of our files.
    return null
  }
  const file = normalize(join(folder, path))
  return file.startsWith(folder + sep) && !file.includes('\0') ? file : null
}
