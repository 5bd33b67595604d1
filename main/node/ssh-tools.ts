// What the settings page needs of ssh before a tunnel exists: the gateway's host key and this computer's public key.
import type { SshTools } from '../core/ports/tunnel.ts'
import { type Dial, dialDirectly } from './dial.ts'
import {
  dialGateway,
  explainSshError,
  fingerprintOf,
  hostKeyText,
  SSH_ALGORITHMS,
} from './ssh-connection.ts'
import { loadSshPublicKey } from './ssh-key.ts'

const LIMIT_MS = 15_000

/** The ssh tools of this computer. */
export function sshTools(dial: Dial = dialDirectly): SshTools {
  return {
    readHostKey: (options) => readHostKey({ ...options, dial }),
    getPublicKey: loadSshPublicKey,
  }
}

async function readHostKey({
  host,
  port,
  dial,
  signal,
}: Parameters<SshTools['readHostKey']>[0] & { dial: Dial }): ReturnType<SshTools['readHostKey']> {
  const { default: ssh2 } = await import('ssh2')
  const sock = await dialGateway({ host, port }, { dial, signal })
  const client = new ssh2.Client()
  const shown = Promise.withResolvers<Buffer>()
  // When connecting fails at once, nobody has begun to wait for it.
  shown.promise.catch(() => undefined)
  client.on('error', (error) => {
    shown.reject(explainSshError(error, { host, port }))
  })
  client.on('close', () => {
    shown.reject(explainSshError(new Error('closed before it showed its host key'), { host, port }))
  })
  const onAbort = () => {
    shown.reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    client.connect({
      sock,
      // Never gets so far as to be looked at: the connection ends with the host key.
      username: 'emi-tray',
      algorithms: SSH_ALGORITHMS,
      hostVerifier: (key: Buffer) => {
        shown.resolve(key)
        return false
      },
      readyTimeout: LIMIT_MS,
    })
    const key = await shown.promise
    return { hostKey: hostKeyText(key), fingerprint: fingerprintOf(key) }
  } finally {
    signal.removeEventListener('abort', onAbort)
    client.destroy()
  }
}
