import { expect, test } from 'vitest'
import { Lanes } from '../../../main/core/hand-on/lanes.ts'

test('lanes go in turn, one event each', () => {
  const lanes = new Lanes()
  for (const name of ['a', 'b']) lanes.add(name)
  expect([lanes.take(0)?.name, lanes.take(0)?.name, lanes.take(0)]).toEqual(['a', 'b', null])
  lanes.queue('a')
  lanes.queue('b')
  expect(lanes.take(0)?.name).toBe('a')
})

test('a lane to which something came while it was active is looked at once more', () => {
  const lanes = new Lanes()
  lanes.add('a')
  lanes.take(0)
  lanes.add('a')
  expect(lanes.finish('a')).toBe(false)
  expect(lanes.take(0)?.name).toBe('a')
  expect(lanes.finish('a')).toBe(true)
  expect(lanes.isEmpty).toBe(true)
})

test('resting lanes come when they are due, all when woken, the first for a probe', () => {
  const lanes = new Lanes()
  for (const name of ['a', 'b']) {
    lanes.add(name)
    lanes.take(0)
  }
  lanes.rest('a', 200)
  lanes.rest('b', 100)
  expect(lanes.nextDueAt()).toBe(100)
  expect(lanes.take(50)).toBeNull()
  expect(lanes.take(50, { force: true })).toEqual({ name: 'b', isWoken: true })
  lanes.rest('b', 300)
  expect(lanes.take(200)).toEqual({ name: 'a', isWoken: false })
  lanes.wakeAll()
  expect(lanes.take(200)).toEqual({ name: 'b', isWoken: true })
})

test('more lanes than fit into memory are refused until there is room', () => {
  const lanes = new Lanes(2)
  expect(['a', 'b', 'c'].map((name) => lanes.add(name))).toEqual([true, true, false])
  lanes.take(0)
  lanes.finish('a')
  expect(lanes.add('c')).toBe(true)
})
