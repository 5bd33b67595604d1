// The load generator in a process of its own: autocannon with posts that are all different, one run after the other.
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

// Message ids are the milliseconds of their time. Starting now, runs on one database never meet.
let next = Date.now()

async function shoot(options: LoadOptions): Promise<LoadResult> {
  const body = () => {
    next += 1
    return postOf({ clientState: options.clientState, id: String(next) })
  }
  const result = await autocannon({
    url: `${options.by?.origin ?? `http://127.0.0.1:${options.port}`}${NOTIFICATION_PATH}`,
    ...(options.by && { tlsOptions: { ca: options.by.caPem } }),
    method: 'POST',
    connections: options.connections,
    duration: options.seconds,
    ...(options.rate === undefined ? {} : { overallRate: options.rate }),
    headers: { 'content-type': 'application/json' },
    requests: [{ setupRequest: (request) => ({ ...request, body: body() }) }],
  })
  return {
    perSecond: result.requests.total / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    accepted: result['2xx'],
    others: result.non2xx + result.errors + result.timeouts,
  }
}

process.on('message', (options: LoadOptions) => {
  void shoot(options).then((result) => process.send?.(result))
})
