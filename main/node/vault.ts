// The vault: secrets by name in one encrypted file, opened with the key that a KeyHolder gives.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { AppError } from '../core/app-error.ts'
import type { SecretStore } from '../core/ports/secret-store.ts'
import { diskError, writeFileAtomically } from './atomic-file.ts'
import { KEY_BYTES, type HolderFacts, type HolderKind, type KeyHolder } from './key-holder.ts'
import {
  readVaultFile,
  vaultText,
  vaultUnreadable,
  type Sealed,
  type VaultContent,
} from './vault-file.ts'

export interface Vault {
  /** The secrets of one area; the same names in another are other secrets. */
  namespace(name: string): SecretStore
  /**
   * Deletes the file and its key, unless a secret is in it. The next secret makes both anew.
   * Resolves with whether they are gone. Throws AppError keychain-…, data-folder-unwritable.
   */
  eraseIfEmpty(): Promise<boolean>
  /** Waits for the last write, then forgets the key. */
  close(): Promise<void>
}

/**
 * Opens the vault, or makes an empty one where there is no file. A file that cannot be read is never overwritten.
 * Throws AppError keychain-…, vault-key-wrong, vault-unreadable, disk-full, data-folder-unwritable.
 */
export async function openVault({
  file,
  holder,
}: {
  file: string
  holder: KeyHolder
}): Promise<Vault> {
  const stored = await readVaultFile(file)
  return stored ? openStored({ file, holder, stored }) : createNew({ file, holder })
}

/**
 * One secret, for a command beside the app that has the vault open: the file is replaced whole, so it can be read at any
 * moment. Writes nothing. Undefined where there is no vault or no such secret. Throws as openVault.
 */
export async function readVaultSecret(
  { file, holder }: { file: string; holder: KeyHolder },
  { area, name }: { area: string; name: string },
): Promise<string | undefined> {
  const stored = await readVaultFile(file)
  const fullName = `${area}/${name}`
  const sealed = stored?.records[fullName]
  if (!stored || !sealed) return undefined
  refuseOtherHolder(stored, holder)
  const dataKey = openDataKey(stored, await holder.findKey(stored.holder.facts))
  try {
    return openRecord({ file, dataKey, name: fullName, sealed }).toString('utf8')
  } finally {
    dataKey.fill(0)
  }
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const DATA_KEY_NAME = 'data key'

async function createNew({ file, holder }: { file: string; holder: KeyHolder }): Promise<Vault> {
  const dataKey = randomBytes(KEY_BYTES)
  const content = await lockWithNewKey(holder, dataKey)
  await writeFileAtomically(file, vaultText(content))
  return vaultOf({ file, holder, dataKey, content, records: new Map() })
}

/** An empty content whose data key only the holder's new key opens. */
async function lockWithNewKey(holder: KeyHolder, dataKey: Buffer): Promise<VaultContent> {
  const { key, facts } = await holder.createKey()
  const content: VaultContent = {
    holder: { kind: holder.kind, facts },
    dataKey: seal(key, { name: DATA_KEY_NAME, value: dataKey }),
    records: {},
  }
  key.fill(0)
  return content
}

async function openStored(options: {
  file: string
  holder: KeyHolder
  stored: VaultContent
}): Promise<Vault> {
  const { file, holder, stored } = options
  refuseOtherHolder(stored, holder)
  let key: Buffer
  try {
    key = await holder.findKey(stored.holder.facts satisfies HolderFacts)
  } catch (error) {
    if (!isHalfErased(stored, error)) throw error
    return createNew({ file, holder })
  }
  const dataKey = openDataKey(stored, key)
  const records = new Map(Object.entries(stored.records))
  // Found out now rather than in the middle of a renewal.
  for (const [name, sealed] of records) openRecord({ file, dataKey, name, sealed })
  return vaultOf({ file, holder, dataKey, content: stored, records })
}

function refuseOtherHolder(stored: VaultContent, holder: KeyHolder): void {
  if (stored.holder.kind !== holder.kind) throw otherHolder(stored.holder.kind, holder.kind)
}

/** The key of the records; the holder's, that it lies under, is forgotten. */
function openDataKey({ holder, dataKey: sealed }: VaultContent, key: Buffer): Buffer {
  const dataKey = unseal(key, { name: DATA_KEY_NAME, sealed })
  key.fill(0)
  if (dataKey?.length !== KEY_BYTES) throw wrongKey(holder.kind)
  return dataKey
}

/** True for a vault that was being erased: its key left the keychain, its file stayed, and nothing is in it. */
function isHalfErased({ holder, records }: VaultContent, error: unknown): boolean {
  const isKeyGone = error instanceof AppError && error.code === 'vault-key-wrong'
  return isKeyGone && holder.kind === 'keychain' && Object.keys(records).length === 0
}

function vaultOf(options: {
  file: string
  holder: KeyHolder
  dataKey: Buffer
  content: VaultContent
  records: Map<string, Sealed>
}): Vault {
  const { file, holder, dataKey } = options
  /** Null while neither file nor key exist. */
  let content: VaultContent | null = options.content
  let records = options.records
  let lastWrite: Promise<void> = Promise.resolve()
  let closed = false

  /** One write at a time. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const write = lastWrite.then(work)
    // Its own caller hears of a failure; the next write starts from what is on disk.
    lastWrite = write.then(
      () => undefined,
      () => undefined,
    )
    return write
  }
  /** Memory changes only once the disk has. */
  const change = (edit: (next: Map<string, Sealed>) => void): Promise<void> =>
    inTurn(async () => {
      const next = new Map(records)
      edit(next)
      content ??= await lockWithNewKey(holder, dataKey)
      await writeFileAtomically(file, vaultText({ ...content, records: Object.fromEntries(next) }))
      records = next
    })
  const mustBeOpen = () => {
    if (closed) throw new Error('The vault is closed.')
  }

  return {
    namespace: (area) => {
      const fullName = (name: string) => `${area}/${name}`
      return {
        async get(name) {
          mustBeOpen()
          await lastWrite
          const sealed = records.get(fullName(name))
          if (!sealed) return undefined
          return openRecord({ file, dataKey, name: fullName(name), sealed }).toString('utf8')
        },
        async set(name, value) {
          mustBeOpen()
          await change((next) => {
            const record = { name: `record ${fullName(name)}`, value: Buffer.from(value, 'utf8') }
            next.set(fullName(name), seal(dataKey, record))
          })
        },
        async delete(name) {
          mustBeOpen()
          await lastWrite
          if (!records.has(fullName(name))) return
          await change((next) => next.delete(fullName(name)))
        },
        async clear() {
          mustBeOpen()
          await lastWrite
          if (![...records.keys()].some((name) => name.startsWith(`${area}/`))) return
          await change((next) => {
            for (const name of next.keys()) if (name.startsWith(`${area}/`)) next.delete(name)
          })
        },
      }
    },
    eraseIfEmpty() {
      mustBeOpen()
      return inTurn(async () => {
        if (records.size > 0) return false
        if (!content) return true
        // The key first: a file whose key is missing shows what happened, a key without its file is never found again.
        await holder.forgetKey?.(content.holder.facts)
        try {
          await rm(file, { force: true })
        } catch (error) {
          throw diskError(error, file)
        }
        content = null
        return true
      })
    },
    async close() {
      closed = true
      await lastWrite
      dataKey.fill(0)
    },
  }
}

/** AES-256-GCM with a fresh nonce; the name is authenticated too, so records cannot be exchanged. */
function seal(key: Buffer, { name, value }: { name: string; value: Buffer }): Sealed {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name, 'utf8'))
  const data = Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()])
  return { nonce: nonce.toString('base64'), data: data.toString('base64') }
}

