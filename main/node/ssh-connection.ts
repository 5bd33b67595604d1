// One authenticated connection to an ssh gateway: algorithms, the pinned host key, and failures in words.
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Algorithms, Client } from 'ssh2'
import { AppError } from '../core/app-error.ts'
import type { Dial } from './dial.ts'
import { prepareKeys } from './prepared-keys.ts'
import { ASK_EVERY_MS, cutWhenSilent } from './ssh-silence.ts'

/**
 * All of these exist in OpenSSL and in Electron's BoringSSL, which lacks chacha20; a list with something that is
 * missing makes ssh2 throw.
 */
export const SSH_ALGORITHMS = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256'],
  cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'aes256-ctr'],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
  ],
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
  compress: ['none'],
} satisfies Algorithms

const READY_LIMIT_MS = 10_000
/**
 * A system repeats an unanswered attempt after 1, 3, 7 and 15 s. Beginning anew keeps the pauses short, so that a
 * network that is back is noticed soon.
 */
const DIAL_LIMIT_MS = 5_000

export interface Gateway {
  host: string
  port: number
  username: string
  /** `type base64`, as a person confirmed it. */
  hostKey: string
}

export interface SshConnectionOptions {
  gateway: Gateway
  privateKey: string
  dial: Dial
  /** Besides the key: public services let everybody in. */
  letsAnybodyIn?: boolean
  signal: AbortSignal
}

export interface SshConnection {
  client: Client
  /** What is written until the present work is done goes out together: encrypted pieces are small and many. */
  gather: () => void
  /** Resolves once when the connection is over, with the reason. */
  closed: Promise<AppError>
}

/** Connects and authenticates. Throws AppError tunnel-host-key, tunnel-auth, tunnel-config, tunnel-transient. */
export async function connectSsh(options: SshConnectionOptions): Promise<SshConnection> {
  const { gateway, privateKey, letsAnybodyIn = false, signal } = options
  // Ten megabytes that whoever has another tunnel does without.
  const { default: ssh2 } = await import('ssh2')
  const sock = await dialGateway(gateway, options)
  const client = new ssh2.Client()
  prepareKeys(client)
  const closed = Promise.withResolvers<AppError>()
  const ready = Promise.withResolvers<undefined>()
  // When connecting fails at once, nobody has begun to wait for it.
  ready.promise.catch(() => undefined)
  let lastError: AppError | undefined
  let shownKey: Buffer | undefined
  client.on('error', (error) => {
    const refusedKey = shownKey && !isPinned(shownKey, gateway.hostKey) ? shownKey : null
    lastError ??= refusedKey ? hostKeyChanged(gateway, refusedKey) : explainSshError(error, gateway)
    ready.reject(lastError)
  })
  client.on('close', () => {
    const reason = lastError ?? connectionLost(gateway)
    ready.reject(reason)
    closed.resolve(reason)
  })
  client.on('keyboard-interactive', (_name, _text, _language, prompts, finish) => {
    finish(prompts.map(() => ''))
  })
  client.on('ready', () => {
    // Answers are small: none may wait until what was sent before it is acknowledged (Nagle's algorithm).
    client.setNoDelay(true)
    ready.resolve(undefined)
  })
  const onAbort = () => {
    ready.reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    client.connect({
      sock,
      username: gateway.username,
      privateKey,
      // An answer to a question or a password is never asked of a person: both stay empty.
      authHandler: letsAnybodyIn
        ? ['publickey', 'none', 'keyboard-interactive', 'password']
        : ['publickey'],
      ...(letsAnybodyIn && { password: '', tryKeyboard: true }),
      algorithms: { ...SSH_ALGORITHMS, serverHostKey: hostKeyAlgorithms(gateway.hostKey) },
      hostVerifier: (key: Buffer) => {
        shownKey = key
        return isPinned(key, gateway.hostKey)
      },
      readyTimeout: READY_LIMIT_MS,
      keepaliveInterval: ASK_EVERY_MS,
      // Who does not answer is judged by all that comes, below.
      keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    })
    await ready.promise
    cutWhenSilent(sock)
    return { client, gather: gathering(sock), closed: closed.promise }
  } catch (error) {
    client.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function gathering(sock: Socket): () => void {
  let isGathering = false
  return () => {
    if (isGathering) return
    isGathering = true
    sock.cork()
    setImmediate(() => {
      isGathering = false
      sock.uncork()
    })
  }
}

/** The connection below ssh. Throws AppError proxy-…, tunnel-transient. */
export async function dialGateway(
  { host, port }: Pick<Gateway, 'host' | 'port'>,
  { dial, signal }: { dial: Dial; signal: AbortSignal },
): Promise<Socket> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(DIAL_LIMIT_MS)])
  try {
    return await dial({ host: host.replace(/^\[(.*)\]$/, '$1'), port, signal: limited })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof AppError || !(error instanceof Error)) throw error
    throw explainSshError(error, { host, port })
  }
}

