import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { autostartFile, autostartPath, autostartText } from '../../main/electron/autostart.ts'
import { temporaryFolder } from '../node/temporary-folder.ts'

const program = { path: '/opt/EMI Tray/emi-tray', args: ['--hidden'] }

test('on and off make and remove the file, which names the program and starts it hidden', async () => {
  const file = join(temporaryFolder(), 'config', 'autostart', 'app.desktop')
  const item = autostartFile(file, program)
  expect(await item.isOn()).toBe(false)
  await item.set(true)
  expect(await item.isOn()).toBe(true)
  expect(await readFile(file, 'utf8')).toContain('Exec="/opt/EMI Tray/emi-tray" "--hidden"\n')
  await item.set(false)
  expect(await item.isOn()).toBe(false)
  await item.set(false)
})

test('an entry that a person switched off in the desktop is off', async () => {
  const file = join(temporaryFolder(), 'app.desktop')
  await writeFile(file, `${autostartText(program)}Hidden=true\n`)
  expect(await autostartFile(file, program).isOn()).toBe(false)
})

test('a folder that cannot be written is said, with what to do', async () => {
  const file = join(temporaryFolder(), 'autostart', 'app.desktop')
  await mkdir(dirname(dirname(file)), { recursive: true })
  await writeFile(dirname(file), 'a file where the folder should be')
  await expect(autostartFile(file, program).set(true)).rejects.toMatchObject({
    code: 'data-folder-unwritable',
  })
})

test('a folder of strange letters comes out of the quoting as it went in', () => {
  const strange = '/home/o"brien/$HOME `x` 100% back\\slash/data'
  const [, exec = ''] = /^Exec=(.*)$/m.exec(autostartText({ ...program, args: [strange] })) ?? []
  // As a desktop reads it: first the escapes of a value, then those of an argument, then field codes.
  const value = exec.replaceAll('\\\\', '\\')
  const shell = execFileSync('sh', ['-c', `printf '%s\\n' ${value.replaceAll('%%', '%')}`])
  expect(shell.toString().trimEnd().split('\n')).toEqual([program.path, strange])
})

test('the file is where desktops look; a relative setting is ignored', () => {
  const place = (config: string) => autostartPath({ XDG_CONFIG_HOME: config }, '/home/a', 'app')
  expect(place('/etc/xdg-a')).toBe('/etc/xdg-a/autostart/app.desktop')
  expect(place('relative')).toBe('/home/a/.config/autostart/app.desktop')
})
