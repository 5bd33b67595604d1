import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { testEvent } from '../../../main/core/hand-on/event.ts'
import { parseHandOnUrl } from '../../../main/core/hand-on/hand-on-url.ts'
import { httpTarget, REQUEST_TIMEOUT_MS } from '../../../main/core/hand-on/http-target.ts'
import { SigningKey } from '../../../main/core/hand-on/signing-key.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { MemorySecrets, seededRandom } from '../../fakes/memory-ports.ts'

const servers: http.Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const event = testEvent({ id: '1', at: new Date('2026-03-02T09:00:00Z') })
const forever = new AbortController().signal

function targetAt(address: string, clock = new FakeClock(new Date().toISOString())) {
  const key = new SigningKey({ secrets: new MemorySecrets(), clock, random: seededRandom() })
  const target = httpTarget({ url: parseHandOnUrl(address), key, clock, fetch })
  return { target, key, clock }
}

test('the library of the specification accepts what is sent', async () => {
  let body = ''
  let headers: http.IncomingHttpHeaders = {}
  const address = await serve((request, response) => {
    headers = request.headers
    request.on('data', (part) => (body += String(part)))
    request.on('end', () => response.writeHead(202).end())
  })
  const { target, key } = targetAt(address)
  expect(await target.send(event, forever)).toEqual({ kind: 'taken', status: 202 })
  const secret = await key.current()
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const verify = (text: string) =>
    new Webhook(secret).verify(text, headers as Record<string, string>)
  expect(verify(body)).toEqual(event)
  expect(() => verify(body.replace('nothing', 'something'))).toThrow()
})

test('follows no redirect', async () => {
  let followed = 0
  const other = await serve((_, response) => {
    followed += 1
    response.end()
  })
  const address = await serve((_, response) => {
    response.writeHead(307, { location: `${other}/?secret=1` }).end()
  })
  const outcome = await targetAt(address).target.send(event, forever)
  expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'hand-on-refused' } })
  expect(JSON.stringify(outcome)).not.toContain('secret')
  expect(followed).toBe(0)
})

test('an answer without end costs neither memory nor the success', async () => {
  let sent = 0
  const closed = Promise.withResolvers<undefined>()
  const address = await serve((_, response) => {
    response.writeHead(200)
    const part = Buffer.alloc(64 * 1024)
    const write = () => {
      sent += part.length
      if (response.write(part)) setImmediate(write)
      else response.once('drain', write)
    }
    response.on('close', () => closed.resolve(undefined))
    write()
  })
  expect(await targetAt(address).target.send(event, forever)).toMatchObject({ kind: 'taken' })
  await closed.promise
  expect(sent).toBeLessThan(32 * 1024 * 1024)
})

test('an answer that drips is not waited for', async () => {
  const began = Promise.withResolvers<undefined>()
  const address = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('a')
    began.resolve(undefined)
  })
  const { target, clock } = targetAt(address)
  const outcome = target.send(event, forever)
  await began.promise
  await until(() => clock.pending === 2)
  await clock.advance(1_000)
  expect(await outcome).toMatchObject({ kind: 'taken' })
  expect(clock.pending).toBe(0)
})

test('gives a silent endpoint 15 seconds', async () => {
  const began = Promise.withResolvers<undefined>()
  const address = await serve(() => began.resolve(undefined))
  const { target, clock } = targetAt(address)
  const outcome = target.send(event, forever)
  await began.promise
  await clock.advance(REQUEST_TIMEOUT_MS)
  expect(await outcome).toMatchObject({
    kind: 'failed',
    error: {
      code: 'hand-on-unreachable',
      message: expect.stringContaining('15 seconds') as string,
    },
  })
})

test('ends when the app stops', async () => {
  const began = Promise.withResolvers<undefined>()
  const address = await serve(() => began.resolve(undefined))
  const stop = new AbortController()
  const outcome = targetAt(address).target.send(event, stop.signal)
  await began.promise
  stop.abort()
  await expect(outcome).rejects.toThrow()
})

test.each([
  ['120', 120_000],
  ['999999999', 24 * 60 * 60_000],
  ['-5', null],
  ['soon', null],
])('understands Retry-After: %s', async (value, retryAfterMs) => {
  const address = await serve((_, response) => {
    response.writeHead(503, { 'retry-after': value }).end()
  })
  expect(await targetAt(address).target.send(event, forever)).toMatchObject({ retryAfterMs })
})

test('understands a date in Retry-After', async () => {
  const clock = new FakeClock()
  const address = await serve((_, response) => {
    response.writeHead(503, { 'retry-after': 'Mon, 02 Mar 2026 09:10:00 GMT' }).end()
  })
  const { target } = targetAt(address, clock)
  expect(await target.send(event, forever)).toMatchObject({ retryAfterMs: 600_000, holdAll: true })
})

test.each([
  '',
  'nonsense',
  'http://contactcenter.example/',
  'ftp://127.0.0.1/',
  'https://a:b@c.example/',
])('refuses the address “%s”', (address) => {
  expect(() => parseHandOnUrl(address)).toThrow(
    expect.objectContaining({ code: 'hand-on-url-invalid' }),
  )
})

test.each([
  'https://contactcenter.example/x',
  'http://localhost:80/',
  'http://127.0.0.1/',
  'http://[::1]:9/',
])('takes the address %s', (address) => {
  expect(parseHandOnUrl(` ${address} `).href).toBe(new URL(address).href)
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}
