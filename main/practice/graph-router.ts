// Graph's front: token, faults, path and permission are checked here; the rest is done by the routes.
import { randomUUID } from 'node:crypto'
import { answerBatch, type InnerRequest } from './graph-batch.ts'
import {
  type Caller,
  checkAccess,
  type GraphAnswer,
  type GraphCall,
  GraphError,
  type Route,
} from './graph-call.ts'
import { readCaller } from './graph-caller.ts'
import { isObject } from './json.ts'
import type { PracticeRequest, PracticeResponse } from './listener.ts'
import type { Tenant } from './tenant.ts'

export type GraphRouter = (request: PracticeRequest) => Promise<PracticeResponse>

const THROTTLED_EVERY = 3
const RETRY_AFTER_SECONDS = 2

/** Answers everything under /v1.0 with the given routes. */
export function createGraphRouter(tenant: Tenant, routes: readonly Route[]): GraphRouter {
  const table = routes.map((route) => ({ route, segments: route.path.split('/') }))
  let calls = 0

  const checkAvailable = () => {
    if (tenant.faults.isOn('graph-unavailable')) {
      throw new GraphError(503, 'ServiceUnavailable', 'The service is temporarily unavailable.')
    }
  }
  const checkThrottled = () => {
    calls += 1
    if (tenant.faults.isOn('throttling') && calls % THROTTLED_EVERY === 0) {
      throw new GraphError(429, 'TooManyRequests', 'Please retry again later.', {
        'retry-after': String(RETRY_AFTER_SECONDS),
      })
    }
  }

  const run = async (inner: InnerRequest, caller: Caller): Promise<GraphAnswer> => {
    const segments = readSegments(inner.address.pathname)
    const matches = table
      .map(({ route, segments: pattern }) => ({ route, params: match(pattern, segments) }))
      .filter((one): one is { route: Route; params: Record<string, string> } => one.params !== null)
    if (matches.length === 0) {
      const last = segments.at(-1) ?? ''
      throw new GraphError(404, 'BadRequest', `Resource not found for the segment '${last}'.`)
    }
    const found = matches.find(({ route }) => route.method === inner.method)
    if (!found) {
      throw methodNotAllowed()
    }
    if (found.route.access) checkAccess(caller, found.route.access)
    const call: GraphCall = {
      tenant,
      caller,
      method: inner.method,
      params: found.params,
      query: inner.address.searchParams,
      headers: inner.headers,
      body: isObject(inner.body) ? inner.body : {},
      address: inner.address,
    }
    return found.route.handle(call)
  }

  return (request) =>
    settle(tenant, request.headers, async () => {
      const isBatch = /^\/v1\.0\/\$batch$/i.test(request.url.pathname)
      checkAvailable()
      // A batch itself is let through; its items are counted one by one.
      if (!isBatch) checkThrottled()
      const caller = await readCaller(tenant, request.headers)
      checkBody(request)
      const { method, url, headers, body } = request
      if (isBatch) {
        if (method !== 'POST') throw methodNotAllowed()
        return answerBatch({
          tenant,
          body,
          settleItem: (itemHeaders, work) => settle(tenant, { ...headers, ...itemHeaders }, work),
          run: (inner) => {
            checkThrottled()
            return run(inner, caller)
          },
        })
      }
      if (!url.pathname.startsWith('/v1.0/')) {
        throw new GraphError(404, 'BadRequest', 'The practice Graph offers version v1.0 only.')
      }
      return run({ method, address: url, headers, body }, caller)
    })
}

/** Runs a call and makes an answer of whatever comes out, with the headers every answer carries. */
async function settle(
  tenant: Tenant,
  headers: Record<string, string>,
  work: () => Promise<GraphAnswer>,
): Promise<PracticeResponse> {
  const requestId = randomUUID()
  const clientRequestId = headers['client-request-id'] ?? requestId
  const ids = { 'request-id': requestId, 'client-request-id': clientRequestId }
  try {
    const answer = await work()
    return { ...answer, headers: { ...ids, ...answer.headers } }
  } catch (error) {
    const refusal =
      error instanceof GraphError
        ? error
        : new GraphError(500, 'InternalServerError', 'The practice Graph failed at this request.')
    const date = new Date(tenant.now()).toISOString().slice(0, 19)
    return {
      status: refusal.status,
      headers: { ...ids, ...refusal.headers },
      body: {
        error: {
          code: refusal.code,
          message: refusal.message,
          innerError: { date, ...ids },
        },
      },
    }
  }
}

function methodNotAllowed(): GraphError {
  return new GraphError(
    405,
    'Request_BadRequest',
    'Specified HTTP method is not allowed for the request target.',
  )
}

function checkBody(request: PracticeRequest): void {
  if (request.bodyProblem === 'too-large') {
    throw new GraphError(413, 'RequestEntityTooLarge', 'The request body is too large.')
  }
  if (request.bodyProblem === 'malformed') {
    throw new GraphError(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    )
  }
}

/** Path segments, decoded; keys in parentheses stand as segments: chats('19:…') is chats/19:…. */
function readSegments(pathname: string): string[] {
  return pathname
    .replace(/^\/v1\.0\//, '')
    .split('/')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const text = decode(part)
      const key = /^([A-Za-z.]+)\((.*)\)$/.exec(text)
      if (!key) return [text]
      const [, name = '', inside = ''] = key
      if (inside === '') return [name]
      return [name, inside.replace(/^'(.*)'$/, '$1')]
    })
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function match(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | null {
  if (pattern.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, wanted] of pattern.entries()) {
    const actual = segments[index] ?? ''
    if (wanted.startsWith(':')) params[wanted.slice(1)] = actual
    else if (wanted.toLowerCase() !== actual.toLowerCase()) return null
  }
  return params
}
