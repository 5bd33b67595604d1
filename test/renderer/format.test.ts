import { expect, test } from 'vitest'
import {
  daysUntil,
  formatClock,
  formatCount,
  formatCountdown,
  formatDay,
  formatDuration,
  formatExact,
  formatMilliseconds,
  formatRelative,
  formatShare,
} from '../../renderer/format.ts'

const now = Date.parse('2026-11-23T14:00:00Z')
const at = (seconds: number): string => new Date(now + seconds * 1_000).toISOString()

test.each([
  [-3, 'just now'],
  [0, 'just now'],
  [0.9, 'just now'],
  [4, 'now'],
  [-45, '45 seconds ago'],
  [-61, '1 minute ago'],
  [40 * 60, 'in 40 minutes'],
  [-3 * 3_600, '3 hours ago'],
  [-26 * 3_600, 'yesterday'],
  [30 * 86_400, 'in 30 days'],
  [730 * 86_400, 'in 24 months'],
])('a time %i seconds away reads “%s”', (seconds, words) => {
  expect(formatRelative(at(seconds), now)).toBe(words)
})

test('what is not a time is shown as it came', () => {
  expect(formatRelative('soon', now)).toBe('soon')
  expect(formatExact('soon')).toBe('soon')
  expect(formatDay('soon')).toBe('soon')
  expect(formatClock('soon')).toBe('soon')
})

test('the exact time names its zone', () => {
  expect(formatExact(at(0))).toMatch(/Nov 2[34], 2026, \d\d:\d\d:00 \S+/)
})

test.each([
  [20, '20 milliseconds'],
  [1_000, '1 second'],
  [45_000, '45 seconds'],
  [120_000, '2 minutes'],
  [7_200_000, '2 hours'],
  [3 * 86_400_000, '3 days'],
])('%i ms last “%s”', (milliseconds, words) => {
  expect(formatDuration(milliseconds)).toBe(words)
})

test('hops are timed in milliseconds until they take a second', () => {
  expect(formatMilliseconds(84.4)).toBe('84 ms')
  expect(formatMilliseconds(1_204)).toBe('1.2 s')
})

test('a countdown ends at zero and never goes below', () => {
  expect(formatCountdown(at(247), now)).toBe('4:07')
  expect(formatCountdown(at(300.9), now)).toBe('5:00')
  expect(formatCountdown(at(-10), now)).toBe('0:00')
})

test('days until a secret expires are whole, and negative once it has', () => {
  expect(daysUntil(at(12.5 * 86_400), now)).toBe(12)
  expect(daysUntil(at(3_600), now)).toBe(0)
  expect(daysUntil(at(-3_600), now)).toBe(-1)
})

test('large counts are grouped', () => {
  expect(formatCount(12_408)).toBe('12,408')
})

test('a share reads in percent', () => {
  expect(formatShare(0)).toBe('0 %')
  expect(formatShare(0.0042)).toBe('0.4 %')
  expect(formatShare(0.15)).toBe('15 %')
})
