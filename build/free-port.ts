// A free port of this machine, for programs that must be told one.
import { createServer } from 'node:net'

/**
 * Below the ports that systems give to outgoing connections and to servers that ask for any one (from 32768 on Linux):
 * those would be given to somebody else before it is used here.
 */
const FIRST = 12_000
const COUNT = 20_000
/** So many ports lie between those of two processes that were started one after the other. */
const APART = 97

let next = process.pid * APART

/** A loopback port that was free a moment ago, and that no other process of the tests is told. */
export async function freePort(): Promise<number> {
  for (;;) {
    next += 1
    const port = FIRST + (next % COUNT)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (isListening) await new Promise((resolve) => server.close(resolve))
  return isListening
}
