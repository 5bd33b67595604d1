// Notices that an ssh connection is dead although nobody has closed it: the other side has become silent.
import type { Socket } from 'node:net'

/** ssh2 asks the other side for a sign of life so often. */
export const ASK_EVERY_MS = 1_000
/** In so many looks in a row nothing came. */
const SILENT_LOOKS = 3

/**
 * Cuts the connection once it was silent for three to four seconds. Whatever comes counts, not only the answers: on a
 * slow line they queue behind what Microsoft posts. Looks are counted, not time, so that a computer that slept or was
 * busy itself does not cut a good connection.
 */
export function cutWhenSilent(socket: Socket): void {
  let received = socket.bytesRead
  let silent = 0
  const timer = setInterval(() => {
    silent = socket.bytesRead === received ? silent + 1 : 0
    received = socket.bytesRead
    if (silent >= SILENT_LOOKS) socket.destroy(noSignOfLife())
  }, ASK_EVERY_MS)
  socket.once('close', () => clearInterval(timer))
}

function noSignOfLife(): Error {
  const error = new Error(`No sign of life for ${(SILENT_LOOKS * ASK_EVERY_MS) / 1_000} s`)
  return Object.assign(error, { code: 'ETIMEDOUT' })
}
