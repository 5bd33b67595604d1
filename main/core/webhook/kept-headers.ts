// The headers of a post that are kept with its items: what helps to find out what happened on the way.
import type { ReceivedRequest } from '../ports/http-server.ts'

/** Never what proves or authorises, such as authorization and cookie: what is not named here is not kept. */
const KEPT_HEADERS = [
  'content-type',
  'user-agent',
  'date',
  'request-id',
  'client-request-id',
  'traceparent',
  'via',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  'cf-ray',
]

/** Microsoft's own are far shorter. */
const LONGEST_VALUE = 200

/** Those that came, by their names in lower case, each cut to a sensible length. */
export function keptHeaders({ headers }: Pick<ReceivedRequest, 'headers'>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of KEPT_HEADERS) {
    const value = headers.get(name)
    if (value) kept[name] = value.slice(0, LONGEST_VALUE)
  }
  return kept
}
