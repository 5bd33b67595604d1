// The list of what EMI Tray left in applications that it no longer uses, and the removal of one thing of it.
import { AppError } from '../app-error.ts'
import type { EntraContext } from './context.ts'
import { type FormerApplication, readFormerApplications } from './former-applications.ts'
import {
  changeLeft,
  isSameSecret,
  type LeftBehind,
  type LeftSecret,
  readLeftBehind,
  secretsOf,
} from './left-behind.ts'
import {
  emptyRecord,
  type ProvisioningRecord,
  readProvisioningRecord,
} from './provisioning-record.ts'
import { removeFromTenant } from './removal-steps.ts'
import { takeSecret } from './take-away.ts'
import { type ListedItem, PENDING_PREFIX, SECRET_PREFIX, tenantItems } from './tenant-items.ts'
import { readApplicationOf, requireSameTenant } from './tenant-reading.ts'

/** What the id of such an item begins with; the application's object id and what it is follow. */
const LEFT_PREFIX = 'left:'
const ADDED = 'EMI Tray added it and then changed to another application.'

export interface LeftFacts {
  left: LeftBehind[]
  record: ProvisioningRecord | null
  /** Those that are offered as a whole. */
  former: FormerApplication[]
  now: Date
}

interface Part {
  item: ListedItem
  left: LeftBehind
  /** Null for what was added beside secrets. */
  secret: LeftSecret | null
  /** The item of the same kind of an application in use. */
  ofTenant: ListedItem | null
}

/** The list of it for a person. What works no more, and what is in use again, is no part of it. */
export function leftItems(facts: LeftFacts): ListedItem[] {
  return partsOf(facts).map(({ item }) => item)
}

/**
 * Removes what an item of the list stands for, and nothing else; that it is gone already is fine. Throws AppError
 * not-found where it has come into use again since, wrong-tenant, admin-role-missing, GraphError and others.
 */
export async function removeLeft(context: EntraContext, itemId: string): Promise<void> {
  const { database, clock } = context
  const record = await readProvisioningRecord(database)
  const left = await readLeftBehind(database)
  const former = await readFormerApplications(database, record)
  const parts = partsOf({ left, record, former, now: clock.now() })
  const part = parts.find(({ item }) => item.id === itemId)
  if (!part) {
    if (!record || !itemId.startsWith(idOf(record))) return
    throw new AppError('not-found', {
      message:
        'Since the list was made, it has come into use again or is gone, so nothing was removed.',
      nextStep: 'List again and choose from what it shows.',
    })
  }
  requireSameTenant(context, part.left)
  const { applicationObjectId } = part.left
  const { secret } = part
  if (secret) {
    await takeLeftSecret(context, { ...part, secret, record })
    await changeLeft(database, applicationObjectId, (one) => ({
      ...one,
      secrets: one.secrets.filter((other) => !isSameSecret(other, secret)),
    }))
  } else if (part.ofTenant) {
    await removeFromTenant(context, asRecord(part.left), {
      item: part.ofTenant,
      save: ({ added, servicePrincipalId }) =>
        changeLeft(database, applicationObjectId, (one) => ({
          ...one,
          added: added ?? one.added,
          servicePrincipalId: servicePrincipalId ?? one.servicePrincipalId,
        })),
    })
  }
}

/** Ends one secret by its id. Where only its name is known, the ids that carry it are looked up. */
async function takeLeftSecret(
  context: EntraContext,
  {
    left,
    secret,
    record,
  }: { left: LeftBehind; secret: LeftSecret; record: ProvisioningRecord | null },
): Promise<void> {
  if (secret.keyId !== null) {
    await takeSecret(context, left, secret.keyId)
    return
  }
  const inUse = usedSecrets(left, record)
  const application = await readApplicationOf(context, left)
  for (const { keyId, displayName } of application?.passwordCredentials ?? []) {
    const isInUse = inUse.some((one) => one.keyId === keyId)
    if (displayName === secret.displayName && !isInUse) await takeSecret(context, left, keyId)
  }
}

function partsOf({ left, record, former, now }: LeftFacts): Part[] {
  return left.flatMap((one) => {
    const { applicationObjectId } = one
    // With the whole application everything in it goes.
    if (former.some((other) => other.applicationObjectId === applicationObjectId)) return []
    const isInUse = isUsed(one, record)
    const inUse = usedSecrets(one, record)
    const secrets = one.secrets
      .filter(({ endDateTime }) => endDateTime === '' || Date.parse(endDateTime) > now.getTime())
      .filter((secret) => !inUse.some((other) => isSameSecret(other, secret)))
      .map((secret) => ({ ...secretPart(one, { secret, isInUse }), left: one, secret }))
    const added = isInUse ? [] : tenantItems(asRecord(one)).filter(({ removable }) => removable)
    return [
      ...added.map((item) => ({ ...addedPart(one, item), left: one, secret: null })),
      ...secrets,
    ]
  })
}

function secretPart(
  left: LeftBehind,
  { secret, isInUse }: { secret: LeftSecret; isInUse: boolean },
): Pick<Part, 'item' | 'ofTenant'> {
  const { keyId, displayName, hint, endDateTime } = secret
  const until =
    endDateTime === ''
      ? 'It may still work.'
      : `It works until ${endDateTime.slice(0, 10)}, unless somebody removed it there.`
  const why = isInUse ? 'EMI Tray made it and uses another one by now.' : ADDED
  const known = keyId === null ? '' : ` Secret ID ${keyId}.`
  return {
    item: {
      id: `${idOf(left)}${keyId === null ? PENDING_PREFIX + displayName : SECRET_PREFIX + keyId}`,
      place: 'tenant',
      kind: 'left-behind',
      name: `Client secret ${hint === '' ? `“${displayName}”` : `${hint}…`} in ${nameOf(left)}`,
      detail: `${why} ${until}${known} ${whereOf(left)}`,
      removable: true,
    },
    ofTenant: null,
  }
}

function addedPart(left: LeftBehind, item: ListedItem): Pick<Part, 'item' | 'ofTenant'> {
  return {
    item: {
      ...item,
      id: idOf(left) + item.id,
      kind: 'left-behind',
      name: `${item.name}, left in ${nameOf(left)}`,
      detail: `${item.detail.replace(/\.$/, '')}. ${ADDED} ${whereOf(left)}`,
    },
    ofTenant: item,
  }
}

function idOf({ applicationObjectId }: Pick<LeftBehind, 'applicationObjectId'>): string {
  return `${LEFT_PREFIX}${applicationObjectId}:`
}

function nameOf({ displayName }: LeftBehind): string {
  return displayName || 'an application without a name'
}

function whereOf({ appId, applicationObjectId, tenantDisplayName }: LeftBehind): string {
  const which = appId === '' ? `Object ID ${applicationObjectId}` : `Client ID ${appId}`
  return `${which}, in ${tenantDisplayName}.`
}

function isUsed(left: LeftBehind, record: ProvisioningRecord | null): record is ProvisioningRecord {
  return record?.applicationObjectId === left.applicationObjectId
}

function usedSecrets(left: LeftBehind, record: ProvisioningRecord | null): LeftSecret[] {
  return isUsed(left, record) ? secretsOf(record) : []
}

/** As if it were in use: what is removed from there is removed in the same way. */
function asRecord(left: LeftBehind): ProvisioningRecord {
  const { secrets: _, ...known } = left
  return {
    ...emptyRecord({ tenantId: left.tenantId, uniqueName: '', origin: 'adopted' }),
    ...known,
  }
}