/** The value; null when key, name or content are not those that were sealed. */
function unseal(key: Buffer, { name, sealed }: { name: string; sealed: Sealed }): Buffer | null {
  const nonce = Buffer.from(sealed.nonce, 'base64')
  const data = Buffer.from(sealed.data, 'base64')
  if (nonce.length !== NONCE_BYTES || data.length < TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(name, 'utf8')).setAuthTag(data.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch {
    // Node says only that it could not authenticate; who called knows what that means.
    return null
  }
}

function openRecord(options: {
  file: string
  dataKey: Buffer
  name: string
  sealed: Sealed
}): Buffer {
  const { file, dataKey, name, sealed } = options
  const value = unseal(dataKey, { name: `record ${name}`, sealed })
  if (!value) throw vaultUnreadable(file, `record ${name} fails its check`)
  return value
}

const HOLDER_NAMES: Record<HolderKind, { name: string; how: string }> = {
  keychain: {
    name: 'the keychain of this machine',
    how: 'Start EMI Tray without a passphrase and without a key file, in the desktop session of the user who set it up.',
  },
  passphrase: {
    name: 'a passphrase',
    how: 'Give that passphrase with EMI_PASSPHRASE_FILE or --passphrase-file.',
  },
  'key-file': {
    name: 'a key file',
    how: 'Name that key file with EMI_KEY_FILE or --key-file.',
  },
}

function otherHolder(made: HolderKind, offered: HolderKind): AppError {
  return new AppError('vault-key-wrong', {
    message: `The secrets in this data folder are locked with ${HOLDER_NAMES[made].name}, not with ${HOLDER_NAMES[offered].name}.`,
    nextStep: HOLDER_NAMES[made].how,
  })
}

function wrongKey(kind: HolderKind): AppError {
  const texts: Record<HolderKind, string> = {
    keychain: 'The key in the keychain is not the one of this vault.',
    passphrase: 'The passphrase is not the one that the secrets were saved with.',
    'key-file': 'The key file is not the one that the secrets were saved with.',
  }
  return new AppError('vault-key-wrong', {
    message: texts[kind],
    nextStep: `${HOLDER_NAMES[kind].how} If it is lost, move vault.json away, sign in again and make a new client secret.`,
  })
}
