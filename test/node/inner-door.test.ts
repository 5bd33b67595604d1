// What comes in by the door of a server, from a tunnel of the same process, meets the same limits as by its socket.
import net from 'node:net'
import { duplexPair, type Duplex } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import type { ListenPlace, ReceivedRequest } from '../../main/core/ports/http-server.ts'
import { createHttpServer, type HttpServerLimits } from '../../main/node/http-server.ts'
import { innerDoor } from '../../main/node/inner-door.ts'
import { InnerSocket } from '../../main/node/inner-socket.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function listen(
  given: Partial<HttpServerLimits> & {
    place?: Partial<ListenPlace>
    handler?: (request: ReceivedRequest) => Promise<Response>
  } = {},
) {
  const {
    place = {},
    handler = ({ bytes }: ReceivedRequest) =>
      Promise.resolve(new Response(`${bytes.length} bytes`)),
    ...limits
  } = given
  const door = innerDoor()
  const server = await createHttpServer(limits, door).listen({
    ...{ host: '127.0.0.1', port: 0, maxBodyBytes: 1_000, handler },
    ...place,
  })
  onTestFinished(() => server.close())
  /** A connection by the door; undefined where there is no room. */
  const enter = () => {
    let far: Duplex | undefined
    door.at({ host: '127.0.0.1', port: server.port })?.(() => {
      const [near, other] = duplexPair()
      // As with a channel, what is closed on one side is closed on the other.
      near.once('close', () => other.destroy())
      other.once('close', () => near.destroy())
      far = other
      return new InnerSocket(near)
    })
    return far && reader(far)
  }
  return { server, door, enter, connect: () => reader(net.connect(server.port, '127.0.0.1')) }
}

/** What was received so far, and a wait for a pattern in it or for the end. */
function reader(stream: Duplex) {
  let text = ''
  stream.on('data', (part: Buffer) => (text += part.toString('latin1')))
  stream.on('error', () => {
    // A reset is an end too.
  })
  onTestFinished(() => void stream.destroy())
  const ended = new Promise<string>((resolve) => stream.once('close', () => resolve(text)))
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (pattern.test(text)) resolve()
      }
      stream.on('data', look)
      look()
    })
  return { stream, ended, until, text: () => text }
}

type Entered = NonNullable<ReturnType<Awaited<ReturnType<typeof listen>>['enter']>>

function must(entered: Entered | undefined): Entered {
  if (!entered) throw new Error('There was no room.')
  return entered
}

test('serves one request after the other, and several at once', async () => {
  const { enter } = await listen()
  const [one, other] = [must(enter()), must(enter())]
  one.stream.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab')
  other.stream.write(GET)
  await other.until(/0 bytes/)
  one.stream.write('cd')
  await one.until(/4 bytes/)
  one.stream.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab')
  await one.until(/2 bytes/)
})

test('both ways share the room, and it is there again once a connection ends', async () => {
  const { enter, connect } = await listen({ connections: 3, patienceMs: 60_000 })
  // With a request that has not come in as a whole, none of them is idle.
  const started = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n'
  const bySocket = connect()
  bySocket.stream.write(`${GET}${started}`)
  await bySocket.until(/0 bytes/)
  const inside = [must(enter()), must(enter())]
  for (const { stream, until } of inside) {
    stream.write(`${GET}${started}`)
    await until(/0 bytes/)
  }
  expect(enter()).toBeUndefined()
  expect(await connect().ended).toBe('')
  inside[0]?.stream.end()
  await inside[0]?.ended
  const next = must(enter())
  next.stream.write(GET)
  await next.until(/0 bytes/)
})

test('idle ones are closed where there is no room, and slow ones after a while', async () => {
  const { enter } = await listen({ connections: 2, patienceMs: 50 })
  const [idle, slow] = [must(enter()), must(enter())]
  idle.stream.write(GET)
  await idle.until(/0 bytes/)
  slow.stream.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n')
  expect(enter()).toBeUndefined()
  await idle.ended
  must(enter())
  await expect.poll(enter, { interval: 20 }).toBeDefined()
  await slow.ended
})

test.each([
  ['headers', 'POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ', { headersMs: 150 }],
  ['body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab', { requestMs: 300 }],
  ['first word', '', { headersMs: 150 }],
])('one that never ends its %s is cut', async (_name, start, limits) => {
  const { enter } = await listen({ headersMs: 300, requestMs: 300, checkEveryMs: 50, ...limits })
  const { stream, ended } = must(enter())
  if (start) stream.write(start)
  expect(await ended).toMatch(/^(HTTP\/1\.1 408 .*)?$/s)
})

test('one that has nothing more to ask is closed after a while', async () => {
  const { enter } = await listen({ keepAliveMs: 50 })
  const { stream, until, ended } = must(enter())
  stream.write(GET)
  await until(/0 bytes/)
  expect(await ended).toMatch(/^HTTP\/1\.1 200 /)
})

test('a body that is too large is refused, and its sender sees the answer', async () => {
  const { enter } = await listen()
  const { stream, ended } = must(enter())
  stream.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (let count = 0; count < 20; count += 1) stream.write(`64\r\n${'x'.repeat(100)}\r\n`)
  expect(await ended).toMatch(/^HTTP\/1\.1 413 /)
})

test('one that breaks off in the middle of a request harms nobody, and frees its room', async () => {
  const { enter } = await listen({ connections: 1 })
  const gone = must(enter())
  gone.stream.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab')
  gone.stream.destroy()
  await expect.poll(enter, { interval: 10 }).toBeDefined()
})

test('a stranger behind a trusted proxy has a share only', async () => {
  const { enter } = await listen({
    share: { perSecond: 0, burst: 2 },
    place: { proxies: ['127.0.0.1'] },
  })
  const { stream, until } = must(enter())
  const from = (client: string) => `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${client}\r\n\r\n`
  stream.write(from('6.6.6.6').repeat(3))
  await until(/200 OK[^]*200 OK[^]*503/)
  stream.write(from('20.1.2.3'))
  await until(/503[^]*200 OK/)
})

test('closing waits for a request that runs, and takes nothing new', async () => {
  const running = Promise.withResolvers<undefined>()
  const answer = Promise.withResolvers<Response>()
  const { server, enter } = await listen({
    handler: () => {
      running.resolve(undefined)
      return answer.promise
    },
  })
  const { stream, ended } = must(enter())
  stream.write(GET)
  await running.promise
  const closing = server.close()
  expect(enter()).toBeUndefined()
  answer.resolve(new Response('done'))
  expect(await ended).toMatch(/done$/)
  await closing
})

test('closing cuts a request that does not end', async () => {
  const { server, enter } = await listen({ closeMs: 50, handler: () => new Promise(() => {}) })
  const { stream, ended } = must(enter())
  stream.write(GET)
  await server.close()
  expect(await ended).toBe('')
})

test('the door is at the place of its server only', async () => {
  const { door, server } = await listen()
  expect(door.at({ host: '127.0.0.1', port: server.port })).toBeDefined()
  expect(door.at({ host: '127.0.0.1', port: server.port + 1 })).toBeUndefined()
})
