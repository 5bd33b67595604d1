// The set-up under every pair of faults that begin once the plan has been looked over.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectedOfPair, FAULTS, pairsOf } from './faults.ts'
import { expectCase } from './fault-case.ts'
import { openWorld, type World } from './practice-world.ts'

/** Consent to the sign-in client is not asked any more then. */
const LATE_FAULTS = FAULTS.filter((fault) => fault !== 'consent-refused')

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(async () => {
  expect(world.rig.violations).toEqual([])
  await world.close()
})

describe('two faults after the plan was looked over', () => {
  it.each(pairsOf(LATE_FAULTS))('%s with %s end as the one that bites first', async (...pair) => {
    const expected = expectedOfPair(pair, 'apply')
    await expectCase(world, { faults: pair, begin: 'apply', expected })
  })
})
