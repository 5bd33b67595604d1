import net from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ListeningServer, ReceivedRequest } from '../../main/core/ports/http-server.ts'
import { createHttpServer, type HttpServerLimits } from '../../main/node/http-server.ts'

const open: ListeningServer[] = []
const sockets: net.Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function listen(
  handler: (request: ReceivedRequest) => Promise<Response>,
  { maxBodyBytes = 1_000, ...limits }: Partial<HttpServerLimits> & { maxBodyBytes?: number } = {},
): Promise<ListeningServer> {
  const server = await createHttpServer(limits).listen({
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes,
    handler,
  })
  open.push(server)
  return server
}

const echo = (request: ReceivedRequest) => {
  const { pathname, search } = new URL(request.url)
  const facts = {
    method: request.method,
    target: pathname + search,
    header: request.headers.get('x-test'),
    body: new TextDecoder().decode(request.bytes),
  }
  const answer = new Response(JSON.stringify(facts), {
    status: 201,
    headers: { 'x-answer': 'yes' },
  })
  return Promise.resolve(answer)
}

/** A raw connection; `received` resolves with everything once the server has closed it. */
function connect({ port }: ListeningServer) {
  const socket = net.connect(port, '127.0.0.1')
  sockets.push(socket)
  let text = ''
  socket.on('data', (part: Buffer) => (text += part.toString('latin1')))
  const received = new Promise<string>((resolve) => {
    socket.on('error', () => {
      // A reset also is an end; what was received before it counts.
    })
    socket.on('close', () => resolve(text))
  })
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (pattern.test(text)) resolve()
      }
      socket.on('data', look)
      look()
    })
  return { socket, received, until, text: () => text }
}

test('passes a request on and its response back', async () => {
  const server = await listen(echo)
  const address = `http://127.0.0.1:${server.port}`
  const answer = await fetch(`${address}/emi/a%2Fb?x=1%202&y=a+b`, {
    method: 'POST',
    headers: { 'x-test': 'täst' },
    body: 'Grüße 🙂',
  })
  expect(answer.status).toBe(201)
  expect(answer.headers.get('x-answer')).toBe('yes')
  expect(await answer.json()).toEqual({
    method: 'POST',
    target: '/emi/a%2Fb?x=1%202&y=a+b',
    header: 'täst',
    body: 'Grüße 🙂',
  })
})

test('sends an empty response without a body', async () => {
  const server = await listen(() => Promise.resolve(new Response(null, { status: 202 })))
  const answer = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body: 'x' })
  expect(answer.status).toBe(202)
  expect(await answer.text()).toBe('')
})

test('serves many requests at once', async () => {
  let running = 0
  let most = 0
  let release = () => {}
  const all = new Promise<void>((resolve) => {
    release = resolve
  })
  const server = await listen(async () => {
    running += 1
    most = Math.max(most, running)
    if (running === 20) release()
    await all
    return new Response('ok')
  })
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${server.port}/`)),
  )
  expect(answers.every(({ ok }) => ok)).toBe(true)
  expect(most).toBe(20)
})

test('refuses a declared body above the limit before it is sent, and closes', async () => {
  let handled = 0
  const server = await listen(() => {
    handled += 1
    return Promise.resolve(new Response('ok'))
  })
  const { socket, received } = connect(server)
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n')
  const text = await received
  expect(text).toMatch(/^HTTP\/1\.1 413 /)
  expect(text.toLowerCase()).toContain('connection: close')
  expect(handled).toBe(0)
})

test('refuses a body that grows above the limit without a declared length', async () => {
  let handled = 0
  const server = await listen(() => {
    handled += 1
    return Promise.resolve(new Response('ok'))
  })
  const { socket, received } = connect(server)
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (let index = 0; index < 20; index += 1) socket.write(`64\r\n${'x'.repeat(100)}\r\n`)
  expect(await received).toMatch(/^HTTP\/1\.1 413 /)
  expect(handled).toBe(0)
})

test('accepts a body of exactly the limit', async () => {
  const server = await listen(echo)
  const answer = await fetch(`http://127.0.0.1:${server.port}/`, {
    method: 'POST',
    body: 'x'.repeat(1_000),
  })
  expect(answer.status).toBe(201)
})

