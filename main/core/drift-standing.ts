// What of a comparison still stands after what was learned since; a pure function.
import type { DriftReport, DriftRow } from '../contract/models/application.ts'
import type { VerifyResult } from '../contract/models/setup.ts'
import type { KnownAccess } from './application-access.ts'

/** What may have been learned after a comparison, without a new one. */
export interface LaterKnowledge {
  /** What Microsoft last answered about the application. */
  known: KnownAccess | null
  verified: VerifyResult | null
  /** The one in use now: `proven` by a rotation with all permissions, or `earlier`, which a person went back to. */
  secret: 'compared' | 'proven' | 'earlier'
}

/**
 * The report with those rows in order that later knowledge speaks against. What it says nothing about stands, such
 * as a redirect URI, which no token shows.
 */
export function standingReport(report: DriftReport, later: LaterKnowledge): DriftReport {
  const rows = report.rows.map((row): DriftRow =>
    isWrong(row) && isOvertaken(row, report, later) ? { ...row, state: 'ok' } : row,
  )
  // The rows say of permissions, too, whether any is missing.
  return { ...report, rows, inOrder: !rows.some(isWrong) }
}

function isWrong({ state }: DriftRow): boolean {
  return state !== 'ok' && state !== 'surplus'
}

function isOvertaken(
  { object }: DriftRow,
  report: DriftReport,
  { known, verified, secret }: LaterKnowledge,
): boolean {
  // An answer to an earlier secret is forgotten with it, so one that is known came after a rotation.
  const answer = known && known.at > report.at ? known : null
  const works = answer ? answer.refusal === null : secret !== 'compared'
  switch (object) {
    case 'application':
    case 'service-principal':
      return works
    case 'client-secret':
      return works || secret !== 'compared'
    case 'app-role-assignments':
      return answer ? hasAll(answer, report) : secret === 'proven'
    case 'delegated-grant':
      return verified !== null && verified.delegatedSeen && verified.at > report.at
    default:
      return false
  }
}

/** True where a token carries what had not been granted. */
function hasAll({ roles }: KnownAccess, { permissions }: DriftReport): boolean {
  return permissions
    .filter((one) => one.kind === 'application' && one.required && !one.granted)
    .every(({ value }) => roles.includes(value))
}
