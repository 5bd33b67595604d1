// A contact center for tests: a real server that checks each signature, notes what came, and answers as it is told.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { CloudEvent } from '../../../main/core/hand-on/event.ts'

export interface Received {
  event: CloudEvent
  headers: http.IncomingHttpHeaders
  path: string
  /** With what it was answered. */
  status: number
}

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

export interface Receiver {
  url: string
  /** Everything that came with a valid signature, in order. */
  received: Received[]
  /** Requests whose signature did not fit. */
  forged: number
  answer: (event: CloudEvent) => Answer
  close(): Promise<void>
}

/** Starts it on a free port; `key` gives the signing key that it knows. */
export async function startReceiver(key: () => Promise<string>): Promise<Receiver> {
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      void key().then((secret) => {
        if (!isSigned(request.headers, { body, secret })) {
          receiver.forged += 1
          response.writeHead(401).end()
          return
        }
        const event = JSON.parse(body) as CloudEvent
        const { status, headers, body: text } = receiver.answer(event)
        receiver.received.push({ event, headers: request.headers, path: request.url ?? '', status })
        response.writeHead(status, headers).end(text)
      })
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/events`,
    received: [],
    forged: 0,
    answer: () => ({ status: 204 }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return receiver
}

/** As the library's verify, but at the time of the attempt: tests move their clock by days. */
export function isSigned(
  headers: http.IncomingHttpHeaders,
  { body, secret }: { body: string; secret: string },
): boolean {
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
  const expected = new Webhook(secret).sign(String(headers['webhook-id']), at, body)
  return String(headers['webhook-signature']).split(' ').includes(expected)
}