test('asks for a body with 100 Continue only if it will take it', async () => {
  const server = await listen(echo)
  const fits = connect(server)
  fits.socket.write(
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
  )
  await fits.until(/100 Continue/)
  fits.socket.write('ok')
  await fits.until(/201 Created/)
  const tooLong = connect(server)
  tooLong.socket.write(
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n',
  )
  expect(await tooLong.received).toMatch(/^HTTP\/1\.1 413 /)
})

test.each([
  ['headers', 'POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ', { headersMs: 150 }],
  ['body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab', { requestMs: 300 }],
])('cuts a connection that never ends its %s', async (_name, start, limits) => {
  const server = await listen(echo, { headersMs: 300, ...limits, checkEveryMs: 50 })
  const { socket, received } = connect(server)
  socket.write(start)
  expect(await received).toMatch(/^(HTTP\/1\.1 408 .*)?/s)
  expect(socket.destroyed).toBe(true)
})

test('cuts a connection that says nothing at all', async () => {
  const server = await listen(echo, { headersMs: 150, requestMs: 300, checkEveryMs: 50 })
  const { socket, received } = connect(server)
  await received
  expect(socket.destroyed).toBe(true)
})

test('closes idle connections when there are too many, so that the next one gets in', async () => {
  const server = await listen(echo, { connections: 3 })
  const idle = [connect(server), connect(server), connect(server)]
  for (const { socket, until } of idle) {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(/201 Created/)
  }
  await connect(server).received
  await Promise.all(idle.map(({ received }) => received))
  const next = connect(server)
  next.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await next.until(/201 Created/)
})

test('cuts those who send slowly when they take all the room, so that others get in', async () => {
  const server = await listen(echo, { connections: 3, patienceMs: 100, requestMs: 60_000 })
  const slow = [connect(server), connect(server), connect(server)]
  const drip = setInterval(() => {
    for (const { socket } of slow) if (!socket.destroyed) socket.write('x')
  }, 20)
  slow[0]?.socket.write('POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ')
  slow[1]?.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n')
  slow[2]?.socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ')
  const request = async () => {
    const other = connect(server)
    other.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await Promise.race([other.received, other.until(/201 Created/)])
    return other.text().slice(9, 12)
  }
  await expect.poll(request).toBe('201')
  await Promise.all(slow.map(({ received }) => received))
  clearInterval(drip)
})

test('leaves slow senders alone as long as there is room for others', async () => {
  const server = await listen(echo, { connections: 3, patienceMs: 0 })
  const slow = connect(server)
  slow.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n')
  const other = connect(server)
  other.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await other.until(/201 Created/)
  slow.socket.write('ok')
  await slow.until(/201 Created/)
})

test('cuts a body that keeps coming a byte at a time', async () => {
  const server = await listen(echo, { headersMs: 100, requestMs: 300, checkEveryMs: 50 })
  const { socket, received } = connect(server)
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n')
  const drip = setInterval(() => {
    if (!socket.destroyed) socket.write('x')
  }, 20)
  await received
  clearInterval(drip)
  expect(socket.destroyed).toBe(true)
})

test('answers 503 to bodies that do not fit beside the others, and has room again afterwards', async () => {
  const server = await listen(echo, { bodyBytes: 1_500 })
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n'
  const slow = connect(server)
  slow.socket.write(`${post}${'x'.repeat(900)}`)
  const refused = async () => {
    const other = connect(server)
    other.socket.write(`${post}${'x'.repeat(1_000)}`)
    await Promise.race([other.received, other.until(/^HTTP.1.1 \d+ /)])
    return other.text().slice(9, 12)
  }
  await expect.poll(refused).toBe('503')
  slow.socket.write('x'.repeat(100))
  await slow.until(/201 Created/)
  expect(await refused()).toBe('201')
  const gone = connect(server)
  gone.socket.write(`${post}${'x'.repeat(900)}`)
  await expect.poll(refused).toBe('503')
  gone.socket.destroy()
  await expect.poll(refused).toBe('201')
})

