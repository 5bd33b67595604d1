// Applying the plan: the ordered steps; each looks first, then acts, so that any run may stop anywhere and go on later.
import type { Progress } from '../../contract/models/job.ts'
import type { ApplyStep } from '../../contract/models/setup.ts'
import { redirectUriOf } from '../settings.ts'
import { createSteps } from './apply-steps.ts'
import { ensureSecret, removeLateOrphans } from './client-secret.ts'
import { ensureGrant, missingRoles, missingScopes } from './consent.ts'
import type { EntraContext } from './context.ts'
import { wantedPermissions } from './permissions.ts'
import {
  addRedirectUri,
  assignMissing,
  listPermissions,
  makeApplication,
  takeApplication,
} from './provision-writes.ts'
import { openNotes } from './provisioning-notes.ts'
import {
  CLIENT_SECRET_NAME,
  type ProvisioningRecord,
  readProvisioningRecord,
} from './provisioning-record.ts'
import { waitForToken } from './ready.ts'
import { resolvePermissions } from './required-access.ts'
import { isFresh } from './secret-decision.ts'
import { createServicePrincipal } from './service-principal.ts'
import { readTenantObjects } from './tenant-objects.ts'

export type { EntraContext } from './context.ts'

/**
 * Writes to the tenant what is missing, and nothing else. Tells `onStep` of every change. Throws AppError
 * admin-role-missing, secret-forbidden, not-ready-in-time and others; what was done before stays.
 */
export async function applyPlan(
  context: EntraContext,
  onStep: (steps: ApplyStep[], progress: Progress) => void,
): Promise<ProvisioningRecord> {
  const { secrets, settings, signal, log, clock, appAuth } = context
  const redirectUri = redirectUriOf(settings.tenantUrl)
  const wanted = wantedPermissions(settings)
  const { run } = createSteps(context, onStep)

  const { notes, objects, permissions, application, done } = await run('application', async () => {
    const noted = await readProvisioningRecord(context.database)
    const look = await readTenantObjects(context, noted)
    const opened = openNotes(context, { noted, objects: look })
    const resolved = resolvePermissions(look.graphPrincipal, wanted)
    const taken = look.application
      ? await takeApplication(context, { notes: opened, application: look.application })
      : await makeApplication(context, {
          notes: opened,
          objects: look,
          permissions: resolved,
          redirectUri,
        })
    return {
      value: { notes: opened, objects: look, permissions: resolved, ...taken },
      result: `${said(taken.done)}, Client ID ${taken.application.appId}`,
    }
  })
  const { graphPrincipal } = objects
  const isMade = done === 'created'

  const parties = await run('service-principal', async () => {
    const { servicePrincipal, ...ensured } = objects.servicePrincipal
      ? { servicePrincipal: objects.servicePrincipal, done: 'found' as const }
      : await notes.adding({ servicePrincipal: true }, async (really) => {
          const created = await createServicePrincipal(context, application)
          really({ servicePrincipal: created.done === 'created' })
          return created
        })
    await notes.save({ servicePrincipalId: servicePrincipal.id })
    return {
      value: {
        servicePrincipalId: servicePrincipal.id,
        graphPrincipalId: graphPrincipal.id,
        name: application.displayName || application.appId,
      },
      result: `${said(ensured.done)}, ${servicePrincipal.id}`,
    }
  })

  await run('redirect-uri', async () => {
    const isAdded = await addRedirectUri(context, { notes, application, redirectUri })
    await notes.save({ redirectUri })
    const result = `${isAdded || isMade ? 'Added' : 'In place'}, ${redirectUri}`
    return { value: undefined, result }
  })

  await run('required-resource-access', async () => {
    const isListed = await listPermissions(context, {
      notes,
      application,
      permissions,
      graphPrincipal,
    })
    const result = `${isListed || isMade ? 'Listed' : 'In place'}, ${permissions.length} permissions`
    return { value: undefined, result }
  })

  const secret = await run('client-secret', async () => {
    const ensured = await ensureSecret(context, {
      found: application,
      read: () => notes.record,
      save: (change) => notes.save(change),
    })
    return { value: ensured, result: `${said(ensured.done)}, ${ensured.note}` }
  })

  await run('delegated-grant', async () => {
    const { grant: existing } = objects
    const scopes = missingScopes(existing, wanted.delegated)
    const granted = await notes.adding({ scopes }, async (really) => {
      const ensured = await ensureGrant(context, parties, { existing, wanted: wanted.delegated })
      really({ scopes: ensured.added })
      return ensured
    })
    return {
      value: undefined,
      result: `${said(granted.done)}, ${wanted.delegated.length} permissions`,
    }
  })

  await run('app-role-assignments', async () => {
    const missing = missingRoles(objects.assignments, permissions)
    await assignMissing(context, { notes, parties, missing })
    const values = missing.map((one) => one.value)
    const result = values.length > 0 ? `Granted ${values.join(', ')}` : 'In place'
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

function said(done: 'created' | 'changed' | 'found'): string {
  return { created: 'Created', changed: 'Changed', found: 'In place' }[done]
}
