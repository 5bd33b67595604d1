// A PageClient written by hand: the test answers calls, pushes events and cuts the connection.
import type { CallName } from '../../main/contract/calls.ts'
import type { EventName, Events } from '../../main/contract/events.ts'
import type { Reply } from '../../main/contract/protocol.ts'
import {
  createClient,
  type ConnectionStatus,
  type PageClient,
  type Transport,
} from '../../renderer/client.ts'

/** The fake and its strings. */
export interface FakePageClient {
  client: PageClient
  calls: { name: string; input: unknown }[]
  /** Answers a call from now on. */
  answer(name: CallName, reply: (input: unknown) => Reply | Promise<Reply>): void
  push<E extends EventName>(event: E, payload: Events[E]): void
  setStatus(status: ConnectionStatus): void
}

/** A client whose connection is in the given status; calls that nobody answers succeed with nothing. */
export function fakePageClient(status: ConnectionStatus = 'open'): FakePageClient {
  const calls: FakePageClient['calls'] = []
  const answers = new Map<string, (input: unknown) => Reply | Promise<Reply>>()
  const pushListeners = new Set<Parameters<Transport['onPush']>[0]>()
  const statusListeners = new Set<(status: ConnectionStatus) => void>()
  let current = status

  return {
    calls,
    client: createClient({
      async call(name, input) {
        calls.push({ name, input })
        return (await answers.get(name)?.(input)) ?? { ok: true, value: undefined }
      },
      onPush(listener) {
        pushListeners.add(listener)
        return () => pushListeners.delete(listener)
      },
      onStatus(listener) {
        statusListeners.add(listener)
        listener(current)
        return () => statusListeners.delete(listener)
      },
      retryNow: () => undefined,
    }),
    answer: (name, reply) => answers.set(name, reply),
    push(event, payload) {
      for (const listener of pushListeners) listener({ event, payload })
    },
    setStatus(next) {
      current = next
      for (const listener of statusListeners) listener(next)
    },
  }
}

/** Lets everything that is waiting for an answer go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}