// What a proxy in front and this server could take for a different number of requests.
// https://datatracker.ietf.org/doc/html/rfc9112#name-request-smuggling
test.each([
  ['both lengths', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['two different lengths', 'Content-Length: 0\r\nContent-Length: 4\r\n\r\nGET '],
  ['a length with a sign', 'Content-Length: +4\r\n\r\nGET '],
  ['an unknown coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['chunked that is not the last', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  ['a space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'X-A: b\r\n Content-Length: 4\r\n\r\nGET '],
  ['a line that ends with CR only', 'X-A: b\rContent-Length: 4\r\n\r\nGET '],
])('refuses a request with %s, and closes', async (_name, rest) => {
  let handled = 0
  const server = await listen(() => {
    handled += 1
    return Promise.resolve(new Response('ok'))
  })
  const { socket, received } = connect(server)
  const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n'
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${rest}${hidden}`)
  expect(await received).toMatch(/^HTTP\/1\.1 400 /)
  expect(handled).toBe(0)
})

test('refuses headers that are too long', async () => {
  const server = await listen(echo)
  const { socket, received } = connect(server)
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
  expect(await received).toMatch(/^HTTP\/1\.1 431 /)
})

test.each(['TRACE / HTTP/1.1', 'GET http://evil.example/ HTTP/1.1', 'OPTIONS * HTTP/1.1'])(
  'answers 400 to %s',
  async (line) => {
    const server = await listen(echo)
    const { socket, until } = connect(server)
    socket.write(`${line}\r\nHost: a\r\n\r\n`)
    await until(/^HTTP\/1\.1 400 /)
  },
)

test('does not take an address in the path for another host', async () => {
  const server = await listen((request) => Promise.resolve(new Response(new URL(request.url).host)))
  const { socket, until } = connect(server)
  socket.write('GET //evil.example/x HTTP/1.1\r\nHost: evil.example\r\n\r\n')
  await until(/localhost$/)
})

test('answers 500 without a word when the handler fails, and goes on', async () => {
  let calls = 0
  const server = await listen(() => {
    calls += 1
    return calls === 1
      ? Promise.reject(new Error('secret detail'))
      : Promise.resolve(new Response('ok'))
  })
  const failed = await fetch(`http://127.0.0.1:${server.port}/`)
  expect(failed.status).toBe(500)
  expect(await failed.text()).toBe('')
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200)
})

test('survives a sender that goes away', async () => {
  const server = await listen(echo)
  const { socket } = connect(server)
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nab')
  socket.destroy()
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(201)
})

test('says which port is in use', async () => {
  const server = await listen(echo)
  const second = createHttpServer().listen({
    host: '127.0.0.1',
    port: server.port,
    maxBodyBytes: 1,
    handler: echo,
  })
  await expect(second).rejects.toMatchObject({
    code: 'port-in-use',
    message: expect.stringContaining(String(server.port)) as string,
  })
})

test.each(['0.0.0.0', '::', '192.168.1.1', 'example.com', ''])(
  'does not listen on %s',
  async (host) => {
    const listening = createHttpServer().listen({ host, port: 0, maxBodyBytes: 1, handler: echo })
    await expect(listening).rejects.toMatchObject({ code: 'input-invalid' })
  },
)

test('close ends idle connections at once and lets a running request finish', async () => {
  let finish = () => {}
  const slowAnswer = new Promise<void>((resolve) => {
    finish = resolve
  })
  let started = () => {}
  const slowStarted = new Promise<void>((resolve) => {
    started = resolve
  })
  const server = await listen(async (request) => {
    if (request.url.endsWith('/slow')) {
      started()
      await slowAnswer
    }
    return new Response('done')
  })
  const idle = connect(server)
  idle.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await idle.until(/done/)
  const running = connect(server)
  running.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  await slowStarted
  const closed = server.close()
  await idle.received
  await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow()
  finish()
  expect(await running.received).toMatch(/200 OK[\s\S]*done$/)
  await closed
})

test('close does not wait for a request that never ends', async () => {
  const server = await listen(() => new Promise(() => {}), { closeMs: 100 })
  const { socket, received } = connect(server)
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(() => socket.bytesWritten).toBeGreaterThan(0)
  await server.close()
  await received
})

test('answers on other addresses of this computer only where a handler guards itself', async () => {
  const place = { host: '0.0.0.0', port: 0, maxBodyBytes: 10, handler: echo }
  await expect(createHttpServer().listen(place)).rejects.toMatchObject({ code: 'input-invalid' })
  const server = await createHttpServer().listen({ ...place, isOpen: true })
  const answer = await fetch(`http://127.0.0.1:${server.port}/`)
  expect(answer.status).toBe(201)
  await server.close()
})
