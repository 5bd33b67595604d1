// MSAL's way to the network for one operation: stops with its signal, and remembers what really went wrong.
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { AppError } from '../core/app-error.ts'
import { describeNetworkFault } from '../core/network-error.ts'
import { type EntraRefusal, numberIn } from './entra-errors.ts'

const ANSWER_TIMEOUT_MS = 30_000

/** What MSAL does not pass on: the network's fault, and Entra's last error answer. */
export interface NetworkFindings {
  unreachable: AppError | null
  refusal: EntraRefusal | null
}

/** A network for MSAL. Its findings are filled while it is used. */
export function createMsalNetwork({
  fetch,
  signal,
}: {
  fetch: typeof globalThis.fetch
  signal: AbortSignal | undefined
}): INetworkModule & { findings: NetworkFindings } {
  const findings: NetworkFindings = { unreachable: null, refusal: null }
  const send = async <T>(
    url: string,
    init: RequestInit,
    timeoutMs = ANSWER_TIMEOUT_MS,
  ): Promise<NetworkResponse<T>> => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const both = signal ? AbortSignal.any([signal, timeout]) : timeout
    try {
      const response = await fetch(url, { ...init, signal: both })
      const body: unknown = await response.json()
      findings.unreachable = null
      findings.refusal = refusalIn(body, response.status)
      return {
        headers: Object.fromEntries(response.headers),
        body: withoutSlowDown(body) as T,
        status: response.status,
      }
    } catch (error) {
      if (!signal?.aborted) {
        const { code, text } = describeNetworkFault(error, new URL(url).host)
        findings.unreachable = new AppError(code, text)
      }
      throw error
    }
  }
  return {
    findings,
    sendGetRequestAsync: (url, options?: NetworkRequestOptions, timeout?: number) =>
      send(url, { method: 'GET', headers: options?.headers ?? {} }, timeout),
    sendPostRequestAsync: (url, options?: NetworkRequestOptions) =>
      send(url, { method: 'POST', headers: options?.headers ?? {}, body: options?.body ?? '' }),
  }
}

/** MSAL gives up at slow_down, which only asks for patience (RFC 8628, 3.5); it knows authorization_pending. */
function withoutSlowDown(body: unknown): unknown {
  return field(body, 'error') === 'slow_down' ? { error: 'authorization_pending' } : body
}

function refusalIn(body: unknown, status: number): EntraRefusal | null {
  const error = field(body, 'error')
  if (error === undefined || error === 'authorization_pending' || error === 'slow_down') return null
  const description = field(body, 'error_description') ?? ''
  return { error, description, number: numberIn(description), status }
}

function field(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1]
  return typeof value === 'string' ? value : undefined
}
