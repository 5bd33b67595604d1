// A self-signed RSA certificate for rich notifications, as a subscriber makes one.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import * as der from '../../main/practice/der.ts'

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11'
const COMMON_NAME = '2.5.4.3'
const NULL = Uint8Array.of(5, 0)

/** A certificate as base64 without armour, and its private key. */
export function makeCertificate(bits = 2048): { base64: string; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const algorithm = der.sequence(der.objectIdentifier(SHA256_WITH_RSA), NULL)
  const name = der.sequence(
    der.set(der.sequence(der.objectIdentifier(COMMON_NAME), der.utf8String('EMI test'))),
  )
  const day = 86_400_000
  const toBeSigned = der.sequence(
    der.context(0, der.integer(Uint8Array.of(2)), true),
    der.integer(randomBytes(16)),
    algorithm,
    name,
    der.sequence(
      der.utcTime(new Date(Date.now() - day)),
      der.utcTime(new Date(Date.now() + 365 * day)),
    ),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = der.bitString(sign('sha256', toBeSigned, privateKey))
  const bytes = der.sequence(toBeSigned, algorithm, signature)
  return { base64: Buffer.from(bytes).toString('base64'), privateKey }
}
