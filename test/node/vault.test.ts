import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { chmod, mkdir, readFile, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  keyFileHolder,
  passphraseHolder,
  type HolderFacts,
  type KeyHolder,
} from '../../main/node/key-holder.ts'
import { AppError } from '../../main/core/app-error.ts'
import { openVault, readVaultSecret } from '../../main/node/vault.ts'
import { temporaryFolder } from './temporary-folder.ts'

const SECRET = 'vv18Q~not-a-real-secret-but-looks-like-one-abcd'

/** A holder without the half second of scrypt, for tests that open a vault many times. */
function quickHolder(key = Buffer.alloc(32, 7)): KeyHolder {
  const facts: HolderFacts = { entry: 'quick' }
  return {
    kind: 'keychain',
    createKey: () => Promise.resolve({ key: Buffer.from(key), facts }),
    findKey: () => Promise.resolve(Buffer.from(key)),
  }
}

async function vaultWith(secrets: Record<string, string>) {
  const file = path.join(temporaryFolder(), 'vault.json')
  const vault = await openVault({ file, holder: quickHolder() })
  for (const [name, value] of Object.entries(secrets))
    await vault.namespace('microsoft').set(name, value)
  await vault.close()
  return file
}

async function secretsIn(file: string, names: string[], holder = quickHolder()) {
  const vault = await openVault({ file, holder })
  const store = vault.namespace('microsoft')
  const found = await Promise.all(names.map((name) => store.get(name)))
  await vault.close()
  return found
}

