// The vault's key in the operating system's keychain, and the choice between that, a passphrase and a key file.
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { AppError } from '../core/app-error.ts'
import {
  factsDamaged,
  KEY_BYTES,
  keyFileHolder,
  passphraseFileHolder,
  passphraseHolder,
  type KeyHolder,
} from './key-holder.ts'

export { keyFileHolder, passphraseHolder, type KeyHolder } from './key-holder.ts'

/** One entry of the keychain. */
export interface KeychainEntry {
  getPassword(): Promise<string | null>
  setPassword(password: string): Promise<void>
  /** Resolves also when there is no such entry. */
  deletePassword(): Promise<void>
}

export interface KeychainOptions {
  service: string
  account: string
  /** How long a person has for the dialog that unlocks the keychain. */
  timeoutMs?: number
  /** Opens an entry; tests hand in their own. */
  openEntry?: (service: string, account: string) => KeychainEntry | Promise<KeychainEntry>
}

/**
 * A random key in the keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
 * Each vault has an entry of its own, so that a second data folder cannot take another's key away.
 */
export function keychainHolder(options: KeychainOptions): KeyHolder {
  const { service, account, timeoutMs = 20_000, openEntry = openSystemEntry } = options
  const ask = <T>(id: string, question: (entry: KeychainEntry) => Promise<T>): Promise<T> =>
    withinTime(timeoutMs, async () => question(await openEntry(service, `${account} ${id}`)))
  return {
    kind: 'keychain',
    async createKey() {
      const id = randomBytes(6).toString('hex')
      const key = randomBytes(KEY_BYTES)
      const text = key.toString('base64')
      await ask(id, (entry) => entry.setPassword(text))
      // Some keychains accept and forget; the vault would be lost with the first restart.
      if ((await ask(id, (entry) => entry.getPassword())) !== text) {
        throw unavailable(new Error('The keychain did not keep what it was given.'))
      }
      return { key, facts: { entry: id } }
    },
    async findKey(facts) {
      const parsed = v.safeParse(keychainFacts, facts)
      if (!parsed.success) throw factsDamaged()
      const text = await ask(parsed.output.entry, (entry) => entry.getPassword())
      const key = Buffer.from(text ?? '', 'base64')
      if (key.length !== KEY_BYTES) throw keyGone()
      return key
    },
    async forgetKey(facts) {
      const parsed = v.safeParse(keychainFacts, facts)
      if (!parsed.success) throw factsDamaged()
      await ask(parsed.output.entry, (entry) => entry.deletePassword())
    },
  }
}

export interface KeyHolderChoice {
  env: NodeJS.ProcessEnv
  /** Paths given on the command line; they go before the environment. */
  passphraseFile?: string | undefined
  keyFile?: string | undefined
  /** Make the key file when it is missing and a new vault needs it. */
  createKeyFile?: boolean
  /** The name under which the keychain keeps the key. */
  service: string
}

/** The holder that the command line or the environment names, else the keychain. Throws AppError input-invalid for two at once. */
export function chooseKeyHolder(choice: KeyHolderChoice): KeyHolder {
  const { env, passphraseFile, keyFile, createKeyFile = false, service } = choice
  const keyFileHere = (path: string) => keyFileHolder(path, { create: createKeyFile })
  return (
    onlyOne([
      ['--passphrase-file', passphraseFile, passphraseFileHolder],
      ['--key-file', keyFile, keyFileHere],
    ]) ??
    onlyOne([
      ['EMI_PASSPHRASE', env.EMI_PASSPHRASE, passphraseHolder],
      ['EMI_PASSPHRASE_FILE', env.EMI_PASSPHRASE_FILE, passphraseFileHolder],
      ['EMI_KEY_FILE', env.EMI_KEY_FILE, keyFileHere],
    ]) ??
    keychainHolder({ service, account: 'vault' })
  )
}

type Offer = [name: string, value: string | undefined, holder: (value: string) => KeyHolder]

function onlyOne(offers: Offer[]): KeyHolder | undefined {
  const [first, second] = offers.filter(([, value]) => value !== undefined && value !== '')
  if (first && second) {
    throw new AppError('input-invalid', {
      message: `Both ${first[0]} and ${second[0]} are given, and the vault has only one key.`,
      nextStep: 'Give the one that the vault was made with, and leave the other out.',
    })
  }
  return first?.[1] === undefined ? undefined : first[2](first[1])
}

const keychainFacts = v.object({ entry: v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/)) })

/** Without the pinned store the module falls back to the kernel's keyring, which forgets at the next restart. */
async function openSystemEntry(service: string, account: string): Promise<KeychainEntry> {
  const { AsyncEntry } = await loadKeyring()
  const entry = new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
  return {
    getPassword: () => entry.getPassword(),
    setPassword: (password) => entry.setPassword(password),
    deletePassword: async () => {
      // False for an entry that is gone already.
      await entry.deletePassword()
    },
  }
}

/** Native code, so a damaged installation may lack it; loaded when the keychain is asked, which not everybody does. */
async function loadKeyring() {
  try {
    return await import('@napi-rs/keyring')
  } catch (error) {
    throw new AppError('keychain-unavailable', {
      message:
        'The part of EMI Tray that speaks with the keychain is missing or damaged, and no secret is saved without.',
      nextStep: `Install EMI Tray again. ${OTHER_WAYS}`,
      // The first line; further ones list where it was looked for.
      details: error instanceof Error ? error.message.split('\n', 1)[0] : undefined,
      cause: error,
    })
  }
}

/** The module ignores an AbortSignal while a dialog is open, so the time limit is ours. */
async function withinTime<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(locked(`The keychain did not answer within ${Math.round(timeoutMs / 1000)} s.`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([work(), tooLate])
  } catch (error) {
    if (error instanceof AppError) throw error
    // libsecret: “unlock prompt was dismissed”; macOS: “User interaction is not allowed”, “… was canceled”.
    const isLocked =
      error instanceof Error && /dismissed|locked|interaction|cancel/i.test(error.message)
    throw isLocked ? locked('The keychain is locked.', error) : unavailable(error)
  } finally {
    clearTimeout(timer)
  }
}

const OTHER_WAYS =
  'Or give a passphrase with EMI_PASSPHRASE_FILE or --passphrase-file, or a key file with EMI_KEY_FILE or --key-file.'

function locked(message: string, cause?: unknown): AppError {
  return new AppError('keychain-locked', {
    message: `${message} The key to the saved secrets is in it.`,
    nextStep: `Unlock the keychain (on Linux often “Passwords and Keys”, or sign in to the desktop again), then try again. ${OTHER_WAYS}`,
    details: cause instanceof Error ? cause.message : undefined,
    cause,
  })
}

function unavailable(cause: unknown): AppError {
  return new AppError('keychain-unavailable', {
    message: 'This system offers no keychain to keep the secrets safe, and none is saved without.',
    nextStep: `On Linux install and start a keyring, such as gnome-keyring, in a desktop session. ${OTHER_WAYS}`,
    details: cause instanceof Error ? cause.message : undefined,
    cause,
  })
}

function keyGone(): AppError {
  return new AppError('vault-key-wrong', {
    message: 'The keychain no longer has the key of this vault.',
    nextStep:
      'Sign in to this machine as the user who set EMI Tray up. If the key is really gone, move vault.json away, sign in again and make a new client secret.',
  })
}
