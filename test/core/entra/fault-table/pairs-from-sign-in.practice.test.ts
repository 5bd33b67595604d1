// The set-up under every pair of faults that are there from the start.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectedOfPair, FAULTS, pairsOf } from './faults.ts'
import { expectCase } from './fault-case.ts'
import { openWorld, type World } from './practice-world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(async () => {
  expect(world.rig.violations).toEqual([])
  await world.close()
})

describe('two faults from before the sign-in', () => {
  it.each(pairsOf(FAULTS))('%s with %s end as the one that bites first', async (...pair) => {
    const expected = expectedOfPair(pair, 'sign-in')
    await expectCase(world, { faults: pair, begin: 'sign-in', expected })
  })
})
