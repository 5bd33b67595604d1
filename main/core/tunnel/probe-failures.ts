// The failures of a probe in words: what happened, and what to do.
import { knownFault } from '../network-error.ts'

export interface FetchFailure {
  hop: 'lookup' | 'connection'
  message: string
}

const PUBLIC_ISSUERS_ONLY =
  'Microsoft accepts public issuers only: install a certificate of one, with its intermediate certificates. ' +
  'If a proxy in this network inspects traffic, add its certificate authority in Settings.'

/** Codes of Node (and of its undici), and Chromium's where Electron's network stack is used. */
const FAILURES: [pattern: RegExp, hop: FetchFailure['hop'], message: (host: string) => string][] = [
  [
    /ENOTFOUND|EAI_AGAIN|EAI_NONAME|NAME_NOT_RESOLVED|NAME_RESOLUTION_FAILED/,
    'lookup',
    (host) =>
      `The name ${host} was not found. Check its spelling, and that its DNS record exists and is known to this network.`,
  ],
  [
    /INTERNET_DISCONNECTED|ENETUNREACH|ENETDOWN|EHOSTUNREACH|ADDRESS_UNREACHABLE|NETWORK_CHANGED/,
    'connection',
    (host) => `There is no way to ${host}. Check this computer's network connection.`,
  ],
  [
    /PROXY|ERR_TUNNEL/,
    'connection',
    (host) => `The proxy of this network did not connect to ${host}. Check the proxy settings.`,
  ],
  [
    /ECONNREFUSED|CONNECTION_REFUSED/,
    'connection',
    (host) =>
      `${host} refused the connection: nothing listens there. Start the reverse proxy or gateway, or correct the port.`,
  ],
  [
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER|SELF_SIGNED|CERT_AUTHORITY_INVALID|CERT_UNTRUSTED/,
    'connection',
    (host) =>
      `The certificate of ${host} is from an issuer that is not known here. ${PUBLIC_ISSUERS_ONLY}`,
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|CERT_DATE_INVALID/,
    'connection',
    (host) =>
      `The certificate of ${host} is expired or not valid yet. Renew it, and check the clock of this computer.`,
  ],
  [
    /ALTNAME|COMMON_NAME_INVALID/,
    'connection',
    (host) =>
      `The certificate of ${host} was made for another name. Install one for ${host}, or correct the public address.`,
  ],
  [
    /EPROTO|ERR_SSL|SSL_PROTOCOL/,
    'connection',
    (host) =>
      `${host} does not speak TLS on that port. Check the port, and that the reverse proxy has TLS switched on.`,
  ],
  [
    /TIMEDOUT|TIMED_OUT|TIMEOUT|^timeout$/,
    'connection',
    (host) =>
      `${host} did not answer within 10 seconds. Check that the firewall lets this computer and Microsoft reach it.`,
  ],
  [
    /ECONNRESET|CONNECTION_RESET|CONNECTION_CLOSED|EMPTY_RESPONSE|UND_ERR_SOCKET|EPIPE/,
    'connection',
    (host) =>
      `${host} broke the connection off. Check that the reverse proxy or gateway runs, and its log.`,
  ],
]

/** What a failed fetch means, whichever network stack threw it. */
export function explainFetchFailure(error: unknown, host: string): FetchFailure {
  const known = knownFault(error)
  if (known?.code === 'tls-untrusted') {
    return { hop: 'connection', message: `${known.message} ${PUBLIC_ISSUERS_ONLY}` }
  }
  if (known) return { hop: 'connection', message: `${known.message} ${known.nextStep}` }
  const code = codeOf(error)
  for (const [pattern, hop, message] of FAILURES) {
    if (pattern.test(code)) return { hop, message: message(host) }
  }
  return {
    hop: 'connection',
    message: `The connection to ${host} failed${code ? ` (${code})` : ''}. Check the reverse proxy or gateway, and its log.`,
  }
}

/** What an answer that is not ours means, by its status. */
export function explainStatus(status: number): string {
  if (status === 502 || status === 503 || status === 504) {
    return (
      `The reverse proxy or gateway answered ${status}: it runs, but does not reach this computer. ` +
      'Check the address and port that it passes requests on to, and that the tunnel is connected.'
    )
  }
  if (status === 404) {
    return (
      'The server at the public address answered 404: it does not pass /emi/ on to this computer. ' +
      'Add that path to its configuration.'
    )
  }
  if (status === 421) {
    return (
      'The request reached this computer under another host name than that of the public address. ' +
      'Let the reverse proxy pass the header Host or X-Forwarded-Host on, and list it among the trusted proxies.'
    )
  }
  if (status === 401 || status === 403 || status === 407) {
    return (
      `The server at the public address answered ${status}: it asks for a sign-in or blocks the request. ` +
      'Let everybody reach /emi/: Microsoft cannot sign in there.'
    )
  }
  if (status === 0 || (status >= 300 && status < 400)) {
    return (
      'The server at the public address redirects to another address, which Microsoft does not follow. ' +
      'Let it pass /emi/ on to this computer, and enter the final https address.'
    )
  }
  return `The server at the public address answered ${status} instead of this program. Look into its log.`
}

/** The most telling code along the chain of causes. */
function codeOf(error: unknown): string {
  if (typeof error === 'string') return error
  const codes: string[] = []
  for (let one: unknown = error; one instanceof Error && codes.length < 10; one = one.cause) {
    if ('code' in one && typeof one.code === 'string') codes.push(one.code)
    const chromium = /net::(ERR_[A-Z_]+)/.exec(one.message)?.[1]
    if (chromium) codes.push(chromium)
  }
  return codes.at(-1) ?? ''
}
