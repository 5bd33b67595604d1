// How long a client secret still lives, what that means, and when a person is told; pure functions.
import type { PageName } from '../contract/errors.ts'
import type { SecretCareState, SecretInfo } from '../contract/models/application.ts'
import type { KnownSecret, ProvisioningRecord } from './entra/provisioning-record.ts'

const DAY_MS = 86_400_000

/** Days before the end at which an alert is due; 0 is the end itself. */
export const ALERT_DAYS = [60, 30, 15, 7, 1, 0]
const SOON_DAYS = 60
// Bright Pattern's own form starts to warn at the same distance.
export const URGENT_DAYS = 15

/** The page that shows the secret and its rotation. */
export const SECRET_PAGE: PageName = 'application'

type Lifetime = Pick<KnownSecret, 'startDateTime' | 'endDateTime'>

/** Whole days until the end, rounded up; 0 or less when it is over, null where Graph told no end. */
export function daysLeft({ endDateTime }: Lifetime, now: Date): number | null {
  const leftMs = Date.parse(endDateTime) - now.getTime()
  // `|| 0` because rounding up to zero may leave a minus sign.
  return Number.isNaN(leftMs) ? null : Math.ceil(leftMs / DAY_MS) || 0
}

export function levelOf(days: number | null): SecretCareState['level'] {
  if (days === null) return 'none'
  if (days <= 0) return 'expired'
  if (days <= URGENT_DAYS) return 'urgent'
  return days <= SOON_DAYS ? 'soon' : 'ok'
}

/** The most urgent alert that is due, in days before the end; null while none is. */
export function dueAlert(secret: Lifetime, now: Date): number | null {
  const left = daysLeft(secret, now)
  if (left === null) return null
  return alertsOf(secret).findLast((days) => left <= days) ?? null
}

/** When the next alert is due; null when there is none left. */
export function nextAlertAt(secret: Lifetime, now: Date): Date | null {
  const endsAt = Date.parse(secret.endDateTime)
  if (Number.isNaN(endsAt)) return null
  const times = alertsOf(secret).map((days) => endsAt - days * DAY_MS)
  const next = times.find((time) => time > now.getTime())
  return next === undefined ? null : new Date(next)
}

/**
 * The secret that Bright Pattern certainly has: until a person confirms the new one, that is the old one,
 * and its end is what must not be missed.
 */
export function secretInUse(record: ProvisioningRecord | null): KnownSecret | null {
  if (record?.rotation?.phase === 'handing-over' && record.rotation.oldSecret) {
    return record.rotation.oldSecret
  }
  return record?.clientSecret ?? null
}

/** What pages may know of a secret. */
export function secretInfo(
  secret: KnownSecret,
  { state, now }: { state: SecretInfo['state']; now: Date },
): SecretInfo {
  const left = daysLeft(secret, now)
  return { ...secret, expired: left !== null && left <= 0, state, removalId: null }
}

/** A secret that a policy gave thirty days is not announced to expire in thirty days the moment it is made. */
function alertsOf({ startDateTime, endDateTime }: Lifetime): number[] {
  const lifetimeDays = Math.ceil((Date.parse(endDateTime) - Date.parse(startDateTime)) / DAY_MS)
  if (Number.isNaN(lifetimeDays)) return ALERT_DAYS
  return ALERT_DAYS.filter((days) => days < lifetimeDays)
}
