// A request that got no answer at all, in words: no way to the host, or a certificate that is not trusted.
import type { AppErrorText } from './app-error.ts'

// Certificate faults as Node's TLS names them; https://nodejs.org/api/tls.html#x509-certificate-error-codes
const TLS_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|ERR_TLS_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED|ERR_SSL_)/
const TIME_CODES = ['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']
/** Errors wrap each other; deeper than this there is nothing new. */
const MAX_DEPTH = 6

export interface NetworkFault {
  code: 'network-unreachable' | 'tls-untrusted'
  text: AppErrorText
}

/** What a request to `host` that fetch gave up means, for an AppError. */
export function describeNetworkFault(error: unknown, host: string): NetworkFault {
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
  if (TIME_CODES.includes(tls)) {
    return {
      code: 'tls-untrusted',
      text: {
        message: `The certificate of ${host} is not valid at this computer’s time.`,
        nextStep:
          'Check the date and time of this computer. If they are right, ask your network team about the proxy.',
        ...rest,
      },
    }
  }
  return {
    code: 'tls-untrusted',
    text: {
      message: `The certificate of ${host} was signed by an authority that this computer does not trust. A proxy that inspects traffic often causes this.`,
      nextStep:
        'Ask your network team for the proxy’s root certificate as a PEM file, and set it as “CA file” in Settings.',
      ...rest,
    },
  }
}

/** The `code` of an error and of its causes, the outermost first. */
function codesOf(error: unknown): string[] {
  const codes: string[] = []
  let next = error
  for (let depth = 0; depth < MAX_DEPTH && next instanceof Error; depth += 1) {
    if ('code' in next && typeof next.code === 'string') codes.push(next.code)
    next = next instanceof AggregateError ? (next.errors as unknown[])[0] : next.cause
  }
  return codes
}
