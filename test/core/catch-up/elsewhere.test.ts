// What another server received: noted since when and until when, and never delivered a second time by itself.
import { expect, test } from 'vitest'
import type { Subscription } from '../../../main/contract/models/subscription.ts'
import { gapTrouble } from '../../../main/core/chain-troubles.ts'
import { activeSubscription } from '../../fakes/active-subscription.ts'
import { createRig, HOUR, MINUTE, type Rig } from './rig.ts'

const HOST = 'emi.vendor.example'

const ours = (subscriptionId = 's1'): Subscription => activeSubscription({ subscriptionId })
const theirs = (status: 'held-elsewhere' | 'observed', host = HOST): Subscription =>
  activeSubscription({
    ...{ status, subscriptionId: null },
    heldBy: { host, subscriptionId: 'f1', expirationDateTime: '2026-03-09T09:00:00.000Z' },
  })
const channels = activeSubscription({ key: 'channel-messages', subscriptionId: 's2' })

/** Everything is ours, for ten minutes. */
async function stage(options: Parameters<typeof createRig>[0] = {}) {
  const rig = createRig(options)
  rig.teams.people = { ada: ['19:a'] }
  rig.facts.seenAt = () => rig.now()
  rig.facts.subscriptions = [ours(), channels]
  await rig.start()
  await rig.inbox.add([
    rig.notification(`chats('19:a')/messages('1')`),
    rig.notification(`teams('t')/channels('19:c')/messages('2')`),
  ])
  await rig.clock.advance(10 * MINUTE)
  return rig
}

/** The place of the messages in chats is now so. */
async function turn(rig: Rig, subscription: Subscription) {
  rig.facts.subscriptions = [subscription, channels]
  rig.catchUp.look()
  await rig.clock.advance(0)
}

test('what went to another server is noted with its times, and read neither after Take over nor on “Check now”', async () => {
  const rig = await stage()
  const since = rig.clock.now().toISOString()
  await rig.clock.advance(MINUTE / 4)
  await turn(rig, theirs('held-elsewhere'))
  expect(rig.gap()).toMatchObject({ phase: 'elsewhere', until: null, endedAt: null })
  for (let hour = 0; hour < 3; hour += 1) {
    rig.say('chat:19:a')
    await rig.clock.advance(HOUR)
  }
  await turn(rig, theirs('observed'))
  await rig.clock.advance(HOUR / 2)
  rig.say('chat:19:a')
  await rig.clock.advance(MINUTE)
  await turn(rig, ours('s3'))
  const until = rig.clock.now().toISOString()
  rig.catchUp.checkNow()
  await rig.clock.advance(2 * HOUR)
  expect(rig.recovered()).toEqual([])
  const state = rig.catchUp.state()
  expect(state.entries).toHaveLength(1)
  expect(state.entries[0]).toMatchObject({
    ...{ since, until, reasons: ['held-elsewhere'], phase: 'elsewhere' },
    elsewhere: { host: HOST, key: 'chat-messages' },
  })
  // Nothing was lost as far as anybody knows, so nobody is called and the light stays as it is.
  expect([rig.alerts, rig.missed()]).toEqual([[], 0])
  expect(gapTrouble({ gaps: state, now: rig.clock.now() })).toBeNull()
})

