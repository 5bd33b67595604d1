import { expect, test } from 'vitest'
import type { ApplyStep } from '../../../main/contract/models/setup.ts'
import { cancelled } from '../../../main/core/app-error.ts'
import { createSteps } from '../../../main/core/entra/apply-steps.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'

/** The state of the first step after its work was refused, or stopped by a person. */
async function stateAfter({ isStopped }: { isStopped: boolean }) {
  const controller = new AbortController()
  const context = { clock: new FakeClock(), signal: controller.signal }
  let shown: ApplyStep[] = []
  const { run } = createSteps(context, (steps) => (shown = steps))
  const work = run('application', () => {
    if (isStopped) controller.abort(cancelled('Applying the plan'))
    return Promise.reject(new Error('No answer.'))
  })
  await expect(work).rejects.toThrow('No answer.')
  return shown[0]?.state
}

test('a step that a person stopped is to be done again, one that was refused has failed', async () => {
  expect(await stateAfter({ isStopped: true })).toBe('waiting')
  expect(await stateAfter({ isStopped: false })).toBe('failed')
})
