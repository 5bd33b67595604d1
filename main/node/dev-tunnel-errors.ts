// What went wrong with Microsoft Dev Tunnels, in words, and whether another attempt can help.
import type { DevTunnelSettings } from '../contract/models/settings.ts'
import { AppError } from '../core/app-error.ts'
import { NETWORK_CODES } from '../core/network-error.ts'

type SignIn = DevTunnelSettings['signIn']

/** The status of a refusal and the words of the service, as far as an error of the SDK tells. */
export interface Refusal {
  status: number | null
  words: string
}

const FRESH_TOKEN =
  'Make a fresh one with “devtunnel token TUNNEL-ID --scopes host” and paste it on the Webhook page.'
const OTHER_WAY =
  'Microsoft does not say which applications it lets in: choose “Token of a tunnel” on the Webhook page, or another way to be reached.'

/** What an answer of the service or of its relay means. */
export function refused(
  { status, words }: Refusal,
  { signIn, what }: { signIn: SignIn; what: string },
): AppError {
  const details = `${what}: ${status ?? 'no answer'}${words && `, ${words}`}`
  if (status === 429 || (status === 403 && /limit|quota/i.test(words))) {
    return new AppError('tunnel-limit', {
      message:
        'Microsoft Dev Tunnels lets through no more for now: a limit of the trial is reached.',
      nextStep:
        'EMI Tray tries again by itself, less and less often. Move to an own address or gateway if this goes on.',
      details,
    })
  }
  if (status === 401 || status === 403) return notLetIn(signIn, details)
  if (status === 404 && signIn === 'host-token') return tunnelGone(details)
  return new AppError('tunnel-transient', {
    message: 'Microsoft Dev Tunnels did not open the tunnel.',
    nextStep: 'EMI Tray tries again by itself. Look at the network check if this goes on.',
    details,
  })
}

/** The tunnel that the token is for was deleted, or was not used for 30 days. */
export function tunnelGone(details: string): AppError {
  return new AppError('tunnel-config', {
    message: 'The Dev Tunnel that the token is for no longer exists.',
    nextStep: `Make a tunnel with “devtunnel create”, give it the webhook’s port, and keep its token here. ${FRESH_TOKEN}`,
    details,
  })
}

/** The host token has run out, or was never entered. */
export function noValidToken(expiredAt: string | null): AppError {
  return new AppError('tunnel-auth', {
    message: expiredAt
      ? `The token of the Dev Tunnel ran out at ${expiredAt}.`
      : 'No token of a Dev Tunnel is kept yet.',
    nextStep: FRESH_TOKEN,
  })
}

/** The tunnel of the token does not forward the webhook's port, or not for everybody. */
export function portMissing(tunnelId: string, port: number, details: string): AppError {
  return new AppError('tunnel-config', {
    message: `The Dev Tunnel ${tunnelId} does not let Microsoft reach port ${port}, and its token may not change that.`,
    nextStep: `Type “devtunnel port create ${tunnelId} -p ${port} --protocol http” and “devtunnel access create ${tunnelId} -p ${port} --anonymous”, then press “Connect again”.`,
    details,
  })
}

/** There is no application at Microsoft whose token could be used. */
export function noApplication(): AppError {
  return new AppError('tunnel-auth', {
    message: 'The practice tenant’s application means nothing to Microsoft Dev Tunnels.',
    nextStep: `Choose “Token of a tunnel” on the Webhook page. ${FRESH_TOKEN}`,
  })
}

/** Another program hosts the same tunnel now. The SDK, too, refuses to take it back: two would fight for it. */
export function takenOver(publicUrl: string): AppError {
  return new AppError('tunnel-taken-over', {
    message: `Another program hosts the Dev Tunnel of ${publicUrl} now. Only one can at a time.`,
    nextStep:
      'Close it there, for instance on another computer with EMI Tray, then press “Connect again”.',
  })
}

/** The connection to the relay broke. */
export function lost(words: string): AppError {
  return new AppError('tunnel-transient', {
    message: 'The connection to Microsoft Dev Tunnels was lost.',
    nextStep: 'EMI Tray connects again by itself.',
    details: words || undefined,
  })
}

/** Entra gave the application no token for the service. What lies on the way there stays what it is. */
export function noToken(error: unknown, serviceAppId: string): AppError {
  if (error instanceof AppError) {
    const { code, message, details } = error
    if (NETWORK_CODES.includes(code) || code === 'graph-unavailable' || code === 'cancelled') {
      return error
    }
    // Entra's number for a service that the tenant has no service principal of.
    if (details?.includes('AADSTS500011')) {
      return new AppError('tunnel-auth', {
        message: 'This tenant does not know Microsoft Dev Tunnels yet.',
        nextStep: `An administrator can add it as an enterprise application, by its id ${serviceAppId}. Or choose “Token of a tunnel” on the Webhook page.`,
        details,
      })
    }
    return new AppError('tunnel-auth', {
      message: `Microsoft Entra gave the application no token for Dev Tunnels. ${message}`,
      nextStep: OTHER_WAY,
      details,
    })
  }
  return refused({ status: null, words: wordsOf(error) }, { signIn: 'application', what: 'Entra' })
}

/** What an error says, without whatever hangs on it. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, 300) : ''
}

function notLetIn(signIn: SignIn, details: string): AppError {
  return new AppError('tunnel-auth', {
    message:
      signIn === 'application'
        ? 'Microsoft Dev Tunnels did not let EMI Tray’s application in.'
        : 'Microsoft Dev Tunnels did not accept the token of the tunnel.',
    nextStep: signIn === 'application' ? OTHER_WAY : FRESH_TOKEN,
    details,
  })
}
