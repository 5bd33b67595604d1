// Posting to somebody's endpoint: handshakes and notifications, with Graph's ten-second limit.
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface WebhookAnswer {
  status: number
  contentType: string
  body: string
}

export interface WebhookPoster {
  /** Posts and reads the answer. Rejects when there is none within ten seconds. */
  post(message: { url: string; contentType: string; body: string }): Promise<WebhookAnswer>
  /** Resolves when no post is under way. Never rejects. */
  idle(): Promise<void>
  close(): void
}

// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
const ANSWER_LIMIT_MS = 10_000
const MAX_ANSWER_BYTES = 64 * 1024

/** A poster with connections of its own, which `close` ends. Redirects are not followed, as in Graph. */
export function createWebhookPoster(): WebhookPoster {
  const httpAgent = new HttpAgent({ keepAlive: true })
  const httpsAgent = new HttpsAgent({ keepAlive: true })
  const stop = new AbortController()
  const underWay = new Set<Promise<WebhookAnswer>>()

  return {
    post: ({ url, contentType, body }) => {
      const answer = new Promise<WebhookAnswer>((resolve, reject) => {
        const target = new URL(url)
        const isHttps = target.protocol === 'https:'
        const options: RequestOptions = {
          method: 'POST',
          agent: isHttps ? httpsAgent : httpAgent,
          headers: {
            'content-type': contentType,
            'content-length': Buffer.byteLength(body),
            'user-agent': 'EMI-Tray-practice-tenant',
          },
          signal: AbortSignal.any([stop.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
        }
        const open = isHttps ? httpsRequest : httpRequest
        const request = open(target, options, (response) => {
          const chunks: Uint8Array[] = []
          let size = 0
          response.on('data', (chunk: Uint8Array) => {
            size += chunk.length
            if (size > MAX_ANSWER_BYTES) response.destroy(new Error('The answer is too long.'))
            else chunks.push(chunk)
          })
          response.on('error', reject)
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          )
        })
        request.on('error', reject)
        request.end(body)
      })
      underWay.add(answer)
      const leave = () => underWay.delete(answer)
      answer.then(leave, leave)
      return answer
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    close: () => {
      stop.abort()
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
