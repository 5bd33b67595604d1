// Posts an event to the contact center's endpoint, signed, and reads from the answer what to do next.
import { AppError } from '../app-error.ts'
import { describeNetworkFault } from '../network-error.ts'
import type { Clock } from '../ports/clock.ts'
import { placeOf } from './hand-on-url.ts'
import type { SigningKey } from './signing-key.ts'
import type { Outcome, Target } from './target.ts'

/** The specification recommends 15 to 30 seconds. */
export const REQUEST_TIMEOUT_MS = 15_000
/** An answer's body means nothing to us; a short one is read only so that its connection can be used again. */
const DRAINED_BYTES = 16 * 1024
const DRAIN_TIMEOUT_MS = 1_000
/** The longest that a receiver may ask us to wait. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000
/** More would rather hurt a contact center that has just come back than help it. */
const PARALLEL_LANES = 8

/** What is wrong with one event, rather than with the endpoint or its load. */
const ABOUT_ONE_EVENT = new Set([400, 409, 411, 413, 414, 415, 422, 431])
/** The endpoint is under load: what it asks to wait holds for everything. */
const THROTTLING = new Set([429, 502, 503, 504])
const TOO_MANY_REQUESTS = 429
const GONE = 410
const GONE_PAUSE_MS = 60 * 60 * 1_000

export interface HttpTargetDeps {
  url: URL
  key: SigningKey
  clock: Clock
  fetch: typeof fetch
  /** What is sent is a test: nothing tries it again. */
  isTest?: boolean
}

/** The endpoint at an address. */
export function httpTarget(deps: HttpTargetDeps): Target {
  return {
    lanes: PARALLEL_LANES,
    send: async (event, signal) => {
      const body = JSON.stringify(event)
      const headers = await deps.key.sign(event.id, body)
      const timeout = new AbortController()
      const cancelTimeout = deps.clock.after(REQUEST_TIMEOUT_MS, () => timeout.abort())
      try {
        const response = await deps.fetch(deps.url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/cloudevents+json; charset=utf-8' },
          body,
          // A redirect is a failure: the address in the settings is the one that was agreed on.
          redirect: 'manual',
          signal: AbortSignal.any([signal, timeout.signal]),
        })
        await drain(response, deps.clock)
        return outcomeOf(response, deps)
      } catch (error) {
        signal.throwIfAborted()
        return unreachable(error, { url: deps.url, timedOut: timeout.signal.aborted })
      } finally {
        cancelTimeout()
      }
    },
  }
}

/**
 * Only 2xx is success; everything else is tried again for three days, also what looks final, because the contact
 * center may be repaired meanwhile. 410 asks to be left alone, and the specification says to disable the endpoint: we
 * hold everything back but one try an hour, since nobody may sit at this computer to enable it again. 429
 * throttles everything, and Retry-After is obeyed.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#delivery-success-and-failure
 */
function outcomeOf(response: Response, deps: HttpTargetDeps): Outcome {
  const { url, clock } = deps
  const { status } = response
  if (response.ok) return { kind: 'taken', status }
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'), clock.now())
  return {
    kind: 'failed',
    retryAfterMs: status === GONE ? Math.max(retryAfterMs ?? 0, GONE_PAUSE_MS) : retryAfterMs,
    aboutThisEvent: ABOUT_ONE_EVENT.has(status),
    holdAll:
      status === GONE ||
      status === TOO_MANY_REQUESTS ||
      (THROTTLING.has(status) && retryAfterMs !== null),
    error: new AppError('hand-on-refused', {
      message: `The contact center at ${placeOf(url)} answered ${status}.`,
      nextStep: nextStepFor(status, deps),
      details: `HTTP ${status}`,
    }),
  }
}

function nextStepFor(status: number, { isTest = false }: Pick<HttpTargetDeps, 'isTest'>): string {
  if (status >= 300 && status < 400) {
    return 'It points to another address. Enter that one; redirects are not followed.'
  }
  if (status === 401 || status === 403) {
    return 'Check that the contact center has the signing key shown here, and that its clock is right.'
  }
  if (status === 404 || status === 405) return 'Check the path of the address.'
  if (status === GONE) {
    return 'It does not want these events any more. Enter another address, or switch handing on off.'
  }
  if (isTest)
    return 'Its log should say why. The test was sent once only; send it again after that.'
  if (ABOUT_ONE_EVENT.has(status)) {
    return 'It does not accept this event. Its log should say why. EMI Tray keeps trying for three days.'
  }
  return 'Its log should say why. EMI Tray keeps trying for three days; nothing is lost meanwhile.'
}

function unreachable(
  error: unknown,
  { url, timedOut }: { url: URL; timedOut: boolean },
): Outcome & { kind: 'failed' } {
  const { text } = describeNetworkFault(error, url.host)
  return {
    kind: 'failed',
    retryAfterMs: null,
    aboutThisEvent: false,
    holdAll: false,
    error: new AppError('hand-on-unreachable', {
      ...text,
      ...(timedOut
        ? {
            message: `The contact center at ${placeOf(url)} did not answer within ${REQUEST_TIMEOUT_MS / 1_000} seconds.`,
            nextStep: 'Check that it is running. It should answer first and work afterwards.',
            details: `${url.host}: timeout`,
          }
        : { message: `The contact center cannot be reached: ${text.message}` }),
    }),
  }
}

/** Seconds or a date; null for anything else. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterOf(value: string | null, now: Date): number | null {
  if (value === null) return null
  const isDate = /GMT$/i.test(value.trim())
  const ms = isDate ? Date.parse(value) - now.getTime() : Number(value) * 1_000
  if (!Number.isFinite(ms) || (!isDate && ms < 0)) return null
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}

async function drain(response: Response, clock: Clock): Promise<void> {
  const reader = response.body?.getReader()
  if (!reader) return
  const cancel = () => {
    reader.cancel().catch(() => {
      // The connection is gone already.
    })
  }
  const cancelTimeout = clock.after(DRAIN_TIMEOUT_MS, cancel)
  try {
    let bytes = 0
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length
      if (bytes > DRAINED_BYTES) {
        cancel()
        return
      }
    }
  } catch {
    // The status has said it all: a body that breaks off changes nothing.
  } finally {
    cancelTimeout()
  }
}
