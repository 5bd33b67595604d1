import { expect, test } from 'vitest'
import type { Delivery } from '../../../main/contract/models/delivery.ts'
import type { NewDelivery } from '../../../main/core/ports/stored.ts'
import { Inbox } from '../../../main/core/webhook/inbox.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog } from '../../fakes/memory-ports.ts'

function delivery(resource: string): NewDelivery {
  return {
    receivedAt: '2026-03-02T09:00:00.000Z',
    kind: 'changeNotification',
    subscriptionKey: 'chats',
    subscriptionId: 's',
    tenantId: 't',
    changeType: 'created',
    resource,
    resourceId: null,
    rich: false,
    itemJson: '{}',
  }
}

/** An inbox whose commits wait until the test lets them go. */
function makeSlowInbox() {
  const clock = new FakeClock()
  const database = new MemoryDatabase()
  const commits: { size: number; go: () => void }[] = []
  const add = database.addDeliveries.bind(database)
  database.addDeliveries = async (items) => {
    await new Promise<void>((resolve) => {
      commits.push({ size: items.length, go: resolve })
    })
    return add(items)
  }
  const log = memoryLog(clock)
  return { clock, database, commits, log, inbox: new Inbox({ database, clock, log }) }
}

test('puts what arrives during a commit into the next one, together', async () => {
  const { inbox, commits } = makeSlowInbox()
  const done: string[] = []
  const add = async (name: string, count: number) => {
    const items = Array.from({ length: count }, (_, index) => delivery(`${name}${index}`))
    const stored = await inbox.add(items)
    done.push(name)
    return stored
  }
  const first = add('a', 1)
  await settle()
  const all = [first, add('b', 2), add('c', 1), add('d', 3)]
  await settle()
  expect(commits.map(({ size }) => size)).toEqual([1])
  commits[0]?.go()
  await settle()
  expect(done).toEqual(['a'])
  expect(commits.map(({ size }) => size)).toEqual([1, 6])
  commits[1]?.go()
  const stored = await Promise.all(all)
  expect(stored.map((items) => items.map(({ resource }) => resource))).toEqual([
    ['a0'],
    ['b0', 'b1'],
    ['c0'],
    ['d0', 'd1', 'd2'],
  ])
  expect(stored.flat().map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('bounds a commit, and still takes one post that is larger', async () => {
  const { inbox, commits } = makeSlowInbox()
  const many = (count: number) => Array.from({ length: count }, () => delivery('x'))
  const first = inbox.add(many(1))
  await settle()
  const all = [many(700), many(700), many(5_000), many(1)].map((items) => inbox.add(items))
  for (let round = 0; round < 6; round += 1) {
    await settle()
    commits.at(-1)?.go()
  }
  await Promise.all([first, ...all])
  expect(commits.map(({ size }) => size)).toEqual([1, 700, 700, 5_000, 1])
})

test('tells every caller of a failed commit, and works again afterwards', async () => {
  const clock = new FakeClock()
  const database = new MemoryDatabase()
  const inbox = new Inbox({ database, clock, log: memoryLog(clock) })
  database.failNext = new Error('disk full')
  await expect(inbox.add([delivery('a')])).rejects.toThrow('disk full')
  expect(inbox.received).toBe(0)
  await inbox.add([delivery('b')])
  expect(inbox.received).toBe(1)
})

test('tells listeners after the commit, until they undo it', async () => {
  const { inbox, commits } = makeSlowInbox()
  const heard: Delivery[] = []
  const undo = inbox.onAdded((items) => heard.push(...items))
  const first = inbox.add([delivery('a')])
  await settle()
  expect(heard).toEqual([])
  commits[0]?.go()
  await first
  expect(heard.map(({ resource }) => resource)).toEqual(['a'])
  undo()
  const second = inbox.add([delivery('b')])
  await settle()
  commits[1]?.go()
  await second
  expect(heard).toHaveLength(1)
})

test('asks nothing of the database for nothing', async () => {
  const { inbox, commits } = makeSlowInbox()
  expect(await inbox.add([])).toEqual([])
  expect(commits).toEqual([])
})

test('puts posts that come in within a few turns of each other into one commit', async () => {
  const { inbox, commits, database } = makeSlowInbox()
  let turns = 0
  const late: Promise<Delivery[]>[] = []
  database.nextTurn = () => {
    turns += 1
    if (turns < 5) late.push(inbox.add([delivery(`late ${turns}`)]))
    return Promise.resolve()
  }
  const first = inbox.add([delivery('first')])
  await settle()
  expect(commits.map(({ size }) => size)).toEqual([5])
  commits[0]?.go()
  await Promise.all([first, ...late])
})

test('waits a few milliseconds at most for posts that keep coming', async () => {
  const { inbox, commits, database, clock } = makeSlowInbox()
  database.nextTurn = async () => {
    void inbox.add([delivery('another')])
    await clock.advance(1)
  }
  void inbox.add([delivery('first')])
  await expect.poll(() => commits.length).toBe(1)
  expect(commits[0]?.size).toBeLessThan(6)
})

test('stores an item that Graph sends again once, and tells each caller what was new of its own', async () => {
  const clock = new FakeClock()
  const database = new MemoryDatabase()
  const inbox = new Inbox({ database, clock, log: memoryLog(clock) })
  const heard: string[] = []
  inbox.onAdded((items) => heard.push(...items.map(({ resource }) => resource)))
  const item = (identity: string) => ({ ...delivery(identity), identity })
  const results = await Promise.all([
    inbox.add([item('a'), item('b')]),
    inbox.add([item('b')]),
    inbox.add([item('c'), item('a'), delivery('a'), item('d')]),
  ])
  expect(results.map((stored) => stored.map(({ resource }) => resource))).toEqual([
    ['a', 'b'],
    [],
    ['c', 'a', 'd'],
  ])
  expect(results.flat().map(({ id }) => id)).toEqual([1, 2, 3, 4, 5])
  expect(await inbox.add([item('a')])).toEqual([])
  expect(heard).toEqual(['a', 'b', 'c', 'a', 'd'])
  expect([inbox.received, inbox.duplicates]).toEqual([5, 3])
})
