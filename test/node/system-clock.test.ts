import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock, systemRandom } from '../../main/node/system-clock.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const DAY_MS = 24 * 60 * 60 * 1000

test('calls back once, when the time has come', () => {
  const callback = vi.fn()
  systemClock.after(1_000, callback)
  vi.advanceTimersByTime(999)
  expect(callback).not.toHaveBeenCalled()
  vi.advanceTimersByTime(5_000)
  expect(callback).toHaveBeenCalledTimes(1)
})

test('waits for two months without firing at once', () => {
  const callback = vi.fn()
  systemClock.after(60 * DAY_MS, callback)
  vi.advanceTimersByTime(60 * DAY_MS - 1)
  expect(callback).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(callback).toHaveBeenCalledTimes(1)
})

test('can be cancelled, also late in a long wait, and leaves no timer', () => {
  const callback = vi.fn()
  const cancel = systemClock.after(60 * DAY_MS, callback)
  vi.advanceTimersByTime(30 * DAY_MS)
  cancel()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(60 * DAY_MS)
  expect(callback).not.toHaveBeenCalled()
})

test('random values differ, have their length and stay in range', () => {
  expect(systemRandom.bytes(32)).toHaveLength(32)
  expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32))
  expect(systemRandom.uuid()).toMatch(/^[0-9a-f-]{36}$/)
  const fractions = Array.from({ length: 1_000 }, () => systemRandom.fraction())
  expect(Math.min(...fractions)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...fractions)).toBeLessThan(1)
  expect(new Set(fractions).size).toBe(1_000)
})
