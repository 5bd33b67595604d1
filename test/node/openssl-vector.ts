// Content encrypted by the openssl command line, as Graph encrypts it: an implementation that is not ours.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { systemProgram } from './system-programs.ts'

export interface Vector {
  dataKey: string
  data: string
  dataSignature: string
}

/** Runs openssl and returns what it prints. */
export function openssl(args: string[]): Buffer {
  return execFileSync(systemProgram('openssl'), args, { stdio: ['ignore', 'pipe', 'ignore'] })
}

/** A private key as PEM, and the file with its public key. */
export function opensslKey(folder: string): { privateKeyPem: string; publicFile: string } {
  const file = path.join(folder, 'key.pem')
  const publicFile = path.join(folder, 'public.pem')
  openssl(['genrsa', '-out', file, '2048'])
  openssl(['rsa', '-in', file, '-pubout', '-out', publicFile])
  return { privateKeyPem: readFileSync(file, 'utf8'), publicFile }
}

/** The file with the public key of a certificate given as base64 DER. */
export function publicKeyOf(certificate: string, folder: string): string {
  const file = path.join(folder, 'certificate.der')
  const publicFile = path.join(folder, 'certificate-public.pem')
  writeFileSync(file, Buffer.from(certificate, 'base64'))
  writeFileSync(publicFile, openssl(['x509', '-inform', 'DER', '-in', file, '-pubkey', '-noout']))
  return publicFile
}

/** Encrypts a text. `oaepHash` other than Graph's SHA-1, and a key of other length, are for what must be refused. */
export function opensslVector(
  text: string,
  options: { folder: string; publicFile: string; oaepHash?: string; keyBytes?: number },
): Vector {
  const { folder, publicFile, oaepHash = 'sha1', keyBytes = 32 } = options
  const file = (name: string) => path.join(folder, name)
  const key = randomBytes(keyBytes)
  writeFileSync(file('plain'), text)
  writeFileSync(file('key'), key)
  const iv = key.subarray(0, 16).toString('hex')
  const cipher = keyBytes === 32 ? '-aes-256-cbc' : '-aes-128-cbc'
  openssl([
    ...['enc', cipher, '-K', key.toString('hex'), '-iv', iv],
    ...['-in', file('plain'), '-out', file('data')],
  ])
  const padding = ['-pkeyopt', 'rsa_padding_mode:oaep', '-pkeyopt', `rsa_oaep_md:${oaepHash}`]
  const dataKey = openssl([
    ...['pkeyutl', '-encrypt', '-pubin', '-inkey', publicFile, ...padding],
    ...['-in', file('key')],
  ])
  const dataSignature = openssl([
    ...['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${key.toString('hex')}`],
    ...['-binary', file('data')],
  ])
  return {
    dataKey: dataKey.toString('base64'),
    data: readFileSync(file('data')).toString('base64'),
    dataSignature: dataSignature.toString('base64'),
  }
}
