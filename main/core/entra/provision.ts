// Applying the plan: the ordered steps; each looks first, then acts, so that any run may stop anywhere and go on later.
import type { ApplyStep, Progress } from '../../contract/models.ts'
import { redirectUriOf } from '../settings.ts'
import {
  ensureApplication,
  patchApplication,
  redirectUrisWith,
  uniqueNameOf,
} from './application.ts'
import { ensureSecret, isFresh, removeLateOrphans } from './client-secret.ts'
import { ensureAssignments, ensureGrant } from './consent.ts'
import type { EntraContext } from './context.ts'
import { wantedPermissions } from './permissions.ts'
import {
  CLIENT_SECRET_NAME,
  nothingAdded,
  type ProvisioningRecord,
  readProvisioningRecord,
  writeProvisioningRecord,
} from './provisioning-record.ts'
import { waitForToken } from './ready.ts'
import { requiredAccessWith, resolvePermissions } from './required-access.ts'
import { ensureServicePrincipal, getGraphPrincipal } from './service-principal.ts'

export type { EntraContext } from './context.ts'

type StepObject = ApplyStep['object']

/** The steps in their order, what is said while they run, and how long they usually take. */
const STEPS: { object: StepObject; doing: string; usuallySeconds: number }[] = [
  { object: 'application', doing: 'Looking for the application', usuallySeconds: 5 },
  { object: 'service-principal', doing: 'Adding it to your tenant', usuallySeconds: 10 },
  { object: 'redirect-uri', doing: 'Setting the redirect URI', usuallySeconds: 3 },
  { object: 'required-resource-access', doing: 'Listing the permissions', usuallySeconds: 3 },
  { object: 'client-secret', doing: 'Making the client secret', usuallySeconds: 5 },
  { object: 'delegated-grant', doing: 'Granting the delegated permissions', usuallySeconds: 5 },
  {
    object: 'app-role-assignments',
    doing: 'Granting the application permissions',
    usuallySeconds: 10,
  },
  {
    object: 'token',
    doing: 'Waiting until Microsoft puts everything into effect',
    usuallySeconds: 60,
  },
]

/**
 * Writes to the tenant what is missing, and nothing else. Tells `onStep` of every change. Throws AppError
 * admin-role-missing, secret-forbidden, not-ready-in-time and others; what was done before stays.
 */
export async function applyPlan(
  context: EntraContext,
  onStep: (steps: ApplyStep[], progress: Progress) => void,
): Promise<ProvisioningRecord> {
  const { graph, secrets, settings, signal, log, clock, appAuth } = context
  const redirectUri = redirectUriOf(settings.tenantUrl)
  const wanted = wantedPermissions(settings)
  const notes = await openRecord(context)
  const { run } = createSteps(context, onStep)

  const application = await run('application', async () => {
    const last = notes.record.displayName
    const { application: found, done } = await ensureApplication(
      context,
      { uniqueName: notes.record.uniqueName, lastName: last === '' ? null : last },
      ({ id, appId }) => notes.noteApplication({ id, appId }),
    )
    await notes.save({ displayName: settings.applicationName })
    return { value: found, result: `${said(done)}, Client ID ${found.appId}` }
  })

  const servicePrincipalId = await run('service-principal', async () => {
    const { servicePrincipal, done } = await ensureServicePrincipal(context, application.appId)
    await notes.save({ servicePrincipalId: servicePrincipal.id })
    return { value: servicePrincipal.id, result: `${said(done)}, ${servicePrincipal.id}` }
  })

  await run('redirect-uri', async () => {
    const redirectUris = redirectUrisWith(application, redirectUri)
    if (redirectUris) await patchApplication(context, application.id, { web: { redirectUris } })
    await notes.save({ redirectUri })
    return { value: undefined, result: `${redirectUris ? 'Added' : 'In place'}, ${redirectUri}` }
  })

  const { graphPrincipal, permissions } = await run('required-resource-access', async () => {
    const principal = await getGraphPrincipal(graph, signal)
    const resolved = resolvePermissions(principal, wanted)
    const access = requiredAccessWith(application.requiredResourceAccess, resolved)
    if (access) {
      await patchApplication(context, application.id, { requiredResourceAccess: access })
    }
    return {
      value: { graphPrincipal: principal, permissions: resolved },
      result: `${access ? 'Listed' : 'In place'}, ${resolved.length} permissions`,
    }
  })

  const secret = await run('client-secret', async () => {
    const made = await ensureSecret(context, {
      read: () => notes.record,
      save: (change) => notes.save(change),
    })
    return { value: made, result: `${said(made.done)}, ${made.note}` }
  })

  await run('delegated-grant', async () => {
    const parties = { servicePrincipalId, graphPrincipalId: graphPrincipal.id }
    const done = await ensureGrant(context, parties, wanted.delegated)
    return { value: undefined, result: `${said(done)}, ${wanted.delegated.length} permissions` }
  })

  await run('app-role-assignments', async () => {
    const made = await ensureAssignments(context, {
      graphPrincipal,
      servicePrincipalId,
      permissions,
    })
    const result = made.length > 0 ? `Granted ${made.join(', ')}` : 'In place'
    return { value: undefined, result: `${result}, ${wanted.application.length} in all` }
  })

  await run('token', async (say) => {
    const clientSecret = (await secrets.get(CLIENT_SECRET_NAME)) ?? ''
    const token = await waitForToken({
      appAuth,
      credentials: {
        tenantId: notes.record.tenantId,
        clientId: application.appId,
        clientSecret,
      },
      roles: wanted.application,
      isSecretFresh: isFresh(secret.secret, clock.now()),
      clock,
      signal,
      onWait: say,
    })
    if (secret.done === 'created') await removeLateOrphans(context, notes.record)
    await notes.save({
      completedAt: notes.record.completedAt ?? clock.now().toISOString(),
    })
    return { value: undefined, result: `A token came back with ${token.roles.join(', ')}` }
  })

  log.info('setup', 'The application is set up and works.', {
    appId: application.appId,
    tenant: notes.record.tenantDisplayName,
  })
  return notes.record
}

