// Catching up that Graph, a clock or a stop interrupts goes on where it was, and tells nothing twice.
import { expect, test } from 'vitest'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { createRig, HOUR, MINUTE, stage } from './rig.ts'

test('429 is waited out; while Graph is away it is tried again, and goes on where it was', async () => {
  const rig = stage()
  await rig.start()
  await rig.goDown(10 * MINUTE)
  rig.say('chat:19:a')
  rig.say('chat:19:b')
  let throttled = 0
  rig.teams.refuse = (path) => {
    if (path.includes('/ada/') && (throttled += 1) === 1) return { status: 429, retryAfter: 7 }
    return path.includes('/ben/') ? { status: 503 } : null
  }
  await rig.outage(MINUTE)
  await rig.clock.advance(10 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'waiting', recovered: 2 })
  expect(rig.gap()?.error).not.toBeNull()
  const asked = rig.teams.asked.filter((path) => path.includes('/ada/')).length
  rig.teams.refuse = () => null
  await rig.clock.advance(30 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'done', recovered: 2, error: null })
  expect(rig.teams.asked.filter((path) => path.includes('/ada/'))).toHaveLength(asked)
})

test('what is tried again later does not wait for a clock that was set back', async () => {
  const rig = stage()
  await rig.start()
  await rig.goDown(10 * MINUTE)
  rig.say('chat:19:a')
  rig.teams.refuse = () => ({ status: 500 })
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'waiting', recovered: 0 })
  rig.teams.refuse = () => null
  rig.clock.jump(-HOUR)
  await rig.clock.advance(20 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'done', recovered: 1 })
})

test('after a kill in the middle the next start goes on, and nothing is told twice', async () => {
  const rig = stage()
  await rig.start()
  await rig.goDown(10 * MINUTE)
  const ids = [rig.say('chat:19:a'), rig.say('chat:19:b')]
  rig.teams.people = { ada: ['19:a'], ben: ['19:b'] }
  rig.teams.refuse = (path) => (path.includes('/ben/') ? { status: 503 } : null)
  await rig.outage(MINUTE)
  await rig.clock.advance(MINUTE)
  // Nobody stops it, and what it held in memory is gone: only what lies in the database stays.
  const clock = new FakeClock(rig.clock.now().toISOString())
  const database = rig.database.copy()
  const { teams } = rig
  teams.refuse = () => null
  const next = createRig({ clock, database, teams })
  await next.start()
  await clock.advance(10 * MINUTE)
  expect(next.recovered()).toEqual([
    `created chats('19:a')/messages('${ids[0]}')`,
    `created chats('19:b')/messages('${ids[1]}')`,
  ])
  expect(next.gap()).toMatchObject({ phase: 'done', recovered: 2 })
})

test('the time when the app was not running is a gap; a restart within a minute is none', async () => {
  const rig = stage()
  await rig.start()
  await rig.clock.advance(HOUR)
  await rig.catchUp.stop()
  await rig.clock.advance(30_000)
  const { clock, database, teams } = rig
  const soon = createRig({ clock, database, teams })
  await soon.start()
  expect(soon.catchUp.state().entries).toEqual([])
  await soon.catchUp.stop()
  await clock.advance(HOUR)
  // Whoever only looks is told what is being missed meanwhile.
  const looking = createRig({ clock, database, teams })
  await looking.catchUp.load()
  expect(looking.gap()).toMatchObject({ phase: 'open', reasons: ['not-running'], until: null })
  const id = soon.say('chat:19:a')
  await clock.advance(HOUR)
  const late = createRig({ clock, database, teams })
  await late.start()
  await clock.advance(5 * MINUTE)
  expect(late.gap()).toMatchObject({ reasons: ['not-running'], phase: 'done', recovered: 1 })
  expect(late.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
})
