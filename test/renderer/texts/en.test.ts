import { expect, test } from 'vitest'
import { en } from '../../../renderer/texts/en.ts'

/** Every plain sentence of the catalogue, with its path. */
function sentences(node: unknown, path: string): [path: string, text: string][] {
  if (typeof node === 'string') return [[path, node]]
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => sentences(value, `${path}.${key}`))
}

const all = sentences(en, 'en')

test('the catalogue has no empty, shouting or doubled-space texts', () => {
  expect(all.length).toBeGreaterThan(300)
  expect(all.filter(([, text]) => text.trim() === '')).toEqual([])
  expect(all.filter(([, text]) => text.includes('!'))).toEqual([])
  expect(all.filter(([, text]) => text.includes('  ') || text !== text.trim())).toEqual([])
})

test('a longer text ends with a full stop', () => {
  // A path through menus is not a sentence.
  const long = all.filter(([, text]) => text.split(' ').length > 8 && !text.includes('›'))
  expect(long.filter(([, text]) => !/[.?…]$/.test(text))).toEqual([])
})

test('counts have their singular', () => {
  expect(en.log.newEntries(1)).toBe('1 new')
  expect(en.log.showNew(1)).toBe('Show 1 new entry')
  expect(en.log.showNew(7)).toBe('Show 7 new entries')
  expect(en.overview.secretDays(1)).toBe('1 day')
  expect(en.webhook.remedyPeopleApply(1)).toBe('Subscribe 1 person')
  expect(en.webhook.remedyPeopleApply(3)).toBe('Subscribe 3 people')
})

test('the details of an error copy as one block without empty lines', () => {
  const block = en.errors.detailsBlock({
    message: 'Microsoft refused.',
    nextStep: 'Ask.',
    code: 'graph-forbidden',
    details: null,
    reference: '',
    at: '2026-11-23T14:00:00Z',
  })
  expect(block.split('\n')).toEqual([
    'Microsoft refused.',
    'Ask.',
    'Code: graph-forbidden',
    'Time: 2026-11-23T14:00:00Z',
  ])
})
