// The headless host on real sockets: who gets in, what is served, and how calls and pushes cross.
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { systemClock, systemRandom } from '../../main/node/system-clock.ts'
import { sessionIdleMs, Sessions, tokenLifetimeMs } from '../../main/headless/sessions.ts'
import { startWebHost, type WebHost } from '../../main/headless/web-host.ts'
import { FakeClock } from '../fakes/fake-clock.ts'
import { memoryLog } from '../fakes/memory-ports.ts'
import { ask, FakeApp, makePages, stallingPage } from './a-page.ts'

const maxWaitingBytes = 512 * 1024
let app: FakeApp
let host: WebHost
let port: number
let log: ReturnType<typeof memoryLog>
let pages: Awaited<ReturnType<typeof makePages>>
const open: WebSocket[] = []

beforeEach(async () => {
  pages = await makePages()
  app = new FakeApp()
  log = memoryLog(systemClock)
  host = await start()
  port = Number(new URL(host.origin).port)
})

afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate()
  await host.close()
  await pages.remove()
})

describe('letting browsers in', () => {
  it('exchanges the one-time address for a cookie that scripts and other sites cannot use', async () => {
    const answer = await ask(port, pathOf(host.url))
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/')
    const cookie = answer.headers['set-cookie']?.[0]
    expect(cookie).toMatch(/^emi-session-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)
    expect(cookie).not.toContain(tokenOf(host.url))
    const page = await ask(port, '/', { headers: { Cookie: cookie?.split(';')[0] ?? '' } })
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('EMI Tray') as string })
  })

  it('lets an address in only once', async () => {
    await ask(port, pathOf(host.url))
    const again = await ask(port, pathOf(host.url))
    expect(again.status).toBe(403)
    expect(again.headers['set-cookie']).toBeUndefined()
    expect(again.text).toContain('already used')
  })

  it('keeps the address good when something only looks at it with HEAD', async () => {
    await ask(port, pathOf(host.url), { method: 'HEAD' })
    expect((await ask(port, pathOf(host.url))).status).toBe(303)
  })

  it('takes a browser that is already in back to the pages when it reloads its first address', async () => {
    const first = await ask(port, pathOf(host.url))
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const answer = await ask(port, pathOf(host.url), { headers: { Cookie: cookie } })
    expect(answer).toMatchObject({ status: 303, headers: { location: '/' } })
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('tells a browser without a cookie what to do, and serves it nothing else', async () => {
    const answer = await ask(port, '/')
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('press Enter')
    expect((await ask(port, '/assets/index-a1b2c3.js')).status).toBe(403)
    expect((await ask(port, '/?token=guessed')).status).toBe(403)
    const forged = { Cookie: `emi-session-${port}=guessed` }
    expect((await ask(port, '/', { headers: forged })).status).toBe(403)
  })

  it('forgets addresses and browsers after their time', () => {
    const clock = new FakeClock()
    const sessions = new Sessions({ clock, random: systemRandom })
    const late = sessions.newToken()
    void clock.advance(0)
    const timely = sessions.exchange(sessions.newToken())
    expect(timely).not.toBeNull()
    return clock.advance(tokenLifetimeMs).then(async () => {
      expect(sessions.exchange(late)).toBeNull()
      await clock.advance(sessionIdleMs - tokenLifetimeMs - 1)
      expect(sessions.use(timely ?? '')).toBe(true)
      await clock.advance(sessionIdleMs - 1)
      expect(sessions.use(timely ?? '')).toBe(true)
      await clock.advance(sessionIdleMs)
      expect(sessions.use(timely ?? '')).toBe(false)
    })
  })

  it('writes no token and no session into the log', async () => {
    const cookie = await letIn()
    await refusedSocket({ Origin: 'https://evil.example', Cookie: cookie })
    const text = JSON.stringify(log.entries)
    expect(log.entries.length).toBeGreaterThan(0)
    expect(text).not.toContain(tokenOf(host.url))
    expect(text).not.toContain(cookie.split('=')[1])
  })
})

