// One receiver in a process of its own: ours, a bare one that stores nothing, or Express with one INSERT for each post.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../main/core/ports/clock.ts'
import { NOTIFICATION_PATH } from '../main/core/webhook-paths.ts'
import { ClientStates } from '../main/core/webhook/client-states.ts'
import { createEndpoint, MAX_BODY_BYTES } from '../main/core/webhook/endpoint.ts'
import { Inbox } from '../main/core/webhook/inbox.ts'
import { LatencyHistogram } from '../main/core/webhook/latency.ts'
import { openDatabase } from '../main/node/database.ts'
import { createHttpServer } from '../main/node/http-server.ts'
import { innerDoor } from '../main/node/inner-door.ts'
import { keepHeapSmall } from '../main/node/small-heap.ts'
import { systemClock, systemRandom } from '../main/node/system-clock.ts'
import { SUBSCRIPTION_ID } from './items.ts'
import { noLog, noSecrets } from './ports.ts'
import { openTunnel } from './tunnel.ts'

const HOST = '127.0.0.1'
const door = innerDoor()
const [kind = '', folder = ''] = process.argv.slice(2)

/** Each starts its receiver, and resolves with its port, the clientState it wants and the number of items stored. */
const receivers: Record<string, () => Promise<Started>> = {
  bare: startBare,
  ours: startOurs,
  express: () => startExpress('DELETE'),
  'express-wal': () => startExpress('WAL'),
}

interface Started {
  port: number
  clientState: string
  stored: () => Promise<number>
}

const { stored, ...started } = await (receivers[kind] ?? startBare)()
await openTunnel(folder, { local: { host: HOST, port: started.port }, door })
process.send?.(started)
process.on('message', () => {
  void stored().then((count) => {
    process.send?.({ stored: count, residentBytes: process.memoryUsage.rss() }, () => {
      process.exit()
    })
  })
})

function startBare(): Promise<Started> {
  const server = http.createServer((request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(202, { 'content-length': 0 }).end())
  })
  return new Promise((resolve) => {
    server.listen(0, HOST, () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, clientState: 'x'.repeat(43), stored: () => Promise.resolve(0) })
    })
  })
}

async function startOurs(): Promise<Started> {
  keepHeapSmall()
  const clock: Clock = systemClock
  const log = noLog
  const database = await openDatabase(path.join(folder, 'ours.db'))
  const clientStates = new ClientStates({ secrets: noSecrets(), random: systemRandom })
  const clientState = await clientStates.create('chats')
  await clientStates.confirm('chats', { clientState, subscriptionId: SUBSCRIPTION_ID })
  const handler = createEndpoint({
    inbox: new Inbox({ database, clock, log }),
    clientStates,
    probeKey: await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    clock,
    log,
    latency: new LatencyHistogram(clock),
    onLifecycle: () => {},
    onRefused: () => {},
  })
  const { port } = await createHttpServer({}, door).listen({
    host: HOST,
    port: 0,
    maxBodyBytes: MAX_BODY_BYTES,
    handler,
  })
  return { port, clientState, stored: () => database.countDeliveries() }
}

/** SQLite flushes each commit in both modes; DELETE is what it starts with. */
async function startExpress(journal: 'DELETE' | 'WAL'): Promise<Started> {
  // Not in the memory of the others.
  const { default: express } = await import('express')
  const sqlite = new DatabaseSync(path.join(folder, 'express.db'))
  sqlite.exec(`PRAGMA journal_mode = ${journal}; PRAGMA synchronous = FULL`)
  sqlite.exec('CREATE TABLE items (id INTEGER PRIMARY KEY, received_at TEXT, json TEXT)')
  const insert = sqlite.prepare('INSERT INTO items (received_at, json) VALUES (?, ?)')
  const clientState = 'e'.repeat(43)
  const app = express()
  app.use(express.json({ limit: '4mb' }))
  app.post(NOTIFICATION_PATH, (request, response) => {
    const { value } = request.body as { value: { clientState: string }[] }
    const items = value.filter((item) => item.clientState === clientState)
    insert.run(new Date().toISOString(), JSON.stringify(items))
    response.sendStatus(202)
  })
  return new Promise((resolve) => {
    const server = app.listen(0, HOST, () => {
      const { port } = server.address() as AddressInfo
      const stored = () =>
        Promise.resolve(Number(sqlite.prepare('SELECT count(*) AS n FROM items').get()?.['n']))
      resolve({ port, clientState, stored })
    })
  })
}
