// Who holds the key that opens the vault where there is no keychain: a passphrase or a key file.
import { randomBytes, scrypt } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { AppError } from '../core/app-error.ts'
import { diskError, errorCode } from './atomic-file.ts'

export const KEY_BYTES = 32

export type HolderKind = 'keychain' | 'passphrase' | 'key-file'

/** What must lie beside the vault to find its key again. Nothing secret. */
export type HolderFacts = Record<string, string | number>

/** Gives the 32-byte key under which a vault's data key is wrapped. */
export interface KeyHolder {
  kind: HolderKind
  /** The key for a new vault. Throws AppError keychain-…. */
  createKey(): Promise<{ key: Buffer; facts: HolderFacts }>
  /** The key of an existing vault. Throws AppError keychain-…, vault-key-wrong, vault-unreadable. */
  findKey(facts: HolderFacts): Promise<Buffer>
  /** Removes the key of a vault that is being deleted, where the holder keeps one; gone already is fine. */
  forgetKey?(facts: HolderFacts): Promise<void>
}

/** A key derived from a passphrase; how, is stored in the vault. */
export function passphraseHolder(passphrase: string | (() => Promise<string>)): KeyHolder {
  const read = async () => {
    const text = typeof passphrase === 'string' ? passphrase : await passphrase()
    if (text === '') {
      throw new AppError('input-invalid', {
        message: 'The passphrase is empty.',
        nextStep: 'Give a passphrase of at least one character, better of several words.',
      })
    }
    // The same passphrase typed on another keyboard may come in other code points.
    return text.normalize('NFKC')
  }
  return {
    kind: 'passphrase',
    async createKey() {
      const facts = { ...NEW_SCRYPT, salt: randomBytes(16).toString('base64') }
      return { key: await derive(await read(), facts), facts }
    },
    async findKey(facts) {
      const parsed = v.safeParse(scryptFacts, facts)
      if (!parsed.success) throw factsDamaged()
      return derive(await read(), parsed.output)
    },
  }
}

/** A passphrase read from a file when it is needed; one line end after it does not count. */
export function passphraseFileHolder(file: string): KeyHolder {
  return passphraseHolder(async () => {
    try {
      return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
    } catch (error) {
      throw new AppError('keychain-unavailable', {
        message: `The passphrase file ${file} cannot be read.`,
        nextStep: 'Check the path, and that the user who runs EMI Tray may read the file.',
        details: errorCode(error),
        cause: error,
      })
    }
  })
}

export interface KeyFileOptions {
  /** Make the file when it is missing and a new vault needs it. */
  create?: boolean
}

/** A file that holds the key: 32 bytes as base64, readable by its owner only. */
export function keyFileHolder(file: string, { create = false }: KeyFileOptions = {}): KeyHolder {
  return {
    kind: 'key-file',
    async createKey() {
      if (create) await makeKeyFile(file)
      return { key: await readKeyFile(file), facts: {} }
    },
    findKey: () => readKeyFile(file),
  }
}

/** The error for facts of a holder that are not as they were written. */
export function factsDamaged(): AppError {
  return new AppError('vault-unreadable', {
    message: 'The vault does not say correctly how its key is found: its file is damaged.',
    nextStep:
      'Restore vault.json from a backup. Without one, move it away, sign in again and make a new client secret.',
  })
}

// 128 MB and about half a second per guess, OWASP's first choice for scrypt.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
const NEW_SCRYPT = { N: 2 ** 17, r: 8, p: 1 }

// The limits keep a forged vault from asking for all memory, or for a key that is quick to guess.
const scryptFacts = v.object({
  N: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(2 ** 14),
    v.maxValue(2 ** 20),
    v.check((n) => Number.isInteger(Math.log2(n))),
  ),
  r: v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(16)),
  p: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4)),
  salt: v.pipe(v.string(), v.base64(), v.minLength(20)),
})

function derive(passphrase: string, facts: v.InferOutput<typeof scryptFacts>): Promise<Buffer> {
  const { N, r, p } = facts
  const salt = Buffer.from(facts.salt, 'base64')
  // 128·N·r bytes are needed; the rest is what OpenSSL adds.
  const options = { N, r, p, maxmem: 128 * N * r * p + 2 ** 22 }
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, KEY_BYTES, options, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}

async function makeKeyFile(file: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    // One that is there already is used.
    if (errorCode(error) !== 'EEXIST') throw diskError(error, file)
  }
}

async function readKeyFile(file: string): Promise<Buffer> {
  let text: string
  try {
    // Windows has no such mode; there the folder's access list protects the file.
    const othersMayRead = ((await stat(file)).mode & 0o077) !== 0 && process.platform !== 'win32'
    if (othersMayRead) {
      throw new AppError('keychain-unavailable', {
        message: `The key file ${file} can be read by other users of this machine, so it is not used.`,
        nextStep: `Run: chmod 600 ${shellQuoted(file)}`,
      })
    }
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('keychain-unavailable', {
      message: `The key file ${file} cannot be read.`,
      nextStep: `Check the path. To make a new key: (umask 077; openssl rand -base64 ${KEY_BYTES} > ${shellQuoted(file)})`,
      details: errorCode(error),
      cause: error,
    })
  }
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, 'base64')
  if (key.length !== KEY_BYTES || key.toString('base64') !== trimmed) {
    throw new AppError('vault-key-wrong', {
      message: `The key file ${file} does not hold a key: it must be ${KEY_BYTES} bytes as base64.`,
      nextStep: `Give the right file. To make a new key: (umask 077; openssl rand -base64 ${KEY_BYTES} > ${shellQuoted(file)})`,
    })
  }
  return key
}

function shellQuoted(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
}
