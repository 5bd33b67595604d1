// Headers on their way between Chromium, which sees https addresses, and the app, which sees its own scheme.
import { toAppUrl, toChromiumPolicy, toChromiumUrl } from './protocol.ts'

const addressHeaders = ['origin', 'referer']

/** A request's headers as the app's handler gets them. */
export function chromiumRequestHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      addressHeaders.includes(name) ? toAppUrl(value) : value,
    ]),
  )
}

/** A response's headers as Chromium gets them. */
export function chromiumResponseHeaders(headers: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [name, chromiumValue(name, values.join(', '))]),
  )
}

function chromiumValue(name: string, value: string): string {
  if (/^content-security-policy/i.test(name)) return toChromiumPolicy(value)
  if (!/^[a-z][a-z0-9+-]*:\/\//i.test(value)) return value
  const url = toChromiumUrl(value)
  // An origin has no path; the mapping of a whole address gives it one.
  return name.toLowerCase() === 'access-control-allow-origin' ? url.replace(/\/$/, '') : url
}
