// The tenant's app management policy: whether an application may have a client secret, and for how long.
// https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy
import * as v from 'valibot'

export interface SecretRules {
  policyId: string
  displayName: string
  /** True when no secret may be added. */
  forbidden: boolean
  /** Longest lifetime of a secret in days; null where the policy sets none. */
  maxDays: number | null
}

const restriction = v.object({
  restrictionType: v.nullish(v.string(), ''),
  state: v.nullish(v.string(), 'enabled'),
  maxLifetime: v.nullish(v.string(), null),
  restrictForAppsCreatedAfterDateTime: v.nullish(v.string(), null),
})
type Restriction = v.InferOutput<typeof restriction>

const policySchema = v.object({
  id: v.nullish(v.string(), ''),
  displayName: v.nullish(v.string(), ''),
  isEnabled: v.nullish(v.boolean(), false),
  applicationRestrictions: v.nullish(
    v.object({ passwordCredentials: v.nullish(v.array(restriction), []) }),
    { passwordCredentials: [] },
  ),
})

/**
 * What the policy means for an application made at `createdAt`; a new one is made now.
 * undefined when it cannot be understood.
 */
export function readSecretRules(value: unknown, createdAt: Date): SecretRules | undefined {
  const parsed = v.safeParse(policySchema, value)
  if (!parsed.success) return undefined
  const { id, displayName, isEnabled, applicationRestrictions } = parsed.output
  const inForce = applicationRestrictions.passwordCredentials.filter(
    (one) => isEnabled && appliesTo(one, createdAt),
  )
  const limits = inForce
    .filter((one) => one.restrictionType === 'passwordLifetime')
    .map((one) => daysOf(one.maxLifetime ?? ''))
    .filter((days) => days !== null)
  return {
    policyId: id,
    displayName,
    forbidden: inForce.some((one) => one.restrictionType === 'passwordAddition'),
    maxDays: limits.length > 0 ? Math.min(...limits) : null,
  }
}

/** Days of an ISO 8601 duration such as `P180D` or `P4DT12H30M5S`, a month as 30 days; null when it is none. */
export function daysOf(duration: string): number | null {
  const parts =
    /^P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(
      duration.trim(),
    )
  if (!parts) return null
  const [years, months, weeks, days, hours, minutes, seconds] = parts
    .slice(1)
    .map((one: string | undefined) => Number(one ?? 0))
  const whole = (years ?? 0) * 365 + (months ?? 0) * 30 + (weeks ?? 0) * 7 + (days ?? 0)
  return whole + (hours ?? 0) / 24 + (minutes ?? 0) / 1_440 + (seconds ?? 0) / 86_400
}

function appliesTo(one: Restriction, createdAt: Date): boolean {
  if (one.state === 'disabled') return false
  const from = Date.parse(one.restrictForAppsCreatedAfterDateTime ?? '')
  return Number.isNaN(from) || createdAt.getTime() > from
}
