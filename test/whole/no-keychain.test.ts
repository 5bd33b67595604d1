// The real command on a machine without a keychain and without a passphrase.
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { newDataFolder, startCli } from './cli-process.ts'

test('without keychain, passphrase and key file nothing secret is written, and the way out is named', async () => {
  const folder = await newDataFolder()
  const run = startCli(['setup', '--practice', '--yes', '--data', folder.path], {
    EMI_PASSPHRASE: undefined,
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
  })
  expect(await run.exited).toBe(6)
  expect(run.stderr()).toMatch(/passphrase/i)
  expect(run.stderr()).toContain('keychain-unavailable')
  expect(await readdir(folder.path)).not.toContain('vault.json')
  await folder.remove()
})
