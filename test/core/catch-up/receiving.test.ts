import { expect, test } from 'vitest'
import type { ErrorReport } from '../../../main/contract/errors.ts'
import type { Subscription } from '../../../main/contract/models/subscription.ts'
import { Receiving, TICK_MS, type ReceivingFacts } from '../../../main/core/catch-up/receiving.ts'
import { activeSubscription } from '../../fakes/active-subscription.ts'

const MINUTE = 60_000
const START = Date.parse('2026-03-02T09:00:00.000Z')
const iso = (minute: number) => new Date(START + minute * MINUTE).toISOString()

function subscription(change: Partial<Subscription> = {}): Subscription {
  return activeSubscription({
    ...{ key: 'channel-messages', resource: '/teams/getAllMessages', createdAt: iso(-60) },
    ...change,
  })
}

/** Another server has the place. */
function heldBy(
  host: string,
  status: 'held-elsewhere' | 'observed' = 'held-elsewhere',
): Subscription {
  return subscription({
    ...{ status, subscriptionId: null },
    heldBy: { host, subscriptionId: 'f1', expirationDateTime: '2026-03-09T09:00:00.000Z' },
  })
}

function stage() {
  const receiving = new Receiving()
  const facts: ReceivingFacts = {
    ...{ running: true, paused: false, tunnelUp: true },
    ...{ subscriptions: [subscription()], seenAt: () => 0, takenAt: () => 0 },
  }
  let now = START
  const look = () =>
    receiving.look(facts, now).map((hole) => ({
      since: (hole.since - START) / MINUTE,
      until: (hole.until - START) / MINUTE,
      ...{ reason: hole.reason, areas: hole.areas.length },
    }))
  return {
    ...{ receiving, facts, look },
    now: () => now,
    /** Looks every half minute, as in real life. */
    pass: (minutes: number) => {
      const found = []
      for (const end = now + minutes * MINUTE; now < end;) {
        now += TICK_MS
        found.push(...look())
      }
      return found
    },
    sleep: (minutes: number) => {
      now += minutes * MINUTE
      return look()
    },
  }
}

test('before anything was ever received nothing is missed', () => {
  const { facts, pass, receiving, now } = stage()
  facts.running = false
  expect(pass(60)).toEqual([])
  expect(receiving.openHole(now())).toBeNull()
  facts.running = true
  expect(pass(1)).toEqual([])
})

test('a look that comes hours late was a sleep', () => {
  const { look, pass, sleep } = stage()
  look()
  pass(10)
  expect(sleep(120)).toEqual([{ since: 10, until: 130, reason: 'sleep', areas: 3 }])
})

test('a sleep after which the tunnel comes back slowly is one hole until then', () => {
  const { look, pass, sleep, facts } = stage()
  look()
  pass(10)
  facts.tunnelUp = false
  expect(sleep(120)).toEqual([])
  pass(3)
  facts.tunnelUp = true
  expect(look().map(({ reason, since, until }) => [reason, since, until])).toEqual([
    ['sleep', 10, 133],
    ['tunnel', 10, 133],
  ])
})

test('what could not be stored is a hole until something is stored again', () => {
  const { receiving, look, pass, now } = stage()
  look()
  pass(5)
  receiving.noteNotStored(now())
  pass(10)
  receiving.noteStored()
  expect(look()).toEqual([{ since: 5, until: 15, reason: 'not-stored', areas: 3 }])
})

test('a subscription that Microsoft removed, or that was simply gone, leaves a hole of its own', () => {
  const { receiving, facts, look, pass, now } = stage()
  look()
  facts.seenAt = () => START + 20 * MINUTE
  pass(30)
  receiving.noteLifecycle({ subscriptionId: 's1', lifecycleEvent: 'subscriptionRemoved' }, now())
  facts.subscriptions = [subscription({ subscriptionId: null, status: 'creating' })]
  pass(2)
  facts.subscriptions = [subscription({ subscriptionId: 's2', createdAt: iso(32) })]
  facts.seenAt = () => 0
  expect(look()).toEqual([{ since: 20, until: 32, reason: 'subscription-removed', areas: 1 }])
  pass(60)
  facts.subscriptions = [subscription({ subscriptionId: 's3', createdAt: iso(92) })]
  expect(look()).toEqual([{ since: 32, until: 92, reason: 'subscription-gone', areas: 1 }])
})

test('what another server received meanwhile is not missed', () => {
  const { facts, look, pass } = stage()
  look()
  facts.subscriptions = [subscription({ status: 'held-elsewhere', subscriptionId: null })]
  pass(60)
  facts.subscriptions = [subscription({ subscriptionId: 's2', createdAt: iso(60) })]
  expect(look()).toEqual([])
})