describe('what it serves', () => {
  it('sends the strict policy and the protective headers with every answer', async () => {
    const cookie = await letIn()
    for (const [path, headers] of [
      ['/', {}],
      ['/', { Cookie: cookie }],
      ['/nowhere', { Cookie: cookie }],
    ] as const) {
      const answer = await ask(port, path, { headers })
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      })
      const policy = String(answer.headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src ")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
    }
    const page = await ask(port, '/', { headers: { Cookie: cookie } })
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
  })

  it('names the type of each file, and lets only files with a hash in their name be kept', async () => {
    const headers = { Cookie: await letIn() }
    const index = await ask(port, '/', { headers })
    expect(index.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(index.headers['cache-control']).toBe('no-cache')
    const script = await ask(port, '/assets/index-a1b2c3.js', { headers })
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(script.headers['cache-control']).toContain('immutable')
    const known = { ...headers, 'If-None-Match': index.headers.etag ?? '' }
    expect((await ask(port, '/', { headers: known })).status).toBe(304)
  })

  it('never leaves the folder of the pages', async () => {
    const headers = { Cookie: await letIn() }
    for (const path of [
      '/../private.txt',
      '/assets/../../private.txt',
      '/..%2fprivate.txt',
      '/%2e%2e/private.txt',
      '//private.txt',
      '/..\\private.txt',
    ]) {
      const answer = await ask(port, path, { headers })
      expect(answer.status, path).toBe(404)
      expect(answer.text).not.toContain('not for pages')
    }
  })

  it('answers only under its own names', async () => {
    const cookie = await letIn()
    const under = (name: string) => ask(port, '/', { headers: { Host: name, Cookie: cookie } })
    expect((await under(`127.0.0.1:${port}`)).status).toBe(200)
    expect((await under(`localhost:${port}`)).status).toBe(200)
    expect((await under(`evil.example:${port}`)).status).toBe(421)
    expect((await under('127.0.0.1')).status).toBe(421)
  })

  it('refuses to be posted to, by foreign pages and by its own', async () => {
    const Cookie = await letIn()
    const post = (headers: Record<string, string>) =>
      ask(port, '/', { method: 'POST', headers: { Cookie, ...headers } })
    expect((await post({ Origin: 'https://evil.example' })).status).toBe(403)
    expect((await post({})).status).toBe(403)
    expect((await post({ Origin: host.origin })).status).toBe(405)
  })

  it('says which port is taken, and what to do', async () => {
    await expect(start(port)).rejects.toMatchObject({ code: 'port-in-use' })
  })

  it('says when the pages were not built', async () => {
    await expect(
      startWebHost({ ...options(), pagesFolder: `${pages.folder}-missing` }),
    ).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('the socket', () => {
  it('is refused to foreign pages, foreign host names and browsers that were not let in', async () => {
    const Cookie = await letIn()
    const Origin = host.origin
    expect(await refusedSocket({ Origin: 'https://evil.example', Cookie })).toBe(403)
    expect(await refusedSocket({ Origin: 'null', Cookie })).toBe(403)
    expect(await refusedSocket({ Cookie })).toBe(403)
    expect(await refusedSocket({ Origin })).toBe(403)
    expect(await refusedSocket({ Origin: `http://localhost:${port}`, Cookie })).toBe(403)
    expect(await refusedSocket({ Origin, Cookie, Host: `evil.example:${port}` })).toBe(403)
    expect(app.calls).toEqual([])
  })

  it('answers calls with the id that they came with', async () => {
    const page = await connectPage()
    app.answer = (name) =>
      Promise.resolve(
        name === 'setup.apply'
          ? { ok: true, value: undefined }
          : { ok: true, value: { secretText: 'x' } },
      )
    page.send({ id: 7, name: 'setup.apply' })
    page.send({ id: 8, name: 'clientSecret.reveal', input: null })
    expect(await page.next()).toEqual({ id: 7, reply: { ok: true } })
    expect(await page.next()).toEqual({ id: 8, reply: { ok: true, value: { secretText: 'x' } } })
    expect(app.calls.map(({ name }) => name)).toEqual(['setup.apply', 'clientSecret.reveal'])
  })

  it('turns a call that breaks into a reply', async () => {
    const page = await connectPage()
    app.answer = () => Promise.reject(new Error('broken'))
    page.send({ id: 1, name: 'app.getState' })
    expect(await page.next()).toMatchObject({ id: 1, reply: { error: { code: 'unexpected' } } })
  })

  it('pushes only the latest of many states, and all log entries in order', async () => {
    const page = await connectPage()
    app.pushLog(1)
    for (let n = 0; n < 5; n += 1) app.pushState()
    app.pushLog(2)
    app.pushState()
    const first = await page.next()
    const second = await page.next()
    expect(first).toMatchObject({
      event: 'log.appended',
      payload: [{ sequence: 1 }, { sequence: 2 }],
    })
    expect(second).toMatchObject({ event: 'state.changed', payload: { revision: 7 } })
    page.send({ id: 1, name: 'app.getState' })
    expect(await page.next()).toMatchObject({ id: 1 })
  })

  it('answers a malformed call with input-invalid, and hangs up on what is no call', async () => {
    const page = await connectPage()
    page.send({ id: 3, name: 42 })
    expect(await page.next()).toMatchObject({ id: 3, reply: { error: { code: 'input-invalid' } } })
    page.sendText('not json')
    expect(await page.closed).toBe(1008)
    const other = await connectPage()
    other.socket.send(Buffer.from([1, 2, 3]))
    expect(await other.closed).toBe(1003)
    expect(app.calls).toEqual([])
  })

  it('hangs up on a message that is too long', async () => {
    const page = await connectPage()
    page.send({ id: 1, name: 'app.getState', input: 'x'.repeat(300 * 1024) })
    expect(await page.closed).toBe(1009)
    expect(app.calls).toEqual([])
  })

  it('says busy to a page that asks for too much at once', async () => {
    const page = await connectPage()
    app.answer = () => new Promise(() => undefined)
    for (let id = 1; id <= 65; id += 1) page.send({ id, name: 'app.getState' })
    expect(await page.next()).toMatchObject({ id: 65, reply: { error: { code: 'busy' } } })
  })

  it('drops a page that stopped reading, and goes on serving the others', async () => {
    const Cookie = await letIn()
    const stalled = await stallingPage(port, { Origin: host.origin, Cookie })
    const page = await connectPage()
    const message = 'x'.repeat(1024 * 1024)
    for (let sequence = 1; sequence <= 64; sequence += 1) {
      app.pushLog(sequence, message)
      await page.next()
      if (log.entries.some((entry) => entry.message.includes('stopped reading'))) break
    }
    expect(log.entries).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('stopped reading') as string,
      }),
    )
    // Nothing but the end is left to read.
    stalled.readOn()
    await stalled.closed
    page.send({ id: 1, name: 'app.getState' })
    expect(await page.next()).toMatchObject({ id: 1 })
  })

  it('survives one page too many that then speaks nonsense', async () => {
    const Cookie = await letIn()
    const stalled = await Promise.all(
      Array.from({ length: 33 }, () => stallingPage(port, { Origin: host.origin, Cookie })),
    )
    // 0xff is no frame: reserved bits and an unknown opcode.
    for (const page of stalled) page.write(Buffer.from([0xff, 0xff, 0, 0, 0, 0]))
    for (const page of stalled) page.readOn()
    await Promise.all(stalled.map((page) => page.closed))
    const page = await connectPage()
    page.send({ id: 1, name: 'app.getState' })
    expect(await page.next()).toMatchObject({ id: 1 })
  })

  it('lets go of a refused connection whose other side does not', async () => {
    const refused = await stallingPage(port, { Origin: 'https://evil.example' }, true)
    let isClosed = false
    void refused.closed.then(() => (isClosed = true))
    refused.readOn()
    // Only a socket that is really gone resets what is still sent to it.
    await expect
      .poll(() => {
        refused.write(Buffer.from('still here'))
        return isClosed
      })
      .toBe(true)
  })

  it('logs the same refusal once a minute, so that nobody can fill the log', async () => {
    for (let n = 0; n < 5; n += 1) {
      await refusedSocket({ Origin: 'https://evil.example' })
      await ask(port, '/?token=guessed')
    }
    const messages = log.entries.map(({ message }) => message)
    expect(messages).toHaveLength(2)
    expect(new Set(messages).size).toBe(2)
  })

  it('tells its pages when it stops, and listens to the app no longer', async () => {
    const page = await connectPage()
    await host.close()
    expect(await page.closed).toBe(1001)
    expect(app.listeners).toBe(0)
    host = await start()
  })
})

function options() {
  return {
    app,
    pagesFolder: pages.folder,
    log,
    clock: systemClock,
    random: systemRandom,
    maxWaitingBytes,
  }
}

function start(atPort = 0): Promise<WebHost> {
  return startWebHost({ ...options(), port: atPort })
}

function pathOf(url: string): string {
  return url.slice(host.origin.length)
}

function tokenOf(url: string): string {
  return new URL(url).searchParams.get('token') ?? ''
}

async function letIn(): Promise<string> {
  const answer = await ask(port, pathOf(host.newUrl()))
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
}

/** Status with which the upgrade was refused. */
function refusedSocket(headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, { headers })
  open.push(socket)
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('The socket was opened.')))
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    // Follows the refusal.
    socket.on('error', () => undefined)
  })
}

async function connectPage() {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, {
    headers: { Origin: host.origin, Cookie: await letIn() },
  })
  open.push(socket)
  const received: unknown[] = []
  let wake: (() => void) | undefined
  socket.on('message', (data) => {
    received.push(JSON.parse((data as Buffer).toString('utf8')))
    wake?.()
  })
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve)
  })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    socket.once('open', () => resolve())
  })
  return {
    socket,
    closed,
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    sendText: (text: string) => socket.send(text),
    async next(): Promise<unknown> {
      while (received.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return received.shift()
    },
  }
}

describe('ports', () => {
  it('frees its port when it closes', async () => {
    await host.close()
    const probe = createServer()
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen(port, '127.0.0.1', resolve)
    })
    await new Promise((resolve) => probe.close(resolve))
    host = await start()
  })
})