test('a person may have it read after all, once it is over', async () => {
  const rig = await stage()
  await turn(rig, theirs('held-elsewhere'))
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  await rig.clock.advance(10 * MINUTE)
  const gapId = rig.gap()?.id ?? 0
  expect(() => rig.catchUp.readElsewhere(gapId)).toThrow(
    expect.objectContaining({ code: 'not-found' }),
  )
  await turn(rig, ours('s3'))
  await rig.clock.advance(10 * MINUTE)
  rig.catchUp.readElsewhere(gapId)
  await rig.clock.advance(2 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
  expect(rig.catchUp.state().entries).toMatchObject([
    { id: gapId, phase: 'done', recovered: 1, elsewhere: { host: HOST } },
  ])
  expect(() => rig.catchUp.readElsewhere(gapId)).toThrow(
    expect.objectContaining({ code: 'not-found' }),
  )
})

test('what is missing after Take over is found, without what the other server had', async () => {
  const rig = await stage()
  await turn(rig, theirs('held-elsewhere'))
  await rig.clock.advance(10 * MINUTE)
  rig.say('chat:19:a')
  await rig.clock.advance(10 * MINUTE)
  await turn(rig, ours('s3'))
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  await rig.clock.advance(2 * HOUR)
  expect(rig.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
  expect(rig.gap()).toMatchObject({ reasons: ['silent'], phase: 'done' })
})

test('an outage while another server has a place leaves that place out, also over a restart', async () => {
  const first = await stage()
  await turn(first, theirs('observed'))
  await first.clock.advance(10 * MINUTE)
  await first.catchUp.stop()
  const { clock, database, teams } = first
  await clock.advance(HOUR)
  first.say('chat:19:a')
  const post = first.say('channel:t/19:c')
  await clock.advance(HOUR)
  const rig = createRig({ clock, database, teams })
  // Before the first look at Graph nobody knows who has the place.
  rig.facts.subscriptions = [{ ...theirs('observed'), heldBy: null }, channels]
  await rig.start()
  await turn(rig, theirs('observed'))
  await clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`created teams('t')/channels('19:c')/messages('${post}')`])
  expect(rig.catchUp.state().entries).toMatchObject([
    { reasons: ['not-running'], phase: 'done', recovered: 1 },
    { phase: 'elsewhere', until: null },
  ])
})

test('what nobody received after the other server’s end is read, though not what that server had', async () => {
  const rig = await stage()
  await turn(rig, theirs('held-elsewhere'))
  await rig.clock.advance(10 * MINUTE)
  rig.say('chat:19:a')
  await rig.clock.advance(10 * MINUTE)
  await turn(rig, { ...ours(), status: 'refused', subscriptionId: null })
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  await rig.clock.advance(10 * MINUTE)
  await turn(rig, ours('s3'))
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
  expect(rig.catchUp.state().entries).toMatchObject([
    { reasons: ['place-free'], phase: 'done', recovered: 1, elsewhere: null },
    { phase: 'elsewhere', elsewhere: { host: HOST } },
  ])
})

test('a place that turns out free after an outage was nobody’s for all that is known, so it is read', async () => {
  const first = await stage()
  await turn(first, theirs('observed'))
  await first.clock.advance(10 * MINUTE)
  const lastSeen = first.clock.now().toISOString()
  await first.catchUp.stop()
  const { clock, database, teams } = first
  await clock.advance(HOUR)
  const id = first.say('chat:19:a')
  await clock.advance(HOUR)
  const rig = createRig({ clock, database, teams })
  rig.facts.subscriptions = [{ ...theirs('observed'), heldBy: null }, channels]
  await rig.start()
  await turn(rig, ours('s3'))
  await clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
  expect(rig.catchUp.state().entries.at(-1)).toMatchObject({ phase: 'elsewhere', until: lastSeen })
})

test('each server has its own entry, and what ours did long before counts for none', async () => {
  const rig = await stage()
  // Graph did not answer for a while: who had the place then is not known.
  const last = rig.now()
  rig.facts.seenAt = () => last
  await rig.clock.advance(HOUR)
  await turn(rig, theirs('held-elsewhere'))
  const seen = rig.clock.now().toISOString()
  await rig.clock.advance(10 * MINUTE)
  await turn(rig, theirs('held-elsewhere', 'third.example'))
  expect(rig.catchUp.state().entries).toMatchObject([
    { since: rig.clock.now().toISOString(), until: null, elsewhere: { host: 'third.example' } },
    { since: seen, until: rig.clock.now().toISOString(), elsewhere: { host: HOST } },
  ])
})
