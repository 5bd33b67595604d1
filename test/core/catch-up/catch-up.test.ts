// What was missed is read from Graph and told: as what it is, once, oldest first, and what is lost is named.
import { expect, test } from 'vitest'
import { memoryTeams } from './memory-teams.ts'
import { createRig, HOUR, MINUTE, stage } from './rig.ts'

const TEAM = 'team-1/19:general@thread.tacv2'

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
  expect(rig.withdrawn).toEqual(['Teams messages may have been missed'])
})

test('where nothing was missing no alert stays, and the gap log says so', async () => {
  const rig = stage()
  await rig.start()
  await rig.outage(10 * MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'done', recovered: 0, lost: [] })
  expect(rig.alerts.map(({ title }) => title)).toEqual(rig.withdrawn)
  expect(rig.withdrawn).toEqual(['Teams messages may have been missed'])
})

test('a break of a minute is none; one that changes its reason is a single gap', async () => {
  const rig = stage()
  await rig.start()
  await rig.outage(MINUTE)
  expect(rig.catchUp.state().entries).toEqual([])
  await rig.goDown(10 * MINUTE)
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
  await rig.goDown(10 * MINUTE)
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
  await rig.goDown(10 * MINUTE)
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
  await rig.goDown(2 * MINUTE)
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
  await rig.goDown(10 * MINUTE)
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
  await rig.goDown(2 * MINUTE)
  rig.say('channel:t/19:open')
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.gap()).toMatchObject({ phase: 'partly', recovered: 1 })
  expect(rig.gap()?.lost.map(({ what }) => what)).toEqual([
    'The channel 19:closed.',
    'The channel 19:gone.',
  ])
})

test('only the chats of chosen people are read where only those are watched', async () => {
  const rig = stage()
  rig.people.push('Ben@acme.example')
  rig.teams.people = { ada: ['19:a'], 'Ben@acme.example': ['19:b'] }
  await rig.start()
  await rig.goDown(10 * MINUTE)
  rig.say('chat:19:a')
  const id = rig.say('chat:19:b')
  await rig.outage(MINUTE)
  await rig.clock.advance(5 * MINUTE)
  expect(rig.recovered()).toEqual([`created chats('19:b')/messages('${id}')`])
  expect(rig.database.deliveries[0]?.subscriptionKey).toBe('user:ben@acme.example')
})
