// Calls to Graph: waiting when told to, claims challenges, paging, cancelling, and errors a caller can branch on.
import { describe, expect, it } from 'vitest'
import {
  createGraphClient,
  type GraphClient,
  GraphError,
} from '../../../main/core/entra/graph-client.ts'
import { FakeClock, settle } from '../../fakes/fake-clock.ts'
import { seededRandom } from '../../fakes/memory-ports.ts'

const HOST = 'https://graph.example.test:8443'

interface Seen {
  url: string
  method: string
  headers: Headers
  body: string | null
}

/** A Graph that gives these answers one after the other; the last one again and again. */
function openGraph(...answers: (() => Response | Promise<Response>)[]): {
  graph: GraphClient
  seen: Seen[]
  clock: FakeClock
  tokens: { claims?: string; forceRefresh?: boolean }[]
  /** Those that the audit trail heard of. */
  writes: string[]
} {
  const clock = new FakeClock()
  const seen: Seen[] = []
  const tokens: { claims?: string; forceRefresh?: boolean }[] = []
  const writes: string[] = []
  const graph = createGraphClient({
    cloud: { id: 'custom', displayName: 'Test', loginHost: HOST, graphHost: HOST },
    clock,
    random: seededRandom(),
    getToken: (options) => {
      tokens.push(options)
      return Promise.resolve(`token-${tokens.length}`)
    },
    onWrite: ({ method, path }) => {
      writes.push(`${method} ${path}`)
      return Promise.resolve()
    },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { url, method, headers } = request
      seen.push({ url, method, headers, body: (await request.text()) || null })
      const answer = answers[Math.min(seen.length, answers.length) - 1]
      if (!answer) throw new Error('No answer is left.')
      return answer()
    },
  })
  return { graph, seen, clock, tokens, writes }
}

const json =
  (body: unknown, init: ResponseInit = {}) =>
  () =>
    Response.json(body, init)
const refusal = (status: number, error: unknown, headers: Record<string, string> = {}) =>
  json({ error }, { status, headers })

