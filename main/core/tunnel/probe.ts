// The end-to-end test of a public address: does a request from outside reach this very program?
import type { ProbeResult } from '../../contract/models/tunnel.ts'
import { isAbort } from '../app-error.ts'
import type { Clock, Random } from '../ports/clock.ts'
import { explainFetchFailure, explainStatus } from './probe-failures.ts'

export type Probe = (publicUrl: string, signal: AbortSignal) => Promise<ProbeResult>

export interface ProbeOptions {
  fetch: typeof fetch
  /** The key with which the webhook signs the nonce of a probe. */
  probeKey: CryptoKey
  random: Random
  clock: Clock
}

/** The hops of a probe, in order and in the words of the page. */
export const HOPS = {
  lookup: 'Name lookup',
  connection: 'Connection',
  answer: 'Answer is ours',
} as const

const LIMIT_MS = 10_000
/** Our answer has 43 bytes; what is longer is somebody else's page. */
const LONGEST_ANSWER = 200

/** Makes the probe. It rejects only when its signal aborts; everything else is a result. */
export function createProbe(options: ProbeOptions): Probe {
  return async (publicUrl, signal) => {
    signal.throwIfAborted()
    const { clock } = options
    const limit = new AbortController()
    const cancelLimit = clock.after(LIMIT_MS, () => {
      limit.abort()
    })
    try {
      return await probeOnce({ ...options, publicUrl, signal, limit: limit.signal })
    } finally {
      cancelLimit()
    }
  }
}

interface OneProbe extends ProbeOptions {
  publicUrl: string
  signal: AbortSignal
  limit: AbortSignal
}

async function probeOnce(options: OneProbe): Promise<ProbeResult> {
  const { publicUrl, probeKey, random, clock, signal, limit } = options
  const nonce = base64url(random.bytes(16))
  const host = new URL(publicUrl).host
  const startedAt = clock.now().getTime()
  const hops: ProbeResult['hops'] = []
  // fetch does not tell when the name was found, so that time is part of the connection's.
  const passed = (name: string, message: string, durationMs = 0) =>
    hops.push({ name, ok: true, durationMs, message })
  const result = (ok: boolean): ProbeResult => ({ at: clock.now().toISOString(), ok, hops })
  const failed = (name: string, message: string, sinceMs: number) => {
    hops.push({ name, ok: false, durationMs: clock.now().getTime() - sinceMs, message })
    return result(false)
  }

  let response: Response
  try {
    response = await options.fetch(`${publicUrl}/emi/probe?n=${nonce}`, {
      headers: { accept: 'text/plain', 'cache-control': 'no-cache' },
      // A redirect is not followed by Microsoft either.
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit]),
    })
  } catch (error) {
    signal.throwIfAborted()
    const failure = explainFetchFailure(limit.aborted && isAbort(error) ? 'timeout' : error, host)
    if (failure.hop === 'lookup') return failed(HOPS.lookup, failure.message, startedAt)
    passed(HOPS.lookup, `${host} was found.`)
    return failed(HOPS.connection, failure.message, startedAt)
  }
  const connectedAt = clock.now().getTime()
  passed(HOPS.lookup, `${host} was found.`)
  const connected = publicUrl.startsWith('https:')
    ? 'Connected, and the certificate is trusted.'
    : 'Connected.'
  passed(HOPS.connection, connected, connectedAt - startedAt)

  if (response.status !== 200) {
    await discard(response)
    return failed(HOPS.answer, explainStatus(response.status), connectedAt)
  }
  let answer: string
  try {
    answer = await readShort(response)
  } catch (error) {
    signal.throwIfAborted()
    const why = limit.aborted ? 'timeout' : error
    return failed(HOPS.answer, explainFetchFailure(why, host).message, connectedAt)
  }
  if (answer.trim() !== (await expectedAnswer(probeKey, nonce))) {
    if (!SIGNATURE.test(answer.trim())) return failed(HOPS.answer, SOMEBODY_ELSE, connectedAt)
    return { ...failed(HOPS.answer, ANOTHER_TRAY, connectedAt), answeredBy: 'another-emi-tray' }
  }
  passed(HOPS.answer, 'The webhook on this computer answered.', clock.now().getTime() - connectedAt)
  return result(true)
}

const SOMEBODY_ELSE =
  'Something else answered, not this program. Look where the public address leads: perhaps another server, ' +
  'another computer with EMI Tray, or a page that a proxy or tunnel puts in front. Let it pass /emi/ on unchanged.'

const ANOTHER_TRAY =
  'Another EMI Tray answered, perhaps on another computer with EMI Tray: it uses the same public address.'

/** The form of our answers: an HMAC-SHA256 in base64url. */
const SIGNATURE = /^[A-Za-z0-9_-]{43}$/

async function expectedAnswer(key: CryptoKey, nonce: string): Promise<string> {
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(nonce))
  return base64url(new Uint8Array(signature))
}

/** The body, as far as it can be ours; the rest is not fetched. */
async function readShort(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  const reader = response.body?.getReader()
  if (!reader) return text
  while (text.length <= LONGEST_ANSWER) {
    const { done, value } = await reader.read()
    if (done) return text
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

/** Frees the connection of an answer that nobody reads. */
async function discard(response: Response): Promise<void> {
  try {
    await response.body?.cancel()
  } catch {
    // It ended by itself meanwhile, which is just as good.
  }
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