/** `type base64`, as in known_hosts, of a key as it is sent. */
export function hostKeyText(key: Buffer): string {
  const typeLength = key.readUInt32BE(0)
  return `${key.toString('latin1', 4, 4 + typeLength)} ${key.toString('base64')}`
}

/** OpenSSH's notation, as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The error of ssh2 or of the socket below it, in words. */
export function explainSshError(
  error: Error,
  { host, port, username = '' }: Partial<Gateway>,
): AppError {
  const level = 'level' in error && typeof error.level === 'string' ? error.level : ''
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const gateway = `${host ?? ''}:${port ?? 22}`
  const details = [level, code, error.message].filter(Boolean).join(': ')
  const transient = (message: string, nextStep: string) =>
    new AppError('tunnel-transient', { message, nextStep, details, cause: error })
  if (level === 'client-authentication') {
    return new AppError('tunnel-auth', {
      message: `The gateway ${gateway} did not let ${username} in with the key of this computer.`,
      nextStep: `Copy the public key from Settings into the authorized keys of ${username} on the gateway, then press “Try now”.`,
      details,
      cause: error,
    })
  }
  if (level === 'handshake' && /no matching|unsupported/i.test(error.message)) {
    return new AppError('tunnel-config', {
      message: `The gateway ${gateway} offers none of the algorithms that EMI Tray accepts.`,
      nextStep:
        'Let its sshd offer curve25519-sha256, aes256-gcm and an ed25519 host key, or update OpenSSH there.',
      details,
      cause: error,
    })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || level === 'client-dns') {
    return transient(
      `The name of the gateway, ${host ?? ''}, was not found.`,
      'Check its spelling on the Webhook page and that this network knows the name. EMI Tray tries again by itself.',
    )
  }
  if (code === 'ECONNREFUSED') {
    return transient(
      `The gateway ${gateway} refuses connections: no ssh server listens there.`,
      'Check the port on the Webhook page and that sshd runs on the gateway. EMI Tray tries again by itself.',
    )
  }
  if (
    level === 'client-timeout' ||
    code === 'ETIMEDOUT' ||
    error.name === 'TimeoutError' ||
    code === 'EHOSTUNREACH'
  ) {
    return transient(
      `The gateway ${gateway} does not answer.`,
      'Check the network, and that the firewall lets this computer out to that port. EMI Tray tries again by itself.',
    )
  }
  return transient(
    `The connection to the gateway ${gateway} broke off.`,
    'EMI Tray connects again by itself. If this goes on, look into the log of sshd on the gateway.',
  )
}

function connectionLost({ host, port }: Gateway): AppError {
  return new AppError('tunnel-transient', {
    message: `The gateway ${host}:${port} closed the connection.`,
    nextStep: 'EMI Tray connects again by itself.',
  })
}

function isPinned(key: Buffer, hostKey: string): boolean {
  return key.equals(pinnedKey(hostKey))
}

function pinnedKey(hostKey: string): Buffer {
  return Buffer.from(hostKey.trim().split(/\s+/)[1] ?? '', 'base64')
}

/** Only the kind that was confirmed is asked for, so that a second key added later is no alarm. */
function hostKeyAlgorithms(hostKey: string): typeof SSH_ALGORITHMS.serverHostKey {
  const type = hostKey.trim().split(/\s+/)[0] ?? ''
  const same = SSH_ALGORITHMS.serverHostKey.filter((one) =>
    type === 'ssh-rsa' ? one.startsWith('rsa-') : one === type,
  )
  return same.length > 0 ? same : SSH_ALGORITHMS.serverHostKey
}

function hostKeyChanged({ host, port, hostKey }: Gateway, shown: Buffer): AppError {
  const now = fingerprintOf(shown)
  if (!hostKey.trim()) {
    return new AppError('tunnel-host-key', {
      message: `The host key of the gateway ${host}:${port} has not been confirmed yet. It shows ${now}.`,
      nextStep:
        'On the Webhook page, read the host key and compare its fingerprint with what ssh-keygen -l prints on the gateway, then save it.',
    })
  }
  return new AppError('tunnel-host-key', {
    message:
      `The gateway ${host}:${port} shows another host key than the one that was confirmed. ` +
      `Confirmed: ${fingerprintOf(pinnedKey(hostKey))}. Now: ${now}.`,
    nextStep:
      'Ask whoever runs the gateway whether its key was changed. Only if so, read and confirm the new one in ' +
      'Settings; if not, somebody may be in between.',
  })
}
