// The ssh provider: an own gateway passes what it receives back through a connection that this computer opened.
import { AppError } from '../core/app-error.ts'
import type { TunnelProvider, TunnelSession } from '../core/ports/tunnel.ts'
import { dialDirectly } from './dial.ts'
import { connectSsh, type SshConnection } from './ssh-connection.ts'
import {
  closedOnRequest,
  closeSsh,
  forward,
  mustBeFilled,
  passOn,
  placeName,
  type RemoteBind,
  type SshWays,
} from './ssh-forward.ts'
import { loadSshPrivateKey } from './ssh-key.ts'

/** A tunnel through an ssh gateway, by way of a unix socket (recommended) or a port there. */
export function sshTunnel({ dial = dialDirectly, door }: SshWays = {}): TunnelProvider {
  // Places that this program has held: one that is refused now is still held by a connection that broke.
  const heldBefore = new Set<string>()
  return {
    id: 'ssh',
    readableBy: 'whoever runs the ssh gateway, where https ends',
    async open(options): Promise<TunnelSession> {
      const { settings, secrets, signal } = options
      const { ssh } = settings
      const binds = parseRemoteBinds(ssh.remoteBind)
      mustBeFilled('host name of the gateway', ssh.host)
      mustBeFilled('user name on the gateway', ssh.username)
      const privateKey = await loadSshPrivateKey(secrets)
      const connection = await connectSsh({ gateway: ssh, privateKey, dial, signal })
      try {
        passOn(connection, { local: options.local, door })
        const keyOf = (bind: RemoteBind) => `${ssh.host}:${ssh.port} ${placeName(bind)}`
        const wasHeld = (bind: RemoteBind) => heldBefore.has(keyOf(bind))
        heldBefore.add(keyOf(await forwardFirst(connection, { binds, wasHeld, signal })))
      } catch (error) {
        // A refused forward leaves the connection open, and nobody would use it.
        await closeSsh(connection)
        throw error
      }
      let closedByUs = false
      return {
        publicUrl: settings.publicUrl,
        closed: connection.closed.then((reason) => (closedByUs ? closedOnRequest() : reason)),
        close: async () => {
          closedByUs = true
          await closeSsh(connection)
        },
      }
    },
  }
}

/** One place, or several with commas in between. Throws AppError tunnel-config. */
function parseRemoteBinds(text: string): RemoteBind[] {
  return text.split(',').map(parseRemoteBind)
}

/** `/path/of.sock` or `host:port`. Throws AppError tunnel-config. */
function parseRemoteBind(text: string): RemoteBind {
  const trimmed = text.trim()
  if (/^\/[^\0]+[^/\0]$/.test(trimmed)) return { kind: 'socket', path: trimmed }
  const parts = /^(?:\[([0-9a-f:.]+)\]|([\w.*-]*)):(\d{1,5})$/i.exec(trimmed)
  const port = Number(parts?.[3])
  if (!parts || port < 1 || port > 65_535) {
    throw new AppError('tunnel-config', {
      message: trimmed
        ? `“${trimmed}” is no place where the gateway can listen.`
        : 'It is not set where the gateway listens for this computer.',
      nextStep:
        'On the Webhook page, enter the path of a unix socket on the gateway, such as /run/emi/webhook.sock, or host:port.',
    })
  }
  return { kind: 'port', host: parts[1] ?? parts[2] ?? '', port }
}

/** Asks for one place after the other: not every gateway can do unix sockets. Throws as forward, of the last one. */
async function forwardFirst(
  connection: SshConnection,
  given: { binds: RemoteBind[]; wasHeld: (bind: RemoteBind) => boolean; signal: AbortSignal },
): Promise<RemoteBind> {
  const { binds, wasHeld, signal } = given
  let refused: unknown
  for (const bind of binds) {
    try {
      await forward(connection, { bind, wasHeld: wasHeld(bind), signal })
      return bind
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof AppError) || error.code !== 'tunnel-config') throw error
      refused = error
    }
  }
  throw refused
}
