// GraphError: what Graph, or the way to it, answered instead of a result; callers branch on its codes.
import * as v from 'valibot'
import type { ErrorCode } from '../../contract/errors.ts'
import { AppError, type AppErrorText } from '../app-error.ts'
import { describeNetworkFault } from '../network-error.ts'
import { describeGraphError } from './graph-error-texts.ts'

/** A call to Graph that failed, with Graph's own codes beside ours. */
export class GraphError extends AppError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** The innermost code of Graph's error; empty when there was none. */
  readonly graphCode: string
  /** Every code of the answer, the outermost first: for the few callers that must tell cases apart. */
  readonly graphCodes: string[]
  /** Graph's own text: for logs, and for the cases that have no code. */
  readonly graphMessage: string
  readonly requestId: string | null
  /** Seconds that Graph asked to wait; null when it did not say. */
  readonly retryAfterSeconds: number | null

  constructor(
    code: ErrorCode,
    text: AppErrorText,
    graph: {
      status: number
      codes?: string[]
      message?: string
      requestId?: string | null
      retryAfterSeconds?: number | null
    },
  ) {
    super(code, text)
    this.name = 'GraphError'
    this.status = graph.status
    this.graphCodes = graph.codes ?? []
    this.graphCode = this.graphCodes.at(-1) ?? ''
    this.graphMessage = graph.message ?? ''
    this.requestId = graph.requestId ?? null
    this.retryAfterSeconds = graph.retryAfterSeconds ?? null
  }
}

/** True for a GraphError that carries this code at any depth. */
export function hasGraphCode(error: unknown, code: string): error is GraphError {
  return (
    error instanceof GraphError &&
    error.graphCodes.some((one) => one.toLowerCase() === code.toLowerCase())
  )
}

/** True for a GraphError with this HTTP status. */
export function hasStatus(error: unknown, ...statuses: number[]): error is GraphError {
  return error instanceof GraphError && statuses.includes(error.status)
}

/** The error for an answer outside 2xx. `body` is what the answer held, parsed if it was JSON. */
export function errorOfAnswer(answer: {
  status: number
  headers: Headers
  body: unknown
  method: string
  path: string
  clientRequestId: string
}): GraphError {
  const { status, headers } = answer
  const { codes, message, inner } = readGraphError(answer.body)
  const requestId = inner['request-id'] ?? headers.get('request-id')
  const clientRequestId = inner['client-request-id'] ?? answer.clientRequestId
  const date = inner.date ?? headers.get('date')
  const { code, message: plain, nextStep } = describeGraphError({ status, codes, message })
  const details = [
    `Graph ${status}${codes.length ? ` ${codes.join(' › ')}` : ''}`,
    `${answer.method} ${answer.path}`,
    message,
    requestId && `request-id ${requestId}`,
    `client-request-id ${clientRequestId}`,
    date && `date ${date}`,
  ]
  return new GraphError(
    code,
    { message: plain, nextStep, details: details.filter(Boolean).join(', ') },
    { status, codes, message, requestId, retryAfterSeconds: readRetryAfter(headers) },
  )
}

/** Seconds of a Retry-After header; null when there is none. A date counts from the answer's own Date, not our clock. */
export function readRetryAfter(headers: Headers): number | null {
  const text = headers.get('retry-after')?.trim()
  if (!text) return null
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  const waitMs = Date.parse(text) - Date.parse(headers.get('date') ?? '')
  return Number.isFinite(waitMs) ? Math.max(0, waitMs / 1_000) : null
}

/** The error for a request that got no answer at all. */
export function errorOfNetwork(error: unknown, where: string): GraphError {
  const { code, text } = describeNetworkFault(error, where)
  return new GraphError(code, text, { status: 0, codes: [] })
}

type InnerError = { 'request-id'?: string; 'client-request-id'?: string; date?: string }

const text = v.fallback(v.optional(v.string()), undefined)
const errorSchema = v.object({
  error: v.looseObject({ code: text, message: text }),
})
const innerSchema = v.looseObject({
  code: text,
  'request-id': text,
  'client-request-id': text,
  date: text,
})

/** The specification writes innererror, services send innerError; both may nest. */
function readGraphError(body: unknown): { codes: string[]; message: string; inner: InnerError } {
  const parsed = v.safeParse(errorSchema, body)
  if (!parsed.success) return { codes: [], message: '', inner: {} }
  const { error } = parsed.output
  const codes = error.code ? [error.code] : []
  const inner: InnerError = {}
  let next: unknown = error.innerError ?? error.innererror
  for (let depth = 0; depth < 10; depth += 1) {
    const level = v.safeParse(innerSchema, next)
    if (!level.success) break
    const { code } = level.output
    if (code && !codes.includes(code)) codes.push(code)
    for (const name of ['request-id', 'client-request-id', 'date'] as const) {
      const value = level.output[name]
      if (value) inner[name] = value
    }
    next = level.output.innerError ?? level.output.innererror
  }
  return { codes, message: error.message ?? '', inner }
}
