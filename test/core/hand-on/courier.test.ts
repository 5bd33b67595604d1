import { expect, test } from 'vitest'
import { AppError } from '../../../main/core/app-error.ts'
import { Attempts } from '../../../main/core/hand-on/attempts.ts'
import { Courier } from '../../../main/core/hand-on/courier.ts'
import { EventMaker } from '../../../main/core/hand-on/event-maker.ts'
import { Lanes } from '../../../main/core/hand-on/lanes.ts'
import { laneOf } from '../../../main/core/hand-on/resource.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemoryDatabase, memoryLog, seededRandom } from '../../fakes/memory-ports.ts'
import { message } from './rig.ts'

test('hands on everything although far more chats wait than fit into memory', async () => {
  const clock = new FakeClock()
  const database = new MemoryDatabase()
  const random = seededRandom()
  const taken: string[] = []
  const items = Array.from({ length: 900 }, (_, index) => message(`chat-${index % 300}`))
  const queued = items.map((item) => ({ ...item, handOnLane: laneOf(item) }))
  await database.addDeliveries(queued.slice(0, 600))
  const attempts = new Attempts({
    ...{ database, clock, random, log: memoryLog(clock), onChange: () => undefined },
    events: new EventMaker({ clock, content: () => Promise.resolve(null) }),
  })
  await attempts.load()
  const courier = new Courier(
    {
      ...{ database, clock, random, attempts },
      target: () => ({
        lanes: 4,
        send: (event) => {
          taken.push(event.subject ?? '')
          return Promise.resolve({ kind: 'taken', status: 200 })
        },
      }),
    },
    new Lanes(7),
  )
  courier.start()
  // More comes in for lanes that find no room.
  await database.addDeliveries(queued.slice(600))
  courier.add(queued.slice(600).map(({ handOnLane }) => handOnLane))
  await clock.advance(1_000)
  expect(taken.toSorted()).toEqual(items.map(({ resource }) => resource).toSorted())
  for (let chat = 0; chat < 300; chat += 1) {
    const of = (list: string[]) => list.filter((one) => one.startsWith(`chats('chat-${chat}')`))
    expect(of(taken)).toEqual(of(items.map(({ resource }) => resource)))
  }
  await courier.stop()
  expect(clock.pending).toBe(0)
})

test('a database that cannot be read is asked again after a while, not all the time', async () => {
  const clock = new FakeClock()
  const database = new MemoryDatabase()
  const random = seededRandom()
  const items = [message('a'), message('b'), message('c'), message('d')]
  await database.addDeliveries(items.map((item) => ({ ...item, handOnLane: laneOf(item) })))
  const attempts = new Attempts({
    ...{ database, clock, random, log: memoryLog(clock), onChange: () => undefined },
    events: new EventMaker({ clock, content: () => Promise.resolve(null) }),
  })
  await attempts.load()
  let status = 500
  let asked = 0
  let isBroken = false
  const unlessBroken = <T>(read: () => Promise<T>) => {
    if (!isBroken) return read()
    asked += 1
    return Promise.reject(new Error('disk I/O error'))
  }
  const courier = new Courier({
    ...{ clock, random, attempts },
    database: Object.assign(new MemoryDatabase(), {
      nextHandOn: (lane: string) => unlessBroken(() => database.nextHandOn(lane)),
      handOnLanes: (after: string, limit: number) =>
        unlessBroken(() => database.handOnLanes(after, limit)),
    }),
    target: () => ({
      lanes: 4,
      send: () => {
        const error = new AppError('hand-on-refused', { message: 'no', nextStep: 'no' })
        const failed = { retryAfterMs: null, aboutThisEvent: false, holdAll: false }
        if (status === 200) return Promise.resolve({ kind: 'taken', status })
        return Promise.resolve({ kind: 'failed', error, ...failed })
      },
    }),
  })
  courier.start()
  await clock.advance(1_000)
  isBroken = true
  courier.startOver()
  await clock.advance(10 * 60_000)
  expect(asked).toBeGreaterThan(2)
  expect(asked).toBeLessThan(30)
  isBroken = false
  status = 200
  await clock.advance(2 * 60 * 60_000)
  expect(attempts).toMatchObject({ waiting: 0, handedOn: 4 })
  await courier.stop()
})

test('stops although content is still being read', async () => {
  const clock = new FakeClock()
  const database = new MemoryDatabase()
  const random = seededRandom()
  const item = { ...message('a'), rich: true }
  await database.addDeliveries([{ ...item, handOnLane: laneOf(item) }])
  const attempts = new Attempts({
    ...{ database, clock, random, log: memoryLog(clock), onChange: () => undefined },
    events: new EventMaker({ clock, content: () => Promise.withResolvers().promise }),
  })
  const courier = new Courier({
    ...{ database, clock, random, attempts },
    target: () => ({ lanes: 4, send: () => Promise.resolve({ kind: 'taken', status: 200 }) }),
  })
  courier.start()
  await clock.advance(1)
  const stopped = courier.stop()
  await clock.advance(3_000)
  await stopped
  expect(await database.countHandOn()).toEqual({ waiting: 1, dead: 0 })
})
