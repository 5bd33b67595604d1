import { expect, test } from 'vitest'
import { socketTransport, socketUrl, type Socket } from '../../renderer/socket-client.ts'
import { pageTimers } from '../fakes/page-timers.ts'

class FakeSocket implements Socket {
  readonly sent: { id: number; name: string; input?: unknown }[] = []
  readonly #open: (() => void)[] = []
  readonly #close: (() => void)[] = []
  readonly #message: ((event: { data: unknown }) => void)[] = []

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { id: number; name: string })
  }

  close(): void {
    for (const listener of this.#close) listener()
  }

  addEventListener(type: 'open' | 'close', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: string, listener: (event: { data: unknown }) => void): void {
    if (type === 'open') this.#open.push(() => listener({ data: null }))
    else if (type === 'close') this.#close.push(() => listener({ data: null }))
    else this.#message.push(listener)
  }

  accept(): void {
    for (const listener of this.#open) listener()
  }

  receive(message: unknown): void {
    for (const listener of this.#message) listener({ data: JSON.stringify(message) })
  }
}

function start() {
  const timers = pageTimers()
  const sockets: FakeSocket[] = []
  const transport = socketTransport({
    openSocket() {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    after: timers.after,
    random: () => 1,
  })
  const newest = (): FakeSocket => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('No socket was opened.')
    return socket
  }
  return { timers, sockets, transport, newest }
}

test('the socket is on the page’s own origin', () => {
  expect(socketUrl({ protocol: 'http:', host: '127.0.0.1:4711' })).toBe(
    'ws://127.0.0.1:4711/socket',
  )
  expect(socketUrl({ protocol: 'https:', host: 'emi.example' })).toBe('wss://emi.example/socket')
})

test('a call made before the socket is open is sent once it is', async () => {
  const { transport, newest } = start()
  const reply = transport.call('app.getState', undefined)
  expect(newest().sent).toEqual([])
  newest().accept()
  expect(newest().sent).toEqual([{ id: 1, name: 'app.getState' }])
  newest().receive({ id: 1, reply: { ok: true, value: 5 } })
  await expect(reply).resolves.toEqual({ ok: true, value: 5 })
})

test('replies find their call, in whatever order they come', async () => {
  const { transport, newest } = start()
  newest().accept()
  const first = transport.call('webhook.test', undefined)
  const second = transport.call('app.getState', undefined)
  newest().receive({ id: 2, reply: { ok: true, value: 'second' } })
  newest().receive({ id: 1, reply: { ok: true, value: 'first' } })
  await expect(first).resolves.toEqual({ ok: true, value: 'first' })
  await expect(second).resolves.toEqual({ ok: true, value: 'second' })
})

test('what was not answered when the connection goes fails at once, with a next step', async () => {
  const { transport, newest } = start()
  newest().accept()
  const open = transport.call('setup.apply', undefined)
  newest().close()
  await expect(open).resolves.toMatchObject({ ok: false, error: { code: 'network-unreachable' } })
  await expect(transport.call('setup.apply', undefined)).resolves.toMatchObject({ ok: false })
})

test('a core that never answers does not keep the caller waiting for ever', async () => {
  const { transport, newest, timers } = start()
  newest().accept()
  const reply = transport.call('setup.plan', undefined)
  timers.advance(120_000)
  await expect(reply).resolves.toMatchObject({ ok: false })
  expect(timers.pending()).toBe(0)
})

test('it comes back by itself, waiting longer each time, and tells so', () => {
  const { transport, newest, timers, sockets } = start()
  const statuses: string[] = []
  transport.onStatus((status) => statuses.push(status))
  newest().accept()
  newest().close()
  timers.advance(499)
  expect(sockets).toHaveLength(1)
  timers.advance(1)
  expect(sockets).toHaveLength(2)
  newest().close()
  timers.advance(500)
  expect(sockets).toHaveLength(2)
  timers.advance(500)
  expect(sockets).toHaveLength(3)
  newest().accept()
  expect(statuses).toEqual(['connecting', 'open', 'lost', 'lost', 'open'])
})

test('“Try now” does not wait for the next attempt, and opens one socket only', () => {
  const { transport, newest, timers, sockets } = start()
  newest().accept()
  transport.retryNow()
  expect(sockets).toHaveLength(1)
  newest().close()
  transport.retryNow()
  expect(sockets).toHaveLength(2)
  timers.advance(60_000)
  expect(sockets).toHaveLength(2)
})

test('events reach those who listen', () => {
  const { transport, newest } = start()
  const events: string[] = []
  transport.onPush((push) => events.push(push.event))
  newest().accept()
  newest().receive({ event: 'log.appended', payload: [] })
  expect(events).toEqual(['log.appended'])
})
