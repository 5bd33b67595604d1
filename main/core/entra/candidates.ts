// Applications of the tenant that may already stand for this contact center, also deleted ones; and restoring those.
import * as v from 'valibot'
import type { ApplicationCandidate } from '../../contract/models/setup.ts'
import { AppError } from '../app-error.ts'
import { redirectUriOf } from '../settings.ts'
import { asApplicationAdmin, uniqueNameOf } from './application.ts'
import type { EntraContext } from './context.ts'
import { type BatchAnswer, type BatchRequest, hasStatus } from './graph-client.ts'
import { quoted } from './graph-objects.ts'
import { readProvisioningRecord } from './provisioning-record.ts'
import { readAll, readOrNull, recordOfCenter, uniqueNameKey, wantedKey } from './tenant-objects.ts'

const DELETED = '/directory/deletedItems'
const SELECT = 'id,appId,displayName,uniqueName,createdDateTime,web'

const foundSchema = v.object({
  id: v.string(),
  appId: v.string(),
  displayName: v.nullish(v.string(), ''),
  uniqueName: v.nullish(v.string(), null),
  createdDateTime: v.nullish(v.string(), null),
  deletedDateTime: v.nullish(v.string(), null),
  web: v.nullish(v.object({ redirectUris: v.nullish(v.array(v.string()), []) }), {
    redirectUris: [],
  }),
})
type Found = v.InferOutput<typeof foundSchema>

const ownersSchema = v.array(
  v.looseObject({
    id: v.string(),
    displayName: v.nullish(v.string(), null),
    userPrincipalName: v.nullish(v.string(), null),
  }),
)
const deletedPrincipalsSchema = v.array(v.looseObject({ id: v.string(), appId: v.string() }))

/**
 * Everything that matches by unique name, client id, redirect URI or name, the chosen one first and deleted ones
 * last. Reads only: one call, and a second one for the owners where something matches. Throws AppError
 * tenant-url-invalid and GraphError.
 */
export async function findCandidates(context: EntraContext): Promise<ApplicationCandidate[]> {
  const { graph, settings, signal } = context
  const { adoptedAppId, applicationName } = settings
  const wanted: Wanted = {
    uniqueName: uniqueNameOf(settings.tenantUrl),
    redirectUri: redirectUriOf(settings.tenantUrl),
    appId: adoptedAppId,
    name: applicationName,
  }
  const keys = new Set([uniqueNameKey(settings.tenantUrl), wantedKey(context)])
  const [deleted, byName, byUri, ...byKeys] = await graph.batch(
    [
      {
        path: `${DELETED}/microsoft.graph.application`,
        query: { $select: `${SELECT},deletedDateTime` },
      },
      listRead(`displayName eq ${quoted(wanted.name)}`),
      redirectRead(wanted.redirectUri),
      ...[...keys].map((key) => ({ path: `/applications${key}`, query: { $select: SELECT } })),
    ],
    { signal },
  )
  // A cloud without such queries still finds by the unique name, the client id and the name.
  const live = [
    ...byKeys.map((one) => readOrNull(one, readFound)),
    ...(hasStatus(byUri?.error, 400) ? [] : await readAll(graph, byUri, signal)).map(readFound),
    ...(await readAll(graph, byName, signal)).map(readFound),
  ].filter((one) => one !== null)
  // Not everybody may look into the deleted ones, and nobody needs to.
  const gone = hasStatus(deleted?.error, 403, 404)
    ? []
    : (await readAll(graph, deleted, signal)).map(readFound)
  const different = [...new Map([...gone, ...live].map((one) => [one.id, one])).values()]
  const matching = different
    .map((found) => ({ found, matchedBy: matchesOf(found, wanted) }))
    .filter(({ matchedBy }) => matchedBy.length > 0)
  const chosenId = await chosenIdOf(context, live)
  const owners = await readOwners(
    context,
    matching.map(({ found }) => found).filter((one) => one.deletedDateTime === null),
  )
  return matching
    .map(({ found, matchedBy }) => ({
      applicationObjectId: found.id,
      appId: found.appId,
      displayName: found.displayName,
      createdAt: found.createdDateTime,
      redirectUris: found.web.redirectUris,
      owners: owners.get(found.id) ?? [],
      matchedBy,
      deletedAt: found.deletedDateTime,
      chosen: found.id === chosenId,
    }))
    .sort((a, b) => rankOf(a) - rankOf(b))
}

/**
 * Restores a deleted application, with its servicePrincipal where that was deleted too; what is still missing then,
 * applying the plan makes. Throws AppError admin-role-missing, application-missing.
 */
export async function restoreApplication(
  context: EntraContext,
  applicationObjectId: string,
): Promise<void> {
  const { graph, signal } = context
  const path = `${DELETED}/${applicationObjectId}`
  let found: Found
  try {
    found = readFound(await graph.get(path, { signal }))
  } catch (error) {
    throw hasStatus(error, 404) ? goneForGood(error) : error
  }
  await restore(context, { object: 'application', found })
  const principals = await deletedPrincipalsOf(context, found.appId)
  for (const { id } of principals) {
    try {
      await restore(context, { object: 'servicePrincipal', found: { ...found, id } })
    } catch (error) {
      // It came back together with the application.
      if (!hasStatus(error, 400, 404, 409)) throw error
    }
  }
}

