// Content with a fake clock, names in memory and a Graph that a test scripts.
import type { Delivery, DeliveryNames } from '../../../main/contract/models/delivery.ts'
import { Content } from '../../../main/core/content/content.ts'
import type { NameStore } from '../../../main/core/content/names.ts'
import { GraphError } from '../../../main/core/entra/graph-client.ts'
import { RateGate } from '../../../main/core/rate-gate.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

export const CHAT = '19:billing@thread.v2'
export const ELLA = 'c41f7d68-0e9b-4a37-b6d2-93e5f1a80b03'
export const MESSAGE_PATH = `/chats/${encodeURIComponent(CHAT)}/messages/1`

export function refusal(status: number, retryAfterSeconds: number | null = null): GraphError {
  const codes = { 404: 'graph-not-found', 403: 'graph-forbidden', 429: 'graph-throttled' } as const
  const code = status in codes ? codes[status as keyof typeof codes] : 'graph-unavailable'
  return new GraphError(code, { message: 'No.', nextStep: 'Wait.' }, { status, retryAfterSeconds })
}

/** A message as Graph sends one. */
export function graphMessage(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '1',
    messageType: 'message',
    createdDateTime: '2026-03-02T08:59:00.000Z',
    importance: 'normal',
    from: { user: { id: ELLA, displayName: 'Ella Brandt', userIdentityType: 'aadUser' } },
    body: { contentType: 'text', content: 'Order 48213 was charged twice.' },
    attachments: [],
    mentions: [],
    ...change,
  }
}

let ids = 0

export function delivery(change: Partial<Delivery> = {}): Delivery {
  ids += 1
  return {
    id: ids,
    receivedAt: '2026-03-02T09:00:00.000Z',
    kind: 'changeNotification',
    subscriptionKey: 'chat-messages',
    subscriptionId: 'sub-1',
    tenantId: 'tenant-1',
    changeType: 'created',
    resource: `chats('${CHAT}')/messages('1')`,
    resourceId: '1',
    rich: false,
    origin: 'graph',
    senderId: null,
    ...change,
  }
}

export function createRig(options: { baseUrl?: string | null } = {}) {
  const clock = new FakeClock()
  const log = memoryLog(clock)
  /** What Graph has, by path without its query. */
  const graph = new Map<string, unknown>()
  const asked: string[] = []
  const kept = new Map<string, { key: string; name: string; at: string }>()
  const senders = new Map<number, string>()
  const named: DeliveryNames[] = []
  let rich: (delivery: Delivery) => Promise<unknown> = () => Promise.resolve(null)
  const answer = <T>(path: string): Promise<T> => {
    asked.push(path)
    const found = graph.get(path)
    if (found instanceof Error) return Promise.reject(found)
    return found === undefined ? Promise.reject(refusal(404)) : Promise.resolve(found as T)
  }
  const database: NameStore = {
    noteSenders: (list) => {
      for (const { deliveryId, senderId } of list) senders.set(deliveryId, senderId)
      return Promise.resolve()
    },
    readNames: (keys) => Promise.resolve(keys.flatMap((key) => kept.get(key) ?? [])),
    writeNames: (names) => {
      for (const name of names) kept.set(name.key, name)
      return Promise.resolve()
    },
  }
  const content = new Content({
    gate: new RateGate(clock),
    graph: { get: answer, getBytes: answer },
    ...{ database, clock, log, secrets: new MemorySecrets(), random: seededRandom() },
    cloud: {
      id: 'global',
      displayName: 'Global',
      loginHost: 'https://login.microsoftonline.com',
      graphHost: 'https://graph.microsoft.com',
    },
    richContent: (item) => rich(item),
    baseUrl: () => options.baseUrl ?? null,
    onNamed: (list) => named.push(...list),
  })
  return {
    ...{ content, clock, log, graph, asked, kept, senders, named },
    setRich: (read: typeof rich) => (rich = read),
  }
}
