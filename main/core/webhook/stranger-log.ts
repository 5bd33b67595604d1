// What anybody on the Internet can bring into the log, kept to a line once in a while.
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'

interface LogOptions {
  clock: Clock
  log: Log
}

/** Forged posts must not fill the log. */
const LOGGED_EVERY_MS = 60_000

/** Two for each subscription that is created; every one is answered. */
const HANDSHAKES_LOGGED = 20

/** Logs refusals as counts, never their values, and at most once in a while. */
export function refusalLogger({
  clock,
  log,
}: LogOptions): (count: number, of: { reason: string; from?: string | undefined }) => void {
  let unlogged = 0
  let lastLoggedAt = -Infinity
  return (count, { reason, from }) => {
    unlogged += count
    const now = clock.now().getTime()
    // A clock that was set back must not silence this for long.
    if (Math.abs(now - lastLoggedAt) < LOGGED_EVERY_MS) return
    log.warning('webhook', `Refused ${reason}. Nothing of them was kept.`, {
      items: unlogged,
      // The latest of them; the address that a trusted proxy names, or the proxy's own.
      ...(from !== undefined && { from }),
    })
    lastLoggedAt = now
    unlogged = 0
  }
}

/** Logs handshakes, which anybody can ask for: not more of them in a while than Graph would want. */
export function handshakeLogger({ clock, log }: LogOptions): (path: string) => void {
  let logged = 0
  let since = -Infinity
  return (path) => {
    const now = clock.now().getTime()
    if (Math.abs(now - since) >= LOGGED_EVERY_MS) {
      since = now
      logged = 0
    }
    logged += 1
    if (logged > HANDSHAKES_LOGGED) return
    log.info('webhook', 'Answered the handshake of Microsoft Graph.', { path })
  }
}
