// Entra copies new objects to its replicas with a delay: telling “not there yet” from a real failure, and waiting.
import { wait } from '../backoff.ts'
import type { Clock } from '../ports/clock.ts'
import { GraphError } from './graph-error.ts'

/** Usually seconds, at times minutes. */
const LIMIT_MS = 2 * 60_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000

// Texts of the cases that have no code of their own, as Terraform's provider found them in the field.
// https://github.com/hashicorp/terraform-provider-azuread
const NOT_YET = [
  /does not reference a valid application object/i,
  /backing application of the service principal being created must/i,
  /one of its queried reference-property objects are not present/i,
  /not a valid reference update/i,
]

/** True for an answer that new objects give until they are everywhere. */
export function isNotReplicatedYet(error: unknown): boolean {
  if (!(error instanceof GraphError)) return false
  if (error.status === 404) return true
  if (error.graphCodes.includes('Directory_ConcurrencyViolation')) return true
  return [400, 403].includes(error.status) && NOT_YET.some((text) => text.test(error.graphMessage))
}

/** Runs `work` again while it fails only because a new object is not everywhere yet. At the end throws its last error. */
export async function untilReplicated<T>(
  work: () => Promise<T>,
  { clock, signal, limitMs = LIMIT_MS }: { clock: Clock; signal: AbortSignal; limitMs?: number },
): Promise<T> {
  const endsAt = clock.now().getTime() + limitMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isNotReplicatedYet(error) || clock.now().getTime() >= endsAt) throw error
    }
    await wait(clock, replicationWaitMs(attempt), signal)
  }
}

/** Milliseconds before the next look: doubles from half a second to eight seconds. */
export function replicationWaitMs(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 10))
}
