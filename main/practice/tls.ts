// The practice tenant's own certificate authority and the certificate for localhost, made at every start.
import { createHash, generateKeyPair, randomBytes, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import * as der from './der.ts'

export interface PracticeTls {
  readonly caPem: string
  readonly certificatePem: string
  readonly keyPem: string
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  nameConstraints: '2.5.29.30',
  subjectKeyIdentifier: '2.5.29.14',
  authorityKeyIdentifier: '2.5.29.35',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}
const DAY_MS = 86_400_000
const VALID_DAYS = 397
const LOOPBACK_V6 = Buffer.from('00000000000000000000000000000001', 'hex')

/**
 * Makes a certificate authority and a server certificate for localhost, 127.0.0.1 and ::1.
 * The authority is good for these names only (name constraints), so trusting it opens nothing else;
 * its private key is dropped at once. Real time is used: TLS clients check against real time.
 */
export async function makePracticeTls(): Promise<PracticeTls> {
  const ca = await newKeys()
  const server = await newKeys()
  const caName = 'EMI Tray practice tenant (this computer only)'
  const caKeyId = keyIdentifier(ca.publicKey)
  const caDer = certificate({
    subject: caName,
    issuer: caName,
    publicKey: ca.publicKey,
    signWith: ca.privateKey,
    extensions: [
      extension(OID.basicConstraints, true, der.sequence(der.boolean(true))),
      extension(OID.keyUsage, true, der.bitString(Uint8Array.of(0b0000_0110), 1)),
      extension(OID.nameConstraints, true, loopbackOnly()),
      extension(OID.subjectKeyIdentifier, false, der.octetString(caKeyId)),
    ],
  })
  const serverDer = certificate({
    subject: 'localhost',
    issuer: caName,
    publicKey: server.publicKey,
    signWith: ca.privateKey,
    extensions: [
      extension(OID.basicConstraints, true, der.sequence()),
      extension(OID.keyUsage, true, der.bitString(Uint8Array.of(0b1000_0000), 7)),
      extension(OID.extendedKeyUsage, false, der.sequence(der.objectIdentifier(OID.serverAuth))),
      extension(OID.subjectAltName, false, loopbackNames()),
      extension(OID.authorityKeyIdentifier, false, der.sequence(der.context(0, caKeyId, false))),
    ],
  })
  return {
    caPem: pem(caDer),
    certificatePem: pem(serverDer),
    keyPem: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

interface CertificateParts {
  subject: string
  issuer: string
  publicKey: KeyObject
  signWith: KeyObject
  extensions: Uint8Array[]
}

function certificate(parts: CertificateParts): Uint8Array {
  const algorithm = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256))
  const now = Date.now()
  const toBeSigned = der.sequence(
    der.context(0, der.integer(Uint8Array.of(2)), true),
    der.integer(randomBytes(16)),
    algorithm,
    name(parts.issuer),
    der.sequence(
      der.utcTime(new Date(now - DAY_MS)),
      der.utcTime(new Date(now + VALID_DAYS * DAY_MS)),
    ),
    name(parts.subject),
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    der.context(3, der.sequence(...parts.extensions), true),
  )
  return der.sequence(
    toBeSigned,
    algorithm,
    der.bitString(sign('sha256', toBeSigned, parts.signWith)),
  )
}

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  const parts = [der.objectIdentifier(oid)]
  if (critical) parts.push(der.boolean(true))
  return der.sequence(...parts, der.octetString(value))
}

function name(commonName: string): Uint8Array {
  return der.sequence(
    der.set(der.sequence(der.objectIdentifier(OID.commonName), der.utf8String(commonName))),
  )
}

// GeneralName tags: dNSName [2], iPAddress [7].
function loopbackNames(): Uint8Array {
  return der.sequence(
    der.context(2, Buffer.from('localhost'), false),
    der.context(7, Uint8Array.of(127, 0, 0, 1), false),
    der.context(7, LOOPBACK_V6, false),
  )
}

function loopbackOnly(): Uint8Array {
  const permitted = [
    der.context(2, Buffer.from('localhost'), false),
    der.context(7, Uint8Array.of(127, 0, 0, 0, 255, 0, 0, 0), false),
    der.context(7, Buffer.concat([LOOPBACK_V6, Buffer.alloc(16, 0xff)]), false),
  ]
  return der.sequence(
    der.context(0, Buffer.concat(permitted.map((base) => der.sequence(base))), true),
  )
}

function keyIdentifier(key: KeyObject): Uint8Array {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}

function newKeys(): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
}

function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
