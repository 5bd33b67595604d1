// A request that got no answer at all, in words: no way to the host, or a certificate that is not trusted.
import type { ErrorCode } from '../contract/errors.ts'
import { AppError, type AppErrorText } from './app-error.ts'

/** What may be wrong with the way itself, whatever was asked for. */
export const NETWORK_CODES: ErrorCode[] = [
  'network-unreachable',
  'tls-untrusted',
  'proxy-unreachable',
  'proxy-auth',
  'proxy-refused',
  'proxy-unsupported',
]

// Certificate faults as Node's TLS names them; https://nodejs.org/api/tls.html#x509-certificate-error-codes
const TLS_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|ERR_TLS_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED|ERR_SSL_|EPROTO$)/
// What comes before any certificate: plain http at an https address, or no version of TLS in common.
const HANDSHAKE_CODES = /^(ERR_SSL_|EPROTO$)/
const NAME_CODES = ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']
const ISSUER_CODES =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|CERT_UNTRUSTED|INVALID_CA)$/
const TIME_CODES = ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']
/** Errors wrap each other; deeper than this there is nothing new. */
const MAX_DEPTH = 6

export interface NetworkFault {
  code: ErrorCode
  text: AppErrorText
}

/** What a request to `host` that fetch gave up means, for an AppError. */
export function describeNetworkFault(error: unknown, host: string): NetworkFault {
  const known = knownFault(error)
  if (known) {
    const { code, message, nextStep, details } = known
    return { code, text: { message, nextStep, details, cause: error } }
  }
  const codes = codesOf(error)
  const reason = codes.join(', ') || (error instanceof Error ? error.message : 'no answer')
  const rest = { details: `${host}: ${reason}`, cause: error }
  const tls = codes.find((code) => TLS_CODES.test(code))
  if (tls === undefined) {
    return {
      code: 'network-unreachable',
      text: {
        message: `${host} cannot be reached from this computer.`,
        nextStep: 'Check the network connection and the proxy, then try again.',
        ...rest,
      },
    }
  }
  return { code: 'tls-untrusted', text: { ...tlsWords(tls, host), ...rest } }
}

function tlsWords(tls: string, host: string): AppErrorText {
  if (TIME_CODES.includes(tls)) {
    return {
      message: `The certificate of ${host} is not valid at this computer’s time.`,
      nextStep:
        'Check the date and time of this computer. If they are right, ask your network team about the proxy.',
    }
  }
  if (NAME_CODES.includes(tls)) {
    return {
      message: `The certificate that ${host} shows is for another name.`,
      nextStep:
        'Check the address. If it is right, whoever runs that server has to add this name to its certificate.',
    }
  }
  if (HANDSHAKE_CODES.test(tls)) {
    return {
      message: `${host} answered, but no encrypted connection came about.`,
      nextStep:
        'Check the address and its port: a server that speaks plain http there, or only old versions of TLS, answers like this.',
    }
  }
  return untrustedIssuer(host, 'an authority')
}

/** A certificate whose issuer this computer does not trust: the same words wherever it is met. */
export function untrustedIssuer(host: string, issuer: string): AppErrorText {
  return {
    message: `The certificate of ${host} was signed by ${issuer}, which this computer does not trust. A proxy that inspects traffic often causes this.`,
    nextStep:
      'Ask your network team for the proxy’s root certificate as a PEM file, and set it as “CA file” in Settings.',
  }
}

/** True where a certificate was refused because nobody here knows who signed it. */
export function isUntrustedIssuer(error: unknown): boolean {
  return codesOf(error).some((code) => ISSUER_CODES.test(code))
}

/** The error with words that is among the causes, such as what a proxy said; undefined where there is none. */
export function knownFault(error: unknown): AppError | undefined {
  return causesOf(error).find(
    (one): one is AppError => one instanceof AppError && NETWORK_CODES.includes(one.code),
  )
}

/** The `code` of an error and of its causes, the outermost first. */
function codesOf(error: unknown): string[] {
  return causesOf(error).flatMap((one) =>
    'code' in one && typeof one.code === 'string' ? [one.code] : [],
  )
}

/** An error and its causes, the outermost first. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  let next = error
  while (next instanceof Error && causes.length < MAX_DEPTH) {
    causes.push(next)
    next = next instanceof AggregateError ? (next.errors as unknown[])[0] : next.cause
  }
  return causes
}
