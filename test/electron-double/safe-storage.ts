// `safeStorage`: real encryption with a key in the data folder, where a keychain would keep it.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SafeStorage } from 'electron'
import { app } from './app.ts'
import { isReady, needReady } from './readiness.ts'
import { double } from './records.ts'
import { strict } from './strict.ts'

const version = 'v11'
const [ivBytes, tagBytes] = [12, 16]

// The synchronous forms are deprecated in Electron 45 and left out on purpose.
export const safeStorage = strict('safeStorage', {
  isAsyncEncryptionAvailable: () => Promise.resolve(isReady() && isAvailable()),
  getSelectedStorageBackend: () => (isReady() ? double.secretBackend : 'unknown'),
  encryptStringAsync(text) {
    return attempt(() => {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', key(), iv)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.from(version), iv, cipher.getAuthTag(), sealed])
    })
  },
  decryptStringAsync(encrypted) {
    return attempt(() => {
      const start = version.length
      if (encrypted.subarray(0, start).toString() !== version) {
        throw new Error('Error while decrypting the ciphertext provided to safeStorage.')
      }
      const iv = encrypted.subarray(start, start + ivBytes)
      const tag = encrypted.subarray(start + ivBytes, start + ivBytes + tagBytes)
      const decipher = createDecipheriv('aes-256-gcm', key(), iv).setAuthTag(tag)
      const sealed = encrypted.subarray(start + ivBytes + tagBytes)
      const result = decipher.update(sealed, undefined, 'utf8') + decipher.final('utf8')
      return { result, shouldReEncrypt: false }
    })
  },
} satisfies Partial<SafeStorage>)

function isAvailable(): boolean {
  return double.secretBackend !== 'unknown' && double.secretBackend !== 'basic_text'
}

async function attempt<T>(work: () => T): Promise<T> {
  needReady('safeStorage cannot be used before app is ready')
  if (!isAvailable()) throw new Error('Encryption is not available.')
  return Promise.resolve(work())
}

function key(): Buffer {
  const file = join(app.getPath('userData'), 'DoubleKeychain')
  if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 })
  return readFileSync(file)
}