/** The record of this tenant and contact center, each change of which is written at once. */
async function openRecord({ database, account, settings }: EntraContext): Promise<{
  readonly record: ProvisioningRecord
  save: (change: Partial<ProvisioningRecord>) => Promise<void>
  noteApplication: (ids: { id: string; appId: string }) => Promise<void>
}> {
  const uniqueName = uniqueNameOf(settings.tenantUrl)
  const earlier = await readProvisioningRecord(database)
  const isSame = earlier?.tenantId === account.tenantId && earlier.uniqueName === uniqueName
  let record: ProvisioningRecord = isSame ? earlier : emptyRecord(account.tenantId, uniqueName)
  let written = isSame ? JSON.stringify(earlier) : ''
  const save = async (change: Partial<ProvisioningRecord>) => {
    const next = { ...record, tenantDisplayName: account.tenantDisplayName, ...change }
    const text = JSON.stringify(next)
    if (text === written) return
    await writeProvisioningRecord(database, next)
    record = next
    written = text
  }
  return {
    get record() {
      return record
    },
    save,
    noteApplication: async ({ id, appId }) => {
      // Another application than before: nothing that was noted about the old one holds.
      if (record.applicationObjectId !== id) {
        record = emptyRecord(record.tenantId, record.uniqueName)
      }
      await save({ applicationObjectId: id, appId })
    },
  }
}

function emptyRecord(tenantId: string, uniqueName: string): ProvisioningRecord {
  return {
    tenantId,
    tenantDisplayName: '',
    applicationObjectId: '',
    appId: '',
    servicePrincipalId: '',
    uniqueName,
    displayName: '',
    redirectUri: '',
    clientSecret: null,
    pendingSecret: null,
    origin: 'made',
    added: nothingAdded(),
    rotation: null,
    completedAt: null,
  }
}

type StepWork<T> = (say: (doing: string) => void) => Promise<{ value: T; result: string }>

/** Runs steps one by one and tells of them. */
function createSteps(
  { clock, signal }: EntraContext,
  onStep: (steps: ApplyStep[], progress: Progress) => void,
): { run: <T>(object: StepObject, work: StepWork<T>) => Promise<T> } {
  const steps: ApplyStep[] = STEPS.map(({ object }) => ({
    object,
    state: 'waiting',
    result: null,
  }))
  const run = async <T>(object: StepObject, work: StepWork<T>): Promise<T> => {
    signal.throwIfAborted()
    const index = STEPS.findIndex((one) => one.object === object)
    const about = STEPS[index]
    const startedAt = clock.now().toISOString()
    const tell = (state: ApplyStep['state'], rest: { result?: string; doing?: string }) => {
      steps[index] = { object, state, result: rest.result ?? null }
      onStep(
        steps.map((step) => ({ ...step })),
        {
          current: index + 1,
          total: STEPS.length,
          doing: rest.doing ?? about?.doing ?? '',
          usuallySeconds: about?.usuallySeconds ?? null,
          startedAt,
        },
      )
    }
    tell('running', {})
    try {
      const { value, result } = await work((doing) => tell('running', { doing }))
      tell('done', { result })
      return value
    } catch (error) {
      tell('failed', {})
      throw error
    }
  }
  return { run }
}

function said(done: 'created' | 'changed' | 'found'): string {
  return { created: 'Created', changed: 'Changed', found: 'In place' }[done]
}
