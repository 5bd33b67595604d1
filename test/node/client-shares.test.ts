// One sender's share of the webhook: a stranger who floods it does not keep Microsoft out.
import http from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { clientShares } from '../../main/node/client-shares.ts'
import { createHttpServer } from '../../main/node/http-server.ts'

test('a client may ask often at once, then at a steady pace, whatever others do', () => {
  let nowMs = 0
  const { mayAsk } = clientShares({ perSecond: 10, burst: 5 }, () => nowMs)
  const taken = (client: string, times: number) =>
    Array.from({ length: times }, () => mayAsk(client)).filter(Boolean).length
  expect(taken('6.6.6.6', 20)).toBe(5)
  expect(taken('20.1.2.3', 3)).toBe(3)
  nowMs = 300
  expect(taken('6.6.6.6', 20)).toBe(3)
  nowMs = 60_000
  expect(taken('6.6.6.6', 20)).toBe(5)
})

test('one that floods is not forgotten while strangers come and go, and their number takes no memory', () => {
  const { mayAsk } = clientShares({ perSecond: 0, burst: 2 })
  mayAsk('flood')
  mayAsk('flood')
  for (let number = 0; number < 50_000; number += 1) {
    mayAsk(`stranger ${number}`)
    if (number % 1_000 === 0) expect(mayAsk('flood')).toBe(false)
  }
})

test('behind a trusted proxy a stranger’s flood gets 503 and Microsoft’s posts all arrive', async () => {
  let received = 0
  const ask = await listen({ proxies: ['127.0.0.1'], onReceived: () => (received += 1) })
  const flood = await Promise.all(Array.from({ length: 300 }, () => ask('1.1.1.1, 6.6.6.6')))
  expect(flood.filter((status) => status === 503)).toHaveLength(200)
  expect(received).toBe(100)
  const graph = await Promise.all(Array.from({ length: 100 }, () => ask('20.1.2.3')))
  expect(graph.filter((status) => status !== 202)).toEqual([])
})

test('where nobody who is believed names the sender, no one is limited for another', async () => {
  const ask = await listen({ proxies: [] })
  const all = await Promise.all(Array.from({ length: 300 }, () => ask('6.6.6.6')))
  expect(all.filter((status) => status !== 202)).toEqual([])
})

async function listen(given: { proxies: string[]; onReceived?: () => void }) {
  const server = await createHttpServer({ share: { perSecond: 0, burst: 100 } }).listen({
    ...{ host: '127.0.0.1', port: 0, maxBodyBytes: 1_000, proxies: given.proxies },
    handler: () => {
      given.onReceived?.()
      return Promise.resolve(new Response(null, { status: 202 }))
    },
  })
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
  onTestFinished(async () => {
    agent.destroy()
    await server.close()
  })
  return (forwardedFor: string) =>
    new Promise<number>((resolve, reject) => {
      const asked = http.request(
        {
          ...{ host: '127.0.0.1', port: server.port, path: '/', method: 'POST', agent },
          headers: { 'x-forwarded-for': forwardedFor, 'content-length': 2 },
        },
        (response) => {
          response.resume()
          response.on('end', () => resolve(response.statusCode ?? 0))
        },
      )
      asked.on('error', reject)
      asked.end('{}')
    })
}
