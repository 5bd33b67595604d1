// A webhook in memory, for the tests of its parts.
import { NOTIFICATION_PATH } from '../../../main/core/webhook-paths.ts'
import { createEndpoint } from '../../../main/core/webhook/endpoint.ts'
import { ClientStates } from '../../../main/core/webhook/client-states.ts'
import { Inbox } from '../../../main/core/webhook/inbox.ts'
import { LatencyHistogram } from '../../../main/core/webhook/latency.ts'
import type { LifecycleNotification } from '../../../main/core/webhook/notifications.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

export const SUBSCRIPTION_ID = '9f9d1ed0-c9cc-42e7-8d80-a7fc4b0cda3c'
export const TENANT_ID = '84bd8158-6d4d-4958-8b9f-9d6445542f95'

/** An endpoint that knows one subscription, and everything it touches. */
export async function makeWebhook() {
  const clock = new FakeClock()
  const log = memoryLog(clock)
  const database = new MemoryDatabase()
  const secrets = new MemorySecrets()
  const clientStates = new ClientStates({ secrets, random: seededRandom() })
  await clientStates.load([])
  const clientState = await clientStates.create('chat-messages')
  await clientStates.confirm('chat-messages', { clientState, subscriptionId: SUBSCRIPTION_ID })
  const probeKey = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ])
  const inbox = new Inbox({ database, clock, log })
  const lifecycle: LifecycleNotification[] = []
  const refused: { count: number; reason: string }[] = []
  const latency = new LatencyHistogram(clock)
  const handle = createEndpoint({
    inbox,
    clientStates,
    probeKey,
    clock,
    log,
    latency,
    onLifecycle: (items) => lifecycle.push(...items),
    onRefused: (count, reason) => refused.push({ count, reason }),
  })
  return {
    clock,
    log,
    database,
    secrets,
    clientStates,
    clientState,
    probeKey,
    inbox,
    latency,
    lifecycle,
    handle,
    get refused() {
      return refused.reduce((sum, { count }) => sum + count, 0)
    },
  }
}

export type Webhook = Awaited<ReturnType<typeof makeWebhook>>

/** One basic change item, as Graph sends it. */
export function messageItem(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    subscriptionId: SUBSCRIPTION_ID,
    changeType: 'created',
    tenantId: TENANT_ID,
    subscriptionExpirationDateTime: '2026-03-05T09:00:00.0000000Z',
    resource: "chats('19:a@thread.v2')/messages('1612289992105')",
    resourceData: {
      id: '1612289992105',
      '@odata.type': '#Microsoft.Graph.chatMessage',
      '@odata.id': "chats('19:a@thread.v2')/messages('1612289992105')",
    },
    ...given,
  }
}

/** A POST to the webhook; objects go as JSON. */
export function post(body: unknown, path: string = NOTIFICATION_PATH): Request {
  return new Request(`http://localhost${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: isBody(body) ? body : JSON.stringify(body),
  })
}

function isBody(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array
}
