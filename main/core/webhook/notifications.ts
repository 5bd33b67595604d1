// Posted JSON → changeNotifications and lifecycleNotifications, each apart from the clientState it came with.
import * as v from 'valibot'

/** One change, as Graph tells of it. https://learn.microsoft.com/graph/api/resources/changenotification */
export interface ChangeNotification {
  subscriptionId: string
  tenantId: string
  /** In lower case: Teams also sends “Created”. */
  changeType: string
  resource: string
  resourceId: string | null
  /** True when the content came encrypted. */
  rich: boolean
  /** The item as it came, as JSON, without its clientState. */
  itemJson: string
}

/** What Graph tells about a subscription itself. https://learn.microsoft.com/graph/change-notifications-lifecycle-events */
export interface LifecycleNotification {
  subscriptionId: string
  tenantId: string
  lifecycleEvent: string
  itemJson: string
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
      /** Items that have not even the shape of a notification. */
      unreadable: number
    }
  | { kind: 'unreadable' }

const optionalText = v.nullish(v.string())

const envelopeSchema = v.looseObject({ value: v.array(v.unknown()) })

/** Only what we use is checked; unknown fields are kept, since Graph adds new ones. */
const itemSchema = v.looseObject({
  subscriptionId: v.pipe(v.string(), v.minLength(1)),
  clientState: optionalText,
  tenantId: optionalText,
  // Presence names the tenant a second time, as organizationId.
  organizationId: optionalText,
  changeType: optionalText,
  lifecycleEvent: optionalText,
  resource: optionalText,
  resourceData: v.nullish(v.looseObject({ id: optionalText })),
  encryptedContent: v.optional(v.unknown()),
  // Printed so by the pages on chats and members.
  EncryptedContent: v.optional(v.unknown()),
})

type Item = v.InferOutput<typeof itemSchema>

/** Reads one posted body. One post may mix subscriptions, tenants and both kinds of items. */
export function parseNotifications(body: unknown): Posted {
  const envelope = v.safeParse(envelopeSchema, body)
  if (!envelope.success) return { kind: 'unreadable' }
  const changeNotifications: Claimed<ChangeNotification>[] = []
  const lifecycleNotifications: Claimed<LifecycleNotification>[] = []
  let unreadable = 0
  for (const value of envelope.output.value) {
    const parsed = v.safeParse(itemSchema, value)
    if (!parsed.success) {
      unreadable += 1
      continue
    }
    const item = parsed.output
    const clientState = item.clientState ?? null
    if (item.lifecycleEvent) {
      const notification = { ...common(item), lifecycleEvent: item.lifecycleEvent }
      lifecycleNotifications.push({ notification, clientState })
    } else {
      changeNotifications.push({ notification: changeNotification(item), clientState })
    }
  }
  return { kind: 'notifications', changeNotifications, lifecycleNotifications, unreadable }
}

function changeNotification(item: Item): ChangeNotification {
  return {
    ...common(item),
    changeType: (item.changeType ?? '').toLowerCase(),
    resource: item.resource ?? '',
    resourceId: item.resourceData?.id ?? null,
    rich: isPresent(item.encryptedContent) || isPresent(item.EncryptedContent),
  }
}

function common(item: Item): Pick<ChangeNotification, 'subscriptionId' | 'tenantId' | 'itemJson'> {
  return {
    subscriptionId: item.subscriptionId,
    tenantId: item.tenantId ?? item.organizationId ?? '',
    itemJson: JSON.stringify(item, withoutProofs),
  }
}

/** What proves a notification is never stored: it would let a reader of the inbox forge more of them. */
function withoutProofs(name: string, value: unknown): unknown {
  return ['clientstate', 'validationtokens'].includes(name.toLowerCase()) ? undefined : value
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}
