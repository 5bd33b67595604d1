// Watches the expiry of the secret in use and raises each alert once, also across restarts and after sleep.
import type { Alert } from '../contract/models/health.ts'
import type { KnownSecret, ProvisioningRecord } from './entra/provisioning-record.ts'
import type { Log } from './log.ts'
import type { Clock } from './ports/clock.ts'
import type { Database } from './ports/database.ts'
import { dueAlert, SECRET_PAGE, secretInUse, URGENT_DAYS } from './secret-level.ts'

const RECORD_NAME = 'secret-alerts'
/**
 * A timer does not count the time asleep, and cannot be set further than 24.8 days. Looking often costs nothing,
 * and finds what is due soon after a computer wakes up.
 */
const LOOK_EVERY_MS = 10 * 60_000
/** How many secrets are remembered: the one in use, and those it may go back to. */
const SECRETS_KEPT = 10

export interface SecretWatchDeps {
  database: Database
  clock: Clock
  log: Log
  record: () => ProvisioningRecord | null
  raise: (alert: Alert) => void
  /** Called at each look, since the days left may be fewer. */
  onChange: () => void
}

export class SecretWatch {
  #deps: SecretWatchDeps
  /** keyId → the most urgent alert that was raised, in days before the end. */
  #raised = new Map<string, number>()
  #cancelTimer: (() => void) | null = null
  #watches = false
  #looking: Promise<void> = Promise.resolve()

  constructor(deps: SecretWatchDeps) {
    this.#deps = deps
  }

  /** Reads which alerts were raised before, looks, and goes on looking until stop(). */
  async start(): Promise<void> {
    this.#raised = readRaised(await this.#deps.database.readRecord(RECORD_NAME))
    this.#watches = true
    await this.look()
    this.#schedule()
  }

  /** Ends the timer and the look that is under way. */
  async stop(): Promise<void> {
    this.#watches = false
    this.#cancelTimer?.()
    await this.#looking
  }

  /** While watching: raises the most urgent alert that is due, unless that was done. Never rejects. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look())
    return this.#looking
  }

  #schedule(): void {
    if (!this.#watches) return
    this.#cancelTimer = this.#deps.clock.after(LOOK_EVERY_MS, () => {
      this.#deps.onChange()
      void this.look().then(() => this.#schedule())
    })
  }

  async #look(): Promise<void> {
    const { record, clock, raise, log } = this.#deps
    const now = clock.now()
    const known = record()
    const secret = secretInUse(known)
    if (!this.#watches || !known || !secret) return
    const days = dueAlert(secret, now)
    if (days === null || days >= (this.#raised.get(secret.keyId) ?? Infinity)) return
    const alert = alertOf(known, { secret, days, now })
    log.warning('secret', `${alert.title}. ${alert.text}`, {
      keyId: secret.keyId,
      endDateTime: secret.endDateTime,
    })
    // Raised before it is noted: seen twice after a crash is better than never.
    raise(alert)
    this.#raised.set(secret.keyId, days)
    await this.#note()
  }

  async #note(): Promise<void> {
    const { database, log } = this.#deps
    const kept = [...this.#raised].slice(-SECRETS_KEPT)
    try {
      await database.writeRecord(RECORD_NAME, Object.fromEntries(kept))
    } catch (error) {
      log.warning('secret', 'An alert could not be noted, so it may come again after a restart.', {
        reason: error instanceof Error ? error.message : '',
      })
    }
  }
}

function alertOf(
  record: ProvisioningRecord,
  { secret, days, now }: { secret: KnownSecret; days: number; now: Date },
): Alert {
  const date = secret.endDateTime.slice(0, 10)
  const waits = record.rotation?.phase === 'handing-over'
  const about = {
    id: `secret-${secret.keyId}-${days}`,
    at: now.toISOString(),
    kind: 'secret',
    severity: days <= URGENT_DAYS ? 'critical' : 'warning',
    page: SECRET_PAGE,
  } as const
  if (days === 0) {
    return {
      ...about,
      title: 'The client secret has expired',
      text: waits
        ? `Bright Pattern cannot reach Teams any more unless the new secret of ${record.displayName} is entered there. Edit the integration account, never delete it.`
        : `Microsoft refuses Bright Pattern since ${date}. Make a new secret for ${record.displayName}, then enter it in the integration account.`,
    }
  }
  return {
    ...about,
    title: `The client secret expires ${whenOf(secret, now)}`,
    text: waits
      ? `The new secret of ${record.displayName} waits to be entered in Bright Pattern. Do it before ${date}. Edit the integration account, never delete it.`
      : `On ${date} Microsoft starts to refuse Bright Pattern. Replace the secret of ${record.displayName} before; both work until you confirm the new one.`,
  }
}

function whenOf({ endDateTime }: KnownSecret, now: Date): string {
  const days = Math.ceil((Date.parse(endDateTime) - now.getTime()) / 86_400_000)
  return days === 1 ? 'within a day' : `in ${days} days`
}

function readRaised(value: unknown): Map<string, number> {
  if (typeof value !== 'object' || value === null) return new Map()
  return new Map(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  )
}
