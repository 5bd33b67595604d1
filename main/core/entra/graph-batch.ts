// Several reads in one call to Graph ($batch): each with its own status, its own error, and its own waiting.
// https://learn.microsoft.com/graph/json-batching
import * as v from 'valibot'
import { fullJitterMs, wait } from '../backoff.ts'
import type { Clock, Random } from '../ports/clock.ts'
import { errorOfAnswer, GraphError, readRetryAfter } from './graph-error.ts'

/** One read of a batch. */
export interface BatchRequest {
  /** A v1.0 path, such as `/me`. */
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
}

/** What came of it: the parsed body, or why there is none. */
export interface BatchAnswer {
  status: number
  body: unknown
  error: GraphError | null
}

export const BATCH_PATH = '/$batch'

/** Graph takes no more in one call. */
const MOST_REQUESTS = 20
const RETRIED_STATUSES = [429, 503, 504]
const MAX_ATTEMPTS = 5
const LONGEST_WAIT_MS = 120_000

const answersSchema = v.object({
  responses: v.array(
    v.object({
      id: v.string(),
      status: v.number(),
      headers: v.nullish(v.record(v.string(), v.string()), {}),
      body: v.optional(v.unknown()),
    }),
  ),
})
type Answered = v.InferOutput<typeof answersSchema>['responses'][number]

export interface BatchDeps {
  clock: Clock
  random: Random
  signal: AbortSignal | undefined
  /** Sends one batch; resolves with the parsed answer. */
  post: (body: unknown) => Promise<unknown>
  /** Reads alone what a batch could not: its way renews the token. */
  get: (request: BatchRequest) => Promise<unknown>
}

/** The answers in the order of the requests. Throws GraphError only where a whole batch failed. */
export async function readBatch(requests: BatchRequest[], deps: BatchDeps): Promise<BatchAnswer[]> {
  const answers: BatchAnswer[] = []
  for (let start = 0; start < requests.length; start += MOST_REQUESTS) {
    answers.push(...(await readChunk(requests.slice(start, start + MOST_REQUESTS), deps)))
  }
  return answers
}

async function readChunk(requests: BatchRequest[], deps: BatchDeps): Promise<BatchAnswer[]> {
  const { clock, random, signal } = deps
  const done = new Map<string, BatchAnswer>()
  let pending = requests.map((request, index) => ({ id: String(index + 1), request }))
  for (let attempt = 1; pending.length > 0; attempt += 1) {
    const answered = await send(pending, deps)
    const again: typeof pending = []
    let askedMs = 0
    for (const one of pending) {
      const answer = answered.get(one.id)
      const waitMs = waitAskedBy(answer)
      if (waitMs !== null && waitMs <= LONGEST_WAIT_MS && attempt < MAX_ATTEMPTS) {
        again.push(one)
        askedMs = Math.max(askedMs, waitMs)
      } else {
        done.set(one.id, await readAnswer(answer, one.request, deps))
      }
    }
    pending = again
    if (pending.length === 0) break
    const spreadMs = fullJitterMs(attempt, { random, maxMs: 30_000 })
    await wait(clock, askedMs > 0 ? askedMs : spreadMs, signal)
  }
  return requests.flatMap((_, index) => done.get(String(index + 1)) ?? [])
}

async function send(
  pending: { id: string; request: BatchRequest }[],
  { post }: BatchDeps,
): Promise<Map<string, Answered>> {
  const body = {
    requests: pending.map(({ id, request }) => ({
      id,
      method: 'GET',
      url: urlOf(request),
      ...(request.headers ? { headers: request.headers } : {}),
    })),
  }
  const parsed = v.safeParse(answersSchema, await post(body))
  if (parsed.success) return new Map(parsed.output.responses.map((one) => [one.id, one]))
  throw new GraphError(
    'graph-rejected',
    {
      message: 'Microsoft Graph sent an answer that EMI Tray does not understand.',
      nextStep: 'Try again. If it happens again, look for a newer version of EMI Tray.',
      details: 'POST /$batch: the answer holds no list of responses',
    },
    { status: 200 },
  )
}

/** Milliseconds that one answer asks to wait, 0 where it does not say how long; null where it need not be asked again. */
function waitAskedBy(answer: Answered | undefined): number | null {
  // Left out of the answer: as good as not answered.
  if (!answer) return 0
  if (!RETRIED_STATUSES.includes(answer.status)) return null
  return (readRetryAfter(new Headers(answer.headers)) ?? 0) * 1_000
}

async function readAnswer(
  answer: Answered | undefined,
  request: BatchRequest,
  { get }: BatchDeps,
): Promise<BatchAnswer> {
  // A claims challenge inside a batch: asked alone, it is answered as every other.
  if (answer?.status === 401) {
    try {
      return { status: 200, body: await get(request), error: null }
    } catch (error) {
      if (!(error instanceof GraphError)) throw error
      return { status: error.status, body: undefined, error }
    }
  }
  const status = answer?.status ?? 503
  if (status >= 200 && status < 300) return { status, body: answer?.body, error: null }
  const headers = new Headers(answer?.headers ?? {})
  const error = errorOfAnswer({
    status,
    headers,
    body: answer?.body,
    method: 'GET',
    path: request.path,
    clientRequestId: headers.get('client-request-id') ?? '',
  })
  return { status, body: undefined, error }
}

function urlOf({ path, query = {} }: BatchRequest): string {
  const options = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  )
  return options.length > 0 ? `${path}?${options.join('&')}` : path
}