interface Wanted {
  uniqueName: string
  redirectUri: string
  /** Empty where none is adopted. */
  appId: string
  name: string
}

function matchesOf(found: Found, wanted: Wanted): ApplicationCandidate['matchedBy'] {
  const matches: [ApplicationCandidate['matchedBy'][number], boolean][] = [
    ['unique-name', found.uniqueName === wanted.uniqueName],
    ['client-id', found.appId.toLowerCase() === wanted.appId.toLowerCase()],
    ['redirect-uri', found.web.redirectUris.includes(wanted.redirectUri)],
    ['name', found.displayName.toLowerCase() === wanted.name.toLowerCase()],
  ]
  return matches.filter(([, isMatch]) => isMatch).map(([by]) => by)
}

/** The id of the one that the plan is about; null where it would make a new one. */
async function chosenIdOf(
  { database, settings, account }: EntraContext,
  live: Found[],
): Promise<string | null> {
  const { adoptedAppId, tenantUrl } = settings
  if (adoptedAppId !== '') return live.find((one) => one.appId === adoptedAppId)?.id ?? null
  const record = await readProvisioningRecord(database)
  const own = recordOfCenter(record, { tenantId: account.tenantId, tenantUrl })
  const named = live.find((one) => one.uniqueName === uniqueNameOf(tenantUrl))
  const noted = live.find((one) => one.id === own?.applicationObjectId)
  return (own?.origin === 'received' ? (noted ?? named) : (named ?? noted))?.id ?? null
}

function rankOf({ chosen, deletedAt, matchedBy }: ApplicationCandidate): number {
  if (chosen) return 0
  return (deletedAt === null ? 10 : 20) - matchedBy.length
}

function listRead($filter: string): BatchRequest {
  return { path: '/applications', query: { $filter, $select: SELECT } }
}

/**
 * Graph finds inside a list only with both parameters of an advanced query.
 * https://learn.microsoft.com/graph/aad-advanced-queries
 */
function redirectRead(redirectUri: string): BatchRequest {
  const { path, query } = listRead(`web/redirectUris/any(u:u eq ${quoted(redirectUri)})`)
  const headers = { ConsistencyLevel: 'eventual' }
  return { path, query: { ...query, $count: 'true' }, headers }
}

/** Names of the owners by the application's id; nothing about those that may not be read. */
async function readOwners(
  { graph, signal }: EntraContext,
  applications: Found[],
): Promise<Map<string, string[]>> {
  if (applications.length === 0) return new Map()
  const answers = await graph.batch(
    applications.map(({ id }) => ({ path: `/applications/${id}/owners` })),
    { signal },
  )
  return new Map(applications.map(({ id }, index) => [id, ownersIn(answers[index])]))
}

function ownersIn(answer: BatchAnswer | undefined): string[] {
  const body = answer?.body
  const value: unknown = typeof body === 'object' && body && 'value' in body ? body.value : []
  const parsed = v.safeParse(ownersSchema, value)
  if (!parsed.success) return []
  return parsed.output.map((one) => one.userPrincipalName ?? one.displayName ?? one.id)
}

async function deletedPrincipalsOf(
  { graph, signal }: EntraContext,
  appId: string,
): Promise<{ id: string; appId: string }[]> {
  try {
    const found = await graph.list(`${DELETED}/microsoft.graph.servicePrincipal`, {
      query: { $select: 'id,appId' },
      signal,
    })
    const parsed = v.safeParse(deletedPrincipalsSchema, found)
    return parsed.success ? parsed.output.filter((one) => one.appId === appId) : []
  } catch (error) {
    // Applying the plan makes a new one where the old one stays deleted.
    if (hasStatus(error, 400, 403, 404)) return []
    throw error
  }
}

async function restore(
  context: EntraContext,
  { object, found }: { object: 'application' | 'servicePrincipal'; found: Found },
): Promise<void> {
  const { graph, signal } = context
  const { id, displayName, appId, deletedDateTime } = found
  const note = {
    object,
    name: displayName || appId,
    before: { deletedDateTime },
    after: { id, appId, deletedDateTime: null },
  }
  await asApplicationAdmin(context, () =>
    graph.post(`${DELETED}/${id}/restore`, {}, { signal, note }),
  )
}

function readFound(value: unknown): Found {
  const parsed = v.safeParse(foundSchema, value)
  if (parsed.success) return parsed.output
  throw new AppError('graph-rejected', {
    message: 'Microsoft Graph sent an answer that EMI Tray does not understand.',
    nextStep: 'Try again. If it happens again, look for a newer version of EMI Tray.',
    details: `application: ${v.getDotPath(parsed.issues[0]) ?? 'the answer'} is missing or of another type`,
  })
}

function goneForGood(cause: unknown): AppError {
  return new AppError('application-missing', {
    message:
      'This application is not among the deleted ones any more: it was restored already, or deleted for good.',
    nextStep: 'Check again in Setup, then make the plan.',
    cause,
  })
}
