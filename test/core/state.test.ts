import { expect, test } from 'vitest'
import { StateKeeper } from '../../main/core/state.ts'
import { nothingYet } from '../fakes/nothing-yet.ts'

test('a burst of changes makes one new snapshot with the next revision', async () => {
  let version = 'a'
  const keeper = new StateKeeper(() => nothingYet(version))
  const heard: string[] = []
  keeper.onChanged((state) => heard.push(`${state.revision}${state.version}`))
  const before = keeper.current.revision
  version = 'b'
  keeper.touch()
  version = 'c'
  keeper.touch()
  await Promise.resolve()
  expect(heard).toEqual([`${before + 1}c`])
})

test('whoever asks right after a change sees it already', () => {
  let version = 'a'
  const keeper = new StateKeeper(() => nothingYet(version))
  version = 'b'
  keeper.touch()
  expect(keeper.current.version).toBe('b')
})
