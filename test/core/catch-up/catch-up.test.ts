import { expect, test } from 'vitest'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { memoryTeams } from './memory-teams.ts'
import { createRig, HOUR, MINUTE } from './rig.ts'

const TEAM = 'team-1/19:general@thread.tacv2'

function stage() {
  const rig = createRig()
  rig.teams.people = { ada: ['19:a', '19:b'], ben: ['19:b'] }
  return rig
}

test('what was said during an outage is recovered, oldest first, once, without its text', async () => {
  const rig = stage()
  await rig.start()
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  const ids: string[] = []
  for (const place of ['chat:19:a', 'chat:19:b', 'chat:19:a', 'chat:19:b', 'chat:19:a']) {
    await rig.clock.advance(MINUTE)
    ids.push(rig.say(place))
  }
  expect(rig.gap()).toMatchObject({ phase: 'open', until: null, reasons: ['tunnel'] })
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual(
    ['a', 'b', 'a', 'b', 'a'].map((chat, i) => `created chats('19:${chat}')/messages('${ids[i]}')`),
  )
  expect(rig.gap()).toMatchObject({ phase: 'done', recovered: 5, alreadyThere: 2, lost: [] })
  expect(rig.database.handOn.size).toBe(5)
  const kept = JSON.stringify([rig.database.deliveries, [...rig.database.records], rig.log.entries])
  expect(kept).toContain('"sub-now"')
  expect(kept).not.toContain('nobody may keep')
  expect(rig.alerts.map(({ title }) => title)).toEqual([
    'Teams messages may have been missed',
    'Missed Teams messages caught up',
  ])
})

test('a break of a minute is none; one that changes its reason is a single gap', async () => {
  const rig = stage()
  await rig.start()
  await rig.outage(MINUTE)
  expect(rig.catchUp.state().entries).toEqual([])
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
  rig.facts.paused = true
  await rig.outage(10 * MINUTE)
  rig.facts.paused = false
  rig.catchUp.look()
  await rig.clock.advance(MINUTE)
  expect(rig.catchUp.state().entries).toHaveLength(1)
  expect(rig.gap()?.reasons).toEqual(['tunnel', 'paused'])
})

test('what is edited, deleted or answered is told as what it is; system events are not told', async () => {
  const rig = stage()
  await rig.start()
  await rig.inbox.add([
    rig.notification(`teams('team-1')/channels('19:general@thread.tacv2')/messages('7')`),
  ])
  const [edited, deleted, post] = ['chat:19:a', 'chat:19:a', `channel:${TEAM}`].map((place) => {
    return { place, id: rig.say(place) }
  })
  await rig.clock.advance(HOUR / 2)
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
  const at = rig.now()
  for (const message of rig.teams.messages) {
    if (message.id === edited?.id || message.id === deleted?.id) message.modifiedAt = at
    if (message.id === deleted?.id) message.deleted = true
  }
  const reply = rig.say(`channel:${TEAM}`, { replyToId: post?.id ?? '' })
  rig.say('chat:19:a', { type: 'systemEventMessage' })
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  const channel = `teams('team-1')/channels('19:general@thread.tacv2')/messages('${post?.id}')`
  expect(rig.recovered()).toEqual([
    `updated chats('19:a')/messages('${edited?.id}')`,
    `deleted chats('19:a')/messages('${deleted?.id}')`,
    `created ${channel}/replies('${reply}')`,
  ])
})

test('new and renamed chats are told, each once', async () => {
  const rig = stage()
  const before = rig.now()
  rig.teams.chats = [
    { id: '19:a', createdAt: before - HOUR, updatedAt: before - HOUR },
    { id: '19:b', createdAt: before - HOUR, updatedAt: before + 5 * MINUTE },
  ]
  rig.teams.people = { ada: ['19:a', '19:b', '19:c'], ben: ['19:b', '19:c'] }
  await rig.start()
  rig.teams.chats.push({ id: '19:c', createdAt: before + MINUTE, updatedAt: before + MINUTE })
  await rig.outage(10 * MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered().sort()).toEqual([`created chats('19:c')`, `updated chats('19:b')`])
})

test('what came all the same is not told again; nor is what Graph repeats after the catch-up', async () => {
  const rig = stage()
  await rig.start()
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
  const came = `chats('19:a')/messages('${rig.say('chat:19:a')}')`
  const late = `chats('19:a')/messages('${rig.say('chat:19:a')}')`
  await rig.inbox.add([rig.notification(came)])
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`created ${late}`])
  const again = await rig.inbox.add([rig.notification(late, { subscriptionId: 'sub-new' })])
  expect(again).toEqual([])
  // A change that cannot be told from a new one is rather told twice.
  expect(await rig.inbox.add([rig.notification(late, { changeType: 'updated' })])).toHaveLength(1)
})

