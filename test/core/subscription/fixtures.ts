// Subscriptions over a Graph in memory; `restart` begins anew with what was kept.
import type { ConnectionSettings } from '../../../main/contract/models/settings.ts'
import type { SubscriptionKey } from '../../../main/contract/models/subscription.ts'
import { defaultSettings } from '../../../main/core/settings.ts'
import { Subscriptions } from '../../../main/core/subscription/subscriptions.ts'
import { ClientStates } from '../../../main/core/webhook/client-states.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'
import { MemoryGraph } from './memory-graph.ts'

export const PUBLIC_URL = 'https://emi.customer.example'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export function makeWorld() {
  const clock = new FakeClock()
  const graph = new MemoryGraph(clock)
  const database = new MemoryDatabase()
  const secrets = new MemorySecrets()
  const log = memoryLog(clock)
  const settings: ConnectionSettings = { ...defaultSettings.connections.microsoft }
  /** What subscriptions with content are made with; a test may exchange it. */
  const certificate = { id: 'emi-1', base64: 'Y2VydGlmaWNhdGU=' }
  let seed = 1

  const start = () => {
    const random = seededRandom((seed += 1))
    const clientStates = new ClientStates({ secrets, random })
    const subscriptions = new Subscriptions({
      graph,
      database,
      clientStates,
      settings: () => settings,
      certificate: () => Promise.resolve({ ...certificate }),
      clock,
      random,
      log,
    })
    const one = (key: SubscriptionKey) => {
      const found = subscriptions.list.find((subscription) => subscription.key === key)
      if (!found) throw new Error(`no ${key}`)
      return found
    }
    const statuses = () => subscriptions.list.map(({ status }) => status)
    return { subscriptions, clientStates, one, statuses }
  }
  return { clock, graph, database, secrets, log, settings, certificate, start }
}

/** A world in which all three subscriptions are active and kept. */
export async function makeRunning() {
  const world = makeWorld()
  const app = world.start()
  app.subscriptions.setPublicUrl(PUBLIC_URL)
  app.subscriptions.start()
  await world.clock.advance(0)
  return { ...world, ...app }
}

/** A proven lifecycleNotification. */
export function lifecycle(subscriptionId: string, lifecycleEvent: string) {
  return { subscriptionId, lifecycleEvent, tenantId: 'tenant', itemJson: '{}' }
}
