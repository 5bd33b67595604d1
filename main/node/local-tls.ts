// The local server's own certificate: read from files, and read again when they change.
import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import { AppError } from '../core/app-error.ts'

/** How often the files are looked at; a renewed certificate has days to come into use. */
const LOOK_EVERY_MS = 5_000

interface TlsFiles {
  certificateFile: string
  keyFile: string
}

/**
 * An https server whose certificate follows its files; a pair that does not fit is not taken, and the earlier one
 * stays. Throws AppError tunnel-config when the files cannot be used at the start.
 */
export function createTlsServer(
  files: TlsFiles,
  options: ServerOptions,
  lookEveryMs = LOOK_EVERY_MS,
): Server {
  let current = readPair(files)
  const server = createServer({ ...options, ...current })
  const look = () => {
    try {
      const found = readPair(files)
      if (found.cert.equals(current.cert) && found.key.equals(current.key)) return
      server.setSecureContext(found)
      current = found
    } catch {
      // Half of a pair is written before the other: the next look finds both.
    }
  }
  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  server.once('close', () => clearInterval(timer))
  return server
}

function readPair({ certificateFile, keyFile }: TlsFiles): { cert: Buffer; key: Buffer } {
  try {
    const pair = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) }
    // Throws where the key is not that of the certificate.
    createSecureContext(pair)
    return pair
  } catch (error) {
    throw new AppError('tunnel-config', {
      message: `The certificate for this computer, ${certificateFile || 'which is not set'}, cannot be used with its key.`,
      nextStep:
        'On the Webhook page, name a PEM file with the certificate and its chain, and one with its private key ' +
        'without a passphrase, both readable for EMI Tray. Or leave both empty to let the proxy use plain http.',
      details: error instanceof Error ? error.message : undefined,
      cause: error,
    })
  }
}
