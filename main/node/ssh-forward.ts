// What both ssh providers share: asking the other side to listen, and passing connections on to the local server.
import net from 'node:net'
import type { AcceptConnection, Channel, RejectConnection } from 'ssh2'
import { AppError } from '../core/app-error.ts'
import type { Dial } from './dial.ts'
import type { InnerDoor } from './inner-door.ts'
import { InnerSocket } from './inner-socket.ts'
import type { SshConnection } from './ssh-connection.ts'

/** How an ssh provider reaches the other side, and the server here. */
export interface SshWays {
  dial?: Dial
  /** To a server of this process; left out where none has one. */
  door?: InnerDoor
}

/** Where the other side listens for us. */
export type RemoteBind =
  { kind: 'socket'; path: string } | { kind: 'port'; host: string; port: number }

const CLOSE_LIMIT_MS = 2_000

/** The place in the words of the settings. */
export function placeName(bind: RemoteBind): string {
  return bind.kind === 'socket' ? bind.path : `${bind.host}:${bind.port}`
}

/** Throws AppError tunnel-config for an empty setting. */
export function mustBeFilled(what: string, value: string): void {
  if (value.trim()) return
  throw new AppError('tunnel-config', {
    message: `The ${what} is missing.`,
    nextStep: 'Enter it on the Webhook page under Tunnel.',
  })
}

/** Asks the gateway to listen. Throws AppError tunnel-config, or tunnel-transient where it will be free again soon. */
export async function forward(
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

/** Passes every connection that the other side accepts on to the local server: by its door, else by its socket. */
export function passOn(
  connection: SshConnection,
  { local, door }: { local: { host: string; port: number }; door?: InnerDoor | undefined },
): void {
  const { client, gather } = connection
  const inside = new Set<InnerSocket>()
  // Of a channel whose data wait to be read, ssh2 does not say that it is over.
  client.on('close', () => {
    for (const socket of inside) socket.destroy()
  })
  const onConnection = (
    _details: unknown,
    accept: AcceptConnection,
    reject: RejectConnection,
  ): void => {
    const take = door?.at(local)
    if (!take) {
      connectLocally(connection, { local, accept, reject })
      return
    }
    const isTaken = take(() => {
      const socket = new InnerSocket(accept(), gather)
      inside.add(socket)
      return socket.once('close', () => inside.delete(socket))
    })
    if (!isTaken) reject()
  }
  client.on('unix connection', onConnection)
  client.on('tcp connection', onConnection)
}

function connectLocally(
  { gather }: SshConnection,
  given: {
    local: { host: string; port: number }
    accept: AcceptConnection
    reject: RejectConnection
  },
): void {
  const { local, accept, reject } = given
  const server = net.connect(local.port, local.host)
  server.setNoDelay(true)
  // The caller gets a reset, which a reverse proxy turns into 502; the session stays.
  const refuse = () => {
    reject()
  }
  server.once('error', refuse)
  server.once('connect', () => {
    server.off('error', refuse)
    // Before the pipe hears of it, which then writes.
    server.on('data', gather)
    join(server, accept())
  })
}

function join(server: net.Socket, channel: Channel): void {
  server.on('error', () => channel.destroy())
  channel.on('error', () => server.destroy())
  server.on('close', () => channel.destroy())
  channel.on('close', () => server.destroy())
  server.pipe(channel).pipe(server)
}

/** Ends the connection; one that does not say goodbye within 2 s is cut. */
export async function closeSsh({ client, closed }: SshConnection): Promise<void> {
  const timer = setTimeout(() => {
    client.destroy()
  }, CLOSE_LIMIT_MS)
  client.end()
  await closed
  clearTimeout(timer)
}

function forwardRefused(bind: RemoteBind, wasHeld: boolean, cause: Error): AppError {
  const place = placeName(bind)
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

/** Why a session is over that nobody wants any more. */
export function closedOnRequest(): AppError {
  return new AppError('cancelled', {
    message: 'The tunnel was closed.',
    nextStep: 'Start the webhook to open it again.',
  })
}
