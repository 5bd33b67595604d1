import { expect, test } from 'vitest'
import { Selection } from '../../../renderer/state/selection.svelte.ts'

test('nothing is chosen until somebody ticks it', () => {
  const selection = new Selection(false)
  expect(selection.of(['a', 'b'])).toEqual([])
  selection.set('b', true)
  expect(selection.of(['a', 'b'])).toEqual(['b'])
  selection.set('b', false)
  expect(selection.of(['a', 'b'])).toEqual([])
})

test('everything is chosen until somebody unticks it, also what comes later', () => {
  const selection = new Selection(true)
  selection.set('a', false)
  expect(selection.of(['a', 'b', 'new'])).toEqual(['b', 'new'])
  selection.clear()
  expect(selection.of(['a', 'b'])).toEqual(['a', 'b'])
})

test('what is listed twice is chosen once, and what is no longer listed is not chosen', () => {
  const selection = new Selection(false)
  selection.set('a', true)
  selection.set('gone', true)
  expect(selection.of(['a', 'a'])).toEqual(['a'])
})
