// Calls to Microsoft Graph: client-request-id, paging, and telling of every write.
import { Client, ResponseType } from '@microsoft/microsoft-graph-client'
import { AppError } from '../app-error.ts'
import { type Answered, readAnswer, readBytes } from './graph-answer.ts'
import { BATCH_PATH, type BatchAnswer, type BatchRequest, readBatch } from './graph-batch.ts'
import { readPage } from './graph-objects.ts'
import {
  type EmiOptions,
  type GraphClientOptions,
  GraphMiddleware,
  type GraphWrite,
  type Outcome,
  type WriteNote,
} from './graph-middleware.ts'

export type { BatchAnswer, BatchRequest } from './graph-batch.ts'
export { GraphError, hasGraphCode, hasStatus } from './graph-error.ts'
export type { GraphClientOptions, GraphWrite, WriteNote } from './graph-middleware.ts'

export interface GraphOptions {
  query?: Record<string, string>
  headers?: Record<string, string>
  signal?: AbortSignal
  /** What a write changes, for the audit trail. */
  note?: WriteNote
  /** How often a request is sent while Graph asks to wait; left out, several times. 1 for whoever waits by itself. */
  attempts?: number
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
  /**
   * Several independent reads in one call, twenty at a time; the answers in the order of the requests, each with
   * its own error. Throws only where the whole call failed.
   */
  batch(requests: BatchRequest[], options?: Pick<GraphOptions, 'signal'>): Promise<BatchAnswer[]>
  /** True for an error of a request that never left this machine, such as one for which there was no token. */
  neverSent?(error: unknown): boolean
  /** How far this computer's clock is ahead of Graph's, in ms, by the Date of the last answer; null before one. */
  readonly clockAheadMs?: number | null
}

/** Reads what is not JSON. */
export interface GraphBytes {
  /** The bytes of a `$value`, such as a picture. Throws GraphError; graph-rejected where they are more than `maxBytes`. */
  getBytes(
    path: string,
    options: GraphOptions & { maxBytes: number },
  ): Promise<Uint8Array<ArrayBuffer>>
}

/** A collection that never ends would otherwise be read for ever. */
const MAX_PAGES = 500

type Verb = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** A Graph client for one cloud and one kind of token. */
export function createGraphClient(options: GraphClientOptions): GraphClient & GraphBytes {
  const { cloud } = options
  const origin = new URL(cloud.graphHost)
  const chain = new GraphMiddleware(options)
  const unsent = new WeakSet<Error>()
  const client = Client.initWithMiddleware({
    baseUrl: `${origin.origin}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([origin.hostname]),
    middleware: chain,
  })

  const send = async (
    method: Verb,
    path: string,
    given: GraphOptions & { body?: unknown },
  ): Promise<{ response: Response; about: Answered }> => {
    const { query = {}, headers = {}, signal, note, attempts, body } = given
    signal?.throwIfAborted()
    const clientRequestId = options.random.uuid()
    const outcome: Outcome = { failure: undefined, clientRequestId, isSent: false }
    const tell = async (result: Pick<GraphWrite, 'outcome' | 'status' | 'requestId'>) => {
      // A batch of ours only reads.
      if (method === 'GET' || path === BATCH_PATH) return
      const about = { method, path: pathOf(path), note: note ?? null, clientRequestId }
      await options.onWrite?.({ ...about, ...result })
    }
    // The library would take a nextLink apart and put it together in another order: Graph wants it as it came.
    const isLink = /^https?:/i.test(path)
    if (isLink && new URL(path).origin !== origin.origin) throw foreignLink(path)
    const request = client
      .api(isLink ? '/' : path)
      .query(encoded(query))
      .headers({ ...headers, 'client-request-id': clientRequestId })
      .options({
        emi: {
          ...{ outcome, signal, attempts },
          url: isLink ? path : undefined,
        } satisfies EmiOptions,
      })
      .responseType(ResponseType.RAW)
    let response: Response
    try {
      response = (await sendRequest(request, method, body)) as Response
    } catch (error) {
      // A write whose answer was lost may have been done all the same.
      if (outcome.isSent) await tell({ outcome: 'unknown', status: null, requestId: null })
      // The library wraps whatever its middleware throws, without a cause.
      const failure = outcome.failure ?? error
      if (!outcome.isSent && failure instanceof Error) unsent.add(failure)
      throw failure
    }
    await tell({
      outcome: response.ok ? 'done' : 'refused',
      status: response.status,
      requestId: response.headers.get('request-id'),
    })
    return { response, about: { method, path: pathOf(path), signal, outcome, cloud } }
  }
  const call = async (
    method: Verb,
    path: string,
    given: GraphOptions & { body?: unknown },
  ): Promise<unknown> => {
    const { response, about } = await send(method, path, given)
    return readAnswer(response, about)
  }

  return {
    get: (path, given = {}) => call('GET', path, given),
    getBytes: async (path, { maxBytes, ...given }) => {
      const { response, about } = await send('GET', path, given)
      return readBytes(response, { ...about, maxBytes })
    },
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
    batch: (requests, { signal } = {}) =>
      readBatch(requests, {
        clock: options.clock,
        random: options.random,
        signal,
        post: (body) => call('POST', BATCH_PATH, { ...(signal ? { signal } : {}), body }),
        get: ({ path, ...rest }) => call('GET', path, { ...rest, ...(signal ? { signal } : {}) }),
      }),
    neverSent: (error) => error instanceof Error && unsent.has(error),
    get clockAheadMs() {
      return chain.clockAheadMs
    },
  }
}

async function sendRequest(
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

function encoded(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, encodeURIComponent(value)]),
  )
}

/** What is put into details: without the query, which may hold names of people. */
function pathOf(path: string): string {
  const withoutOrigin = /^https?:/i.test(path) ? new URL(path).pathname : path
  return withoutOrigin.split('?')[0] ?? withoutOrigin
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