describe('the vault', () => {
  test('gives a secret back after it was closed and opened again', async () => {
    const file = await vaultWith({ clientSecret: SECRET, empty: '', long: 'é'.repeat(40_000) })
    expect(await secretsIn(file, ['clientSecret', 'empty', 'long', 'missing'])).toEqual([
      SECRET,
      '',
      'é'.repeat(40_000),
      undefined,
    ])
  })

  test('shows one secret beside the app that has it open, and writes nothing for it', async () => {
    const file = await vaultWith({ clientSecret: SECRET })
    const vault = await openVault({ file, holder: quickHolder() })
    const read = (holder = quickHolder(), name = 'clientSecret') =>
      readVaultSecret({ file, holder }, { area: 'microsoft', name })
    const before = await readFile(file)
    expect(await read()).toBe(SECRET)
    expect(await read(undefined, 'missing')).toBeUndefined()
    await expect(read(quickHolder(Buffer.alloc(32, 8)))).rejects.toMatchObject({
      code: 'vault-key-wrong',
    })
    expect(await readFile(file)).toEqual(before)
    await vault.namespace('microsoft').set('clientSecret', 'the next one')
    expect(await read()).toBe('the next one')
    await vault.close()
    // Where there is none, none is made.
    await rm(file)
    expect(await read()).toBeUndefined()
    await expect(stat(file)).rejects.toThrow()
  })

  test('keeps no secret in readable form, and its file to its owner', async () => {
    const file = await vaultWith({ clientSecret: SECRET })
    const text = await readFile(file, 'utf8')
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 30))
    expect(text).not.toContain(Buffer.from(SECRET).toString('hex').slice(0, 30))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('encrypts the same value differently each time', async () => {
    const file = await vaultWith({ a: SECRET, b: SECRET })
    const { content } = JSON.parse(await readFile(file, 'utf8')) as {
      content: { records: Record<string, { nonce: string; data: string }> }
    }
    const [a, b] = Object.values(content.records)
    expect(a?.nonce).not.toBe(b?.nonce)
    expect(a?.data).not.toBe(b?.data)
  })

  test('keeps the areas apart', async () => {
    const file = await vaultWith({ clientSecret: SECRET })
    const vault = await openVault({ file, holder: quickHolder() })
    expect(await vault.namespace('practice').get('clientSecret')).toBeUndefined()
    await vault.namespace('practice').set('clientSecret', 'other')
    expect(await vault.namespace('microsoft').get('clientSecret')).toBe(SECRET)
    await vault.close()
  })

  test('forgets what is deleted, and deleting what is not there is fine', async () => {
    const file = await vaultWith({ clientSecret: SECRET, other: 'stays' })
    const vault = await openVault({ file, holder: quickHolder() })
    await vault.namespace('microsoft').delete('clientSecret')
    await vault.namespace('microsoft').delete('never-there')
    await vault.close()
    expect(await secretsIn(file, ['clientSecret', 'other'])).toEqual([undefined, 'stays'])
  })

  test('keeps every one of many secrets that are set at the same time', async () => {
    const file = await vaultWith({})
    const vault = await openVault({ file, holder: quickHolder() })
    const store = vault.namespace('microsoft')
    const names = Array.from({ length: 40 }, (_, index) => `name-${index}`)
    await Promise.all(names.map((name) => store.set(name, `value of ${name}`)))
    await vault.close()
    expect(await secretsIn(file, names)).toEqual(names.map((name) => `value of ${name}`))
  })

  test('notices any changed byte, and never overwrites a damaged file', async () => {
    const file = await vaultWith({ clientSecret: SECRET })
    const good = await readFile(file)
    for (let index = 0; index < good.length; index += 1) {
      const damaged = Buffer.from(good)
      damaged.writeUInt8((good[index] ?? 0) ^ 0x01, index)
      await writeFile(file, damaged)
      const result = await secretsIn(file, ['clientSecret']).catch((error: unknown) => error)
      // A changed blank between two tokens is the one change that means nothing.
      const isBlank = good[index] === 0x20 || good[index] === 0x0a
      if (isBlank && Array.isArray(result)) expect(result).toEqual([SECRET])
      else expect(result, `byte ${index}`).toMatchObject({ code: 'vault-unreadable' })
      if (!(isBlank && Array.isArray(result))) expect(await readFile(file)).toEqual(damaged)
    }
  })

  test.each([0, 1, 100, 400])('calls a file cut off after %i bytes damaged', async (length) => {
    const file = await vaultWith({ clientSecret: SECRET })
    const cut = (await readFile(file)).subarray(0, length)
    await writeFile(file, cut)
    await expect(openVault({ file, holder: quickHolder() })).rejects.toMatchObject({
      code: 'vault-unreadable',
    })
    expect(await readFile(file)).toEqual(Buffer.from(cut))
  })

  test('notices records that were exchanged by somebody who corrected the checksum', async () => {
    const file = await vaultWith({ first: SECRET, second: 'harmless' })
    const stored = JSON.parse(await readFile(file, 'utf8')) as {
      checksum: string
      content: { records: Record<string, object> }
    }
    const { records } = stored.content
    const [first, second] = [records['microsoft/first'], records['microsoft/second']]
    if (!first || !second) throw new Error('the records are not where this test expects them')
    records['microsoft/first'] = second
    records['microsoft/second'] = first
    stored.checksum = createHash('sha256').update(JSON.stringify(stored.content)).digest('base64')
    await writeFile(file, JSON.stringify(stored))
    await expect(openVault({ file, holder: quickHolder() })).rejects.toMatchObject({
      code: 'vault-unreadable',
    })
  })

  test('says that the key is wrong, not that the file is damaged', async () => {
    const file = await vaultWith({ clientSecret: SECRET })
    const other = quickHolder(Buffer.alloc(32, 8))
    await expect(openVault({ file, holder: other })).rejects.toMatchObject({
      code: 'vault-key-wrong',
    })
    expect(await secretsIn(file, ['clientSecret'])).toEqual([SECRET])
  })

  test('names the holder it was made with when another is offered', async () => {
    const file = await vaultWith({ clientSecret: SECRET })
    const error: unknown = await openVault({ file, holder: passphraseHolder('some words') }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'vault-key-wrong' })
    expect(String(error)).toContain('keychain')
    expect(String(error)).toContain('passphrase')
  })

  test('says so when a newer version wrote the file', async () => {
    const file = await vaultWith({})
    const newer = (await readFile(file, 'utf8')).replace('"version": 1', '"version": 2')
    await writeFile(file, newer)
    await expect(openVault({ file, holder: quickHolder() })).rejects.toMatchObject({
      code: 'vault-unreadable',
      message: expect.stringContaining('another version') as string,
    })
  })

  test('goes on after a write that failed, without the value that was refused', async () => {
    const file = await vaultWith({ clientSecret: SECRET })
    const vault = await openVault({ file, holder: quickHolder() })
    const store = vault.namespace('microsoft')
    // A folder where the temporary file should go stops even root.
    await mkdir(`${file}.tmp`)
    await expect(store.set('clientSecret', 'new')).rejects.toMatchObject({
      code: 'data-folder-unwritable',
    })
    expect(await store.get('clientSecret')).toBe(SECRET)
    await rmdir(`${file}.tmp`)
    await store.set('clientSecret', 'newer')
    await vault.close()
    expect(await secretsIn(file, ['clientSecret'])).toEqual(['newer'])
  })

  test('has the old or the new secrets after a kill in the middle of writing', async () => {
    const file = await vaultWith({})
    const program = path.join(import.meta.dirname, 'vault-writer.ts')
    for (let round = 1; round <= 8; round += 1) {
      const writer = spawn(process.execPath, [program, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(writer, 'exit')
      await once(writer.stdout, 'data')
      // Each round kills one step further: file made, some of it written, all of it, renamed …
      let steps = 0
      const watcher = watch(path.dirname(file), () => {
        steps += 1
        if (steps === round) writer.kill('SIGKILL')
      })
      let last = 0
      for await (const chunk of writer.stdout) {
        last = Number(String(chunk).trim().split('\n').at(-1))
      }
      await exited
      watcher.close()
      const [counter, big] = await secretsIn(file, ['counter', 'big'])
      // What was reported as saved is saved; at most the one in flight is there besides.
      expect(Number(counter)).toBeGreaterThanOrEqual(last)
      expect(big).toMatch(/^(.)\1*$/)
    }
    // What a killed writer left behind is gone after the next write.
    const vault = await openVault({ file, holder: quickHolder() })
    await vault.namespace('microsoft').set('counter', '0')
    await vault.close()
    expect(await readdir(path.dirname(file))).toEqual(['vault.json'])
  })
})

describe('a passphrase', () => {
  test('opens the vault it made, in either Unicode form, and no other passphrase does', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const made = await openVault({ file, holder: passphraseHolder('Caf\u00e9 at noon') })
    await made.namespace('microsoft').set('clientSecret', SECRET)
    await made.close()
    expect(await secretsIn(file, ['clientSecret'], passphraseHolder('Cafe\u0301 at noon'))).toEqual(
      [SECRET],
    )
    await expect(
      openVault({ file, holder: passphraseHolder('Cafe at noon') }),
    ).rejects.toMatchObject({ code: 'vault-key-wrong' })
    expect(await readFile(file, 'utf8')).toContain('131072')
  })

  test('that is empty is refused, and nothing is written', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'vault.json')
    await expect(openVault({ file, holder: passphraseHolder('') })).rejects.toMatchObject({
      code: 'input-invalid',
    })
    expect(await readdir(folder)).toEqual([])
  })

  test.each([
    ['asks for all memory', { N: 2 ** 40, r: 8, p: 1, salt: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
    ['is made easy to guess', { N: 2, r: 1, p: 1, salt: 'AAAAAAAAAAAAAAAAAAAAAA==' }],
    ['has no salt', { N: 2 ** 17, r: 8, p: 1 }],
  ] as [string, HolderFacts][])('is not asked of a vault that %s', async (_, facts) => {
    await expect(passphraseHolder('words').findKey(facts)).rejects.toMatchObject({
      code: 'vault-unreadable',
    })
  })
})

