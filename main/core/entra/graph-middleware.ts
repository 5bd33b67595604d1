// The way of one request to Graph: token, claims challenge, waiting when asked to, an end to every wait.
import type { Context, FetchOptions, Middleware } from '@microsoft/microsoft-graph-client'
import type { Cloud } from '../../contract/models/connection.ts'
import { fullJitterMs, wait } from '../backoff.ts'
import type { Clock, Random } from '../ports/clock.ts'
import { errorOfNetwork, readRetryAfter } from './graph-error.ts'

export interface GraphClientOptions {
  cloud: Cloud
  fetch: typeof fetch
  clock: Clock
  random: Random
  getToken: (options: { claims?: string; forceRefresh?: boolean }) => Promise<string>
  /** Hears of every write after its answer, or when the answer was lost; awaited. For the audit trail. */
  onWrite?: (write: GraphWrite) => Promise<void>
  /** Hears the status of every answer, also of those that are asked for again; 0 where none came. For counting. */
  onAnswer?: (status: number) => void
}

/** What a write changes, in words and values for the audit trail. Must not hold a secret. */
export interface WriteNote {
  /** In Graph's words: application, servicePrincipal, oauth2PermissionGrant … */
  object: string
  /** A name or id that a person recognizes. */
  name: string
  before: unknown
  after: unknown
}

export interface GraphWrite {
  method: 'POST' | 'PATCH' | 'DELETE'
  path: string
  note: WriteNote | null
  outcome: 'done' | 'refused' | 'unknown'
  status: number | null
  requestId: string | null
  clientRequestId: string
}

// https://learn.microsoft.com/graph/throttling
const RETRIED_STATUSES = [429, 503, 504]
const MAX_ATTEMPTS = 5
const LONGEST_WAIT_MS = 120_000
/** Creating a subscription makes Graph call our webhook meanwhile, so an answer may take a while. */
const ANSWER_TIMEOUT_MS = 60_000
/** What the library would lose on its way. */
export interface Outcome {
  failure: unknown
  clientRequestId: string
  /** True once the request left this machine: from then on it may have been done. */
  isSent: boolean
}

/** Travels with a request's options, under the name `emi`. */
export interface EmiOptions {
  outcome: Outcome
  signal: AbortSignal | undefined
  url: string | undefined
  attempts: number | undefined
}

/** The whole chain in one piece: its parts need each other's knowledge (the token depends on the answer). */
export class GraphMiddleware implements Middleware {
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
      context.response = await this.#send(emi.url ?? context.request, init, emi)
    } catch (error) {
      emi.outcome.failure = error
      throw error
    }
  }

  async #send(
    url: string,
    init: FetchOptions,
    { signal, outcome, attempts = MAX_ATTEMPTS }: EmiOptions,
  ): Promise<Response> {
    const { clock, random, getToken } = this.#options
    let token = await getToken({})
    let hasRenewed = false
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted()
      outcome.isSent = true
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
      if (!RETRIED_STATUSES.includes(response.status) || attempt >= attempts) return response
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
      this.#options.onAnswer?.(response.status)
      return response
    } catch (error) {
      signal?.throwIfAborted()
      this.#options.onAnswer?.(0)
      throw errorOfNetwork(error, new URL(cloud.graphHost).host)
    } finally {
      cancelTimer()
    }
  }
}

function withToken(init: FetchOptions, token: string): RequestInit {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${token}`)
  if (!headers.has('accept')) headers.set('accept', 'application/json')
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
