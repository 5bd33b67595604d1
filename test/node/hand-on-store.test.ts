import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../main/core/ports/database.ts'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { openDatabase } from '../../main/node/database.ts'
import { message } from '../core/hand-on/rig.ts'
import { temporaryFolder } from './temporary-folder.ts'

let folder: string
let database: Database

beforeEach(async () => {
  folder = temporaryFolder()
  database = await openDatabase(path.join(folder, 'emi.sqlite'))
})

afterEach(async () => {
  await database.close()
})

const at = (minute: number) => `2026-03-02T09:${String(minute).padStart(2, '0')}:00.000Z`

function waiting(lane: string, receivedAt = at(0)): NewDelivery {
  return { ...message(lane, receivedAt), handOnLane: lane }
}

test('stores what is to be handed on in one commit with the notification', async () => {
  const added = await database.addDeliveries([waiting('b'), message('c'), waiting('a')])
  expect(added.map((delivery) => Object.keys(delivery).includes('handOnLane'))).toEqual([
    false,
    false,
    false,
  ])
  expect(await database.countHandOn()).toEqual({ waiting: 2, dead: 0 })
  expect(await database.handOnLanes('', 10)).toEqual(['a', 'b'])
  expect(await database.handOnLanes('a', 10)).toEqual(['b'])
  expect(await database.nextHandOn('b')).toEqual({
    delivery: added[0],
    ...{ attempts: 0, queuedAt: at(0), nextAttemptAt: null },
  })
  expect(await database.nextHandOn('c')).toBeUndefined()
})

test('lists lanes page by page however much waits in each', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `lane-${String(index).padStart(2, '0')}`)
  await database.addDeliveries([...names, ...names, ...names].map((name) => waiting(name)))
  const listed: string[] = []
  for (let page = await database.handOnLanes('', 7); page.length > 0;) {
    listed.push(...page)
    page = await database.handOnLanes(page.at(-1) ?? '', 7)
  }
  expect(listed).toEqual(names)
})

test('goes through a lane in order, remembers attempts, and forgets what is done', async () => {
  const [one, two] = await database.addDeliveries([waiting('a'), waiting('a')])
  const deliveryId = one?.id ?? 0
  await database.noteHandOn([
    { deliveryId, state: 'waiting', attempts: 3, nextAttemptAt: at(5), lastError: 'answered 500' },
  ])
  expect(await database.nextHandOn('a')).toMatchObject({ attempts: 3, nextAttemptAt: at(5) })
  expect(await database.listHandOn('waiting', 1)).toEqual([
    { deliveryId, state: 'waiting', attempts: 3, nextAttemptAt: at(5), lastError: 'answered 500' },
  ])
  await database.noteHandOn([{ deliveryId, state: 'done', at: at(6) }])
  expect((await database.nextHandOn('a'))?.delivery.id).toBe(two?.id)
})

test('gives up what is old, and queues it or any other again', async () => {
  const [old, young, plain] = await database.addDeliveries([
    ...[waiting('a', at(1)), waiting('a', at(30))],
    message('b'),
  ])
  expect(await database.giveUpHandOn(at(10), 'answered 500')).toBe(1)
  expect(await database.listHandOn('dead', 10)).toMatchObject([{ deliveryId: old?.id }])
  expect((await database.nextHandOn('a'))?.delivery.id).toBe(young?.id)
  expect(await database.queueHandOn('dead', at(40))).toBe(1)
  expect(await database.nextHandOn('a')).toMatchObject({ delivery: old, queuedAt: at(40) })
  const again = [
    { deliveryId: plain?.id ?? 0, lane: 'b' },
    { deliveryId: 999, lane: 'b' },
  ]
  expect(await database.queueHandOn(again, at(41))).toBe(1)
  expect(await database.nextHandOn('b')).toMatchObject({ delivery: plain })
})

test('a notification that is removed takes its place in the queue along', async () => {
  await database.addDeliveries([waiting('a')])
  await database.erase('deliveries')
  expect(await database.countHandOn()).toEqual({ waiting: 0, dead: 0 })
  await database.addDeliveries([waiting('a')])
  const sqlite = new DatabaseSync(path.join(folder, 'emi.sqlite'))
  sqlite.exec('DELETE FROM deliveries')
  sqlite.close()
  expect(await database.countHandOn()).toEqual({ waiting: 0, dead: 0 })
})

test('looks nothing up by reading the whole table', () => {
  const sqlite = new DatabaseSync(path.join(folder, 'emi.sqlite'))
  const plan = (sql: string) =>
    sqlite
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail']))
      .join('; ')
  expect(
    plan(
      `SELECT id FROM hand_on JOIN deliveries ON deliveries.id = hand_on.delivery_id
       WHERE state = 'waiting' AND lane = 'a' ORDER BY delivery_id LIMIT 1`,
    ),
  ).toMatch(
    /^SEARCH hand_on USING (COVERING )?INDEX hand_on_waiting \(lane=\?\); SEARCH deliveries USING INTEGER PRIMARY KEY/,
  )
  expect(plan(`SELECT min(lane) FROM hand_on WHERE state = 'waiting' AND lane > 'a'`)).toMatch(
    /^SEARCH hand_on USING COVERING INDEX hand_on_waiting/,
  )
  expect(plan(`SELECT * FROM hand_on WHERE state = 'dead' ORDER BY delivery_id LIMIT 5`)).toMatch(
    /INDEX hand_on_dead/,
  )
  sqlite.close()
})