describe('a key file', () => {
  test('opens the vault it made; another key does not', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'vault.json')
    const keyFile = path.join(folder, 'key')
    const holder = keyFileHolder(keyFile, { create: true })
    const vault = await openVault({ file, holder })
    await vault.namespace('microsoft').set('clientSecret', SECRET)
    await vault.close()
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
    expect(await secretsIn(file, ['clientSecret'], keyFileHolder(keyFile))).toEqual([SECRET])
    const otherKey = path.join(folder, 'other')
    await writeFile(otherKey, Buffer.alloc(32, 1).toString('base64'), { mode: 0o600 })
    await expect(openVault({ file, holder: keyFileHolder(otherKey) })).rejects.toMatchObject({
      code: 'vault-key-wrong',
    })
  })

  test('that others may read is refused with the line that closes it', async () => {
    const keyFile = path.join(temporaryFolder(), "it's a key")
    await writeFile(keyFile, Buffer.alloc(32, 1).toString('base64'))
    await chmod(keyFile, 0o640)
    await expect(keyFileHolder(keyFile).findKey({})).rejects.toMatchObject({
      code: 'keychain-unavailable',
      nextStep: expect.stringContaining(`chmod 600 '${keyFile.replace("'", "'\\''")}'`) as string,
    })
  })

  test('that is missing is not made unless that is asked for', async () => {
    const folder = temporaryFolder()
    const file = path.join(folder, 'vault.json')
    const holder = keyFileHolder(path.join(folder, 'key'))
    await expect(openVault({ file, holder })).rejects.toMatchObject({
      code: 'keychain-unavailable',
    })
    expect(await readdir(folder)).toEqual([])
  })

  test.each(['', 'hello', Buffer.alloc(31).toString('base64'), `${'A'.repeat(42)}*=`])(
    'that holds %j instead of a key is refused',
    async (content) => {
      const keyFile = path.join(temporaryFolder(), 'key')
      await writeFile(keyFile, content, { mode: 0o600 })
      await expect(keyFileHolder(keyFile).findKey({})).rejects.toMatchObject({
        code: 'vault-key-wrong',
      })
    },
  )
})

