// A stored notification → the documented event: CloudEvents 1.0 around our own versioned data.
import type { Delivery } from '../../contract/models/delivery.ts'
import type { MessageContent } from '../../contract/models/message.ts'
import { readResource, whereOf, type ResourceIds } from './resource.ts'

/** What an event tells. A change of meaning takes a new version in the type. */
export interface EventData extends ResourceIds {
  tenantId: string
  subscriptionId: string
  /** As Graph names it; appended to https://graph.microsoft.com/v1.0/ it can be read. */
  resource: string
  where: 'chat' | 'channel' | null
  changeType: string
  /** When the webhook received it. */
  receivedAt: string
  /** The resource as Graph sent it along; null where it was not sent, or could not be read. */
  content: unknown
  /** Why content could not be read, as an error code; null otherwise. */
  contentError: string | null
  /** The message in one shape, where sending content along is on; null for what is no message, and where it is off. */
  message: MessageContent | null
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export interface CloudEvent<T = EventData> {
  specversion: '1.0'
  /** The idempotency key: the same for each attempt, also after a restart. */
  id: string
  source: string
  type: string
  subject?: string
  time: string
  datacontenttype: 'application/json'
  data: T
}

export interface TestData {
  message: string
}

const TYPE_PREFIX = 'app.emitray'

/** The event for a notification. Its id depends on the notification alone. */
export function eventOf(
  delivery: Delivery,
  {
    content,
    contentError,
    message = null,
  }: { content: unknown; contentError: string | null; message?: MessageContent | null },
): CloudEvent {
  const { kind, ids } = readResource(delivery.resource)
  const changeType = /^[a-z]+$/.test(delivery.changeType) ? delivery.changeType : 'changed'
  return {
    specversion: '1.0',
    id: eventIdOf(delivery),
    source: `/emi-tray/tenants/${encodeURIComponent(delivery.tenantId)}`,
    type: `${TYPE_PREFIX}.teams.${kind}.${changeType}.v1`,
    ...(delivery.resource ? { subject: delivery.resource.replace(/^\/+/, '') } : {}),
    time: delivery.receivedAt,
    datacontenttype: 'application/json',
    data: {
      tenantId: delivery.tenantId,
      subscriptionId: delivery.subscriptionId,
      resource: delivery.resource,
      where: whereOf(ids),
      ...ids,
      changeType: delivery.changeType,
      receivedAt: delivery.receivedAt,
      content,
      contentError,
      message,
    },
  }
}

/** An event that tells of nothing, to try the way out. */
export function testEvent({ id, at }: { id: string; at: Date }): CloudEvent<TestData> {
  return {
    specversion: '1.0',
    id: `test-${id}`,
    source: '/emi-tray/test',
    type: `${TYPE_PREFIX}.test.v1`,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: { message: 'A test from EMI Tray. It stands for nothing that happened in Teams.' },
  }
}

/**
 * The time belongs to it because a database that starts anew counts from 1 again. No full stop may occur in it, since
 * that ends the id in what is signed. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
function eventIdOf({ id, receivedAt }: Delivery): string {
  return `emi-${Date.parse(receivedAt).toString(36)}-${id}`
}
