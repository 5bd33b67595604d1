// Calls to Microsoft Graph: token, client-request-id, waiting when asked to, claims challenges, paging, errors.
import {
  Client,
  type Context,
  type FetchOptions,
  type Middleware,
  ResponseType,
} from '@microsoft/microsoft-graph-client'
import type { Cloud } from '../../contract/models.ts'
import { AppError, isAbort } from '../app-error.ts'
import { fullJitterMs, wait } from '../backoff.ts'
import type { Clock, Random } from '../ports.ts'
import { errorOfAnswer, errorOfNetwork, GraphError, readRetryAfter } from './graph-error.ts'

export { GraphError, hasGraphCode, hasStatus } from './graph-error.ts'

export interface GraphOptions {
  query?: Record<string, string>
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Graph's v1.0 paths, such as `/me`. Every method throws GraphError, and the signal's reason when it aborts. */
export interface GraphClient {
  get(path: string, options?: GraphOptions): Promise<unknown>
  /** Every item of a collection; follows `@odata.nextLink` as it comes. */
  list(path: string, options?: GraphOptions): Promise<unknown[]>
  /** The parsed answer; undefined for one without a body. */
  post(path: string, body: unknown, options?: GraphOptions): Promise<unknown>
  patch(path: string, body: unknown, options?: GraphOptions): Promise<unknown>
  delete(path: string, options?: GraphOptions): Promise<void>
  /** How far this computer's clock is ahead of Graph's, in ms, by the Date of the last answer; null before one. */
  readonly clockAheadMs?: number | null
}

export interface GraphClientOptions {
  cloud: Cloud
  fetch: typeof fetch
  clock: Clock
  random: Random
  getToken: (options: { claims?: string; forceRefresh?: boolean }) => Promise<string>
}

// https://learn.microsoft.com/graph/throttling
const RETRIED_STATUSES = [429, 503, 504]
const MAX_ATTEMPTS = 5
const LONGEST_WAIT_MS = 120_000
/** Creating a subscription makes Graph call our webhook meanwhile, so an answer may take a while. */
const ANSWER_TIMEOUT_MS = 60_000
/** A collection that never ends would otherwise be read for ever. */
const MAX_PAGES = 500

type Verb = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A Graph client for one cloud and one kind of token. */
export function createGraphClient(options: GraphClientOptions): GraphClient {
  const { cloud } = options
  const origin = new URL(cloud.graphHost)
  const chain = new GraphMiddleware(options)
  const client = Client.initWithMiddleware({
    baseUrl: `${origin.origin}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([origin.hostname]),
    middleware: chain,
  })

  const call = async (
    method: Verb,
    path: string,
    { query = {}, headers = {}, signal, body }: GraphOptions & { body?: unknown },
  ): Promise<unknown> => {
    signal?.throwIfAborted()
    const outcome: Outcome = { failure: undefined, clientRequestId: options.random.uuid() }
    // The library would take a nextLink apart and put it together in another order: Graph wants it as it came.
    const isLink = /^https?:/i.test(path)
    if (isLink && new URL(path).origin !== origin.origin) throw foreignLink(path)
    const request = client
      .api(isLink ? '/' : path)
      .query(encoded(query))
      .headers({ ...headers, 'client-request-id': outcome.clientRequestId })
      .options({ emi: { outcome, signal, url: isLink ? path : undefined } satisfies EmiOptions })
      .responseType(ResponseType.RAW)
    let response: Response
    try {
      response = (await send(request, method, body)) as Response
    } catch (error) {
      // The library wraps whatever its middleware throws, without a cause.
      throw outcome.failure ?? error
    }
    return readAnswer(response, { method, path: pathOf(path), signal, outcome, cloud })
  }

  return {
    get: (path, given = {}) => call('GET', path, given),
    list: async (path, given = {}) => {
      const items: unknown[] = []
      let next: string | undefined = path
      let query = given.query
      for (let page = 0; next !== undefined; page += 1) {
        if (page === MAX_PAGES) throw endless(path)
        const answer = await call('GET', next, { ...given, query: query ?? {} })
        const { value, nextLink } = readPage(answer)
        items.push(...value)
        next = nextLink
        query = {}
      }
      return items
    },
    post: (path, body, given = {}) => call('POST', path, { ...given, body }),
    patch: (path, body, given = {}) => call('PATCH', path, { ...given, body }),
    delete: async (path, given = {}) => {
      await call('DELETE', path, given)
    },
    get clockAheadMs() {
      return chain.clockAheadMs
    },
  }
}

interface Outcome {
  failure: unknown
  clientRequestId: string
}

interface EmiOptions {
  outcome: Outcome
  signal: AbortSignal | undefined
  url: string | undefined
}

/** The whole chain in one piece: its parts need each other's knowledge (the token depends on the answer). */
class GraphMiddleware implements Middleware {
  clockAheadMs: number | null = null
  #options: GraphClientOptions

  constructor(options: GraphClientOptions) {
    this.#options = options
  }

  async execute(context: Context): Promise<void> {
    const { emi, ...init } = (context.options ?? {}) as FetchOptions & { emi?: EmiOptions }
    if (!emi || typeof context.request !== 'string') {
      throw new TypeError('Graph requests are made by createGraphClient.')
    }
    try {
      context.response = await this.#send(emi.url ?? context.request, init, emi.signal)
    } catch (error) {
      emi.outcome.failure = error
      throw error
    }
  }

  async #send(url: string, init: FetchOptions, signal: AbortSignal | undefined): Promise<Response> {
    const { clock, random, getToken } = this.#options
    let token = await getToken({})
    let hasRenewed = false
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted()
      const response = await this.#fetchOnce(url, withToken(init, token), signal)
      if (response.status === 401 && !hasRenewed) {
        hasRenewed = true
        await discard(response)
        const claims = claimsOf(response)
        // Continuous access evaluation: the token was revoked, or must carry more.
        // https://learn.microsoft.com/entra/identity-platform/claims-challenge
        token = await getToken({ forceRefresh: true, ...(claims === undefined ? {} : { claims }) })
        continue
      }
      if (!RETRIED_STATUSES.includes(response.status) || attempt === MAX_ATTEMPTS) return response
      const askedMs = (readRetryAfter(response.headers) ?? 0) * 1_000
      // A longer wait than this is for the caller to plan.
      if (askedMs > LONGEST_WAIT_MS) return response
      await discard(response)
      const spreadMs = fullJitterMs(attempt, { random, maxMs: 30_000 })
      await wait(clock, askedMs > 0 ? askedMs : spreadMs, signal)
    }
  }

  async #fetchOnce(
    url: string,
    init: RequestInit,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const { fetch, clock, cloud } = this.#options
    const timeout = new AbortController()
    const cancelTimer = clock.after(ANSWER_TIMEOUT_MS, () =>
      timeout.abort(new DOMException('No answer in time.', 'TimeoutError')),
    )
    const both = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal
    try {
      const response = await fetch(url, { ...init, signal: both, redirect: 'manual' })
      const date = Date.parse(response.headers.get('date') ?? '')
      if (Number.isFinite(date)) this.clockAheadMs = clock.now().getTime() - date
      return response
    } catch (error) {
      signal?.throwIfAborted()
      throw errorOfNetwork(error, new URL(cloud.graphHost).host)
    } finally {
      cancelTimer()
    }
  }
}

async function readAnswer(
  response: Response,
  about: {
    method: Verb
    path: string
    signal: AbortSignal | undefined
    outcome: Outcome
    cloud: Cloud
  },
): Promise<unknown> {
  const { method, path, signal, outcome, cloud } = about
  let text: string
  try {
    text = await response.text()
  } catch (error) {
    signal?.throwIfAborted()
    if (isAbort(error)) throw error
    throw errorOfNetwork(error, new URL(cloud.graphHost).host)
  }
  const body = parseJson(text)
  if (!response.ok) {
    throw errorOfAnswer({
      status: response.status,
      headers: response.headers,
      body,
      method,
      path,
      clientRequestId: outcome.clientRequestId,
    })
  }
  if (text !== '' && body === undefined) throw notGraph(cloud, response.status)
  return body
}

async function send(
  request: ReturnType<Client['api']>,
  method: Verb,
  body: unknown,
): Promise<unknown> {
  switch (method) {
    case 'GET':
      return (await request.get()) as unknown
    case 'DELETE':
      return (await request.delete()) as unknown
    case 'POST':
      return (await request.post(body)) as unknown
    case 'PATCH':
      return (await request.patch(body)) as unknown
  }
}

function withToken(init: FetchOptions, token: string): RequestInit {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${token}`)
  headers.set('accept', 'application/json')
  const { method, body } = init
  return {
    headers,
    ...(method === undefined ? {} : { method }),
    ...(body === undefined ? {} : { body }),
  }
}

/** The claims that a 401 asks for, decoded; undefined when it asks for none. */
function claimsOf(response: Response): string | undefined {
  const challenge = response.headers.get('www-authenticate') ?? ''
  if (!/error="?insufficient_claims/i.test(challenge)) return undefined
  const encodedClaims = /claims="?([\w+/=-]+)"?/i.exec(challenge)?.[1]
  if (encodedClaims === undefined) return undefined
  try {
    return atob(encodedClaims.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    // Not base64: a fresh token without claims is still worth one attempt.
    return undefined
  }
}

/** Frees the connection of an answer nobody reads. */
async function discard(response: Response): Promise<void> {
  await response.body?.cancel()
}

function encoded(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, encodeURIComponent(value)]),
  )
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  } catch {
    // An HTML page of a proxy, for instance; the caller says so.
    return undefined
  }
}

