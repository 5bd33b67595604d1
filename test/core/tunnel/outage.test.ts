import { expect, test } from 'vitest'
import { Outage } from '../../../main/core/tunnel/outage.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { seededRandom } from '../../fakes/memory-ports.ts'

const SECOND = 1_000
/** So many attempts that their number alone would allow a minute. */
const MANY = 20

test('a wait is no longer than the outage so far and a second, and a later outage begins anew', async () => {
  const clock = new FakeClock()
  // Rounded, the longest wait that chance can give.
  const random = { ...seededRandom(), fraction: () => 0.999_999 }
  const outage = new Outage({ clock, random })
  expect(outage.noteFailure(MANY)).toBe(SECOND)
  await clock.advance(9 * SECOND)
  expect(outage.noteFailure(MANY)).toBe(10 * SECOND)
  await clock.advance(300 * SECOND)
  expect(outage.noteFailure(MANY)).toBe(60 * SECOND)
  outage.end()
  await clock.advance(300 * SECOND)
  expect(outage.noteFailure(MANY)).toBe(SECOND)
})
