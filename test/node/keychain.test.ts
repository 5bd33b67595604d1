import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { chooseKeyHolder, keychainHolder, type KeychainEntry } from '../../main/node/keychain.ts'
import { openVault } from '../../main/node/vault.ts'
import { systemProgram } from './system-programs.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PROGRAM = path.join(import.meta.dirname, 'keychain-program.ts')
const WITH_KEYRING = path.join(import.meta.dirname, '..', 'with-keyring.sh')

interface Report {
  results: unknown[]
  durationMs: number
}

async function run(command: string[], env: NodeJS.ProcessEnv = process.env): Promise<Report> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ])
  if (code !== 0) throw new Error(`ended with ${code}: ${errors}`)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Report
}

/** Each of these tests has a keyring of its own, so none meets another's, nor that of a person. */
function runWithKeyring(args: string[]): Promise<Report> {
  systemProgram('dbus-run-session')
  systemProgram('gnome-keyring-daemon')
  systemProgram('secret-tool')
  return run(['bash', WITH_KEYRING, process.execPath, PROGRAM, ...args])
}

describe('the real keychain (gnome-keyring)', () => {
  test('keeps the key of a vault, and nothing secret is in the file', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const { results } = await runWithKeyring([file, 'set', 'get'])
    expect(results).toEqual(['kept by the keychain', 'kept by the keychain'])
    expect(await readFile(file, 'utf8')).not.toContain('kept by')
  })

  test('that is locked and has nobody to unlock it says so, and the vault stays', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const { results } = await runWithKeyring([file, 'set', 'lock', 'get'])
    expect(results.slice(0, 2)).toEqual(['kept by the keychain', 'done'])
    expect(results[2]).toMatchObject({ code: 'keychain-locked' })
    expect(existsSync(file)).toBe(true)
  })

  test('that lost the key says so, and the vault is not made anew', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const { results } = await runWithKeyring([file, 'set', 'forget', 'get'])
    expect(results[2]).toMatchObject({ code: 'vault-key-wrong' })
    expect(await readFile(file, 'utf8')).toContain('microsoft/clientSecret')
  })
})

describe('erasing a vault in the real keychain', () => {
  test('removes its entry with the file, and a later start makes a new one', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const steps = ['set', 'entries', 'erase', 'entries', 'get', 'entries', 'set']
    const { results } = await runWithKeyring([file, ...steps])
    expect(results).toEqual([
      'kept by the keychain',
      1,
      { erased: true, file: false },
      0,
      null,
      1,
      'kept by the keychain',
    ])
  })

  test('removes nothing twice: an entry that is gone already is fine', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const { results } = await runWithKeyring([file, 'set', 'erase-gone', 'entries'])
    expect(results.slice(1)).toEqual([{ erased: true, file: false }, 0])
  })
})

