// The list of the clean exit: what is in the tenant and on this machine, and what has to go before what.
import type { Mode } from '../contract/models/connection.ts'
import type { RemovalItem, RemovalKind } from '../contract/models/removal.ts'
import { type FormerApplication, formerItems } from './entra/former-applications.ts'
import type { LeftBehind } from './entra/left-behind.ts'
import { leftItems } from './entra/left-behind-items.ts'
import type { ProvisioningRecord } from './entra/provisioning-record.ts'
import { type ListedItem, tenantItems } from './entra/tenant-items.ts'
import type { SubscriptionRecord } from './subscription/records.ts'
import { subjectOf } from './subscription/wanted.ts'

export interface RemovalFacts {
  record: ProvisioningRecord | null
  /** Made by EMI Tray and no longer in use. */
  former: FormerApplication[]
  /** Added by EMI Tray to applications, and no longer in use. */
  left: LeftBehind[]
  subscriptions: SubscriptionRecord[]
  deliveries: number
  auditEntries: number
  dataFolder: string
  mode: Mode
  now: Date
}

/** Everything that EMI Tray made, in the order in which it is removed. */
export function removalItems(facts: RemovalFacts): RemovalItem[] {
  const { record, former, subscriptions } = facts
  const tenant = record ? tenantItems(record) : []
  const listed = [
    ...(tenant.length > 0 || subscriptions.length > 0 ? [subscriptionsItem(subscriptions)] : []),
    ...tenant,
    ...formerItems(former),
    ...leftItems(facts),
    ...localItems(facts),
  ]
  return listed.map((item) => ({ ...item, state: 'listed', error: null }))
}

function subscriptionsItem(subscriptions: SubscriptionRecord[]): ListedItem {
  const subjects = subscriptions.map(({ key }) => subjectOf(key)).join(', ')
  return {
    id: 'subscriptions',
    place: 'tenant',
    kind: 'subscriptions',
    name: 'Subscriptions',
    detail: `${
      subjects === '' ? 'None is noted; Microsoft is asked.' : `For ${subjects}.`
    } Those of other servers stay. What cannot be deleted ends by itself within three days.`,
    removable: true,
  }
}

function localItems(facts: RemovalFacts): ListedItem[] {
  const { deliveries, auditEntries, dataFolder, mode } = facts
  const item = (kind: RemovalKind, name: string, detail: string): ListedItem => ({
    id: kind,
    place: 'this-machine',
    kind,
    name,
    detail,
    removable: true,
  })
  return [
    item('inbox', 'Stored notifications', `${deliveries} in ${mode}/emi.sqlite in ${dataFolder}.`),
    item(
      'records',
      'Records and audit trail',
      `What EMI Tray noted about the set-up, and ${auditEntries} lines of the audit trail, in ${mode}/emi.sqlite. Export the audit trail first if anybody may ask for it: it goes too.`,
    ),
    item(
      'vault',
      'Saved secrets',
      'The client secret, the sign-in, the key of the ssh tunnel and what proves that notifications are yours, in vault.json.',
    ),
    item(
      'settings',
      'Settings of this connection',
      'Back to those of a fresh installation, in settings.json.',
    ),
    item(
      'logs-and-keys',
      'Log files and keys',
      `emi-tray.log and its older copies. Once no connection keeps a secret any more, vault.json too, and its entry “EMI Tray” in the keychain of this machine. The folder ${dataFolder} itself remains; delete it after you have quit EMI Tray.`,
    ),
  ]
}

/** True for what is left of applications that are no longer in use. */
export function isOutOfUse({ kind }: Pick<RemovalItem, 'kind'>): boolean {
  return kind === 'former-application' || kind === 'left-behind'
}

/** True where `item` must not be removed while `other`, chosen too, is still there. */
export function isBlockedBy(item: RemovalItem, other: RemovalItem): boolean {
  if (item.place === 'tenant') {
    // Deleting subscriptions takes the application, its secret and its permissions.
    return other.kind === 'subscriptions' && item.kind !== 'subscriptions' && !isOutOfUse(item)
  }
  switch (item.kind) {
    case 'records':
    case 'vault':
    case 'settings':
      // They say what is in the tenant, and open it.
      return other.place === 'tenant'
    case 'logs-and-keys':
      return other.kind === 'vault'
    default:
      return false
  }
}
