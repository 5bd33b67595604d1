// A rotation stopped before and after each of its durable steps: what is handed over always works, and a later
// run ends with exactly one secret.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRig, SPEED, type Rig } from './practice-rig.ts'
import { quickClock } from './quick-clock.ts'
import { finished, install, type Installation, Killer } from './rotation-rig.ts'

/** Vault: 2 deletions, the new text twice, the old text; record: 3; tenant: 1. */
const STEPS_UNTIL_HANDED_OVER = 9
/** Record: 2; tenant: 1; vault: 2. */
const STEPS_OF_CONFIRMING = 5
/** Vault: the old text back, 2 deletions; record: 2; tenant: 1. */
const STEPS_OF_GOING_BACK = 6

let rig: Rig
let installation: Installation
beforeAll(async () => {
  rig = await openRig()
})
beforeEach(async () => {
  await rig.reset()
  installation = await install(rig)
})
afterAll(async () => {
  expect(rig.violations).toEqual([])
  await rig.close()
})

describe('without a stop', () => {
  it('takes as many durable steps as are tried below', async () => {
    const rotating = new Killer()
    const care = await installation.open(rotating)
    expect(await finished(care, 'rotate')).toBe(null)
    expect(rotating.steps).toBe(STEPS_UNTIL_HANDED_OVER)
    const goingBack = new Killer()
    expect(await finished(await installation.open(goingBack), 'abandon')).toBe(null)
    expect(goingBack.steps).toBe(STEPS_OF_GOING_BACK)
    expect(await finished(await installation.open(), 'rotate')).toBe(null)
    const confirming = new Killer()
    expect(await finished(await installation.open(confirming), 'confirm')).toBe(null)
    expect(confirming.steps).toBe(STEPS_OF_CONFIRMING)
    await expectOneSecret()
    await care.stop()
  })
})

for (const moment of ['before', 'after'] as const) {
  describe.each(upTo(STEPS_UNTIL_HANDED_OVER))(`stopped ${moment} step %i of rotating`, (nth) => {
    it('the next run hands over and completes', async () => {
      const first = installation.text()
      await stopIn('rotate', { moment, nth })
      const care = await resumed()
      if (care.state().rotation?.phase !== 'handing-over') {
        expect(await finished(care, 'rotate')).toBe(null)
        await expectValid()
      }
      // A secret whose answer was lost is gone by now: there are the old one and the new one.
      expect(rig.tenant.control.counts().secrets).toBe(2)
      expect(await finished(care, 'confirm')).toBe(null)
      await care.stop()
      await expectOneSecret()
      expect(installation.text()).not.toBe(first)
    })

    it('it can be given up as well', async () => {
      const first = installation.text()
      await stopIn('rotate', { moment, nth })
      const care = await resumed()
      if (care.state().rotation) expect(await finished(care, 'abandon')).toBe(null)
      await care.stop()
      await expectOneSecret()
      expect(installation.text()).toBe(first)
    })
  })

  it.each(upTo(STEPS_OF_CONFIRMING))(
    `stopped ${moment} step %i of confirming, the next run removes the old one`,
    async (nth) => {
      expect(await finished(await installation.open(), 'rotate')).toBe(null)
      const second = installation.text()
      await stopIn('confirm', { moment, nth })
      const care = await resumed()
      if (care.state().rotation) expect(await finished(care, 'confirm')).toBe(null)
      await care.stop()
      await expectOneSecret()
      expect(installation.text()).toBe(second)
    },
  )

  it.each(upTo(STEPS_OF_GOING_BACK))(
    `stopped ${moment} step %i of going back, the next run goes on with it`,
    async (nth) => {
      const first = installation.text()
      expect(await finished(await installation.open(), 'rotate')).toBe(null)
      await stopIn('abandon', { moment, nth })
      const care = await resumed()
      if (care.state().rotation) expect(await finished(care, 'abandon')).toBe(null)
      await care.stop()
      await expectOneSecret()
      expect(installation.text()).toBe(first)
    },
  )
}

describe('where this computer’s clock is ahead and a replica shows a new secret late', () => {
  /** Record: 2; vault: 3; tenant: the first new one, its removal, and the second one. */
  const STEPS_UNTIL_SECOND = 9
  let usual: Rig
  beforeAll(async () => {
    const right = quickClock(SPEED)
    const clock = { ...right, now: () => new Date(right.now().getTime() + 20 * 60_000) }
    usual = rig
    rig = await openRig({ clock, replicationDelayMs: 20 })
  })
  afterAll(async () => {
    await rig.close()
    rig = usual
  })

  it('the one that was taken for gone does not stay, nor does its successor when it is given up', async () => {
    const first = installation.text()
    rig.onExchange = ({ path, phase }) => {
      // The second one shows later than the first.
      if (phase === 'handled' && path.endsWith('/addPassword')) {
        rig.tenant.control.setFault('slow-replication', true)
      }
    }
    await stopIn('rotate', { moment: 'after', nth: STEPS_UNTIL_SECOND })
    const care = await resumed()
    expect(await finished(care, 'abandon')).toBe(null)
    await care.stop()
    await expectOneSecret()
    expect(installation.text()).toBe(first)
  })
})

async function stopIn(
  action: 'rotate' | 'confirm' | 'abandon',
  { moment, nth }: { moment: 'before' | 'after'; nth: number },
): Promise<void> {
  const killer = new Killer(moment, nth)
  const care = await installation.open(killer)
  await finished(care, action)
  expect(killer.dead).toBe(true)
  await expectValid()
  await care.stop()
}

/** A new process after the stop; by then the named secret is the one whose text is held. */
async function resumed() {
  const care = await installation.open()
  await expectValid()
  const { clientSecret } = await installation.record()
  expect(installation.text().slice(0, 3)).toBe(clientSecret?.hint)
  return care
}

async function expectValid(): Promise<void> {
  expect(await installation.isHandoverValid()).toBe(true)
}

async function expectOneSecret(): Promise<void> {
  await expectValid()
  expect(rig.tenant.control.counts().secrets).toBe(1)
  expect([...installation.secrets.values.keys()]).toEqual(['clientSecret'])
  const { rotation, clientSecret } = await installation.record()
  expect(rotation).toBe(null)
  expect(installation.text().slice(0, 3)).toBe(clientSecret?.hint)
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
