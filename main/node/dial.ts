// Opening one connection to a host: what everybody who needs a socket is given, and the plain way without a proxy.
import { connect, type Socket } from 'node:net'

/** Opens a connected stream to a host. Throws AppError proxy-…, or the socket's error. */
export type Dial = (target: { host: string; port: number; signal: AbortSignal }) => Promise<Socket>

/** Opens a TCP connection without any proxy. Rejects with the socket's error or the signal's reason. */
export const dialDirectly: Dial = async ({ host, port, signal }) => {
  signal.throwIfAborted()
  const socket = connect({ host, port })
  const connected = Promise.withResolvers<undefined>()
  socket.once('error', connected.reject)
  socket.once('connect', () => connected.resolve(undefined))
  try {
    await untilAborted(connected.promise, signal)
    return socket
  } catch (error) {
    // What still comes of this connection concerns nobody.
    socket.on('error', () => undefined).destroy()
    throw error
  } finally {
    socket.off('error', connected.reject)
  }
}

/** Rejects with the signal’s reason as soon as it aborts. As in the core’s backoff.ts, of which adapters import nothing. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await Promise.race([work, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
    // The losers of the race may still reject, and nobody listens.
    for (const rest of [work, stopped.promise]) rest.catch(() => undefined)
  }
}
