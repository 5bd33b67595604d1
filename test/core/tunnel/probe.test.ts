import { expect, test } from 'vitest'
import { createProbe } from '../../../main/core/tunnel/probe.ts'
import { FakeClock } from '../../fakes/fake-clock.ts'
import { seededRandom } from '../../fakes/memory-ports.ts'

const URL_HERE = 'https://emi.example.com'
const never = new AbortController().signal

const makeKey = () =>
  crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])

/** Answers as the webhook does: the nonce, signed. */
async function sign(key: CryptoKey, url: string): Promise<string> {
  const nonce = new URL(url).searchParams.get('n') ?? ''
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(nonce))
  return Buffer.from(signature).toString('base64url')
}

type Answer = (url: string, init: RequestInit) => Promise<Response>

async function probeWith(answer: Answer, key?: CryptoKey) {
  const clock = new FakeClock()
  const asked: { url: string; init: RequestInit }[] = []
  const probe = createProbe({
    fetch: (input, init = {}) => {
      if (typeof input !== 'string') throw new Error('the probe asks with a text address')
      asked.push({ url: input, init })
      return answer(input, init)
    },
    probeKey: key ?? (await makeKey()),
    random: seededRandom(),
    clock,
  })
  return { probe, clock, asked }
}

const failing = (code: string) => (): Promise<Response> =>
  Promise.reject(
    new TypeError('fetch failed', { cause: Object.assign(new Error('socket'), { code }) }),
  )

test('passes when this very program answers, and asks something new each time', async () => {
  const key = await makeKey()
  const { probe, asked, clock } = await probeWith(
    async (url) => new Response(await sign(key, url)),
    key,
  )
  const result = await probe(URL_HERE, never)
  expect(result.ok).toBe(true)
  expect(result.hops.map((hop) => [hop.name, hop.ok])).toEqual([
    ['Name lookup', true],
    ['Connection', true],
    ['Answer is ours', true],
  ])
  await probe(URL_HERE, never)
  expect(asked[0]?.url).toMatch(/^https:\/\/emi\.example\.com\/emi\/probe\?n=[\w-]{20,}$/)
  expect(asked[1]?.url).not.toBe(asked[0]?.url)
  expect(asked[0]?.init.redirect).toBe('manual')
  expect(clock.pending).toBe(0)
})

test.each([
  ['ENOTFOUND', 'Name lookup', /was not found/],
  ['EAI_AGAIN', 'Name lookup', /was not found/],
  ['ECONNREFUSED', 'Connection', /refused the connection/],
  ['EHOSTUNREACH', 'Connection', /network connection/],
  ['UND_ERR_CONNECT_TIMEOUT', 'Connection', /firewall/],
  ['ECONNRESET', 'Connection', /broke the connection off/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'Connection', /issuer that is not known/],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'Connection', /issuer that is not known/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'Connection', /issuer that is not known/],
  ['CERT_HAS_EXPIRED', 'Connection', /expired/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Connection', /another name/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'Connection', /does not speak TLS/],
  ['SOMETHING_NEW', 'Connection', /SOMETHING_NEW/],
])('explains %s at the hop “%s”', async (code, name, words) => {
  const { probe } = await probeWith(failing(code))
  const result = await probe(URL_HERE, never)
  expect(result.ok).toBe(false)
  const last = result.hops.at(-1)
  expect(last).toMatchObject({ name, ok: false })
  expect(last?.message).toMatch(words)
  expect(result.hops.slice(0, -1).every((hop) => hop.ok)).toBe(true)
})

test.each([
  ['net::ERR_NAME_NOT_RESOLVED', 'Name lookup', /was not found/],
  ['net::ERR_CERT_AUTHORITY_INVALID', 'Connection', /issuer that is not known/],
  ['net::ERR_PROXY_CONNECTION_FAILED', 'Connection', /proxy/],
  ['net::ERR_CONNECTION_REFUSED', 'Connection', /refused/],
])('explains %s of Chromium too', async (message, name, words) => {
  const { probe } = await probeWith(() => Promise.reject(new Error(message)))
  const result = await probe(URL_HERE, never)
  expect(result.hops.at(-1)).toMatchObject({ name, ok: false })
  expect(result.hops.at(-1)?.message).toMatch(words)
})

test.each([
  [502, /does not reach this computer/],
  [504, /does not reach this computer/],
  [404, /does not pass \/emi\/ on/],
  [403, /blocks the request/],
  [401, /sign-in/],
  [302, /redirects/],
  [500, /500/],
])('explains the status %i of a server in front', async (status, words) => {
  const { probe } = await probeWith(() => Promise.resolve(new Response('page', { status })))
  const result = await probe(URL_HERE, never)
  expect(result.hops.map((hop) => hop.ok)).toEqual([true, true, false])
  expect(result.hops.at(-1)?.message).toMatch(words)
})

test('does not take the answer of another EMI Tray for its own', async () => {
  const other = await makeKey()
  const { probe } = await probeWith(async (url) => new Response(await sign(other, url)))
  const result = await probe(URL_HERE, never)
  expect(result.ok).toBe(false)
  expect(result.answeredBy).toBe('another-emi-tray')
  expect(result.hops.at(-1)?.message).toMatch(/another computer with EMI Tray/)
})

test('does not read an endless page of something else', async () => {
  let sent = 0
  const { probe } = await probeWith(() => {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1
        controller.enqueue(new TextEncoder().encode('<html>'.repeat(100)))
      },
    })
    return Promise.resolve(new Response(body))
  })
  expect((await probe(URL_HERE, never)).ok).toBe(false)
  expect(sent).toBeLessThan(5)
})

/** A fetch that waits for ever, but minds its signal. */
const silent: Answer = (_, init) =>
  new Promise((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => {
      reject(new DOMException('aborted', 'AbortError'))
    })
  })

test('gives up after ten seconds', async () => {
  const { probe, clock } = await probeWith(silent)
  const running = probe(URL_HERE, never)
  await clock.advance(10_000)
  const result = await running
  expect(result.hops.at(-1)).toMatchObject({ name: 'Connection', ok: false, durationMs: 10_000 })
  expect(result.hops.at(-1)?.message).toMatch(/10 seconds/)
})

test('gives up after ten seconds also when only the body does not come', async () => {
  const { probe, clock } = await probeWith((_, init) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        init.signal?.addEventListener('abort', () => {
          controller.error(new DOMException('aborted', 'AbortError'))
        })
      },
    })
    return Promise.resolve(new Response(body))
  })
  const running = probe(URL_HERE, never)
  await clock.advance(10_000)
  expect((await running).hops.at(-1)).toMatchObject({ name: 'Answer is ours', ok: false })
})

test('stops without a result when it is called off', async () => {
  const { probe, clock } = await probeWith(silent)
  const caller = new AbortController()
  const running = probe(URL_HERE, caller.signal)
  caller.abort(new Error('called off'))
  await expect(running).rejects.toThrow('called off')
  expect(clock.pending).toBe(0)
})
