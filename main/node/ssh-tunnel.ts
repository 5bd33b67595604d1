// The ssh provider: an own gateway passes what it receives back through a connection that this computer opened.
import net from 'node:net'
import type { AcceptConnection, Channel, Client, RejectConnection } from 'ssh2'
import { AppError } from '../core/app-error.ts'
import type { TunnelProvider, TunnelSession } from '../core/ports.ts'
import { type Dial, dialDirectly } from './dial.ts'
import { connectSsh, type SshConnection } from './ssh-connection.ts'
import { loadSshPrivateKey } from './ssh-key.ts'

/** Where the gateway listens for us. */
type RemoteBind = { kind: 'socket'; path: string } | { kind: 'port'; host: string; port: number }

const CLOSE_LIMIT_MS = 2_000

/** A tunnel through an ssh gateway, by way of a unix socket (recommended) or a port there. */
export function sshTunnel(dial: Dial = dialDirectly): TunnelProvider {
  // Places that this program has held: one that is refused now is still held by a connection that broke.
  const heldBefore = new Set<string>()
  return {
    id: 'ssh',
    readableBy: 'whoever runs the ssh gateway, where https ends',
    async open(options): Promise<TunnelSession> {
      const { settings, secrets, signal } = options
      const { ssh } = settings
      const bind = parseRemoteBind(ssh.remoteBind)
      mustBeFilled('host name of the gateway', ssh.host)
      mustBeFilled('user name on the gateway', ssh.username)
      const privateKey = await loadSshPrivateKey(secrets)
      const connection = await connectSsh({ gateway: ssh, privateKey, dial, signal })
      try {
        handOn(connection.client, options.local)
        const place = `${ssh.host}:${ssh.port} ${ssh.remoteBind}`
        await forward(connection, { bind, wasHeld: heldBefore.has(place), signal })
        heldBefore.add(place)
      } catch (error) {
        // A refused forward leaves the connection open, and nobody would use it.
        await close(connection)
        throw error
      }
      let closedByUs = false
      return {
        publicUrl: settings.publicUrl,
        closed: connection.closed.then((reason) => (closedByUs ? closedOnRequest() : reason)),
        close: async () => {
          closedByUs = true
          await close(connection)
        },
      }
    },
  }
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
        'In Settings, enter the path of a unix socket on the gateway, such as /run/emi/webhook.sock, or host:port.',
    })
  }
  return { kind: 'port', host: parts[1] ?? parts[2] ?? '', port }
}

function mustBeFilled(what: string, value: string): void {
  if (value.trim()) return
  throw new AppError('tunnel-config', {
    message: `The ${what} is missing.`,
    nextStep: 'Enter it in Settings under Tunnel.',
  })
}

/** Asks the gateway to listen. Throws AppError tunnel-config, or tunnel-transient where it will be free again soon. */
async function forward(
  { client, closed }: SshConnection,
  { bind, wasHeld, signal }: { bind: RemoteBind; wasHeld: boolean; signal: AbortSignal },
): Promise<void> {
  const answer = new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => {
      if (error) reject(forwardRefused(bind, wasHeld, error))
      else resolve()
    }
    if (bind.kind === 'socket') client.openssh_forwardInStreamLocal(bind.path, done)
    else client.forwardIn(bind.host, bind.port, done)
  })
  const stopped = Promise.withResolvers<never>()
  const onAbort = () => {
    stopped.reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const lost = closed.then((reason): never => {
    throw reason
  })
  try {
    await Promise.race([answer, lost, stopped.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    // The losers of the race may still reject, and nobody listens.
    for (const rest of [answer, lost, stopped.promise]) rest.catch(() => undefined)
  }
}

/** Passes every connection that the gateway accepts on to the local server. */
function handOn(client: Client, local: { host: string; port: number }): void {
  const onConnection = (
    _details: unknown,
    accept: AcceptConnection,
    reject: RejectConnection,
  ): void => {
    const server = net.connect(local.port, local.host)
    server.setNoDelay(true)
    // The caller gets a reset, which a reverse proxy turns into 502; the session stays.
    const refuse = () => {
      reject()
    }
    server.once('error', refuse)
    server.once('connect', () => {
      server.off('error', refuse)
      join(server, accept())
    })
  }
  client.on('unix connection', onConnection)
  client.on('tcp connection', onConnection)
}

function join(server: net.Socket, channel: Channel): void {
  server.on('error', () => channel.destroy())
  channel.on('error', () => server.destroy())
  server.on('close', () => channel.destroy())
  channel.on('close', () => server.destroy())
  server.pipe(channel).pipe(server)
}

async function close({ client, closed }: SshConnection): Promise<void> {
  const timer = setTimeout(() => {
    client.destroy()
  }, CLOSE_LIMIT_MS)
  client.end()
  await closed
  clearTimeout(timer)
}

function forwardRefused(bind: RemoteBind, wasHeld: boolean, cause: Error): AppError {
  const place = bind.kind === 'socket' ? bind.path : `${bind.host}:${bind.port}`
  if (wasHeld) {
    return new AppError('tunnel-transient', {
      message: `The gateway does not give ${place} back yet: it still believes in the connection that broke.`,
      nextStep:
        'EMI Tray tries again by itself. A unix socket with “StreamLocalBindUnlink yes” in sshd_config avoids the wait.',
      details: cause.message,
      cause,
    })
  }
  return new AppError('tunnel-config', {
    message: `The gateway refused to listen at ${place} for this computer.`,
    nextStep:
      bind.kind === 'socket'
        ? 'On the gateway, check that sshd_config has “AllowStreamLocalForwarding remote”, “AllowTcpForwarding remote” and “StreamLocalBindUnlink yes”, and that the user may write to that folder. Then press “Try now”.'
        : 'On the gateway, check “AllowTcpForwarding remote” and “PermitListen” in sshd_config and permitlisten in authorized_keys, and that no other program has the port. Then press “Try now”.',
    details: cause.message,
    cause,
  })
}

function closedOnRequest(): AppError {
  return new AppError('cancelled', {
    message: 'The tunnel was closed.',
    nextStep: 'Start the webhook to open it again.',
  })
}
