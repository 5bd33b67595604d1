// What the preflight reads of the tenant, in as few requests as it takes; one failing read does not fail the others.
import * as v from 'valibot'
import { AppError } from '../app-error.ts'
import type { Reading } from './check-result.ts'
import type { EntraContext } from './context.ts'
import { roleNames, unknownRoles } from './directory-roles.ts'
import type { BatchRequest } from './graph-batch.ts'
import { quoted, readMe, readOrganizations } from './graph-objects.ts'

export interface TenantReadings {
  organization: Reading<ReturnType<typeof readOrganizations>>
  me: Reading<ReturnType<typeof readMe> & { id: string }>
  /** Names of the directory roles that are active through groups, too. */
  activeRoles: Reading<string[]>
  /** defaultUserRolePermissions.allowedToCreateApps. */
  usersMayRegister: Reading<{ policyId: string; allowed: boolean }>
  /** The default app management policy as it came. */
  secretPolicy: Reading<unknown>
}

/** What is only of interest where the roles we see do not suffice. */
export interface RoleReadings {
  /** Names of the roles that could be activated in Privileged Identity Management. */
  eligible: Reading<string[]>
  /** Names of the custom roles that are assigned to the account. */
  custom: Reading<string[]>
}

const collection = v.object({ value: v.array(v.unknown()) })
const identity = v.object({ id: v.string() })
const directoryRole = v.object({
  displayName: v.nullish(v.string(), null),
  roleTemplateId: v.nullish(v.string(), null),
})
const authorizationPolicy = v.object({
  id: v.nullish(v.string(), ''),
  defaultUserRolePermissions: v.object({ allowedToCreateApps: v.boolean() }),
})
const eligibility = v.object({ roleDefinitionId: v.string() })
const assignment = v.object({
  roleDefinition: v.nullish(
    v.object({
      displayName: v.nullish(v.string(), ''),
      isBuiltIn: v.nullish(v.boolean(), true),
    }),
    null,
  ),
})

/** The first look. Throws only when the signal stops it. */
export async function readTenant(context: EntraContext): Promise<TenantReadings> {
  const [organization, me, roles, authorization, secretPolicy] = await readAll(context, [
    { path: '/organization' },
    { path: '/me', query: { $select: 'id,displayName,userPrincipalName,userType' } },
    {
      path: '/me/transitiveMemberOf/microsoft.graph.directoryRole',
      query: { $select: 'id,displayName,roleTemplateId' },
    },
    { path: '/policies/authorizationPolicy' },
    { path: '/policies/defaultAppManagementPolicy' },
  ])
  return {
    organization: parsed(organization, (answer) =>
      readOrganizations(v.parse(collection, answer).value),
    ),
    me: parsed(me, (answer) => ({ ...v.parse(identity, answer), ...readMe(answer) })),
    activeRoles: parsed(roles, (answer) => rolesIn(answer)),
    usersMayRegister: parsed(authorization, (answer) => {
      const { id, defaultUserRolePermissions } = v.parse(authorizationPolicy, answer)
      return { policyId: id, allowed: defaultUserRolePermissions.allowedToCreateApps }
    }),
    secretPolicy,
  }
}

/** The second look: roles that are not active, or that are the organization's own. */
export async function readMoreRoles(context: EntraContext, userId: string): Promise<RoleReadings> {
  const $filter = `principalId eq ${quoted(userId)}`
  const [eligible, custom] = await readAll(context, [
    { path: '/roleManagement/directory/roleEligibilityScheduleInstances', query: { $filter } },
    {
      path: '/roleManagement/directory/roleAssignments',
      query: { $filter, $expand: 'roleDefinition' },
    },
  ])
  return {
    eligible: parsed(eligible, (answer) => {
      const items = v.parse(v.array(eligibility), v.parse(collection, answer).value)
      // The definition of a built-in role has its template's id.
      return roleNames(items.map((one) => one.roleDefinitionId))
    }),
    custom: parsed(custom, (answer) =>
      v
        .parse(v.array(assignment), v.parse(collection, answer).value)
        .map((one) => one.roleDefinition)
        .filter((one) => one?.isBuiltIn === false)
        .map((one) => one?.displayName ?? '')
        .filter((name) => name !== ''),
    ),
  }
}

/** Runs a read; its failure is a result. Throws only when the signal stops it. */
export async function attempt<T>(signal: AbortSignal, work: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof AppError) return { error }
    throw error
  }
}

/** One answer for each request, in their order, by one call to Graph. */
async function readAll<R extends BatchRequest[]>(
  { graph, signal }: EntraContext,
  requests: readonly [...R],
): Promise<{ [K in keyof R]: Reading<unknown> }> {
  const batch = await attempt(signal, () => graph.batch([...requests], { signal }))
  const readings = requests.map((_, index): Reading<unknown> => {
    if ('error' in batch) return batch
    const answer = batch.value[index]
    if (answer?.error) return { error: answer.error }
    return { value: answer?.body }
  })
  return readings as { [K in keyof R]: Reading<unknown> }
}

function parsed<T>(reading: Reading<unknown>, read: (answer: unknown) => T): Reading<T> {
  if ('error' in reading) return reading
  try {
    return { value: read(reading.value) }
  } catch (error) {
    if (error instanceof AppError) return { error }
    if (v.isValiError(error)) return { error: notUnderstood(error) }
    throw error
  }
}

/** Without the right to read roles, Graph sends them without names and template ids. */
function rolesIn(answer: unknown): string[] {
  const roles = v.parse(v.array(directoryRole), v.parse(collection, answer).value)
  return roles.flatMap(({ displayName, roleTemplateId }) => {
    const [name] = roleNames(roleTemplateId ? [roleTemplateId] : [])
    if (name !== undefined && unknownRoles([name]).length === 0) return [name]
    return displayName ?? name ?? []
  })
}

function notUnderstood(cause: unknown): AppError {
  return new AppError('graph-rejected', {
    message: 'Microsoft Graph sent an answer that EMI Tray does not understand.',
    nextStep: 'Try again. If it happens again, look for a newer version of EMI Tray.',
    cause,
  })
}