function readPage(answer: unknown): { value: unknown[]; nextLink: string | undefined } {
  if (typeof answer !== 'object' || answer === null) return { value: [], nextLink: undefined }
  const value: unknown = 'value' in answer ? answer.value : undefined
  const nextLink: unknown = '@odata.nextLink' in answer ? answer['@odata.nextLink'] : undefined
  return {
    value: Array.isArray(value) ? (value as unknown[]) : [],
    nextLink: typeof nextLink === 'string' ? nextLink : undefined,
  }
}

/** What is put into details: without the query, which may hold names of people. */
function pathOf(path: string): string {
  const withoutOrigin = /^https?:/i.test(path) ? new URL(path).pathname : path
  return withoutOrigin.split('?')[0] ?? withoutOrigin
}

function notGraph(cloud: Cloud, status: number): GraphError {
  return new GraphError(
    'graph-unavailable',
    {
      message: `${new URL(cloud.graphHost).host} answered with something that is not Microsoft Graph, perhaps the page of a proxy.`,
      nextStep: 'Check the proxy, or sign in to the network in a browser, then try again.',
      details: `Status ${status}, no JSON`,
    },
    { status },
  )
}

function foreignLink(link: string): AppError {
  return new AppError('graph-rejected', {
    message: 'Microsoft Graph pointed to an address that is not its own.',
    nextStep: 'Check the Graph address in Settings. The token was not sent there.',
    details: `Link to ${new URL(link).host}`,
  })
}

function endless(path: string): AppError {
  return new AppError('graph-rejected', {
    message: 'Microsoft Graph sent more pages than can be right.',
    nextStep: 'Try again later.',
    details: `${pathOf(path)}, ${MAX_PAGES} pages`,
  })
}
