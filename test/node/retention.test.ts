import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../main/core/ports/database.ts'
import type { NewDelivery } from '../../main/core/ports/stored.ts'
import { openDatabase } from '../../main/node/database.ts'

let folder = ''
let file = ''
let database: Database

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'emi-retention-'))
  file = path.join(folder, 'emi.db')
  database = await openDatabase(file)
})

afterEach(async () => {
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

function delivery(receivedAt: string, given: Partial<NewDelivery> = {}): NewDelivery {
  return {
    receivedAt,
    kind: 'changeNotification',
    subscriptionKey: 'chats',
    subscriptionId: 'subscription',
    tenantId: 'tenant',
    changeType: 'created',
    resource: "chats('19:a')",
    resourceId: null,
    rich: false,
    itemJson: JSON.stringify('x'.repeat(1_000)),
    ...given,
  }
}

const OLD = '2026-03-01T09:00:00.000Z'
const BETWEEN = '2026-03-02T00:00:00.000Z'
const NEW = '2026-03-02T09:00:00.000Z'

/** Removes all that is older, step by step; returns the numbers removed. */
async function removeOld(limit: number): Promise<number[]> {
  const steps: number[] = []
  for (let afterId: number | null = 0; afterId !== null;) {
    const step: { deleted: number; lastId: number | null } = await database.deleteDeliveries({
      before: BETWEEN,
      afterId,
      limit,
    })
    if (step.lastId !== null) steps.push(step.deleted)
    afterId = step.lastId
  }
  return steps
}

test('removes the oldest in steps of the given size and leaves the rest', async () => {
  await database.addDeliveries([...Array<string>(25).fill(OLD), NEW, NEW].map((at) => delivery(at)))
  expect(await removeOld(10)).toEqual([10, 10, 5])
  expect((await database.latestDeliveries(10)).map(({ receivedAt }) => receivedAt)).toEqual([
    NEW,
    NEW,
  ])
})

test('keeps what still waits to be handed on, however old', async () => {
  const lane = 'chat:19:a'
  const items = [0, 1, 2, 3].map((n) => delivery(OLD, n % 2 ? { handOnLane: lane } : {}))
  const stored = await database.addDeliveries(items)
  expect(await removeOld(1)).toEqual([1, 0, 1, 0])
  const kept = stored.filter((_, n) => n % 2)
  expect((await database.latestDeliveries(10)).reverse()).toEqual(kept)
  await database.noteHandOn(
    kept.map(({ id }) => ({ deliveryId: id, state: 'done' as const, at: NEW })),
  )
  await removeOld(10)
  expect(await database.countDeliveries()).toBe(0)
})

test('a change that was removed may be stored again, and one that is kept may not', async () => {
  const items = [delivery(OLD, { identity: 'old' }), delivery(NEW, { identity: 'new' })]
  expect(await database.addDeliveries(items)).toHaveLength(2)
  expect(await database.addDeliveries(items)).toEqual([])
  await removeOld(10)
  const again = await database.addDeliveries(items)
  expect(again.map(({ receivedAt }) => receivedAt)).toEqual([OLD])
})

test('recognises a repeated item after a restart, also within one call', async () => {
  const twice = [delivery(OLD, { identity: 'a' }), delivery(NEW, { identity: 'a' })]
  expect(await database.addDeliveries(twice)).toHaveLength(1)
  await database.close()
  database = await openDatabase(file)
  expect(await database.addDeliveries(twice)).toEqual([])
  expect(await database.addDeliveries([delivery(OLD), delivery(OLD)])).toHaveLength(2)
})

test('gives the room of what was removed back to the disk, bit by bit', async () => {
  for (let round = 0; round < 10; round += 1) {
    await database.addDeliveries(Array.from({ length: 500 }, () => delivery(OLD)))
  }
  const full = await database.size()
  expect(full.used).toBeGreaterThan(5_000_000)
  await removeOld(500)
  const empty = await database.size()
  expect(empty.used).toBeLessThan(1_000_000)
  expect(empty.free).toBeGreaterThan(4_000_000)
  await database.giveBack(1_000_000)
  expect((await database.size()).free).toBeLessThan(empty.free - 900_000)
  expect((await database.size()).free).toBeGreaterThan(empty.free - 1_100_000)
  await database.giveBack(100_000_000)
  expect((await database.size()).free).toBe(0)
  await database.close()
  expect(statSync(file).size).toBeLessThan(1_000_000)
  database = await openDatabase(file)
})

test('takes no more room when it removes as much as it stores', async () => {
  const round = async () => {
    await database.addDeliveries(Array.from({ length: 500 }, () => delivery(OLD)))
    await removeOld(500)
  }
  for (let count = 0; count < 3; count += 1) await round()
  const { used, free } = await database.size()
  for (let count = 0; count < 10; count += 1) await round()
  const later = await database.size()
  expect(later.used + later.free).toBeLessThanOrEqual((used + free) * 1.05)
})
