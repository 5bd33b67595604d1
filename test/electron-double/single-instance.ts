// The single instance lock: real between processes, by a file and a socket, one per data folder.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SecondInstance {
  argv: string[]
  cwd: string
  data: unknown
}

// Linux allows 107 bytes for the path of a socket.
const longestSocketPath = 107

let server: Server | undefined
let files: string[] = []

/**
 * Takes the lock, or tells its holder about this process. Synchronous, as in Electron.
 * A lock whose holder no longer answers is taken over.
 */
export function requestLock(
  folder: string,
  own: SecondInstance,
  onSecond: (second: SecondInstance) => void,
): boolean {
  if (server) return true
  const lock = join(folder, 'DoubleSingleton.lock')
  const socket = socketPath(folder)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      listen({ lock, socket, onSecond })
      return true
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      if (tellHolder(socket, own)) return false
      rmSync(lock, { force: true })
    }
  }
  throw new Error(`The lock ${lock} cannot be taken.`)
}

export function hasLock(): boolean {
  return server !== undefined
}

export function releaseLock(): void {
  server?.close()
  server = undefined
  for (const file of files) rmSync(file, { force: true })
  files = []
}

function listen(at: {
  lock: string
  socket: string
  onSecond: (second: SecondInstance) => void
}): void {
  rmSync(at.socket, { force: true })
  server = createServer((connection) => {
    let text = ''
    connection.setEncoding('utf8')
    connection.on('data', (part: string) => (text += part))
    connection.on('error', () => connection.destroy())
    connection.on('end', () => at.onSecond(JSON.parse(text) as SecondInstance))
  })
  server.listen(at.socket)
  server.unref()
  files = [at.lock, at.socket]
  process.once('exit', () => {
    // Only what is still ours: another process may have taken a released lock.
    if (server && readFileSync(at.lock, 'utf8') === String(process.pid)) releaseLock()
  })
}

/** Sends the message from a small helper process, because a socket cannot be written to synchronously. */
function tellHolder(socket: string, own: SecondInstance): boolean {
  const program =
    'const [path, text] = process.argv.slice(1);' +
    "require('node:net').connect(path).on('error', () => process.exit(1)).end(text)"
  const result = spawnSync(process.execPath, ['-e', program, socket, JSON.stringify(own)], {
    timeout: 30_000,
    env: {},
  })
  return result.status === 0
}

function socketPath(folder: string): string {
  const inside = join(folder, 'DoubleSingleton.socket')
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(tmpdir(), `double-singleton-${name}.socket`)
}
