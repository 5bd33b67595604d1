// What the tenant holds of one application, all of it at once: for the comparison, the repair and the removal.
import * as v from 'valibot'
import { AppError } from '../app-error.ts'
import { getApplication, orNull } from './application.ts'
import { assignmentsRead, grantRead } from './consent.ts'
import type { EntraContext } from './context.ts'
import { type BatchRequest, hasStatus } from './graph-client.ts'
import {
  type Application,
  type Grant,
  quoted,
  readApplication,
  readGrants,
  readServicePrincipal,
  type ServicePrincipal,
} from './graph-objects.ts'
import type { ProvisioningRecord } from './provisioning-record.ts'
import { graphPrincipalRead } from './service-principal.ts'
import { applicationRead, readAll, readOrNull } from './tenant-objects.ts'

const principalSchema = v.object({
  id: v.string(),
  accountEnabled: v.nullish(v.boolean(), true),
})

const assignmentsSchema = v.array(
  v.object({
    id: v.string(),
    appRoleId: v.string(),
    resourceId: v.nullish(v.string(), ''),
    resourceDisplayName: v.nullish(v.string(), ''),
  }),
)

/** An application permission that the application holds, of Graph or of something else. */
export type FoundAssignment = v.InferOutput<typeof assignmentsSchema>[number]

/** The application’s place in the tenant. */
export type FoundPrincipal = v.InferOutput<typeof principalSchema>

export interface TenantReading {
  /** Microsoft Graph’s own, which publishes the names of permissions. */
  graphPrincipal: ServicePrincipal
  application: Application | null
  servicePrincipal: FoundPrincipal | null
  /** Given for the whole organization; Graph’s and those of other resources. */
  grants: Grant[]
  assignments: FoundAssignment[]
}

/**
 * Reads the recorded application with all that hangs on it, in one call or two; what is not there is null or empty.
 * Throws AppError wrong-tenant where the signed-in account belongs to another tenant, and GraphError.
 */
export async function readTenantOf(
  context: EntraContext,
  record: ProvisioningRecord,
): Promise<TenantReading> {
  requireSameTenant(context, record)
  const { graph, signal } = context
  const { applicationObjectId, appId, servicePrincipalId } = record
  const [ofGraph, ofApplication, ofPrincipal, ...granted] = await graph.batch(
    [
      graphPrincipalRead,
      applicationRead(`/${applicationObjectId}`),
      principalRead(appId),
      ...(servicePrincipalId === '' ? [] : grantedReads(servicePrincipalId)),
    ],
    { signal },
  )
  if (!ofGraph || ofGraph.error) throw ofGraph?.error ?? new TypeError('An answer is missing.')
  const servicePrincipal = readOrNull(ofPrincipal, (value) =>
    parse('servicePrincipal', principalSchema, value),
  )
  const base = {
    graphPrincipal: readServicePrincipal(ofGraph.body),
    application: readOrNull(ofApplication, readApplication),
    servicePrincipal,
  }
  if (!servicePrincipal) return { ...base, grants: [], assignments: [] }
  const [grants, assignments] =
    servicePrincipal.id === servicePrincipalId
      ? granted
      : await graph.batch(grantedReads(servicePrincipal.id), { signal })
  return {
    ...base,
    grants: readGrants(await readAll(graph, grants, signal)),
    assignments: hasStatus(assignments?.error, 404)
      ? []
      : parse('appRoleAssignments', assignmentsSchema, await readAll(graph, assignments, signal)),
  }
}

/** The recorded application as it is now, or null. */
export function readApplicationOf(
  { graph, signal }: EntraContext,
  { applicationObjectId: id }: Pick<ProvisioningRecord, 'applicationObjectId'>,
): Promise<Application | null> {
  if (id === '') return Promise.resolve(null)
  return orNull(() => getApplication(graph, { id, signal }))
}

/** The organization-wide grants of delegated permissions to this servicePrincipal. */
export async function readGrantsOf(
  { graph, signal }: EntraContext,
  servicePrincipalId: string,
): Promise<Grant[]> {
  const { path, query = {} } = grantRead(servicePrincipalId)
  return readGrants(await graph.list(path, { query, signal }))
}

/** The application permissions assigned to this servicePrincipal; none when it is gone. */
export async function readAssignmentsOf(
  { graph, signal }: EntraContext,
  servicePrincipalId: string,
): Promise<FoundAssignment[]> {
  const path = `/servicePrincipals/${servicePrincipalId}/appRoleAssignments`
  const found = await orNull(() => graph.list(path, { signal }))
  return parse('appRoleAssignments', assignmentsSchema, found ?? [])
}

/** Throws AppError wrong-tenant: in another tenant everything would look as if it were gone. */
export function requireSameTenant(
  { account }: EntraContext,
  { tenantId, tenantDisplayName }: Pick<ProvisioningRecord, 'tenantId' | 'tenantDisplayName'>,
): void {
  if (account.tenantId === tenantId) return
  throw new AppError('wrong-tenant', {
    message: `${account.username} belongs to ${account.tenantDisplayName}, but the application was set up in ${tenantDisplayName || tenantId}.`,
    nextStep: `Sign in with an account of ${tenantDisplayName || 'that tenant'}.`,
    details: `signed in to ${account.tenantId}, set up in ${tenantId}`,
  })
}

function principalRead(appId: string): BatchRequest {
  return {
    path: `/servicePrincipals(appId=${quoted(appId)})`,
    query: { $select: 'id,accountEnabled' },
  }
}

function grantedReads(servicePrincipalId: string): BatchRequest[] {
  return [grantRead(servicePrincipalId), assignmentsRead(servicePrincipalId)]
}

function parse<S extends v.GenericSchema>(
  name: string,
  schema: S,
  value: unknown,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  throw new AppError('graph-rejected', {
    message: 'Microsoft Graph sent an answer that EMI Tray does not understand.',
    nextStep: 'Try again. If it happens again, look for a newer version of EMI Tray.',
    details: `${name}: ${v.getDotPath(parsed.issues[0]) ?? 'the answer'} is missing or of another type`,
  })
}
