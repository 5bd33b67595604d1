// Asks a public way for everything but the webhook: each kind of tunnel must lead to its three paths and nothing else.
import http from 'node:http'
import https from 'node:https'
import { expect, onTestFinished } from 'vitest'
import type { ListeningServer, ListenPlace } from '../../main/core/ports/http-server.ts'
import { LIFECYCLE_PATH, NOTIFICATION_PATH } from '../../main/core/webhook-paths.ts'
import { createHttpServer } from '../../main/node/http-server.ts'
import type { InnerDoor } from '../../main/node/inner-door.ts'
import { makeWebhook } from '../core/webhook/fixtures.ts'

export interface Answer {
  status: number
  body: string
}

const ELSEWHERE = [
  ...['/', '/index.html', '/socket', '/metrics', '/health', '/emi', '/emi/', '/emi/probe'],
  ...['/emi/../', '/emi/%2e%2e/metrics', `${NOTIFICATION_PATH}/x`, '/EMI/probe?n=abc'],
  ...['//emi/probe?n=abc', '/content', '/emi/content', '/api/state', '/.git/config'],
]

/** The real webhook until the test ends: on a port of its own, with a door where a tunnel is to use it. */
export async function startWebhook({
  door,
  place = { host: '127.0.0.1', port: 0 },
}: { door?: InnerDoor; place?: ListenPlace } = {}): Promise<ListeningServer> {
  const { handle } = await makeWebhook()
  const server = await createHttpServer({}, door).listen({
    ...place,
    maxBodyBytes: 1_000,
    handler: handle,
  })
  onTestFinished(() => server.close())
  return server
}

/** `ask` sends one request the public way. */
export async function expectOnlyWebhook(
  ask: (target: string, method: string) => Promise<Answer>,
): Promise<void> {
  expect((await ask('/emi/probe?n=abc', 'GET')).status).toBe(200)
  for (const one of [NOTIFICATION_PATH, LIFECYCLE_PATH]) {
    expect(await ask(`${one}?validationToken=abc`, 'POST')).toEqual({ status: 200, body: 'abc' })
  }
  const asked = [
    ...ELSEWHERE.flatMap((target) =>
      ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'].map((method) => ({ target, method })),
    ),
    ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => ({
      target: NOTIFICATION_PATH,
      method,
    })),
  ]
  const answers = await Promise.all(asked.map(({ target, method }) => ask(target, method)))
  for (const [index, { target, method }] of asked.entries()) {
    expect(answers[index], `${method} ${target}`).toEqual({ status: 404, body: '' })
  }
}

/** Asks at a port here, exactly as written; by https where an authority is given. */
export function askAt(
  port: number,
  ca?: string,
): (target: string, method: string) => Promise<Answer> {
  const { request } = ca === undefined ? http : https
  return (target, method) =>
    new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port, path: target, method, agent: false, ca },
        (response) => {
          let body = ''
          response.on('data', (part: Buffer) => (body += part.toString()))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        },
      )
      asked.on('error', reject)
      asked.end()
    })
}
