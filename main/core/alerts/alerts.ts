// Which alerts there are, and when a pop-up tells of them: once per cause, together, and never to somebody who looks on.
import type { Alert } from '../../contract/models/health.ts'
import type { AppState } from '../../contract/models/state.ts'
import type { Clock } from '../ports/clock.ts'
import type { MachineSignal, PopUps } from '../ports/machine.ts'
import { popUpOf } from './pop-up.ts'
import { troublesOf, type Trouble } from './troubles.ts'

/** How many alerts are kept for the pages. */
const ALERTS_KEPT = 20
/** What breaks together is told together. */
const GATHER_MS = 2_000
/** What comes back within this time is the same trouble still, and was told. */
const SAME_TROUBLE_MS = 30 * 60_000

export interface AlertsDeps {
  clock: Clock
  /** null where the host has no pop-ups; alerts are then only shown on the pages. */
  popUps: PopUps | null
  state: () => AppState
  onChange: () => void
}

interface Seen {
  sinceMs: number
  /** The alert that told of it; null while it has not lasted long enough. */
  alertId: string | null
  goneAtMs: number | null
}

export class Alerts {
  /** The newest first. An alert goes with its trouble; one that tells of something that happened stays. */
  list: Alert[] = []
  #deps: AlertsDeps
  #seen = new Map<string, Seen>()
  #worked = new Set<string>()
  #waiting: Alert[] = []
  #locked = false
  #cancelLook: (() => void) | null = null
  #cancelTell: (() => void) | null = null

  constructor(deps: AlertsDeps) {
    this.#deps = deps
  }

  /** Looks at a new state: raises what has lasted, withdraws what is over. */
  note(state: AppState): void {
    const nowMs = this.#deps.clock.now().getTime()
    for (const { key, status } of state.subscriptions) {
      if (status === 'active') this.#worked.add(key)
    }
    const troubles = troublesOf(state, this.#worked)
    this.#endTroubles(new Set(troubles.map(({ cause }) => cause)), nowMs)
    let nextMs = Infinity
    for (const trouble of troubles) nextMs = Math.min(nextMs, this.#follow(trouble, nowMs))
    this.#cancelLook?.()
    this.#cancelLook = Number.isFinite(nextMs)
      ? this.#deps.clock.after(nextMs, () => this.note(this.#deps.state()))
      : null
  }

  /** Tells of something that somebody else found, such as a secret near its end. The same id is told once. */
  raise(alert: Alert): void {
    if (this.list.some((one) => one.id === alert.id)) return
    this.list = [alert, ...this.list].slice(0, ALERTS_KEPT)
    if (!this.#deps.state().settings.quietAlerts.includes(alert.kind)) this.#tellSoon(alert)
    this.#deps.onChange()
  }

  /** Takes back what was raised and is over. */
  withdraw(isOver: (alert: Alert) => boolean): void {
    if (!this.list.some(isOver)) return
    this.list = this.list.filter((alert) => !isOver(alert))
    this.#waiting = this.#waiting.filter((alert) => !isOver(alert))
    this.#deps.onChange()
  }

  /** Nobody sees a pop-up on a locked screen, and not everybody who passes by should. */
  noteMachine(signal: MachineSignal): void {
    if (signal === 'lock') this.#locked = true
    if (signal === 'resume') this.#forgiveSleep()
    if (signal !== 'unlock') return
    this.#locked = false
    this.#tell()
  }

  /** Forgets everything: another connection has troubles of its own. */
  clear(): void {
    this.#cancelLook?.()
    this.#cancelTell?.()
    this.#cancelLook = this.#cancelTell = null
    this.#seen.clear()
    this.#worked.clear()
    this.#waiting = []
    this.list = []
  }

  /** Milliseconds until this trouble is to be told; Infinity when it was. */
  #follow(trouble: Trouble, nowMs: number): number {
    const { cause, afterMs } = trouble
    const known = this.#seen.get(cause)
    const isSame = known && (known.goneAtMs === null || nowMs - known.goneAtMs < SAME_TROUBLE_MS)
    const seen: Seen =
      isSame && (known.goneAtMs === null || known.alertId !== null)
        ? { ...known, goneAtMs: null }
        : { sinceMs: nowMs, alertId: null, goneAtMs: null }
    this.#seen.set(cause, seen)
    if (seen.alertId !== null) return Infinity
    const leftMs = seen.sinceMs + afterMs - nowMs
    if (leftMs > 0) return leftMs
    const { kind, severity, title, text, page } = trouble
    const id = `${cause} ${new Date(seen.sinceMs).toISOString()}`
    seen.alertId = id
    this.raise({ id, at: this.#deps.clock.now().toISOString(), kind, severity, title, text, page })
    return Infinity
  }

  /** What was broken in sleep gets its time to mend from now on. */
  #forgiveSleep(): void {
    const sinceMs = this.#deps.clock.now().getTime()
    for (const seen of this.#seen.values()) if (seen.alertId === null) seen.sinceMs = sinceMs
    this.note(this.#deps.state())
  }

  #endTroubles(present: ReadonlySet<string>, nowMs: number): void {
    for (const [cause, seen] of this.#seen) {
      if (present.has(cause) || seen.goneAtMs !== null) continue
      seen.goneAtMs = nowMs
      this.withdraw(({ id }) => id === seen.alertId)
    }
  }

  #tellSoon(alert: Alert): void {
    if (!this.#deps.popUps) return
    this.#waiting.push(alert)
    this.#cancelTell ??= this.#deps.clock.after(GATHER_MS, () => {
      this.#cancelTell = null
      this.#tell()
    })
  }

  #tell(): void {
    if (this.#locked || this.#waiting.length === 0) return
    const alerts = this.#waiting
    this.#waiting = []
    // Whoever looks at the window sees them there.
    if (!this.#deps.popUps?.isWatched()) this.#deps.popUps?.show(popUpOf(alerts))
  }
}
