// The repair: what is missing is added by the steps of the set-up; what is surplus goes only if a person chose it.
import type { DriftReport } from '../../contract/models/application.ts'
import type { Progress } from '../../contract/models/job.ts'
import { AppError } from '../app-error.ts'
import { wait } from '../backoff.ts'
import { redirectUriOf } from '../settings.ts'
import { asApplicationAdmin, uniqueNameOf } from './application.ts'
import type { EntraContext } from './context.ts'
import { compareWithTenant, type DriftFacts, type Surplus } from './drift-report.ts'
import { GRAPH_APP_ID, wantedPermissions } from './permissions.ts'
import { applyPlan } from './provision.ts'
import {
  CLIENT_SECRET_NAME,
  type ProvisioningRecord,
  readProvisioningRecord,
  writeProvisioningRecord,
} from './provisioning-record.ts'
import { replicationWaitMs } from './replication.ts'
import {
  takeAssignments,
  takeConfigured,
  takeRedirectUri,
  takeScopes,
  takeSecret,
  takeWideAudience,
} from './take-away.ts'
import { type FoundPrincipal, readTenantOf, requireSameTenant } from './tenant-reading.ts'

/** How long the tenant may take to show what was written. */
const SETTLE_LIMIT_MS = 60_000

/** Compares the tenant with what it should be. Only reads. Throws AppError wrong-tenant, GraphError and others. */
export async function checkDrift(
  context: EntraContext,
  record: ProvisioningRecord,
): Promise<DriftReport> {
  return compareWithTenant(await readFacts(context, record)).report
}

/**
 * Adds what is missing, then takes away exactly the chosen surplus, and compares again. What was chosen and is gone
 * or needed by now is left alone. Throws what applying the plan throws.
 */
export async function repairDrift(
  context: EntraContext,
  given: ProvisioningRecord,
  {
    removals,
    tell,
    onRecord,
  }: {
    removals: string[]
    tell: (progress: Progress) => void
    /** Called after the record was written. */
    onRecord: () => Promise<void>
  },
): Promise<DriftReport> {
  requireSameTenant(context, given)
  const { servicePrincipal } = await readTenantOf(context, given)
  if (servicePrincipal?.accountEnabled === false) await switchOn(context, given, servicePrincipal)
  let record: ProvisioningRecord
  try {
    record = await applyPlan(contextFor(context, given), (_steps, progress) => tell(progress))
  } finally {
    // The record is written step by step, so it may have changed though a later step failed.
    await onRecord()
  }
  const startedAt = context.clock.now().toISOString()
  const sayStep = (doing: string, current: number) =>
    tell({ current, total: removals.length + 1, doing, usuallySeconds: null, startedAt })
  for (const [index, removalId] of removals.entries()) {
    context.signal.throwIfAborted()
    sayStep('Removing what you chose', index + 1)
    const facts = await readFacts(context, record)
    const chosen = compareWithTenant(facts).surplus.get(removalId)
    if (!chosen) {
      context.log.info('setup', 'Something chosen for removal is gone already, or needed by now.', {
        removalId,
      })
      continue
    }
    await take(context, facts, chosen)
    record = await noteTaken(context, record, chosen)
    await onRecord()
  }
  sayStep('Comparing again', removals.length + 1)
  return settledReport(context, record, removals)
}

/** The repair is about the recorded application, whatever else the settings may point to by now. */
function contextFor(context: EntraContext, record: ProvisioningRecord): EntraContext {
  const { settings } = context
  if (record.origin !== 'made') {
    return { ...context, settings: { ...settings, adoptedAppId: record.appId } }
  }
  const isOfCenter =
    record.uniqueName === uniqueNameOf(settings.tenantUrl) ||
    record.redirectUri === redirectUriOf(settings.tenantUrl)
  if (!isOfCenter) {
    throw new AppError('plan-missing', {
      message: `The settings name ${settings.tenantUrl}, but ${record.displayName} was set up for another contact center.`,
      nextStep:
        'Correct the address in Settings, or make and apply a plan for the new one on the Setup page.',
    })
  }
  return { ...context, settings: { ...settings, adoptedAppId: '' } }
}

async function readFacts(context: EntraContext, record: ProvisioningRecord): Promise<DriftFacts> {
  const { secrets, settings, clock } = context
  return {
    reading: await readTenantOf(context, record),
    record,
    redirectUri: redirectUriOf(settings.tenantUrl),
    wanted: wantedPermissions(settings),
    secretText: await secrets.get(CLIENT_SECRET_NAME),
    now: clock.now(),
  }
}

