// What EMI Tray made in the tenant by its record: listed with whose it is, and removed one by one.
import type { RemovalItem, RemovalKind } from '../../contract/models/removal.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import { orNull } from './application.ts'
import type { EntraContext } from './context.ts'
import { quoted, readApplication } from './graph-objects.ts'
import { GRAPH_APP_ID, permissionTable } from './permissions.ts'
import {
  CLIENT_SECRET_NAME,
  type KnownSecret,
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
import { applicationRead } from './tenant-objects.ts'
import { readApplicationOf, readTenantOf, requireSameTenant } from './tenant-reading.ts'

/** An item of the list before anything was done with it. */
export type ListedItem = Omit<RemovalItem, 'state' | 'error'>

const SECRET_PREFIX = 'client-secret:'
/** A secret whose making was interrupted: only its name is known. */
const PENDING_PREFIX = 'client-secret-named:'

/** What hangs on the application in the tenant, in the order of its removal. Subscriptions are not part of it. */
export function tenantItems(record: ProvisioningRecord): ListedItem[] {
  const item = (kind: RemovalKind, about: Omit<ListedItem, 'id' | 'place' | 'kind'>) => ({
    id: kind as string,
    place: 'tenant' as const,
    kind,
    ...about,
  })
  if (record.applicationObjectId === '') {
    // Its making was asked for, and the answer was lost.
    return record.creating
      ? [
          item('application', {
            name: 'Application of an interrupted run',
            detail: `It is looked for by its unique name ${record.creating.uniqueName}.`,
            removable: true,
          }),
        ]
      : []
  }
  const ours = ownPermissions(record)
  const isMade = record.origin === 'made'
  return [
    ours.roles.length > 0 &&
      item('app-role-assignments', {
        name: 'Consent to application permissions',
        detail: ours.roles.join(', '),
        removable: true,
      }),
    ours.scopes.length > 0 &&
      item('delegated-grant', {
        name: 'Consent to delegated permissions',
        detail: `${ours.scopes.join(', ')}. What others granted stays.`,
        removable: true,
      }),
    ...secretItems(record),
    // With an application of our own they go with it.
    !isMade &&
      record.added.redirectUri &&
      item('redirect-uri', {
        name: 'Redirect URI',
        detail: `${record.redirectUri}. The others stay.`,
        removable: true,
      }),
    !isMade &&
      record.added.configured.length > 0 &&
      item('required-resource-access', {
        name: 'Permissions listed on the application',
        detail: `${record.added.configured.join(', ')}. The others stay.`,
        removable: true,
      }),
    record.servicePrincipalId !== '' && principalItem(record, item),
    applicationItem(record, item),
  ].filter((one) => one !== false)
}

type MakeItem = (kind: RemovalKind, about: Omit<ListedItem, 'id' | 'place' | 'kind'>) => ListedItem

function principalItem(record: ProvisioningRecord, item: MakeItem): ListedItem {
  const removable = record.origin === 'made' || record.added.servicePrincipal
  return item('service-principal', {
    name: 'Enterprise application',
    detail: removable
      ? `Object id ${record.servicePrincipalId}. Everything granted to it goes with it.`
      : `Object id ${record.servicePrincipalId}. ${whyItStays(record)}`,
    removable,
  })
}

function applicationItem(record: ProvisioningRecord, item: MakeItem): ListedItem {
  const removable = record.origin === 'made' || record.added.application
  const about = `Client ID ${record.appId}.`
  return item('application', {
    name: record.displayName,
    detail: removable
      ? `${about} Every secret and subscription of it ends, whoever made it. Entra keeps it for 30 days under “Deleted applications”, where it can be restored or deleted for good.`
      : `${about} ${whyItStays(record)}`,
    removable,
  })
}

function whyItStays({ origin }: ProvisioningRecord): string {
  return origin === 'received'
    ? 'It stays: another installation set it up and handed it over.'
    : 'It stays: it was there before EMI Tray.'
}

function secretItems(record: ProvisioningRecord): ListedItem[] {
  const { clientSecret, rotation, pendingSecret, origin } = record
  const removable = origin !== 'received'
  const known: [KnownSecret | null | undefined, string][] = [
    [clientSecret, 'The one that is handed over; the contact center stops working with Teams.'],
    [rotation?.newSecret, 'The new one of a rotation that is under way.'],
    [rotation?.oldSecret, 'The old one of a rotation that is under way.'],
  ]
  const items = known.flatMap(([secret, what]): ListedItem[] =>
    secret
      ? [
          {
            id: SECRET_PREFIX + secret.keyId,
            place: 'tenant',
            kind: 'client-secret',
            name: `Client secret ${secret.hint}…`,
            detail: removable
              ? `${what} Valid until ${secret.endDateTime.slice(0, 10)}.`
              : 'It stays: another installation made it and handed it over.',
            removable,
          },
        ]
      : [],
  )
  const noted = items.filter((one, index) => items.findIndex(({ id }) => id === one.id) === index)
  const pendingNames = [
    pendingSecret?.displayName,
    rotation && !rotation.newSecret ? rotation.displayName : undefined,
  ]
  const pending = pendingNames.flatMap((name): ListedItem[] =>
    name
      ? [
          {
            id: PENDING_PREFIX + name,
            place: 'tenant',
            kind: 'client-secret',
            name: `Client secret “${name}”`,
            detail: 'An interrupted run may have left it. Its value is not known to anybody.',
            removable: true,
          },
        ]
      : [],
  )
  return [...noted, ...pending]
}

/**
 * Names of the permissions that are ours to take back. In an application of our own that is the whole table, since
 * records of earlier versions do not say it one by one; in anybody else's only what was added.
 */
function ownPermissions({ origin, added }: ProvisioningRecord): {
  scopes: string[]
  roles: string[]
} {
  const { scopes, roles } = added
  if (origin !== 'made') return { scopes, roles }
  const ofTable = (kind: 'delegated' | 'application') =>
    permissionTable.filter((one) => one.kind === kind && !one.optional).map(({ value }) => value)
  return {
    scopes: [...new Set([...ofTable('delegated'), ...scopes])],
    roles: [...new Set([...ofTable('application'), ...roles])],
  }
}

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
