// The single values that inputs are made of, and what is allowed in them.
import * as v from 'valibot'
import type { SubscriptionKey } from './models/subscription.ts'

export const shortText = v.pipe(v.string(), v.trim(), v.maxLength(300))

export const guid = v.pipe(v.string(), v.trim(), v.toLowerCase(), v.uuid('must be a GUID'))

export const filePath = v.pipe(v.string(), v.trim(), v.maxLength(4096))

export const ids = v.pipe(v.array(v.pipe(shortText, v.minLength(1))), v.maxLength(500))

export const subscriptionKey = v.custom<SubscriptionKey>(
  (value) =>
    typeof value === 'string' &&
    value.length < 400 &&
    /^(chats|chat-messages|channel-messages|presence|user:.+)$/.test(value),
  'must name a subscription',
)

export const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

export const host = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[A-Za-z0-9._:-]*$/, 'must be a host name'),
  v.maxLength(253),
)
