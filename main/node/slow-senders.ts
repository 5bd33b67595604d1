// Makes room when all connections are taken: cuts those whose request has been coming in for too long.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface SlowSenders {
  /** The request on this connection has come in as a whole. */
  noteReceived(socket: Socket): void
  /** A request on it was answered; the next one may come. */
  noteAnswered(socket: Socket): void
}

/**
 * Watches the connections of a server that has `maxConnections`. Graph's posts come at once: who takes longer than
 * `patienceMs` yields to others, though only when there is no room.
 */
export function watchSlowSenders(server: Server, patienceMs: number): SlowSenders {
  /** Connections that owe (the rest of) a request, the longest-waiting first. */
  const since = new Map<Socket, number>()
  const wait = (socket: Socket) => {
    since.delete(socket)
    if (!socket.destroyed) since.set(socket, performance.now())
  }
  server.on('connection', (socket: Socket) => {
    wait(socket)
    socket.once('close', () => since.delete(socket))
  })
  // Somebody was turned away: Graph comes again at once, and must find room then.
  server.on('drop', () => {
    server.closeIdleConnections()
    const latest = performance.now() - patienceMs
    for (const [socket, startedAt] of since) {
      if (startedAt > latest) break
      socket.destroy()
    }
  })
  return { noteReceived: (socket) => since.delete(socket), noteAnswered: wait }
}
