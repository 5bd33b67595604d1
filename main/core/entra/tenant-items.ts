// What EMI Tray made in the tenant by its record, as a list for a person: each thing with whose it is.
import type { RemovalItem, RemovalKind } from '../../contract/models/removal.ts'
import { permissionTable } from './permissions.ts'
import { isMadeHere, type KnownSecret, type ProvisioningRecord } from './provisioning-record.ts'

/** An item of the list before anything was done with it. */
export type ListedItem = Omit<RemovalItem, 'state' | 'error'>

/** What the id of a client secret begins with; its keyId follows. */
export const SECRET_PREFIX = 'client-secret:'
/** The same of one whose making was interrupted: only its name is known. */
export const PENDING_PREFIX = 'client-secret-named:'

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
  const removable = isMadeHere(record)
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
export function ownPermissions({ origin, added }: ProvisioningRecord): {
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