test('a place that nobody has is a hole, from when the other server was last seen until ours lives', () => {
  const { facts, pass } = stage()
  pass(1)
  facts.subscriptions = [heldBy('emi.vendor.example')]
  pass(9)
  for (const status of ['creating', 'refused', 'failed'] as const) {
    facts.subscriptions = [subscription({ status, subscriptionId: null })]
    expect(pass(10)).toEqual([])
  }
  facts.subscriptions = [subscription({ subscriptionId: 's2', createdAt: iso(40) })]
  // One look further back: Graph's list is asked each minute only.
  expect(pass(1)).toEqual([{ since: 9, until: 40.5, reason: 'place-free', areas: 1 }])
  expect(pass(10)).toEqual([])
})

test('a place that we take from another server was its until that moment', () => {
  const { facts, look, pass, now } = stage()
  pass(1)
  facts.subscriptions = [heldBy('emi.vendor.example')]
  pass(9)
  const takenAt = now()
  facts.takenAt = () => takenAt
  facts.subscriptions = [subscription({ status: 'creating', subscriptionId: null })]
  expect(look()).toEqual([])
  facts.subscriptions = [subscription({ subscriptionId: 's2', createdAt: iso(10) })]
  expect(look()).toEqual([])

  // Where ours cannot be made after it, nobody has the place.
  facts.subscriptions = [heldBy('emi.vendor.example')]
  pass(10)
  const again = now()
  facts.takenAt = () => again
  facts.subscriptions = [subscription({ status: 'refused', subscriptionId: null })]
  pass(10)
  facts.subscriptions = [subscription({ subscriptionId: 's3', createdAt: iso(31) })]
  expect(pass(1)).toEqual([{ since: 20, until: 30.5, reason: 'place-free', areas: 1 }])
})

test('a place that was handed back is nobody’s until the other server has it, also over a restart', () => {
  const { receiving, facts, pass, now } = stage()
  facts.seenAt = () => START
  pass(10)
  const free = { code: 'subscription-place-free' } as ErrorReport
  facts.subscriptions = [subscription({ status: 'observed', subscriptionId: null, error: free })]
  pass(20)
  const later = new Receiving()
  later.load(receiving.record)
  facts.subscriptions = [heldBy('emi.vendor.example', 'observed')]
  const holes = later.look(facts, now() + 5 * MINUTE)
  expect(holes.find(({ reason }) => reason === 'place-free')).toMatchObject({
    since: START,
    until: START + 35 * MINUTE,
  })
  expect(later.record.free).toEqual([])
})

test('a place that we lost, and another server took much later, was nobody’s in between', () => {
  const { facts, pass } = stage()
  facts.seenAt = () => START
  pass(1)
  facts.subscriptions = [subscription({ status: 'refused', subscriptionId: null })]
  pass(19)
  facts.subscriptions = [heldBy('emi.vendor.example')]
  expect(pass(1)).toEqual([{ since: 0, until: 20.5, reason: 'place-free', areas: 1 }])
})

test('nothing is nobody’s while it is not looked, nor where another server follows at once', () => {
  const { facts, pass } = stage()
  pass(1)
  facts.subscriptions = [heldBy('emi.vendor.example')]
  pass(9)
  facts.running = false
  facts.subscriptions = [subscription({ status: 'waiting', subscriptionId: null })]
  pass(1)
  facts.running = true
  pass(1)
  facts.subscriptions = [heldBy('third.example')]
  const holes = [...pass(1), ...pass(10)]
  expect(holes.filter(({ reason }) => reason === 'place-free')).toEqual([])
})

test('a reauthorization that came too late leaves a hole; one in time does not', () => {
  const { receiving, facts, look, pass, now } = stage()
  look()
  pass(10)
  receiving.noteLifecycle(
    { subscriptionId: 's1', lifecycleEvent: 'reauthorizationRequired' },
    now(),
  )
  facts.subscriptions = [subscription({ renewedAt: iso(11) })]
  expect(pass(5)).toEqual([])
  receiving.noteLifecycle(
    { subscriptionId: 's1', lifecycleEvent: 'reauthorizationRequired' },
    now(),
  )
  expect(pass(60)).toEqual([])
  facts.subscriptions = [subscription({ renewedAt: iso(75) })]
  expect(look()).toEqual([{ since: 15, until: 75, reason: 'reauthorization', areas: 1 }])
})

test('“missed” is a hole of the last day', () => {
  const { receiving, look, now } = stage()
  look()
  receiving.noteLifecycle({ subscriptionId: 's1', lifecycleEvent: 'missed' }, now())
  expect(look()).toEqual([{ since: -1_440, until: 0, reason: 'missed', areas: 1 }])
})

test('what an earlier run left tells since when nothing was received', () => {
  const { facts, look } = stage()
  const later = new Receiving()
  later.load({
    receivingAt: iso(-90),
    subscriptions: [{ key: 'channel-messages', subscriptionId: 's0', aliveAt: iso(-100) }],
  })
  expect(look()).toEqual([])
  const holes = later.look(facts, START)
  expect(holes.map(({ reason }) => reason)).toEqual(['not-running', 'subscription-gone'])
  expect(holes[0]).toMatchObject({ since: Date.parse(iso(-90)), until: START })
})