test('a created message that was told of and then edited unseen is an update', async () => {
  const rig = stage()
  await rig.start()
  const resource = `chats('19:a')/messages('${rig.say('chat:19:a')}')`
  await rig.inbox.add([rig.notification(resource)])
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(2 * MINUTE)
  for (const message of rig.teams.messages) message.modifiedAt = rig.now()
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`updated ${resource}`])
})

test('more than fits into memory is read in smaller windows, still oldest first', async () => {
  const rig = createRig({
    teams: memoryTeams({ pageSize: 50 }),
  })
  rig.teams.people = { ada: ['19:a'] }
  await rig.start()
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  for (let minute = 0; minute < 42; minute += 1) {
    await rig.clock.advance(MINUTE)
    for (let i = 0; i < 50; i += 1) {
      const modifiedAt = rig.now() + i
      rig.say('chat:19:a', { createdAt: modifiedAt, modifiedAt })
    }
  }
  rig.teams.messages.reverse()
  await rig.outage(MINUTE)
  await rig.clock.advance(10 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'done', recovered: 2_100 })
  const times = rig.database.deliveries.map(
    ({ itemJson }) => /"lastModifiedDateTime":"([^"]*)"/.exec(itemJson)?.[1],
  )
  expect(times).toEqual([...times].sort())
})

test('where people’s messages may not be listed, known chats are read one by one, a second apart', async () => {
  const rig = stage()
  rig.teams.refuse = (path) => (path.endsWith('/getAllMessages') ? { status: 403 } : null)
  await rig.start()
  await rig.inbox.add([rig.notification(`chats('19:a')/messages('1')`)])
  await rig.clock.advance(HOUR)
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  rig.say('chat:19:b')
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
  expect(rig.gap()).toMatchObject({
    phase: 'partly',
    lost: [{ what: 'Chats from which no notification ever came.' }],
  })
})

test('a chat or channel that is gone or closed is named, and the rest is read', async () => {
  const rig = stage()
  rig.teams.refuse = (path) => {
    if (path.includes('19:gone')) return { status: 404 }
    return path.includes('19:closed') ? { status: 403 } : null
  }
  await rig.start()
  for (const channel of ['19:gone', '19:closed', '19:open']) {
    await rig.inbox.add([rig.notification(`teams('t')/channels('${channel}')/messages('1')`)])
  }
  await rig.clock.advance(HOUR)
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(2 * MINUTE)
  rig.say('channel:t/19:open')
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'partly', recovered: 1 })
  expect(rig.gap()?.lost.map(({ what }) => what)).toEqual([
    'The channel 19:closed.',
    'The channel 19:gone.',
  ])
})

test('429 is waited out; while Graph is away it is tried again, and goes on where it was', async () => {
  const rig = stage()
  await rig.start()
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
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
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
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
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
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

test('a message that no notification told of is found by the hourly look, and by “Check now”', async () => {
  const rig = stage()
  await rig.start()
  await rig.inbox.add([rig.notification(`chats('19:a')/messages('1')`)])
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  await rig.clock.advance(HOUR)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.gap()).toMatchObject({ reasons: ['silent'], phase: 'done', recovered: 1 })
  const second = rig.say('chat:19:a')
  await rig.clock.advance(10 * MINUTE)
  rig.catchUp.checkNow()
  await rig.clock.advance(2 * MINUTE)
  expect(rig.recovered()).toEqual(
    [id, second].map((one) => `created chats('19:a')/messages('${one}')`),
  )
  expect(rig.catchUp.state().checkedAt).not.toBeNull()
})

test('a message too young for one look is found by the next one, also when nobody waited between them', async () => {
  const rig = stage()
  await rig.start()
  await rig.inbox.add([rig.notification(`chats('19:a')/messages('1')`)])
  await rig.clock.advance(10 * MINUTE)
  const id = rig.say('chat:19:a')
  await rig.clock.advance(MINUTE)
  rig.catchUp.checkNow()
  await rig.clock.advance(MINUTE)
  expect(rig.recovered()).toEqual([])
  await rig.clock.advance(10 * MINUTE)
  rig.catchUp.checkNow()
  await rig.clock.advance(2 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:a')/messages('${id}')`])
})

test('only the chats of chosen people are read where only those are watched', async () => {
  const rig = stage()
  rig.people.push('Ben@acme.example')
  rig.teams.people = { ada: ['19:a'], 'Ben@acme.example': ['19:b'] }
  await rig.start()
  rig.facts.tunnelUp = false
  rig.catchUp.look()
  await rig.clock.advance(10 * MINUTE)
  rig.say('chat:19:a')
  const id = rig.say('chat:19:b')
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:b')/messages('${id}')`])
  expect(rig.database.deliveries[0]?.subscriptionKey).toBe('user:ben@acme.example')
})
