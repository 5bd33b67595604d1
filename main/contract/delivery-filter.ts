// The parser of what stored notifications are searched for, from a page or from the command line.
import * as v from 'valibot'

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(500))

const time = v.pipe(
  v.string(),
  v.trim(),
  v.check((value) => !Number.isNaN(Date.parse(value)), 'must be a time, such as 2026-03-02T09:00Z'),
  v.transform((value) => new Date(value).toISOString()),
)

/** The fields of DeliveryFilter; times become ISO 8601 in UTC. */
export const deliveryFilterEntries = {
  from: v.optional(time),
  to: v.optional(time),
  kind: v.optional(v.picklist(['changeNotification', 'lifecycleNotification'])),
  origin: v.optional(v.picklist(['graph', 'catch-up', 'test'])),
  changeType: v.optional(text),
  subscriptionId: v.optional(text),
  place: v.optional(text),
  senderId: v.optional(text),
  handOn: v.optional(v.picklist(['none', 'waiting', 'done', 'dead'])),
  verdict: v.optional(v.picklist(['none', 'waiting', 'valid', 'refused'])),
  text: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500))),
}
