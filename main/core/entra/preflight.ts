// The preflight: what would stop provisioning, found before anything is written. Only reads.
import type { ApplicationCandidate, CheckResult } from '../../contract/models/setup.ts'
import type { AppError } from '../app-error.ts'
import { NETWORK_CODES } from '../network-error.ts'
import { findCandidates } from './candidates.ts'
import { valueOf } from './check-result.ts'
import type { EntraContext } from './context.ts'
import { applicationResult, secretPolicyResult } from './preflight-application.ts'
import { clockResult, graphResult } from './preflight-graph.ts'
import { attempt, readMoreRoles, readTenant, type TenantReadings } from './preflight-reads.ts'
import { knowsEnough, registrationResult, roleFindings, rolesResult } from './preflight-roles.ts'
import { accountResult, tenantResult } from './preflight-tenant.ts'
import { readProvisioningRecord } from './provisioning-record.ts'

/** Failures that concern the way to Graph, not one of its objects. */
const WAY_CODES: AppError['code'][] = [...NETWORK_CODES, 'graph-unavailable', 'graph-throttled']

/** What would stop provisioning. Failures of single checks are results; only a stop by the signal throws. */
export async function checkTenant(
  context: EntraContext,
): Promise<{ checks: CheckResult[]; candidates: ApplicationCandidate[] }> {
  const { graph, account, cloud, database, inspectTls, signal } = context
  signal.throwIfAborted()
  const [readings, candidates, tls, record] = await Promise.all([
    readTenant(context),
    attempt(signal, () => findCandidates(context)),
    attempt(signal, () => inspectTls(cloud.graphHost)),
    attempt(signal, () => readProvisioningRecord(database)),
  ])
  const me = valueOf(readings.me)
  const more = me && !knowsEnough(account, readings) ? await readMoreRoles(context, me.id) : null
  signal.throwIfAborted()
  const roles = roleFindings(context, readings, more)
  const checks = [
    tenantResult(context, readings.organization, record),
    accountResult(context, readings.me),
    rolesResult(context, roles),
    registrationResult(context, roles),
    secretPolicyResult(context, readings.secretPolicy, candidates),
    applicationResult(context, candidates),
    graphResult(context, { failure: failureOf(readings), tls }),
    clockResult(context, graph.clockAheadMs ?? null),
  ]
  return { checks, candidates: valueOf(candidates) ?? [] }
}

/** Why Graph did not answer at all; null when it did. */
function failureOf({ organization, me }: TenantReadings): AppError | null {
  const errors = [organization, me].flatMap((one) => ('error' in one ? [one.error] : []))
  const [first] = errors
  if (!first) return null
  return errors.find((one) => WAY_CODES.includes(one.code)) ?? (errors.length === 2 ? first : null)
}
