// Graph's front: token, faults, path and permission are checked here; the rest is done by the routes.
import { randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import {
  type Caller,
  checkAccess,
  type GraphAnswer,
  type GraphCall,
  GraphError,
  type Route,
} from './graph-call.ts'
import { isObject, type JsonObject } from './json.ts'
import type { PracticeRequest, PracticeResponse } from './listener.ts'
import { findPerson } from './people.ts'
import { GRAPH_APP_ID } from './permissions-table.ts'
import { roleOf, type Tenant } from './tenant.ts'
import { readAccessToken, TokenRefused } from './tokens.ts'

export type GraphRouter = (request: PracticeRequest) => Promise<PracticeResponse>

interface Inner {
  method: string
  address: URL
  headers: Record<string, string>
  body: unknown
}

const MAX_BATCH = 20
const THROTTLED_EVERY = 3
const RETRY_AFTER_SECONDS = 2

/** Answers everything under /v1.0 with the given routes. */
export function createGraphRouter(tenant: Tenant, routes: readonly Route[]): GraphRouter {
  const table = routes.map((route) => ({ route, segments: route.path.split('/') }))
  let calls = 0

  const checkFaults = () => {
    calls += 1
    if (tenant.faults.isOn('graph-unavailable')) {
      throw new GraphError(503, 'ServiceUnavailable', 'The service is temporarily unavailable.')
    }
    if (tenant.faults.isOn('throttling') && calls % THROTTLED_EVERY === 0) {
      throw new GraphError(429, 'TooManyRequests', 'Please retry again later.', {
        'retry-after': String(RETRY_AFTER_SECONDS),
      })
    }
  }

  const run = async (inner: Inner, caller: Caller): Promise<GraphAnswer> => {
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
      throw new GraphError(
        405,
        'Request_BadRequest',
        'Specified HTTP method is not allowed for the request target.',
      )
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

  const runBatch = async (request: PracticeRequest, caller: Caller): Promise<GraphAnswer> => {
    const requests = isObject(request.body) ? request.body['requests'] : undefined
    if (!Array.isArray(requests) || requests.length === 0 || requests.length > MAX_BATCH) {
      throw new GraphError(400, 'BadRequest', `A batch holds between 1 and ${MAX_BATCH} requests.`)
    }
    const responses: JsonObject[] = []
    for (const item of requests.filter(isObject)) {
      const id = typeof item['id'] === 'string' ? item['id'] : ''
      const answer = await settle(tenant, request.headers, async () => {
        checkFaults()
        const path = typeof item['url'] === 'string' ? item['url'] : ''
        return run(
          {
            method: typeof item['method'] === 'string' ? item['method'].toUpperCase() : 'GET',
            address: new URL(`/v1.0/${path.replace(/^\//, '')}`, tenant.origin),
            headers: isObject(item['headers']) ? lowerCase(item['headers']) : {},
            body: item['body'],
          },
          caller,
        )
      })
      responses.push({ id, status: answer.status, headers: answer.headers, body: answer.body })
    }
    return { status: 200, body: { responses } }
  }

  return (request) =>
    settle(tenant, request.headers, async () => {
      checkFaults()
      const caller = await readCaller(tenant, request.headers)
      checkBody(request)
      const { method, url, headers, body } = request
      if (/^\/v1\.0\/\$batch$/i.test(url.pathname)) return runBatch(request, caller)
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

async function readCaller(tenant: Tenant, headers: Record<string, string>): Promise<Caller> {
  const token = /^Bearer\s+(\S+)$/i.exec(headers['authorization'] ?? '')?.[1]
  if (token === undefined) throw unauthorized(tenant, 'Access token is empty.')
  let claims: JWTPayload
  try {
    claims = await readAccessToken(tenant, token)
  } catch (error) {
    if (error instanceof TokenRefused) throw unauthorized(tenant, error.message)
    throw error
  }
  const appId = typeof claims['appid'] === 'string' ? claims['appid'] : ''
  const tokenExpiresAt = (claims.exp ?? 0) * 1000
  const oid = typeof claims['oid'] === 'string' ? claims['oid'] : ''
  if (claims['idtyp'] === 'app') {
    const roles: unknown = claims['roles']
    const permissions = Array.isArray(roles)
      ? roles.filter((role): role is string => typeof role === 'string')
      : []
    const principal = tenant.directory.servicePrincipals.find((one) => one.id === oid)
    if (!principal)
      throw unauthorized(
        tenant,
        'The identity of the calling application could not be established.',
      )
    return { kind: 'application', appId, tokenExpiresAt, permissions, servicePrincipalId: oid }
  }
  const person = findPerson(oid)
  if (!person) throw unauthorized(tenant, 'Access token validation failure.')
  const scopes = typeof claims['scp'] === 'string' ? claims['scp'].split(' ') : []
  const role = roleOf(tenant, person)
  return { kind: 'delegated', appId, tokenExpiresAt, permissions: scopes, person, role }
}

function unauthorized(tenant: Tenant, message: string): GraphError {
  const authorization = `${tenant.origin}/common/oauth2/v2.0/authorize`
  return new GraphError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': `Bearer realm="", authorization_uri="${authorization}", client_id="${GRAPH_APP_ID}"`,
  })
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

function lowerCase(headers: JsonObject): Record<string, string> {
  const entries = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries.map(([name, text]) => [name.toLowerCase(), text]))
}
