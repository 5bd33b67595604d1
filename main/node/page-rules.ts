// What both hosts send along with the pages: the content security policy, protective headers and content types.
import { extname } from 'node:path'

/** The policy of the pages: everything from the host itself, no inline code, no plug-ins, no frames around. */
export const pagePolicy = policyWithStyles("'self'")

/** Headers that go with every answer of either host, beside its content security policy. */
export const pageHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** The content type of a file by its name; undefined for a kind that pages have none of. */
export function contentTypeOf(file: string): string | undefined {
  return contentTypes[extname(file)]
}

/** The policy with another source of styles, such as the hash of the one style a page has inline. */
export function policyWithStyles(styleSource: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styleSource}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
