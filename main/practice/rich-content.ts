// Encrypting the resource of a rich notification with the subscriber's certificate.
// https://learn.microsoft.com/graph/change-notifications-with-resource-data
import {
  constants,
  createCipheriv,
  createHmac,
  publicEncrypt,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import type { JsonObject } from './json.ts'

const KEY_BYTES = 32
const IV_BYTES = 16

/**
 * AES-256-CBC with a fresh key whose first 16 bytes are the IV, HMAC-SHA256 over the ciphertext, and
 * the key under RSA-OAEP with SHA-1.
 */
export function encryptContent(
  content: JsonObject,
  certificate: { base64: string; id: string },
): JsonObject {
  const { publicKey, fingerprint } = new X509Certificate(Buffer.from(certificate.base64, 'base64'))
  const key = randomBytes(KEY_BYTES)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, IV_BYTES))
  const data = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()])
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  return {
    data: data.toString('base64'),
    dataSignature: createHmac('sha256', key).update(data).digest('base64'),
    dataKey: publicEncrypt({ key: publicKey, padding, oaepHash: 'sha1' }, key).toString('base64'),
    encryptionCertificateId: certificate.id,
    encryptionCertificateThumbprint: fingerprint.replaceAll(':', ''),
  }
}
