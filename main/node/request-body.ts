// The body of a request as a whole, as far as there is room for it.
import type { IncomingMessage } from 'node:http'

/** Too large for this handler, or no room while others are being read. */
export type RefusedBody = 'too-large' | 'no-room'

/** The memory for the bodies of all requests of a server, in bytes. */
export class BodyRoom {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#left += bytes
  }
}

/**
 * The whole body, or why it is not taken; rejects when the sender goes away. Whoever gets the body gives its room
 * back once done with it.
 */
export function readBody(
  request: IncomingMessage,
  { maxBytes, room }: { maxBytes: number; room: BodyRoom },
): Promise<Buffer<ArrayBuffer> | RefusedBody> {
  return new Promise((resolve, reject) => {
    if (declaredLength(request) > maxBytes) {
      resolve('too-large')
      return
    }
    const parts: Buffer<ArrayBuffer>[] = []
    let bytes = 0
    let isDone = false
    const giveUp = () => {
      isDone = true
      parts.length = 0
      room.giveBack(bytes)
    }
    request.on('data', (part: Buffer<ArrayBuffer>) => {
      const isTooLarge = bytes + part.length > maxBytes
      if (!isTooLarge && room.take(part.length)) {
        bytes += part.length
        parts.push(part)
        return
      }
      giveUp()
      request.removeAllListeners('data')
      request.pause()
      resolve(isTooLarge ? 'too-large' : 'no-room')
    })
    request.on('end', () => {
      if (isDone) return
      isDone = true
      resolve(wholeOf(parts))
    })
    request.on('close', () => {
      // Comes after each request. An error that nobody sees would cost as much as reading the body.
      if (isDone) return
      giveUp()
      reject(new Error('The sender went away.'))
    })
  })
}

/** What the sender says, in bytes; 0 where it says nothing. */
export function declaredLength(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0)
}

/** Nearly every post comes in one piece. */
function wholeOf(parts: Buffer<ArrayBuffer>[]): Buffer<ArrayBuffer> {
  const [first, ...more] = parts
  return first && more.length === 0 ? first : Buffer.concat(parts)
}
