// The set-up under every fault alone, beginning at three moments of a run.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectWarnings } from './endings.ts'
import { type Begin, FAULTS, TABLE } from './faults.ts'
import { expectCase, expectComplete, run } from './fault-case.ts'
import { openWorld, type World } from './practice-world.ts'

const BEGINS: [begin: Begin, words: string][] = [
  ['sign-in', 'before the sign-in'],
  ['check', 'after the sign-in'],
  ['apply', 'after the plan was looked over'],
]
const CASES = FAULTS.flatMap((fault) =>
  BEGINS.map(([begin, words]) => {
    const expected = TABLE[fault].ends[begin]
    const end = expected === 'ready' ? 'ready' : `at: ${expected.at}`
    return { fault, begin, words, expected, end }
  }),
)

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(async () => {
  expect(world.rig.violations).toEqual([])
  await world.close()
})

describe('one fault alone', () => {
  it.each(CASES)('$fault, from $words, ends $end', async ({ fault, begin, expected }) => {
    const { shows, warns = [] } = TABLE[fault]
    const { warnings } = await expectCase(world, { faults: [fault], begin, expected })
    if (shows) expect(world.refusals.some((refusal) => shows.test(refusal))).toBe(true)
    if (begin === 'sign-in') expectWarnings(warnings, warns)
    if (begin === 'apply') expect(warnings).toEqual([])
  })

  it('no fault at all ends ready, without a warning', async () => {
    await world.startOver({ approved: false })
    const outcome = await run(world)
    expect(outcome.stage).toBe('ready')
    expect(outcome.warnings).toEqual([])
    await expectComplete(world)
  })
})

describe('Graph fails in the middle', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])(
    'after write %i: the run says so, and the next one goes on from there',
    async (stopAt) => {
      await world.startOver({ approved: true })
      world.afterWrite = (count) => {
        if (count === stopAt) world.set(['graph-unavailable'], true)
      }
      const outcome = await run(world)
      world.afterWrite = () => {}
      expect(outcome.problems.map((one) => one.code)).toEqual(['graph-unavailable'])
      world.set(['graph-unavailable'], false)
      expect((await run(world)).stage).toBe('ready')
      await expectComplete(world)
    },
  )
})
