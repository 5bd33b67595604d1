// The load generator in a process of its own: autocannon with posts that are all different.
import autocannon from 'autocannon'
import { NOTIFICATION_PATH } from '../main/core/webhook-paths.ts'
import { postOf } from './items.ts'

export interface LoadOptions {
  port: number
  clientState: string
  connections: number
  seconds: number
  /** Posts per second in all; as many as go unless given. */
  rate?: number
  /** Where to post to instead, by https. */
  by?: { origin: string; caPem: string }
}

export interface LoadResult {
  perSecond: number
  p50Ms: number
  p99Ms: number
  accepted: number
  others: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions

// Message ids are the milliseconds of their time. Starting now, runs on one database never meet.
let next = Date.now()
const body = () => {
  next += 1
  return postOf({ clientState: options.clientState, id: String(next) })
}

/** Until then Node is still compiling what is called most. */
const WARM_UP_SECONDS = 2

const shoot = (given: { duration: number; overallRate?: number }) =>
  autocannon({
    url: `${options.by?.origin ?? `http://127.0.0.1:${options.port}`}${NOTIFICATION_PATH}`,
    ...(options.by && { tlsOptions: { ca: options.by.caPem } }),
    method: 'POST',
    connections: options.connections,
    ...given,
    headers: { 'content-type': 'application/json' },
    requests: [{ setupRequest: (request) => ({ ...request, body: body() }) }],
  })

await shoot({ duration: WARM_UP_SECONDS })
const result = await shoot({
  duration: options.seconds,
  ...(options.rate === undefined ? {} : { overallRate: options.rate }),
})
const answered: LoadResult = {
  perSecond: result.requests.total / result.duration,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
  accepted: result['2xx'],
  others: result.non2xx + result.errors + result.timeouts,
}
process.send?.(answered)
