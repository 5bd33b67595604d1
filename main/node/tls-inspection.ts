// Looks at the certificate that an https address shows: who signed it, and whether that is a public authority.
import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import { AppError } from '../core/app-error.ts'
import { describeNetworkFault } from '../core/network-error.ts'
import type { TlsInspection } from '../core/ports/network.ts'
import { type Dial, dialDirectly } from './dial.ts'

const ANSWER_TIMEOUT_MS = 10_000
/** Longer chains do not occur; a circle of certificates must end. */
const MAX_CHAIN = 10

/**
 * Connects over `dial` and reads the chain, without sending a request. `publicPem` replaces the public authorities that
 * come with Node. Throws AppError proxy-…, network-unreachable, or the signal's reason.
 */
export async function inspectTls(
  url: string,
  signal: AbortSignal,
  { dial = dialDirectly, publicPem }: { dial?: Dial; publicPem?: string[] } = {},
): Promise<TlsInspection> {
  signal.throwIfAborted()
  const { hostname, port, host } = new URL(url)
  const target = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : 443,
    signal,
  }
  const below = await dialFor(host, dial, target)
  const socket = tls.connect({
    socket: below,
    host: target.host,
    // A name for the server; addresses are not allowed there.
    ...(/^[\d.]+$|:/.test(hostname) ? {} : { servername: hostname }),
    // An authority that is not trusted is a finding here. Nothing is sent over this connection.
    rejectUnauthorized: false,
  })
  let timer: NodeJS.Timeout | undefined
  let stop = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(reasonOf(signal))
      signal.addEventListener('abort', stop, { once: true })
      timer = setTimeout(() => reject(new Error('no answer in time')), ANSWER_TIMEOUT_MS)
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the connection was closed')))
    })
    const leaf = socket.getPeerX509Certificate()
    if (!leaf) throw new Error('no certificate was shown')
    return {
      issuer: issuerOf(leaf),
      isPublic: endsIn(publicPem ? read(publicPem) : publicRoots(), leaf),
      isTrusted: socket.authorized,
    }
  } catch (error) {
    signal.throwIfAborted()
    const { code, text } = describeNetworkFault(error, host)
    throw new AppError(code, text)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    // What still comes of this connection concerns nobody.
    socket.on('error', () => {})
    socket.destroy()
    below.destroy()
  }
}

async function dialFor(host: string, dial: Dial, target: Parameters<Dial>[0]): Promise<Socket> {
  try {
    return await dial({
      ...target,
      signal: AbortSignal.any([target.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    })
  } catch (error) {
    target.signal.throwIfAborted()
    const { code, text } = describeNetworkFault(error, host)
    throw new AppError(code, text)
  }
}

/** The organization that signed a certificate, or the name of its authority where it names none. */
function issuerOf(certificate: X509Certificate): string {
  const { O, CN } = certificate.toLegacyObject().issuer
  const first = (name: string | string[] | undefined) => (Array.isArray(name) ? name[0] : name)
  return first(O) || first(CN) || 'an authority without a name'
}

/** Follows the signatures upwards; names alone prove nothing. */
function endsIn(roots: X509Certificate[], certificate: X509Certificate, depth = 0): boolean {
  const { fingerprint256, issuerCertificate } = certificate
  const isSignedByRoot = roots.some(
    (root) => root.fingerprint256 === fingerprint256 || signed(root, certificate),
  )
  if (isSignedByRoot || !issuerCertificate || depth === MAX_CHAIN) return isSignedByRoot
  if (issuerCertificate.fingerprint256 === fingerprint256) return false
  return signed(issuerCertificate, certificate) && endsIn(roots, issuerCertificate, depth + 1)
}

function signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

let bundledRoots: X509Certificate[] | undefined

/** The public authorities as they come with Node; what was added on this computer is not among them. */
function publicRoots(): X509Certificate[] {
  bundledRoots ??= read(tls.getCACertificates('bundled'))
  return bundledRoots
}

function read(pem: string[]): X509Certificate[] {
  return pem.map((one) => new X509Certificate(one))
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException('The work was stopped.', 'AbortError')
}
