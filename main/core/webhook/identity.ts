// What tells a notification that Graph sent again from one of a new change.

/** What came into being once and never again: chats and messages keep their ids for good. Members do not. */
const BORN_ONCE = /(?:^|\/)(?:chats|messages|replies)(?:\/[^/()]+|\('[^/]*'\))$/i

/**
 * The identity of a change, if the item has one. Graph promises neither order nor exactly-once, and sends again what
 * was answered late: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 * Items without a version must stay apart, however equal they look: “chat updated” and a presence that went
 * Available, Busy, Available come as the same JSON for different changes. There a repeat costs less than a loss.
 */
export function identityOf(change: {
  subscriptionId: string
  changeType: string
  resource: string
  /** What differs from change to change of the resource; null when the item carries nothing that does. */
  version: string | null
}): string | undefined {
  const { subscriptionId, changeType, resource } = change
  if (resource === '') return undefined
  const isBirth = changeType === 'created' && BORN_ONCE.test(resource)
  const version = change.version ?? (isBirth ? '' : null)
  if (version === null) return undefined
  return JSON.stringify([subscriptionId, changeType, resource, version])
}