describe('a call', () => {
  it('carries the token and a client-request-id, at the cloud’s own address', async () => {
    const { graph, seen } = openGraph(json({ ok: true }))
    await graph.get("/applications(uniqueName='a-b')", {
      query: { $select: 'id,appId', $filter: "displayName eq 'A & B+C'" },
      headers: { Prefer: 'create-if-missing' },
    })
    const [first] = seen
    expect(first?.url).toBe(
      `${HOST}/v1.0/applications(uniqueName='a-b')?$select=id%2CappId&$filter=displayName%20eq%20%27A%20%26%20B%2BC%27`,
    )
    expect(first?.headers.get('authorization')).toBe('Bearer token-1')
    expect(first?.headers.get('prefer')).toBe('create-if-missing')
    expect(first?.headers.get('client-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('sends a body as JSON, and takes an answer without a body', async () => {
    const { graph, seen } = openGraph(() => new Response(null, { status: 204 }))
    expect(await graph.patch('/applications/1', { displayName: 'EMI' })).toBeUndefined()
    expect(seen[0]).toMatchObject({ method: 'PATCH', body: '{"displayName":"EMI"}' })
    expect(seen[0]?.headers.get('content-type')).toBe('application/json')
  })

  it('gives every call another client-request-id', async () => {
    const { graph, seen } = openGraph(json({}))
    await graph.get('/me')
    await graph.get('/me')
    const ids = seen.map((one) => one.headers.get('client-request-id'))
    expect(new Set(ids).size).toBe(2)
  })

  it('knows how far the clock is off by the Date of an answer', async () => {
    const { graph } = openGraph(json({}, { headers: { date: 'Mon, 02 Mar 2026 08:50:00 GMT' } }))
    expect(graph.clockAheadMs).toBeNull()
    await graph.get('/me')
    expect(graph.clockAheadMs).toBe(600_000)
  })
})

describe('a collection', () => {
  it('is read to its end, by the nextLink as it comes', async () => {
    const nextLink = `${HOST}/v1.0/users?$skiptoken=a%2Fb&$top=2&x=1&x=2`
    const { graph, seen } = openGraph(
      json({ value: [1, 2], '@odata.nextLink': nextLink }),
      json({ value: [3] }),
    )
    expect(await graph.list('/users', { query: { $top: '2' } })).toEqual([1, 2, 3])
    expect(seen[1]?.url).toBe(nextLink)
  })

  it('is not followed to another host, which would get the token', async () => {
    const { graph, seen } = openGraph(
      json({ value: [], '@odata.nextLink': 'https://evil.example/v1.0/users' }),
    )
    await expect(graph.list('/users')).rejects.toMatchObject({ code: 'graph-rejected' })
    expect(seen).toHaveLength(1)
  })
})

describe('a batch', () => {
  const item = (id: string, body: unknown, status = 200, headers: Record<string, string> = {}) => ({
    id,
    status,
    headers,
    body,
  })

  it('is one call; its answers come in the order of the requests, each with its own error', async () => {
    const missing = { error: { code: 'Request_ResourceNotFound', message: 'Gone.' } }
    const { graph, seen } = openGraph(
      json({ responses: [item('2', missing, 404), item('1', { id: 'me' })] }),
    )
    const [me, other] = await graph.batch([
      { path: '/me' },
      { path: '/users', query: { $filter: "displayName eq 'A & B'" } },
    ])
    expect(me).toEqual({ status: 200, body: { id: 'me' }, error: null })
    expect(other?.error).toMatchObject({ code: 'graph-not-found', status: 404 })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ url: `${HOST}/v1.0/$batch`, method: 'POST' })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      requests: [
        { id: '1', method: 'GET', url: '/me' },
        { id: '2', method: 'GET', url: "/users?$filter=displayName%20eq%20'A%20%26%20B'" },
      ],
    })
  })

  it('asks only those again that were told to wait, after the longest wait', async () => {
    const { graph, seen, clock } = openGraph(
      json({
        responses: [
          item('1', { id: 'a' }),
          item('2', {}, 429, { 'Retry-After': '7' }),
          item('3', {}, 503, { 'Retry-After': '3' }),
        ],
      }),
      json({ responses: [item('2', { id: 'b' }), item('3', { id: 'c' })] }),
    )
    const call = graph.batch([{ path: '/a' }, { path: '/b' }, { path: '/c' }])
    await clock.advance(6_999)
    expect(seen).toHaveLength(1)
    await clock.advance(1)
    expect((await call).map((one) => one.body)).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    expect(seen[1]?.body).not.toContain('"/a"')
  })

  it('gives up one that is refused again and again, and keeps the others', async () => {
    const throttled = item('2', { error: { code: 'TooManyRequests', message: '' } }, 429)
    const { graph, clock } = openGraph(json({ responses: [item('1', { id: 'a' }), throttled] }))
    const call = graph.batch([{ path: '/a' }, { path: '/b' }])
    await clock.advance(10 * 60_000)
    const [a, b] = await call
    expect(a?.body).toEqual({ id: 'a' })
    expect(b?.error).toMatchObject({ code: 'graph-throttled' })
    expect(clock.pending).toBe(0)
  })

  it('asks one alone that needs another token', async () => {
    const { graph, seen } = openGraph(
      json({ responses: [item('1', {}, 401)] }),
      json({ id: 'alone' }),
    )
    const [only] = await graph.batch([{ path: '/me', query: { $select: 'id' } }])
    expect(only).toEqual({ status: 200, body: { id: 'alone' }, error: null })
    expect(seen[1]).toMatchObject({ method: 'GET', url: `${HOST}/v1.0/me?$select=id` })
  })

  it('of more than twenty is sent in parts', async () => {
    const all = Array.from({ length: 20 }, (_, index) => item(String(index + 1), { index }))
    const { graph, seen } = openGraph(json({ responses: all }))
    const answers = await graph.batch(Array.from({ length: 25 }, () => ({ path: '/me' })))
    expect(answers).toHaveLength(25)
    expect(seen).toHaveLength(2)
  })

  it('is no write for the audit trail, while a post is', async () => {
    const { graph, writes } = openGraph(json({ responses: [item('1', {})] }))
    await graph.batch([{ path: '/me' }])
    expect(writes).toEqual([])
    await graph.post('/groups', {})
    expect(writes).toEqual(['POST /groups'])
  })
})

describe('a Graph that asks to wait', () => {
  it('is asked again after Retry-After, not before', async () => {
    const { graph, seen, clock } = openGraph(
      refusal(429, { code: 'TooManyRequests', message: '' }, { 'retry-after': '7' }),
      json({ ok: true }),
    )
    const call = graph.get('/me')
    await clock.advance(6_999)
    expect(seen).toHaveLength(1)
    await clock.advance(1)
    expect(await call).toEqual({ ok: true })
  })

  it.each([503, 504])('with %i is asked again, though not for ever', async (status) => {
    const { graph, seen, clock } = openGraph(refusal(status, { code: 'x', message: '' }))
    const call = graph.get('/me').catch((error: unknown) => error)
    await clock.advance(10 * 60_000)
    expect(await call).toMatchObject({ code: 'graph-unavailable', status })
    expect(seen).toHaveLength(5)
    expect(clock.pending).toBe(0)
  })

  it('for very long is left to the caller, who is told how long', async () => {
    const { graph, seen } = openGraph(
      refusal(429, { code: 'TooManyRequests', message: '' }, { 'retry-after': '3600' }),
    )
    await expect(graph.get('/me')).rejects.toMatchObject({
      code: 'graph-throttled',
      retryAfterSeconds: 3600,
    })
    expect(seen).toHaveLength(1)
  })

  it('may also name the time, by its own clock', async () => {
    const { graph, seen, clock } = openGraph(
      refusal(
        429,
        { code: 'TooManyRequests', message: '' },
        {
          date: 'Mon, 02 Mar 2020 09:00:00 GMT',
          'retry-after': 'Mon, 02 Mar 2020 09:01:30 GMT',
        },
      ),
      json({ ok: true }),
    )
    const call = graph.get('/me')
    await clock.advance(89_999)
    expect(seen).toHaveLength(1)
    await clock.advance(1)
    expect(await call).toEqual({ ok: true })
  })

  it('is given up at once when the call is cancelled', async () => {
    const { graph, clock } = openGraph(
      refusal(429, { code: 'x', message: '' }, { 'retry-after': '60' }),
    )
    const controller = new AbortController()
    const call = graph.get('/me', { signal: controller.signal }).catch((error: unknown) => error)
    await clock.advance(1_000)
    const reason = new Error('The person pressed Cancel.')
    controller.abort(reason)
    expect(await call).toBe(reason)
    expect(clock.pending).toBe(0)
  })
})

