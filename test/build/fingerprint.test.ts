// Knowing whether a build is out of date.
import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprint } from '../../build/build.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emi-build-'))
  await mkdir(join(folder, 'main'))
  await writeFile(join(folder, 'main', 'a.ts'), 'one')
  await writeFile(join(folder, 'package.json'), '{}')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the fingerprint of the sources', () => {
  const take = () => fingerprint([join(folder, 'main'), join(folder, 'package.json'), 'missing'])

  it('stays the same while nothing changes', async () => {
    expect(await take()).toBe(await take())
  })

  it.each([
    ['a file is changed', () => writeFile(join(folder, 'main', 'a.ts'), 'three')],
    ['a file is added', () => writeFile(join(folder, 'main', 'b.ts'), '')],
    ['a file is removed', () => unlink(join(folder, 'main', 'a.ts'))],
  ])('changes when %s', async (_what, change) => {
    const before = await take()
    await change()
    expect(await take()).not.toBe(before)
  })
})
