import { expect, test } from 'vitest'
import {
  applicationAnswer,
  driftCounts,
  removalsOf,
} from '../../../renderer/state/application-answer.ts'
import { drifted, handingOverCare, inOrder, secretCare } from '../../fakes/sample-application.ts'
import { samples } from '../../fakes/sample-states.ts'

const app = samples['application-in-order'].state
const toneOf = (change: Partial<typeof app>): string =>
  applicationAnswer({ ...app, ...change }).tone

test('the answer names the most urgent thing first', () => {
  const drift = { ...app.drift, report: drifted }
  expect(toneOf({})).toBe('ok')
  expect(toneOf({ drift: { ...app.drift, report: null } })).toBe('neutral')
  expect(toneOf({ drift })).toBe('warning')
  expect(toneOf({ secretCare: secretCare(6) })).toBe('warning')
  expect(toneOf({ drift, secretCare: handingOverCare })).toBe('working')
  expect(toneOf({ drift, secretCare: secretCare(0) })).toBe('failed')
  expect(applicationAnswer(samples['application-not-set-up'].state).tone).toBe('neutral')
  const access = {
    ...({ cause: 'switched-off', light: 'failed', since: null, short: 'Off.' } as const),
    ...{ sentence: 'Somebody switched it off.', nextStep: 'Ask who.' },
  }
  const off = applicationAnswer({ ...app, access, drift, secretCare: handingOverCare })
  expect(off).toMatchObject({ tone: 'failed', sentence: 'Off. Ask who.' })
})

test('an application that set-up has not finished does not count as set up', () => {
  const drift = { ...app.drift, report: null }
  const { word, sentence } = applicationAnswer({
    ...app,
    drift,
    handover: { ...app.handover, ready: false },
  })
  expect(word).toBe('Not set up')
  expect(sentence).toContain('Setup')
})

test('the days that are left are said with their number', () => {
  const { sentence } = applicationAnswer({ ...app, secretCare: secretCare(1) })
  expect(sentence).toContain('1 day.')
})

test('surplus alone does not put an application out of order', () => {
  const report = { ...inOrder, secrets: drifted.secrets }
  expect(toneOf({ drift: { ...app.drift, report } })).toBe('ok')
  expect(driftCounts(report)).toMatchObject({ missing: 0, different: 0, surplus: 1 })
})

test('what may be removed is listed once, each by a name of its own', () => {
  const twice = {
    ...drifted,
    rows: [
      ...drifted.rows,
      ...drifted.rows
        .filter((row) => row.state === 'surplus')
        .map((row) => ({ ...row, found: 'https://another.example', removalId: 'another' })),
      // The same secret as a row and in the list of secrets.
      ...drifted.rows
        .slice(0, 1)
        .map((row) => ({ ...row, removalId: drifted.secrets[1]?.removalId ?? null })),
    ],
  }
  const removals = removalsOf(twice)
  expect(removals).toHaveLength(5)
  expect(new Set(removals.map((one) => one.name)).size).toBe(5)
})
