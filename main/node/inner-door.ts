// The way from a tunnel that runs in this process to the server that listens in it, without a socket in between.
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { InnerSocket } from './inner-socket.ts'

interface Place {
  host: string
  port: number
}

/** Serves what `connect` makes; false, without calling it, where there is no room. */
export type TakeConnection = (connect: () => InnerSocket) => boolean

export interface InnerDoor {
  /**
   * Opens the door of a server that listens, beside its socket. The function returned closes it, and resolves once all
   * that came in is over; what is not after `closeMs` is cut.
   */
  open(
    server: Server,
    given: { at: Place; connections: number; closeMs: number },
  ): () => Promise<void>
  /** The door at a place; undefined where none is open, as where the server wants TLS. */
  at(place: Place): TakeConnection | undefined
}

/** One for the servers and tunnels of a program. */
export function innerDoor(): InnerDoor {
  const doors = new Map<string, TakeConnection>()
  return {
    open(server, { at, connections, closeMs }) {
      const inner = new Set<InnerSocket>()
      let open = 0
      server.on('connection', (socket: Duplex) => {
        open += 1
        socket.once('close', () => (open -= 1))
      })
      // Both ways share one room, and the server itself counts what came by its socket only.
      const shareRoom = () => {
        server.maxConnections = connections - inner.size
      }
      const take: TakeConnection = (connect) => {
        if (open >= connections) {
          server.emit('drop')
          return false
        }
        const socket = connect()
        inner.add(socket)
        shareRoom()
        socket.once('close', () => {
          inner.delete(socket)
          shareRoom()
        })
        server.emit('connection', socket)
        return true
      }
      doors.set(nameOf(at), take)
      return async () => {
        doors.delete(nameOf(at))
        const rest = [...inner]
        const timer = setTimeout(() => {
          for (const one of rest) one.destroy()
        }, closeMs)
        await Promise.all(rest.map((one) => new Promise((resolve) => one.once('close', resolve))))
        clearTimeout(timer)
      }
    },
    at: (place) => doors.get(nameOf(place)),
  }
}

function nameOf({ host, port }: Place): string {
  return `${host} ${port}`
}
