// What is in the tenant now: the application that the settings mean, its servicePrincipal, its grant and its roles.
import { AppError } from '../app-error.ts'
import { redirectUriOf } from '../settings.ts'
import { uniqueNameOf } from './application.ts'
import {
  assignmentsOf,
  assignmentsRead,
  grantOf,
  grantRead,
  listAssignments,
  type Parties,
} from './consent.ts'
import type { EntraContext } from './context.ts'
import { type BatchAnswer, type BatchRequest, type GraphClient, hasStatus } from './graph-client.ts'
import {
  type Application,
  APPLICATION_SELECT,
  type Assignment,
  type Grant,
  quoted,
  readApplication,
  readPage,
  readServicePrincipal,
  type ServicePrincipal,
} from './graph-objects.ts'
import type { ProvisioningRecord } from './provisioning-record.ts'
import { untilReplicated } from './replication.ts'
import { graphPrincipalRead, servicePrincipalRead } from './service-principal.ts'

export interface TenantObjects {
  /** Microsoft Graph's own servicePrincipal, with what it publishes. */
  graphPrincipal: ServicePrincipal
  /** The application that the settings mean; null where the tenant has none. */
  application: Application | null
  servicePrincipal: ServicePrincipal | null
  grant: Grant | null
  assignments: Assignment[]
  /** The record, where it is about this application, or about this contact center while there is none. */
  record: ProvisioningRecord | null
  /** The application of an earlier set-up in this tenant, where it still exists and is another one. */
  earlier: Application | null
}

type Granted = Pick<TenantObjects, 'servicePrincipal' | 'grant' | 'assignments'>

/**
 * Reads everything at once: one call where the record names the objects, up to three where they must be found.
 * Throws AppError tenant-url-invalid, application-missing for an adopted one, and GraphError.
 */
export async function readTenantObjects(
  context: EntraContext,
  noted: ProvisioningRecord | null,
): Promise<TenantObjects> {
  const { graph, settings, account, signal } = context
  const record = noted?.tenantId === account.tenantId ? noted : null
  const isKnown = record !== null && record.applicationObjectId !== ''
  const [ofGraph, named, recorded, ...granted] = await graph.batch(
    [
      graphPrincipalRead,
      applicationRead(wantedKey(context)),
      ...(isKnown ? [applicationRead(`/${record.applicationObjectId}`)] : []),
      ...(isKnown && record.servicePrincipalId !== '' ? grantedReads(record) : []),
    ],
    { signal },
  )
  const graphPrincipal = readServicePrincipal(bodyOf(ofGraph))
  const found = readOrNull(named, readApplication)
  const before = readOrNull(recorded, readApplication)
  const isAdopting = settings.adoptedAppId !== ''
  if (!found && isAdopting) throw adoptedMissing(context)
  const { tenantId } = account
  const { tenantUrl } = settings
  const sameCenter = isAdopting ? null : recordOfCenter(record, { tenantId, tenantUrl })
  const kept = sameCenter && before
  const application = sameCenter?.origin === 'received' ? (kept ?? found) : (found ?? kept)
  const own =
    application && isKnown
      ? record.applicationObjectId === application.id
        ? record
        : null
      : sameCenter
  const base = {
    graphPrincipal,
    application,
    record: own,
    earlier: before && before.id !== application?.id ? before : null,
  }
  if (!application) return { ...base, servicePrincipal: null, grant: null, assignments: [] }
  const known =
    own && granted.length > 0 ? await readGranted(context, { own, granted, graphPrincipal }) : null
  return { ...base, ...(known ?? (await findGranted(context, { application, graphPrincipal }))) }
}

/** The key of the application that the settings mean: an adopted one by its client id, else ours by its unique name. */
export function wantedKey({ settings }: Pick<EntraContext, 'settings'>): string {
  const { adoptedAppId, tenantUrl } = settings
  return adoptedAppId === '' ? uniqueNameKey(tenantUrl) : `(appId=${quoted(adoptedAppId)})`
}

/** The key of the application that EMI Tray makes for this contact center. */
export function uniqueNameKey(tenantUrl: string): string {
  return `(uniqueName=${quoted(uniqueNameOf(tenantUrl))})`
}

/** The read of an application by a key in parentheses, or `/` and its id. */
export function applicationRead(key: string): BatchRequest {
  return { path: `/applications${key}`, query: { $select: APPLICATION_SELECT } }
}