async function switchOn(
  context: EntraContext,
  { displayName }: ProvisioningRecord,
  { id }: FoundPrincipal,
): Promise<void> {
  const { graph, signal } = context
  const note = {
    object: 'servicePrincipal',
    name: displayName,
    before: { accountEnabled: false },
    after: { accountEnabled: true },
  }
  await asApplicationAdmin(context, () =>
    graph.patch(`/servicePrincipals/${id}`, { accountEnabled: true }, { signal, note }),
  )
}

async function take(context: EntraContext, facts: DriftFacts, chosen: Surplus): Promise<void> {
  const { record, reading } = facts
  const servicePrincipalId = reading.servicePrincipal?.id ?? ''
  switch (chosen.kind) {
    case 'audience':
      await takeWideAudience(context, record)
      return
    case 'redirect-uri':
      await takeRedirectUri(context, record, chosen.uri)
      return
    case 'configured-resource':
      await takeConfigured(
        context,
        record,
        ({ resourceAppId }) => resourceAppId === chosen.resourceAppId,
      )
      return
    case 'permission':
      await takePermission(context, facts, chosen)
      return
    case 'grant': {
      const grant = reading.grants.find(({ id }) => id === chosen.grantId)
      if (!grant) return
      const { resourceId } = grant
      await takeScopes(context, { servicePrincipalId, resourceId, scopes: null })
      return
    }
    case 'assignment':
      await takeAssignments(context, servicePrincipalId, ({ id }) => id === chosen.assignmentId)
      return
    case 'secret':
      await takeSecret(context, record, chosen.keyId)
      return
  }
}

/** Takes back the grant first: as long as it is listed, Entra shows where it came from. */
async function takePermission(
  context: EntraContext,
  { record, reading }: DriftFacts,
  { of, value, id }: Extract<Surplus, { kind: 'permission' }>,
): Promise<void> {
  const { servicePrincipal, graphPrincipal } = reading
  const isIt = (other: string) => other.toLowerCase() === id.toLowerCase()
  if (servicePrincipal && of === 'delegated') {
    await takeScopes(context, {
      servicePrincipalId: servicePrincipal.id,
      resourceId: graphPrincipal.id,
      scopes: [value],
    })
  }
  if (servicePrincipal && of === 'application') {
    await takeAssignments(
      context,
      servicePrincipal.id,
      ({ resourceId, appRoleId }) => resourceId === graphPrincipal.id && isIt(appRoleId),
    )
  }
  const type = of === 'delegated' ? 'Scope' : 'Role'
  await takeConfigured(
    context,
    record,
    (entry) => entry.resourceAppId === GRAPH_APP_ID && entry.type === type && isIt(entry.id),
  )
}

/** What we added once and have taken away is not ours any more. */
async function noteTaken(
  { database }: EntraContext,
  given: ProvisioningRecord,
  chosen: Surplus,
): Promise<ProvisioningRecord> {
  const record = (await readProvisioningRecord(database)) ?? given
  if (chosen.kind !== 'permission') return record
  const { added } = record
  const without = (list: string[], value: string) => list.filter((one) => one !== value)
  const next: ProvisioningRecord = {
    ...record,
    added: {
      ...added,
      configured: without(added.configured, `${chosen.of} ${chosen.value}`),
      scopes: chosen.of === 'delegated' ? without(added.scopes, chosen.value) : added.scopes,
      roles: chosen.of === 'application' ? without(added.roles, chosen.value) : added.roles,
    },
  }
  if (JSON.stringify(next) !== JSON.stringify(record)) {
    await writeProvisioningRecord(database, next)
  }
  return next
}

/** New objects show with a delay: looks again until everything is in order, or the time is over. */
async function settledReport(
  context: EntraContext,
  record: ProvisioningRecord,
  removals: string[],
): Promise<DriftReport> {
  const { clock, signal } = context
  const endsAt = clock.now().getTime() + SETTLE_LIMIT_MS
  for (let attempt = 1; ; attempt += 1) {
    const { report, surplus } = compareWithTenant(await readFacts(context, record))
    const isSettled = report.inOrder && !removals.some((id) => surplus.has(id))
    if (isSettled || clock.now().getTime() >= endsAt) return report
    await wait(clock, replicationWaitMs(attempt), signal)
  }
}
