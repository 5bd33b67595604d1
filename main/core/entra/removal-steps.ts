// Removes what EMI Tray made in the tenant, one listed item at a time.
import type { RemovalItem } from '../../contract/models/removal.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import { orNull } from './application.ts'
import type { EntraContext } from './context.ts'
import { quoted, readApplication } from './graph-objects.ts'
import { GRAPH_APP_ID } from './permissions.ts'
import {
  CLIENT_SECRET_NAME,
  NEXT_SECRET_NAME,
  PREVIOUS_SECRET_NAME,
  type ProvisioningRecord,
} from './provisioning-record.ts'
import {
  takeApplication,
  takeAssignments,
  takeConfigured,
  takeRedirectUri,
  takeScopes,
  takeSecret,
  takeServicePrincipal,
} from './take-away.ts'
import { ownPermissions, PENDING_PREFIX, SECRET_PREFIX } from './tenant-items.ts'
import { applicationRead } from './tenant-objects.ts'
import { readApplicationOf, readTenantOf, requireSameTenant } from './tenant-reading.ts'

/**
 * Removes one item from the tenant; that it is gone already is fine. `save` is told what the record must say
 * afterwards. Throws AppError wrong-tenant, admin-role-missing, GraphError and others.
 */
export async function removeFromTenant(
  context: EntraContext,
  record: ProvisioningRecord,
  {
    item,
    save,
  }: {
    item: Pick<RemovalItem, 'id' | 'kind'>
    save: (change: Partial<ProvisioningRecord>) => Promise<void>
  },
): Promise<void> {
  const { added } = record
  if (record.applicationObjectId === '') {
    await removeLost(context, record)
    return save({ creating: undefined })
  }
  const { graphPrincipal, servicePrincipal } = await readTenantOf(context, record)
  switch (item.kind) {
    case 'app-role-assignments': {
      const names = new Set(ownPermissions(record).roles)
      const ids = graphPrincipal.appRoles
        .filter(({ value }) => value !== null && names.has(value))
        .map(({ id }) => id.toLowerCase())
      if (servicePrincipal) {
        await takeAssignments(
          context,
          servicePrincipal.id,
          ({ resourceId, appRoleId }) =>
            resourceId === graphPrincipal.id && ids.includes(appRoleId.toLowerCase()),
        )
      }
      return save({ added: { ...added, roles: [] } })
    }
    case 'delegated-grant':
      if (servicePrincipal) {
        const { scopes } = ownPermissions(record)
        await takeScopes(context, {
          servicePrincipalId: servicePrincipal.id,
          resourceId: graphPrincipal.id,
          scopes,
        })
      }
      return save({ added: { ...added, scopes: [] } })
    case 'client-secret':
      return removeSecret(context, record, { id: item.id, save })
    case 'redirect-uri':
      await takeRedirectUri(context, record, record.redirectUri)
      return save({ added: { ...added, redirectUri: false } })
    case 'required-resource-access': {
      const published = {
        delegated: graphPrincipal.oauth2PermissionScopes,
        application: graphPrincipal.appRoles,
      }
      const ours = new Set(
        (['delegated', 'application'] as const).flatMap((kind) =>
          published[kind]
            .filter(({ value }) => added.configured.includes(`${kind} ${value ?? ''}`))
            .map(({ id }) => `${kind === 'delegated' ? 'Scope' : 'Role'} ${id.toLowerCase()}`),
        ),
      )
      await takeConfigured(
        context,
        record,
        ({ resourceAppId, type, id }) =>
          resourceAppId === GRAPH_APP_ID && ours.has(`${type} ${id.toLowerCase()}`),
      )
      return save({ added: { ...added, configured: [] } })
    }
    case 'service-principal':
      if (servicePrincipal) {
        await takeServicePrincipal(context, { ...record, servicePrincipalId: servicePrincipal.id })
      }
      return save({
        servicePrincipalId: '',
        added: { ...added, servicePrincipal: false, scopes: [], roles: [] },
      })
    case 'application':
      await takeApplication(context, record)
      return save({ applicationObjectId: '' })
    default:
      throw new TypeError(`${item.kind} is not in the tenant.`)
  }
}

/** An application whose making was never answered. It is ours, since that was noted before it was asked for. */
async function removeLost(context: EntraContext, record: ProvisioningRecord): Promise<void> {
  requireSameTenant(context, record)
  if (!record.creating) return
  const { graph, signal } = context
  const { path, query = {} } = applicationRead(`(uniqueName=${quoted(record.creating.uniqueName)})`)
  const found = await orNull(async () => readApplication(await graph.get(path, { query, signal })))
  if (!found) return
  await takeApplication(context, { ...found, applicationObjectId: found.id })
}

async function removeSecret(
  context: EntraContext,
  record: ProvisioningRecord,
  { id, save }: { id: string; save: (change: Partial<ProvisioningRecord>) => Promise<void> },
): Promise<void> {
  const { secrets } = context
  if (id.startsWith(PENDING_PREFIX)) {
    const name = id.slice(PENDING_PREFIX.length)
    const application = await readApplicationOf(context, record)
    for (const { keyId, displayName } of application?.passwordCredentials ?? []) {
      if (displayName === name) await takeSecret(context, record, keyId)
    }
    const isPending = record.pendingSecret?.displayName === name
    return save(isPending ? { pendingSecret: null } : { rotation: null })
  }
  const keyId = id.slice(SECRET_PREFIX.length)
  await takeSecret(context, record, keyId)
  const { clientSecret, rotation } = record
  await forgetText(secrets, record, keyId)
  const others = [rotation?.newSecret, rotation?.oldSecret].filter(
    (one) => one && one.keyId !== keyId && one.keyId !== clientSecret?.keyId,
  )
  return save({
    clientSecret: clientSecret?.keyId === keyId ? null : clientSecret,
    // A secret that only the rotation knows must not be forgotten with it.
    rotation:
      rotation && others.length > 0
        ? {
            ...rotation,
            newSecret: rotation.newSecret?.keyId === keyId ? null : rotation.newSecret,
            oldSecret: rotation.oldSecret?.keyId === keyId ? null : rotation.oldSecret,
          }
        : null,
  })
}

/** The texts that begin like the removed secret; they open nothing any more. */
async function forgetText(
  secrets: SecretStore,
  { clientSecret, rotation }: ProvisioningRecord,
  keyId: string,
): Promise<void> {
  const known = [clientSecret, rotation?.newSecret, rotation?.oldSecret]
  const hint = known.find((one) => one?.keyId === keyId)?.hint
  if (!hint) return
  for (const name of [CLIENT_SECRET_NAME, NEXT_SECRET_NAME, PREVIOUS_SECRET_NAME]) {
    if ((await secrets.get(name))?.startsWith(hint)) await secrets.delete(name)
  }
}