/** The parsed object; null where Graph knows none. Throws GraphError for every other failure. */
export function readOrNull<T>(
  answer: BatchAnswer | undefined,
  read: (value: unknown) => T,
): T | null {
  if (!answer || hasStatus(answer.error, 404)) return null
  return read(bodyOf(answer))
}

/** Every item of a collection whose first page came in a batch. */
export async function readAll(
  graph: GraphClient,
  answer: BatchAnswer | undefined,
  signal: AbortSignal,
): Promise<unknown[]> {
  const { value, nextLink } = readPage(bodyOf(answer))
  return nextLink === undefined ? value : [...value, ...(await graph.list(nextLink, { signal }))]
}

/** The parsed body of one answer. Throws its GraphError. */
export function bodyOf(answer: BatchAnswer | undefined): unknown {
  if (answer?.error) throw answer.error
  return answer?.body
}

/**
 * The record, where it is about this contact center's own application: that is found even where its unique name is
 * spelled otherwise. An adopted one is found by its client id only.
 */
export function recordOfCenter(
  record: ProvisioningRecord | null,
  { tenantId, tenantUrl }: { tenantId: string; tenantUrl: string },
): ProvisioningRecord | null {
  if (record?.tenantId !== tenantId || record.origin === 'adopted') return null
  const isSame =
    record.uniqueName === uniqueNameOf(tenantUrl) || record.redirectUri === redirectUriOf(tenantUrl)
  return isSame ? record : null
}

function grantedReads({ appId, servicePrincipalId }: ProvisioningRecord): BatchRequest[] {
  return [
    servicePrincipalRead(appId),
    grantRead(servicePrincipalId),
    assignmentsRead(servicePrincipalId),
  ]
}

/** What the batch brought about the recorded servicePrincipal; null where the application has got another one. */
async function readGranted(
  context: EntraContext,
  {
    own,
    granted: [principal, grants, assignments],
    graphPrincipal,
  }: { own: ProvisioningRecord; granted: BatchAnswer[]; graphPrincipal: ServicePrincipal },
): Promise<Granted | null> {
  const servicePrincipal = readOrNull(principal, readServicePrincipal)
  if (!servicePrincipal) return nothingGranted
  if (servicePrincipal.id !== own.servicePrincipalId) return null
  return readPair(context, { servicePrincipal, graphPrincipal, grants, assignments })
}

async function findGranted(
  context: EntraContext,
  { application, graphPrincipal }: { application: Application; graphPrincipal: ServicePrincipal },
): Promise<Granted> {
  const { graph, signal } = context
  const [found] = await graph.batch([servicePrincipalRead(application.appId)], { signal })
  const servicePrincipal = readOrNull(found, readServicePrincipal)
  if (!servicePrincipal) return nothingGranted
  const [grants, assignments] = await graph.batch(
    [grantRead(servicePrincipal.id), assignmentsRead(servicePrincipal.id)],
    { signal },
  )
  return readPair(context, { servicePrincipal, graphPrincipal, grants, assignments })
}

const nothingGranted: Granted = { servicePrincipal: null, grant: null, assignments: [] }

async function readPair(
  context: EntraContext,
  {
    servicePrincipal,
    graphPrincipal,
    grants,
    assignments,
  }: {
    servicePrincipal: ServicePrincipal
    graphPrincipal: ServicePrincipal
    grants: BatchAnswer | undefined
    assignments: BatchAnswer | undefined
  },
): Promise<Granted> {
  const { graph, signal } = context
  const parties: Parties = {
    servicePrincipalId: servicePrincipal.id,
    graphPrincipalId: graphPrincipal.id,
  }
  // A replica may know the servicePrincipal while another one, asked for its roles, does not.
  const isBehind = hasStatus(assignments?.error, 404)
  return {
    servicePrincipal,
    grant: grantOf(await readAll(graph, grants, signal), parties),
    assignments: isBehind
      ? await untilReplicated(() => listAssignments(graph, parties, signal), context)
      : assignmentsOf(await readAll(graph, assignments, signal), parties),
  }
}

function adoptedMissing({ settings, account }: EntraContext): AppError {
  return new AppError('application-missing', {
    message: `There is no application with the Client ID ${settings.adoptedAppId} in ${account.tenantDisplayName}.`,
    nextStep:
      'Compare the Client ID with the one in Microsoft Entra, App registrations, or sign in to the tenant that the application is in. To have EMI Tray make an application of its own, choose that in Setup.',
    details: `Tenant ${account.tenantId}`,
  })
}