describe('a machine without a keychain', () => {
  const withoutBus = { ...process.env }
  for (const name of ['DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'XDG_RUNTIME_DIR'])
    Reflect.deleteProperty(withoutBus, name)

  test.each([
    ['no bus', withoutBus],
    ['a dead bus', { ...withoutBus, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' }],
  ])('(%s) is told of within a second, and nothing is written', async (_, env) => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'vault.json')
    const { results, durationMs } = await run([process.execPath, PROGRAM, file, 'set'], env)
    expect(results[0]).toMatchObject({
      code: 'keychain-unavailable',
      nextStep: expect.stringMatching(/EMI_PASSPHRASE_FILE.*EMI_KEY_FILE/) as string,
    })
    expect(durationMs).toBeLessThan(1_000)
    expect(await readdir(folder)).toEqual([])
  })

  test('(a bus without a keyring service) is told of too', async () => {
    const folder = temporaryFolder()
    // Without service files the bus cannot start a keyring either.
    const env = { ...withoutBus, XDG_DATA_DIRS: folder, XDG_DATA_HOME: folder, HOME: folder }
    const config = path.join(folder, 'bus.conf')
    await writeFile(
      config,
      `<busconfig><type>session</type><listen>unix:tmpdir=${folder}</listen>
       <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`,
    )
    const { results } = await run(
      [
        ...[systemProgram('dbus-run-session'), '--config-file', config, '--'],
        ...[process.execPath, PROGRAM, path.join(folder, 'vault.json'), 'set'],
      ],
      env,
    )
    expect(results[0]).toMatchObject({ code: 'keychain-unavailable' })
    expect(existsSync(path.join(folder, 'vault.json'))).toBe(false)
  })
})

test('an installation without the native module says to install again, and nothing is written', async () => {
  const folder = temporaryFolder()
  const hook = path.join(import.meta.dirname, 'without-keyring.ts')
  const file = path.join(folder, 'vault.json')
  const { results } = await run([process.execPath, '--import', hook, PROGRAM, file, 'set'])
  expect(results[0]).toMatchObject({
    code: 'keychain-unavailable',
    nextStep: expect.stringMatching(/^Install EMI Tray again\..*EMI_KEY_FILE/) as string,
  })
  expect(await readdir(folder)).toEqual([])
})

describe('a keychain that misbehaves', () => {
  const holderOf = (entry: KeychainEntry, timeoutMs = 5_000) =>
    keychainHolder({ service: 'emi-tray', account: 'vault', timeoutMs, openEntry: () => entry })

  test('and shows a dialog that nobody answers counts as locked after the time limit', async () => {
    const silent: KeychainEntry = {
      getPassword: () => new Promise(() => undefined),
      setPassword: () => new Promise(() => undefined),
      deletePassword: () => new Promise(() => undefined),
    }
    const folder = temporaryFolder()
    const file = path.join(folder, 'vault.json')
    await expect(openVault({ file, holder: holderOf(silent, 30) })).rejects.toMatchObject({
      code: 'keychain-locked',
    })
    expect(await readdir(folder)).toEqual([])
  })

  test('and forgets what it was given makes no vault', async () => {
    const forgetful: KeychainEntry = {
      getPassword: () => Promise.resolve(null),
      setPassword: () => Promise.resolve(),
      deletePassword: () => Promise.resolve(),
    }
    const folder = temporaryFolder()
    const file = path.join(folder, 'vault.json')
    await expect(openVault({ file, holder: holderOf(forgetful) })).rejects.toMatchObject({
      code: 'keychain-unavailable',
    })
    expect(await readdir(folder)).toEqual([])
  })

  test('two vaults of one machine do not take the key from each other', async () => {
    const entries = new Map<string, string>()
    const holder = keychainHolder({
      service: 'emi-tray',
      account: 'vault',
      openEntry: (service, account) => ({
        getPassword: () => Promise.resolve(entries.get(`${service} ${account}`) ?? null),
        setPassword: (password) => {
          entries.set(`${service} ${account}`, password)
          return Promise.resolve()
        },
        deletePassword: () => {
          entries.delete(`${service} ${account}`)
          return Promise.resolve()
        },
      }),
    })
    const folder = temporaryFolder()
    const files = ['one.json', 'two.json'].map((name) => path.join(folder, name))
    for (const file of files) {
      const vault = await openVault({ file, holder })
      await vault.namespace('microsoft').set('clientSecret', file)
      await vault.close()
    }
    for (const file of files) {
      const vault = await openVault({ file, holder })
      expect(await vault.namespace('microsoft').get('clientSecret')).toBe(file)
      await vault.close()
    }
  })
})

describe('the choice of the key holder', () => {
  test('is the keychain when nothing is given', () => {
    expect(chooseKeyHolder({ env: {}, service: 'emi-tray' }).kind).toBe('keychain')
    expect(chooseKeyHolder({ env: { EMI_PASSPHRASE: '' }, service: 'emi-tray' }).kind).toBe(
      'keychain',
    )
  })

  test.each([
    [{ EMI_PASSPHRASE: 'words' }, {}, 'passphrase'],
    [{ EMI_PASSPHRASE_FILE: '/p' }, {}, 'passphrase'],
    [{ EMI_KEY_FILE: '/k' }, {}, 'key-file'],
    [{}, { passphraseFile: '/p' }, 'passphrase'],
    [{}, { keyFile: '/k' }, 'key-file'],
    [{ EMI_PASSPHRASE: 'words' }, { keyFile: '/k' }, 'key-file'],
  ])('with %j and %j is %s', (env, options, kind) => {
    expect(chooseKeyHolder({ env, ...options, service: 'emi-tray' }).kind).toBe(kind)
  })

  test('is refused when two are given in one place', () => {
    const env = { EMI_PASSPHRASE: 'words', EMI_KEY_FILE: '/k' }
    expect(() => chooseKeyHolder({ env, service: 'emi-tray' })).toThrow(/EMI_KEY_FILE/)
  })

  test('reads a passphrase file without its line end, and says when it is missing', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'vault.json')
    const passphraseFile = path.join(folder, 'passphrase')
    await writeFile(passphraseFile, 'correct horse\n')
    const vault = await openVault({
      file,
      holder: chooseKeyHolder({ env: {}, passphraseFile, service: 'emi-tray' }),
    })
    await vault.close()
    const typed = chooseKeyHolder({ env: { EMI_PASSPHRASE: 'correct horse' }, service: 'emi-tray' })
    await (await openVault({ file, holder: typed })).close()
    const missing = chooseKeyHolder({ env: {}, passphraseFile: '/nonexistent', service: 'x' })
    await expect(openVault({ file, holder: missing })).rejects.toMatchObject({
      code: 'keychain-unavailable',
    })
  })
})
