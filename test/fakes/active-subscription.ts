// A subscription that works, and whatever a test makes of it.
import type { Subscription } from '../../main/contract/models/subscription.ts'

/** To all chat messages, unless the change says otherwise. */
export function activeSubscription(change: Partial<Subscription> = {}): Subscription {
  return {
    key: 'chat-messages',
    resource: '/chats/getAllMessages',
    changeTypes: ['created'],
    status: 'active',
    subscriptionId: 's1',
    expirationDateTime: null,
    createdAt: null,
    renewedAt: null,
    lastNotificationAt: null,
    heldBy: null,
    observing: null,
    takenFrom: null,
    remedies: [],
    error: null,
    ...change,
  }
}
