// A test notification through the public address: posted as Graph posts, proven, stored, and followed hop by hop.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { TestNotificationResult } from '../../contract/models/webhook.ts'
import { isAbort } from '../app-error.ts'
import type { Clock, Random } from '../ports/clock.ts'
import { NOTIFICATION_PATH } from '../webhook-paths.ts'
import { explainFetchFailure, explainStatus } from './probe-failures.ts'

const LIMIT_MS = 15_000

export interface TestNotificationDeps {
  fetch: typeof fetch
  clock: Clock
  random: Random
  /** The id and the clientState that the webhook accepts once; calls back when it did. */
  claim: (onArrived: () => void) => { subscriptionId: string; clientState: string }
  /** Calls back with what is stored; returns its own undo. */
  onStored: (listener: (deliveries: Delivery[]) => void) => () => void
  /** Calls back with the ids of notifications that the log shows; returns its own undo. */
  onLogged: (listener: (deliveryId: number) => void) => () => void
}

/** Posts it to a public address. Rejects only when its signal aborts; everything else is a result. */
export async function sendTestNotification(
  publicUrl: string,
  deps: TestNotificationDeps,
  signal: AbortSignal,
): Promise<TestNotificationResult> {
  signal.throwIfAborted()
  const { clock } = deps
  const resource = `emi-tray/tests('${deps.random.uuid()}')`
  const times: Times = { posted: now(clock) }
  const logged = new Map<number, number>()
  let deliveryId = null as number | null
  const undo = [
    deps.onLogged((id) => logged.set(id, now(clock))),
    deps.onStored((deliveries) => {
      const ours = deliveries.find((one) => one.origin === 'test' && one.resource === resource)
      if (!ours) return
      times.stored = now(clock)
      deliveryId = ours.id
    }),
  ]
  const claim = deps.claim(() => {
    times.arrived = now(clock)
  })
  const limit = new AbortController()
  const cancelLimit = clock.after(LIMIT_MS, () => limit.abort())
  let failure: string | null = null
  try {
    failure = await post(publicUrl, {
      ...{ resource, claim },
      fetch: deps.fetch,
      signal: AbortSignal.any([signal, limit.signal]),
    })
    if (failure === null) times.answered = now(clock)
  } catch (error) {
    signal.throwIfAborted()
    const why = limit.signal.aborted && isAbort(error) ? 'timeout' : error
    failure = explainFetchFailure(why, new URL(publicUrl).host).message
  } finally {
    cancelLimit()
    for (const stop of undo) stop()
  }
  if (deliveryId !== null) times.logged = logged.get(deliveryId)
  return resultOf({ host: new URL(publicUrl).host, times, deliveryId, failure, at: now(clock) })
}

/** Milliseconds since 1970; absent for what did not happen. */
interface Times {
  posted: number
  arrived?: number | undefined
  stored?: number | undefined
  logged?: number | undefined
  answered?: number | undefined
}

/** null for 202; otherwise why not. Throws what fetch throws. */
async function post(
  publicUrl: string,
  options: {
    resource: string
    claim: { subscriptionId: string; clientState: string }
    fetch: typeof fetch
    signal: AbortSignal
  },
): Promise<string | null> {
  const item = { ...options.claim, changeType: 'created', resource: options.resource }
  const response = await options.fetch(publicUrl + NOTIFICATION_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value: [item] }),
    redirect: 'manual',
    signal: options.signal,
  })
  await response.body?.cancel()
  if (response.status === 202) return null
  if (response.status === 503) {
    return 'The webhook could not store it. The log says why.'
  }
  return explainStatus(response.status)
}

function resultOf({
  host,
  times,
  deliveryId,
  failure,
  at,
}: {
  host: string
  times: Times
  deliveryId: number | null
  failure: string | null
  at: number
}): TestNotificationResult {
  const hops: TestNotificationResult['hops'] = []
  const add = (name: string, end: number | undefined, start: number | undefined, words: string) => {
    const ok = end !== undefined && start !== undefined
    hops.push({ name, ok, durationMs: ok ? Math.max(0, end - start) : 0, message: words })
    return ok
  }
  const { posted, arrived, stored, logged, answered } = times
  const missing = failure ?? ELSEWHERE
  const isComplete =
    add('Posted', arrived, posted, arrived ? `Through ${host} to this computer.` : missing) &&
    add('Stored', stored, arrived, stored ? 'Proven, and in the inbox as a test.' : missing) &&
    add('In the log', logged, stored, logged ? 'The log shows it.' : NOT_LOGGED) &&
    add('Answered', answered, stored, answered ? 'The answer 202 came back.' : missing)
  return { at: new Date(at).toISOString(), ok: isComplete, hops, deliveryId }
}

const ELSEWHERE =
  'It was taken, but not by this program. Look where the public address leads: perhaps to another computer with EMI Tray.'
const NOT_LOGGED = 'It is stored, but the log does not show it.'

function now(clock: Clock): number {
  return clock.now().getTime()
}
