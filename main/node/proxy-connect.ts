// One connection through an HTTP proxy (CONNECT), and what the proxy says when it does not want to, in words.
import { Socket } from 'node:net'
import { Client } from 'undici'
import { AppError, type AppErrorText } from '../core/app-error.ts'
import type { Credentials } from '../core/ports/network.ts'
import { nameOf, type NoWay, type ProxySource } from './proxy-choice.ts'

export interface ProxyTarget {
  origin: string
  credentials: Credentials | null
  /** `host:port` of what is to be reached. */
  target: string
  signal: AbortSignal
}

/** Has the proxy connect to the target. Throws AppError proxy-unreachable, -auth, -refused, -unsupported. */
export async function connectThroughProxy(options: ProxyTarget): Promise<Socket> {
  const { origin, credentials, target, signal } = options
  signal.throwIfAborted()
  const client = new Client(origin, { allowH2: false })
  try {
    const answer = await client.connect({
      path: target,
      headers: {
        host: target,
        ...(credentials ? { 'proxy-authorization': basic(credentials) } : {}),
      },
      signal,
    })
    const isConnected = answer.statusCode >= 200 && answer.statusCode < 300
    if (isConnected && answer.socket instanceof Socket) return answer.socket
    // Nobody reads what comes after the head.
    answer.socket.on('error', () => undefined).destroy()
    throw refused(answer.statusCode, textOf(answer.headers['proxy-authenticate']), options)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw unreachable(error, options)
  } finally {
    // The socket is not the client's any more; without one there is nothing to wait for.
    void client.destroy()
  }
}

const SOURCES: Record<ProxySource, string> = {
  setting: 'EMI Tray’s settings name',
  environment: 'HTTPS_PROXY or HTTP_PROXY names',
  system: 'This computer’s network settings name',
}

/** Why EMI Tray cannot go that way. */
export function unsupportedProxy({ name, from }: NoWay): AppError {
  return new AppError('proxy-unsupported', {
    message: `${SOURCES[from]} “${name}”, which is not an HTTP proxy. EMI Tray cannot use it.`,
    nextStep:
      'Ask your network team for an HTTP proxy, and enter its address in Settings under Network.',
  })
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}

function refused(status: number, schemes: string, options: ProxyTarget): AppError {
  const { credentials, target } = options
  const proxy = nameOf(options.origin)
  const details = `CONNECT ${target}: HTTP ${status}${schemes ? `, ${schemes}` : ''}`
  // Some proxies, tinyproxy among them, answer a wrong password with 401.
  if (status !== 407 && status !== 401) {
    return new AppError('proxy-refused', {
      message: `The proxy ${proxy} did not connect to ${target}: it answered ${status}.`,
      nextStep:
        status === 403 || status === 405
          ? `Ask your network team to allow CONNECT to ${target} on that proxy. The network check in Settings has a text for them.`
          : `Check that ${target} exists and can be reached from the proxy. Its log says why.`,
      details,
    })
  }
  return signInRefused(proxy, { schemes, credentials, details })
}

/** The proxy, `host:port`, wants a sign-in and was given none, or none that it takes. */
export function signInRefused(
  proxy: string,
  asked: { schemes: string; credentials: Credentials | null; details?: string | undefined },
): AppError {
  const { schemes, credentials, details } = asked
  return new AppError(/\bbasic\b/i.test(schemes) || !schemes ? 'proxy-auth' : 'proxy-unsupported', {
    ...wantsSignIn(proxy, schemes, credentials),
    details,
  })
}

function wantsSignIn(
  proxy: string,
  schemes: string,
  credentials: Credentials | null,
): AppErrorText {
  if (schemes && !/\bbasic\b/i.test(schemes)) {
    const offered = namesOf(schemes)
    return {
      message: `The proxy ${proxy} asks for a sign-in with ${offered}, which EMI Tray cannot do.`,
      nextStep:
        'Ask your network team to let this computer through without a sign-in, to allow Basic for a service account, ' +
        'or to run a small proxy on this computer that signs in (such as Px or Cntlm), and enter its address in Settings under Network.',
    }
  }
  if (!credentials) {
    return {
      message: `The proxy ${proxy} asks for a user name and a password.`,
      nextStep: 'Enter them in Settings under Network. The password is kept encrypted.',
    }
  }
  return {
    message: `The proxy ${proxy} does not accept the password of ${credentials.username}.`,
    nextStep: 'Enter user name and password again in Settings under Network, then check.',
  }
}

/** Names of the schemes of a challenge, without their parameters. */
function namesOf(schemes: string): string {
  const names = schemes
    .split(',')
    .map((one) => one.trim().split(/\s+/)[0] ?? '')
    .filter((one) => /^[A-Za-z]+$/.test(one))
  return names.join(' or ') || 'another method'
}

function unreachable(error: unknown, { origin, target, signal }: ProxyTarget): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const proxy = nameOf(origin)
  return new AppError('proxy-unreachable', {
    message: signal.aborted
      ? `The proxy ${proxy} did not answer in time when asked to connect to ${target}.`
      : `The proxy ${proxy} cannot be reached from this computer.`,
    nextStep:
      'Check the proxy in Settings under Network, and that this computer is in the network that the proxy serves.',
    details: `CONNECT ${target}: ${code || (error instanceof Error ? error.message : 'no answer')}`,
    cause: error,
  })
}

function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join(', ') : (header ?? '')
}