describe('a token that is no longer good', () => {
  it('is replaced once, with the claims that Graph asks for', async () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    const { graph, tokens, seen } = openGraph(
      refusal(
        401,
        { code: 'InvalidAuthenticationToken', message: '' },
        {
          'www-authenticate': `Bearer realm="", authorization_uri="https://x/authorize", error="insufficient_claims", claims="${btoa(claims)}"`,
        },
      ),
      json({ ok: true }),
    )
    expect(await graph.get('/me')).toEqual({ ok: true })
    expect(tokens).toEqual([{}, { forceRefresh: true, claims }])
    expect(seen[1]?.headers.get('authorization')).toBe('Bearer token-2')
  })

  it('is not replaced for ever', async () => {
    const { graph, seen } = openGraph(refusal(401, { code: 'InvalidAuthenticationToken' }))
    await expect(graph.get('/me')).rejects.toMatchObject({ code: 'sign-in-required', status: 401 })
    expect(seen).toHaveLength(2)
  })
})

describe('an error', () => {
  it('has the innermost code, and the ids for support', async () => {
    const { graph } = openGraph(
      refusal(403, {
        code: 'Forbidden',
        message: 'Insufficient privileges',
        innerError: {
          code: 'AccessDenied',
          date: '2026-03-02T09:00:00',
          'request-id': 'r-1',
          'client-request-id': 'c-1',
          innererror: { code: 'ResourceLimit' },
        },
      }),
    )
    const error = await graph.get('/me?secret=1').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(GraphError)
    expect(error).toMatchObject({
      code: 'graph-forbidden',
      graphCode: 'ResourceLimit',
      graphCodes: ['Forbidden', 'AccessDenied', 'ResourceLimit'],
      requestId: 'r-1',
    })
    const details = error instanceof GraphError ? (error.details ?? '') : ''
    expect(details).toContain('request-id r-1')
    expect(details).toContain('client-request-id c-1')
    expect(details).toContain('2026-03-02T09:00:00')
    expect(details).not.toContain('secret')
  })

  it.each([
    [400, 'graph-rejected'],
    [404, 'graph-not-found'],
    [409, 'graph-conflict'],
    [500, 'graph-unavailable'],
  ])('with status %i is %s', async (status, code) => {
    const { graph } = openGraph(refusal(status, { code: 'X', message: 'y' }))
    await expect(graph.get('/me')).rejects.toMatchObject({ code, status })
  })

  it('that is a proxy’s page says so', async () => {
    const { graph } = openGraph(() => new Response('<html>Please log in</html>'))
    await expect(graph.get('/me')).rejects.toMatchObject({ code: 'graph-unavailable' })
  })

  it('of the network says whether it was the way or the certificate', async () => {
    const failing = (code: string) => () => {
      const cause = Object.assign(new Error(code), { code })
      throw new TypeError('fetch failed', { cause })
    }
    const { graph } = openGraph(failing('ENOTFOUND'), failing('SELF_SIGNED_CERT_IN_CHAIN'))
    await expect(graph.get('/me')).rejects.toMatchObject({ code: 'network-unreachable', status: 0 })
    await expect(graph.get('/me')).rejects.toMatchObject({ code: 'tls-untrusted' })
  })

  it('comes when there is no answer within a minute', async () => {
    const clock = new FakeClock()
    const graph = createGraphClient({
      cloud: { id: 'custom', displayName: 'Test', loginHost: HOST, graphHost: HOST },
      clock,
      random: seededRandom(),
      getToken: () => Promise.resolve('token'),
      fetch: (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => {
            reject(init.signal?.reason instanceof Error ? init.signal.reason : new Error('aborted'))
          })
        }),
    })
    const call = graph.get('/me').catch((error: unknown) => error)
    await settle()
    await clock.advance(60_000)
    expect(await call).toMatchObject({ code: 'network-unreachable' })
  })
})