describe('erasing the vault', () => {
  /** A holder that keeps its keys in a map, as the keychain does. */
  function keepingHolder() {
    const keys = new Map<string, Buffer>()
    const holder: KeyHolder = {
      kind: 'keychain',
      createKey: () => {
        const entry = `key ${keys.size + 1} of ${Math.floor(performance.now())}`
        const key = Buffer.alloc(32, keys.size + 1)
        keys.set(entry, key)
        return Promise.resolve({ key: Buffer.from(key), facts: { entry } })
      },
      findKey: ({ entry }) => {
        const key = keys.get(String(entry))
        if (key) return Promise.resolve(Buffer.from(key))
        const text = { message: 'The key is gone.', nextStep: 'Make a new one.' }
        return Promise.reject(new AppError('vault-key-wrong', text))
      },
      forgetKey: ({ entry }) => {
        keys.delete(String(entry))
        return Promise.resolve()
      },
    }
    return { keys, holder }
  }

  test('removes file and key once nothing is in it, and the next secret makes both anew', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const { keys, holder } = keepingHolder()
    const vault = await openVault({ file, holder })
    const store = vault.namespace('microsoft')
    await store.set('clientSecret', SECRET)
    await store.clear()
    expect(await vault.eraseIfEmpty()).toBe(true)
    expect(await vault.eraseIfEmpty()).toBe(true)
    expect(keys.size).toBe(0)
    // Nothing to remove writes nothing.
    await store.clear()
    await store.delete('clientSecret')
    expect(await store.get('clientSecret')).toBeUndefined()
    expect(await readdir(path.dirname(file))).toEqual([])

    await store.set('clientSecret', 'a new one')
    await vault.close()
    expect(keys.size).toBe(1)
    expect(await secretsIn(file, ['clientSecret'], holder)).toEqual(['a new one'])
  })

  test('never touches one that still holds a secret, of whatever connection', async () => {
    const file = path.join(temporaryFolder(), 'vault.json')
    const { keys, holder } = keepingHolder()
    const vault = await openVault({ file, holder })
    await vault.namespace('microsoft').set('clientSecret', SECRET)
    await vault.namespace('practice').set('clientSecret', 'other')
    await vault.namespace('practice').clear()
    expect(await vault.eraseIfEmpty()).toBe(false)
    await vault.close()
    expect(keys.size).toBe(1)
    expect(await secretsIn(file, ['clientSecret'], holder)).toEqual([SECRET])
  })

  test('that was stopped after the key went is opened anew; one with secrets is not', async () => {
    const { keys, holder } = keepingHolder()
    const folder = temporaryFolder()
    for (const [name, secret] of [
      ['empty.json', null],
      ['full.json', SECRET],
    ] as const) {
      const vault = await openVault({ file: path.join(folder, name), holder })
      if (secret) await vault.namespace('microsoft').set('clientSecret', secret)
      await vault.close()
    }
    keys.clear()
    const opened = await openVault({ file: path.join(folder, 'empty.json'), holder })
    await opened.close()
    await expect(openVault({ file: path.join(folder, 'full.json'), holder })).rejects.toMatchObject(
      { code: 'vault-key-wrong' },
    )
  })
})
