// Posted JSON → changeNotifications and lifecycleNotifications, each apart from the clientState it came with.
import * as v from 'valibot'
import type { NewDelivery } from '../ports/stored.ts'
import { identityOf } from './identity.ts'
import { certificateIdOf } from './rich/encrypted-content.ts'

/** One change, as Graph tells of it. https://learn.microsoft.com/graph/api/resources/changenotification */
export interface ChangeNotification extends Pick<
  NewDelivery,
  'subscriptionId' | 'tenantId' | 'resource' | 'resourceId' | 'rich' | 'itemJson'
> {
  /** In lower case: Teams also sends “Created”. */
  changeType: string
  /** The certificate that the content is encrypted for; empty without any. */
  certificateId: string
  /** Equal for items that tell of one and the same change; undefined where that cannot be told. */
  identity: string | undefined
}

/** What Graph tells about a subscription itself. https://learn.microsoft.com/graph/change-notifications-lifecycle-events */
export interface LifecycleNotification extends Pick<
  NewDelivery,
  'subscriptionId' | 'tenantId' | 'itemJson'
> {
  lifecycleEvent: string
}

/** A parsed item, and the clientState that must prove it; null when it came without one. */
export interface Claimed<T> {
  notification: T
  clientState: string | null
}

export type Posted =
  | {
      kind: 'notifications'
      changeNotifications: Claimed<ChangeNotification>[]
      lifecycleNotifications: Claimed<LifecycleNotification>[]
      /** What proves the content of all items of the post. */
      validationTokens: string[]
      /** Items that have not even the shape of a notification. */
      unreadable: number
    }
  | { kind: 'unreadable' }

/** One for each application and tenant in a post, of some two thousand characters: far more is no proof. */
const tokensSchema = v.pipe(v.array(v.pipe(v.string(), v.maxLength(16_384))), v.maxLength(32))

/** The fields that we use. Unknown ones are kept, since Graph adds new ones. */
interface Item extends Record<string, unknown> {
  subscriptionId: string
  clientState?: string | null | undefined
  tenantId?: string | null
  /** Presence names the tenant a second time. */
  organizationId?: string | null
  changeType?: string | null
  lifecycleEvent?: string | null
  resource?: string | null
  resourceData?: ({ id?: string | null } & Record<string, unknown>) | null
  encryptedContent?: unknown
  /** Printed so by the pages on chats and members. */
  EncryptedContent?: unknown
}

/** Names of what proves a notification, as they stand in JSON. */
const PROOFS = /"(?:clientstate|validationtokens)"/i

/** Reads one posted body. One post may mix subscriptions, tenants and both kinds of items. */
export function parseNotifications(body: unknown): Posted {
  const value = isObject(body) ? body['value'] : undefined
  if (!isObject(body) || !Array.isArray(value)) return { kind: 'unreadable' }
  const changeNotifications: Claimed<ChangeNotification>[] = []
  const lifecycleNotifications: Claimed<LifecycleNotification>[] = []
  let unreadable = 0
  for (const item of value as unknown[]) {
    if (!isItem(item)) {
      unreadable += 1
      continue
    }
    const clientState = item.clientState ?? null
    if (item.lifecycleEvent) {
      lifecycleNotifications.push({ notification: lifecycleNotification(item), clientState })
    } else {
      changeNotifications.push({ notification: changeNotification(item), clientState })
    }
  }
  return {
    kind: 'notifications',
    changeNotifications,
    lifecycleNotifications,
    validationTokens: readTokens(body['validationTokens']),
    unreadable,
  }
}

/** What is no list of tokens proves nothing. */
function readTokens(value: unknown): string[] {
  if (value === undefined) return []
  const tokens = v.safeParse(tokensSchema, value)
  return tokens.success ? tokens.output : []
}

/** By hand: each post waits for this, and a schema takes longer than everything else that is read. */
function isItem(value: unknown): value is Item {
  if (!isObject(value)) return false
  const { subscriptionId, resourceData } = value
  return (
    typeof subscriptionId === 'string' &&
    subscriptionId !== '' &&
    isOptionalText(value['clientState']) &&
    isOptionalText(value['tenantId']) &&
    isOptionalText(value['organizationId']) &&
    isOptionalText(value['changeType']) &&
    isOptionalText(value['lifecycleEvent']) &&
    isOptionalText(value['resource']) &&
    (!isPresent(resourceData) || (isObject(resourceData) && isOptionalText(resourceData['id'])))
  )
}

function isOptionalText(value: unknown): value is string | null | undefined {
  return typeof value === 'string' || !isPresent(value)
}

function changeNotification(item: Item): ChangeNotification {
  const changeType = (item.changeType ?? '').toLowerCase()
  const resource = item.resource ?? ''
  const { subscriptionId } = item
  const identity = identityOf({ subscriptionId, changeType, resource, version: versionOf(item) })
  return {
    subscriptionId,
    tenantId: tenantOf(item),
    changeType,
    resource,
    resourceId: item.resourceData?.id ?? null,
    rich: isPresent(item.encryptedContent) || isPresent(item.EncryptedContent),
    certificateId: certificateIdOf(item.encryptedContent ?? item.EncryptedContent),
    identity,
    itemJson: withoutProofs(item),
  }
}

/**
 * What differs from change to change of the resource. A content is encrypted with a key of its own, so that its
 * signature belongs to this one change.
 */
function versionOf(item: Item): string | null {
  const content = item.encryptedContent ?? item.EncryptedContent
  const found = [
    item.resourceData?.['@odata.etag'],
    item.resourceData?.['lastModifiedDateTime'],
    item['id'],
    isObject(content) ? content['dataSignature'] : null,
    isObject(content) ? content['data'] : null,
  ]
  return found.find((value): value is string => typeof value === 'string' && value !== '') ?? null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function lifecycleNotification(item: Item): LifecycleNotification {
  const { subscriptionId, lifecycleEvent } = item
  return {
    subscriptionId,
    tenantId: tenantOf(item),
    lifecycleEvent: lifecycleEvent ?? '',
    itemJson: withoutProofs(item),
  }
}

function tenantOf({ tenantId, organizationId }: Item): string {
  return tenantId ?? organizationId ?? ''
}

/** What proves a notification is never stored: it would let a reader of the inbox forge more of them. */
function withoutProofs(item: Item): string {
  // Nobody else has the item, and a copy without it would cost more than the rest of this.
  item.clientState = undefined
  const json = JSON.stringify(item)
  // Looking at each name costs more than everything else here, and is hardly ever needed.
  return PROOFS.test(json)
    ? JSON.stringify(item, (name, value: unknown) => (PROOFS.test(`"${name}"`) ? undefined : value))
    : json
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}
