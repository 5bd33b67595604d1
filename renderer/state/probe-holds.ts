// Whether what a test through the public URL found still says something.
import type { AppState } from '../../main/contract/models/state.ts'
import type { ProbeResult } from '../../main/contract/models/tunnel.ts'

/** False once nothing answers here, and for a success also once no way leads here: it is a proof no more. */
export function probeHolds(
  { ok }: Pick<ProbeResult, 'ok'>,
  { webhook, tunnel }: Pick<AppState, 'webhook' | 'tunnel'>,
): boolean {
  if (!webhook.running) return false
  return !ok || tunnel.phase === 'up' || tunnel.phase === 'degraded'
}
