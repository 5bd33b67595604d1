// Catching up with a fake clock, a database and Teams in memory, and the real Graph client between them.
import type { Alert } from '../../../main/contract/models/health.ts'
import type { Subscription } from '../../../main/contract/models/subscription.ts'
import { CatchUp } from '../../../main/core/catch-up/catch-up.ts'
import { createGraphClient } from '../../../main/core/entra/graph-client.ts'
import { placeOf } from '../../../main/core/hand-on/resource.ts'
import type { NewDelivery } from '../../../main/core/ports/stored.ts'
import { RateGate } from '../../../main/core/rate-gate.ts'
import { Inbox } from '../../../main/core/webhook/inbox.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, seededRandom } from '../../fakes/memory-ports.ts'
import { memoryTeams, type MemoryTeams } from './memory-teams.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export type Rig = ReturnType<typeof createRig>

/** A CatchUp that is loaded and started with `start`, and everything around it. */
export function createRig(
  options: { clock?: FakeClock; database?: MemoryDatabase; teams?: MemoryTeams } = {},
) {
  const clock = options.clock ?? new FakeClock()
  const database = options.database ?? new MemoryDatabase()
  const teams = options.teams ?? memoryTeams()
  const log = memoryLog(clock)
  const alerts: Alert[] = []
  const withdrawn: string[] = []
  const facts = {
    running: true,
    paused: false,
    tunnelUp: true,
    subscriptions: [] as Subscription[],
    seenAt: () => 0,
    takenAt: () => 0,
  }
  const people: string[] = []
  let missed = 0
  const inbox = new Inbox({
    database,
    clock,
    log,
    handOnLane: ({ resource }) => placeOf(resource) ?? '',
  })
  const graph = createGraphClient({
    cloud: {
      ...{ id: 'global', displayName: '', loginHost: 'https://login.example' },
      graphHost: 'https://graph.example',
    },
    ...{ clock, random: seededRandom(), fetch: teams.fetch },
    getToken: () => Promise.resolve('token'),
  })
  const gate = new RateGate(clock)
  const catchUp = new CatchUp({
    ...{ clock, database, log, graph, gate, placeOf, random: seededRandom() },
    store: (items) => inbox.add(items),
    tenantId: () => 'tenant-1',
    peopleWatched: () => people,
    subscriptionIdOf: () => 'sub-now',
    facts: () => facts,
    raise: (alert) => alerts.push(alert),
    withdraw: (isOver) => withdrawn.push(...alerts.filter(isOver).map(({ title }) => title)),
    onMissed: () => {
      missed += 1
    },
    onChange: () => {},
  })
  const now = () => clock.now().getTime()
  /** The webhook cannot be reached from now on; this much time passes. */
  const goDown = async (ms: number) => {
    facts.tunnelUp = false
    catchUp.look()
    await clock.advance(ms)
  }
  return {
    ...{ catchUp, gate, clock, database, teams, log, alerts, withdrawn, facts, inbox, people, now },
    goDown,
    start: async () => {
      await catchUp.load()
      catchUp.start()
      await clock.advance(0)
    },
    /** The webhook is away for this long. */
    outage: async (ms: number) => {
      await goDown(ms)
      facts.tunnelUp = true
      catchUp.look()
      await clock.advance(0)
    },
    /** Somebody says something; nobody is told. */
    say: (place: string, change: Partial<MemoryTeams['messages'][number]> = {}) => {
      const at = now()
      const id = String(at + teams.messages.length)
      teams.messages.push({ id, place, createdAt: at, modifiedAt: at, ...change })
      return id
    },
    /** What was recovered, as `changeType resource`. */
    recovered: () =>
      database.deliveries
        .filter(({ origin }) => origin === 'catch-up')
        .map(({ changeType, resource }) => `${changeType} ${resource}`),
    /** How often it was told that something was missed. */
    missed: () => missed,
    gap: () => catchUp.state().entries[0],
    notification: (resource: string, change: Partial<NewDelivery> = {}): NewDelivery => ({
      receivedAt: clock.now().toISOString(),
      ...{ kind: 'changeNotification', subscriptionKey: 'chat-messages' },
      ...{ subscriptionId: 'sub-old', tenantId: 'tenant-1', changeType: 'created', resource },
      resourceId: /'([^']*)'\)$/.exec(resource)?.[1] ?? null,
      ...{ rich: false, itemJson: '{}' },
      ...change,
    }),
  }
}

/** A rig with two people and the chats that they are in. */
export function stage(): Rig {
  const rig = createRig()
  rig.teams.people = { ada: ['19:a', '19:b'], ben: ['19:b'] }
  return rig
}
