// What a subscription is called on the pages.
import type { SubscriptionKey } from '../../../main/contract/models/subscription.ts'
import { t } from '../../texts/texts.ts'

/** By what it tells of; for one person with their name. */
export function subscriptionTitle(key: SubscriptionKey): string {
  return isOfPerson(key)
    ? t.webhook.resourceOfPerson(key.slice('user:'.length))
    : t.webhook.resources[key]
}

function isOfPerson(key: SubscriptionKey): key is `user:${string}` {
  return key.startsWith('user:')
}
