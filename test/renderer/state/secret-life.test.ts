import { expect, test } from 'vitest'
import { secretLife } from '../../../renderer/state/secret-life.ts'
import { handingOverCare, secretCare } from '../../fakes/sample-application.ts'
import { sampleNow, samples } from '../../fakes/sample-states.ts'

const app = samples['application-in-order'].state

test('the level follows the days that are left', () => {
  const levelAt = (days: number): string | undefined =>
    secretLife({ ...app, secretCare: secretCare(days) }, sampleNow)?.level
  expect([61, 60, 16, 15, 1, 0, -4].map(levelAt)).toEqual([
    'ok',
    'soon',
    'soon',
    'urgent',
    'urgent',
    'expired',
    'expired',
  ])
})

test('while a new secret waits to be entered, the old one’s days count', () => {
  const life = secretLife({ ...app, secretCare: handingOverCare }, sampleNow)
  expect(life).toMatchObject({ days: 12, level: 'urgent' })
})

test('without a secret there is nothing to count', () => {
  expect(secretLife(samples['setup-start'].state, sampleNow)).toBeNull()
})
