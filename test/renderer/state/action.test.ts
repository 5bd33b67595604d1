import { expect, test } from 'vitest'
import { Action } from '../../../renderer/state/action.svelte.ts'
import { sampleError } from '../../fakes/sample-states.ts'
import { CallError } from '../../../renderer/client.ts'

test('it is pending while the work runs, and runs it once', async () => {
  const action = new Action()
  let finish: (() => void) | undefined
  let runs = 0
  const first = action.run(() => {
    runs += 1
    return new Promise<void>((resolve) => {
      finish = resolve
    })
  })
  expect(action.pending).toBe(true)
  expect(await action.run(() => Promise.resolve((runs += 1)))).toBe(false)
  finish?.()
  expect(await first).toBe(true)
  expect(action.pending).toBe(false)
  expect(runs).toBe(1)
})

test('it keeps the error until the next run', async () => {
  const action = new Action()
  expect(await action.run(() => Promise.reject(new CallError(sampleError())))).toBe(false)
  expect(action.error?.code).toBe('secret-lifetime-limited')
  expect(await action.run(() => Promise.resolve())).toBe(true)
  expect(action.error).toBeNull()
})
