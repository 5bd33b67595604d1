// The process that inbox-kill.test.ts kills: a real webhook on a real database. Prints its port and clientState.
import { openDatabase } from '../../main/node/database.ts'
import { createHttpServer } from '../../main/node/http-server.ts'
import { ClientStates } from '../../main/core/webhook/client-states.ts'
import { createEndpoint, MAX_BODY_BYTES } from '../../main/core/webhook/endpoint.ts'
import { Inbox } from '../../main/core/webhook/inbox.ts'
import type { Clock } from '../../main/core/ports/clock.ts'
import { memoryLog, MemorySecrets, seededRandom } from '../fakes/memory-ports.ts'

const clock: Clock = {
  now: () => new Date(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
const log = memoryLog(clock)
const [file = '', subscriptionId = ''] = process.argv.slice(2)
const database = await openDatabase(file)
const clientStates = new ClientStates({ secrets: new MemorySecrets(), random: seededRandom() })
const clientState = await clientStates.create('chats')
await clientStates.confirm('chats', { clientState, subscriptionId })
const handler = createEndpoint({
  inbox: new Inbox({ database, clock, log }),
  clientStates,
  probeKey: await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
  clock,
  log,
  onLifecycle: () => {},
  onRefused: () => {},
})
const { port } = await createHttpServer().listen({
  host: '127.0.0.1',
  port: 0,
  maxBodyBytes: MAX_BODY_BYTES,
  handler,
})
process.stdout.write(`${JSON.stringify({ port, clientState })}\n`)
