// The moment of all samples, times relative to it, and an error at it.
import type { ErrorReport } from '../../main/contract/errors.ts'

/** The moment at which all samples are looked at. */
export const sampleNow = Date.parse('2026-11-23T14:03:09Z')

/** A time relative to the samples' moment. */
export function ago(minutes: number): string {
  return new Date(sampleNow - minutes * 60_000).toISOString()
}

/** An error as the core would report it. */
export function sampleError(change: Partial<ErrorReport> = {}): ErrorReport {
  return {
    code: 'secret-lifetime-limited',
    message:
      'Your tenant allows client secrets of at most 180 days. We asked for 730, so Microsoft refused.',
    nextStep: 'Set the secret life to 6 months, then apply again.',
    details:
      'Graph 400 CredentialInvalidLifetimeAsPerAppPolicy, request-id 4f9f2c1e-7d1b-4f6e-9a8e-0a7f5c2d9b11',
    reference: 'K7Q2-9F',
    at: ago(2),
    ...change,
  }
}
