// How much of the client secret's life is left, as the overview shows it.
import type { SecretCareState } from '../../main/contract/models/application.ts'
import type { AppState } from '../../main/contract/models/state.ts'

/** The days that are left and how pressing that is. */
export interface SecretLife {
  days: number
  level: Exclude<SecretCareState['level'], 'none'>
  expiresAt: string
}

const dayMs = 86_400_000
/** The first alert, and the distance at which Bright Pattern's own form begins to warn. */
const soonDays = 60
const urgentDays = 15

/**
 * The life of the secret that Bright Pattern has: while a new one waits to be entered there, that is the old one.
 * Null without a secret.
 */
export function secretLife(app: AppState, now: number): SecretLife | null {
  const { current, rotation } = app.secretCare
  const waits = rotation?.phase === 'handing-over' ? rotation.oldSecret : null
  const expiresAt = (waits ?? current)?.endDateTime ?? app.handover.secretExpiresAt
  if (expiresAt === null) return null
  const days = Math.ceil((Date.parse(expiresAt) - now) / dayMs)
  return Number.isNaN(days) ? null : { days, level: levelOf(days), expiresAt }
}

function levelOf(days: number): SecretLife['level'] {
  if (days <= 0) return 'expired'
  if (days <= urgentDays) return 'urgent'
  return days <= soonDays ? 'soon' : 'ok'
}
