// The items of a post that their clientState proves, and what the inbox stores of them.
import type { SubscriptionKey } from '../../contract/models/subscription.ts'
import type { NewDelivery } from '../ports/stored.ts'
import type { ClientStates } from './client-states.ts'
import type { ChangeNotification, Claimed, LifecycleNotification } from './notifications.ts'

export interface Proven<T> {
  key: SubscriptionKey
  notification: T
}

/** What all items of one post share. */
export interface PostFacts {
  receivedAt: string
  headers: Record<string, string>
  /** Absent where no item has content, or nobody can prove it. */
  sealedTokens?: string | undefined
}

/** Splits items into those that their clientState proves, and the number of the others. */
export function prove<T extends { subscriptionId: string }>(
  items: Claimed<T>[],
  clientStates: ClientStates,
): { proven: Proven<T>[]; refused: number } {
  const proven: Proven<T>[] = []
  for (const { notification, clientState } of items) {
    const key = clientStates.match({ subscriptionId: notification.subscriptionId, clientState })
    if (key) proven.push({ key, notification })
  }
  return { proven, refused: items.length - proven.length }
}

/** Field by field: what is copied as a whole costs a post more than being read. */
export function changeDelivery(
  { key, notification: item }: Proven<ChangeNotification>,
  { receivedAt, headers, sealedTokens }: PostFacts,
): NewDelivery {
  const delivery: NewDelivery = {
    receivedAt,
    kind: 'changeNotification',
    subscriptionKey: key,
    subscriptionId: item.subscriptionId,
    tenantId: item.tenantId,
    changeType: item.changeType,
    resource: item.resource,
    resourceId: item.resourceId,
    rich: item.rich,
    itemJson: item.itemJson,
    headers,
    identity: item.identity,
  }
  if (item.rich && sealedTokens !== undefined) {
    delivery.content = { sealedTokens, certificateId: item.certificateId }
  }
  return delivery
}

/** A test that this program has sent itself belongs to no subscription of ours. */
export function testDelivery(
  { certificateId: _, ...rest }: ChangeNotification,
  { receivedAt, headers }: PostFacts,
): NewDelivery {
  return {
    ...{ receivedAt, kind: 'changeNotification', subscriptionKey: null, headers },
    ...{ ...rest, rich: false, origin: 'test' },
  }
}

export function lifecycleDelivery(
  { key, notification: { lifecycleEvent, ...rest } }: Proven<LifecycleNotification>,
  { receivedAt, headers }: PostFacts,
): NewDelivery {
  return {
    ...{ receivedAt, kind: 'lifecycleNotification', subscriptionKey: key, headers },
    ...{ changeType: lifecycleEvent, resource: '', resourceId: null, rich: false },
    ...rest,
  }
}
