// Time limits around a provider, so that one that hangs cannot hang the tunnel.
import { AppError } from '../app-error.ts'
import { wait } from '../backoff.ts'
import type { Clock } from '../ports/clock.ts'
import type { TunnelOpenOptions, TunnelProvider, TunnelSession } from '../ports/tunnel.ts'

/** Longer than any provider's own limits, whose words are better. */
const OPEN_LIMIT_MS = 45_000
const CLOSE_LIMIT_MS = 5_000

/** Opens a session. Rejects with the provider's error, the signal's reason, or tunnel-transient after 45 s. */
export async function openWithin(
  clock: Clock,
  { provider, ...options }: TunnelOpenOptions & { provider: TunnelProvider },
): Promise<TunnelSession> {
  const limit = new AbortController()
  const signal = AbortSignal.any([options.signal, limit.signal])
  const opened = new AbortController()
  const opening = provider.open({ ...options, signal })
  try {
    const tooLate = wait(clock, OPEN_LIMIT_MS, AbortSignal.any([signal, opened.signal]))
    return await Promise.race([opening, tooLate.then(throwTooLate)])
  } catch (error) {
    limit.abort()
    closeLateSession(opening)
    throw error
  } finally {
    opened.abort()
  }
}

/** Closes a session; one that does not end within 5 s is left alone. */
export async function closeWithin(clock: Clock, session: TunnelSession): Promise<void> {
  const done = new AbortController()
  const limit = wait(clock, CLOSE_LIMIT_MS, done.signal).catch(() => undefined)
  try {
    await Promise.race([session.close(), limit])
  } catch {
    // It is given up either way, and why it ended is known already.
  } finally {
    done.abort()
  }
}

function throwTooLate(): never {
  throw new AppError('tunnel-transient', {
    message: 'The tunnel did not open within 45 seconds.',
    nextStep: 'EMI Tray tries again by itself. Check the network and the gateway meanwhile.',
  })
}

/** A session that opens when nobody waits for it any more. */
function closeLateSession(opening: Promise<TunnelSession>): void {
  opening.then(
    (session) => session.close().catch(() => undefined),
    // Its failure, too, comes too late to matter.
    () => undefined,
  )
}
