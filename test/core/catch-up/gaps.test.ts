import { expect, test } from 'vitest'
import { ALL_AREAS } from '../../../main/core/catch-up/gap.ts'
import { Gaps } from '../../../main/core/catch-up/gaps.ts'
import { seededRandom } from '../../fakes/memory-ports.ts'
import { HOUR, MINUTE } from './rig.ts'

const T0 = Date.parse('2026-11-28T10:00:00Z')
const SECOND = 1_000

/** One gap of ten minutes that ended at T0. */
function makeGaps() {
  const gaps = new Gaps()
  const [gap] = gaps.add([
    { since: T0 - 10 * MINUTE, until: T0, reason: 'tunnel', areas: ALL_AREAS },
  ])
  if (!gap) throw new Error('no gap')
  const isDue = (now: number, { atOnce = false } = {}) => gaps.due({ now, atOnce }) !== undefined
  return { gaps, id: gap.id, isDue }
}

test('a gap settles for a while before it is caught up, unless somebody asks for it', () => {
  const { isDue } = makeGaps()
  expect(isDue(T0 + 44 * SECOND)).toBe(false)
  expect(isDue(T0 + 44 * SECOND, { atOnce: true })).toBe(true)
  expect(isDue(T0 + 45 * SECOND)).toBe(true)
})

test('after a failed attempt it waits also where somebody asks, until its waits are forgotten', () => {
  const { gaps, id, isDue } = makeGaps()
  const now = T0 + HOUR
  gaps.change(id, gaps.failedAttempt(id, { now, random: seededRandom() }))
  expect(gaps.get(id)).toMatchObject({ phase: 'waiting', attempt: 1 })
  expect(isDue(now + SECOND, { atOnce: true })).toBe(false)
  expect(isDue(now + 16 * MINUTE)).toBe(true)
  gaps.forgetWaits()
  expect(isDue(now + SECOND)).toBe(true)
})

test('a clock that is set back meanwhile does not hold it up', () => {
  const { isDue } = makeGaps()
  expect(isDue(T0 - HOUR)).toBe(true)
})

test('the oldest one comes first', () => {
  const { gaps, id } = makeGaps()
  gaps.add([{ since: T0 - HOUR, until: T0 - 50 * MINUTE, reason: 'sleep', areas: ALL_AREAS }])
  expect(gaps.due({ now: T0 + HOUR, atOnce: false })?.id).not.toBe(id)
})
