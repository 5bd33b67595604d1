// Decrypting the content of one rich notification; the signature is checked before anything is decrypted.
// https://learn.microsoft.com/graph/change-notifications-with-resource-data#decrypting-resource-data-from-change-notifications
import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createSecretKey,
  privateDecrypt,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'

export interface Encrypted {
  privateKeyPem: string
  dataKey: string
  data: string
  dataSignature: string
}

const KEY_BYTES = 32
const IV_BYTES = 16

/** Reading a key takes longer than many a decryption; old and new one, while they change. */
const KEPT_KEYS = 4
const keys = new Map<string, KeyObject>()
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The plain text; null when anything does not fit, without telling what. */
export function decryptContent(encrypted: Encrypted): string | null {
  try {
    const dataKey = fromBase64(encrypted.dataKey)
    const data = fromBase64(encrypted.data)
    const signature = fromBase64(encrypted.dataSignature)
    if (!dataKey || !data || !signature) return null
    // OAEP with SHA-1, which is what Node does unless told otherwise; being told takes it longer.
    const bytes = privateDecrypt(privateKey(encrypted.privateKeyPem), dataKey)
    if (bytes.length !== KEY_BYTES) return null
    // Node takes four times as long for a key in any other form.
    const key = createSecretKey(bytes)
    const expected = createHmac('sha256', key).update(data).digest()
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return null
    const decipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, IV_BYTES))
    const plain = Buffer.concat([decipher.update(data), decipher.final()])
    return utf8.decode(plain)
  } catch {
    // Which step failed must not show: that would help to guess.
    return null
  }
}

function privateKey(pem: string): KeyObject {
  const known = keys.get(pem)
  if (known) return known
  const key = createPrivateKey(pem)
  const oldest = keys.keys().next()
  if (keys.size >= KEPT_KEYS && !oldest.done) keys.delete(oldest.value)
  keys.set(pem, key)
  return key
}

/** Only what an encoder writes: Node's decoder also takes other texts for the same bytes. */
function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null
}
