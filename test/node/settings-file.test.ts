import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { diskError } from '../../main/node/atomic-file.ts'
import { readSettingsFile, writeSettingsFile } from '../../main/node/settings-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('settings come back as they were written, from a file of their owner alone', async () => {
  const file = path.join(temporaryFolder(), 'settings.json')
  expect(await readSettingsFile(file)).toBeUndefined()
  await writeSettingsFile(file, { version: 1, theme: 'dark' })
  await writeSettingsFile(file, { version: 1, theme: 'light' })
  expect(await readSettingsFile(file)).toEqual({ version: 1, theme: 'light' })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(path.dirname(file))).toEqual(['settings.json'])
})

test('settings saved by a Windows editor with a byte order mark are read', async () => {
  const file = path.join(temporaryFolder(), 'settings.json')
  await writeFile(file, '\uFEFF{"version":1}')
  expect(await readSettingsFile(file)).toEqual({ version: 1 })
})

test.each(['', '{', '{"a":1,}', 'not json'])(
  'damaged settings (%j) are reported and left as they are',
  async (content) => {
    const file = path.join(temporaryFolder(), 'settings.json')
    await writeFile(file, content)
    await expect(readSettingsFile(file)).rejects.toMatchObject({ code: 'settings-unreadable' })
    expect(await readFile(file, 'utf8')).toBe(content)
  },
)

test('a settings file that is a folder is reported', async () => {
  const file = path.join(temporaryFolder(), 'settings.json')
  await mkdir(file)
  await expect(readSettingsFile(file)).rejects.toMatchObject({ code: 'settings-unreadable' })
  await expect(writeSettingsFile(file, {})).rejects.toMatchObject({
    code: 'data-folder-unwritable',
  })
  expect(await readdir(path.dirname(file))).toEqual(['settings.json'])
})

test('a full disk is called that', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  expect(diskError(error, '/data/settings.json')).toMatchObject({ code: 'disk-full' })
})
