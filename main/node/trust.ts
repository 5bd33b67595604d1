// Which certificate authorities this process trusts, and reading an extra one from a file.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import tls from 'node:tls'
import { AppError } from '../core/app-error.ts'
import { errorCode } from './atomic-file.ts'

export interface TrustOptions {
  /** Certificates of extra authorities, one PEM text each. */
  extraPem: string[]
  /** Also trust what the operating system trusts, such as the certificate of an inspecting proxy. */
  useSystem: boolean
}

/**
 * Sets the authorities that fetch, https and tls trust from now on, in this whole process: Node's own, those
 * of NODE_EXTRA_CA_CERTS, the system's, and the extra ones. Each call replaces the extras of the call before.
 */
export function trustCertificates({ extraPem, useSystem }: TrustOptions): void {
  const all = [
    ...tls.getCACertificates('bundled'),
    ...tls.getCACertificates('extra'),
    ...(useSystem ? tls.getCACertificates('system') : []),
    ...extraPem,
  ]
  // The system's list repeats much of Node's, and each entry costs time whenever a context is made.
  const unique = new Map(all.map((pem) => [pem.replace(/\s+/g, ''), pem]))
  tls.setDefaultCACertificates([...unique.values()])
}

/** The certificates of a PEM file, one text each. Throws AppError input-invalid saying what is wrong with the file. */
export async function readCaFile(file: string): Promise<string[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw invalid(`The certificate file ${file} cannot be read.`, {
      nextStep: 'Check the path and that EMI Tray may read the file, or clear that setting.',
      cause: error,
    })
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)
  if (!found) {
    throw invalid(`${file} holds no certificate in PEM form.`, {
      nextStep:
        'Choose a file with “-----BEGIN CERTIFICATE-----” in it. Windows can export one as “Base-64 encoded X.509”.',
    })
  }
  for (const [index, pem] of found.entries()) {
    try {
      new X509Certificate(pem)
    } catch (error) {
      throw invalid(`Certificate ${index + 1} of ${found.length} in ${file} is damaged.`, {
        nextStep: 'Export the certificate again.',
        cause: error,
      })
    }
  }
  return found
}

function invalid(message: string, rest: { nextStep: string; cause?: unknown }): AppError {
  return new AppError('input-invalid', { message, details: errorCode(rest.cause), ...rest })
}
