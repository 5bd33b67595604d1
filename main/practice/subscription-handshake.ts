// The handshake: before a subscription is made, each address has to repeat a token as plain text.
// https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
import { randomUUID } from 'node:crypto'
import { type GraphCall, GraphError } from './graph-call.ts'
import type { WebhookPoster } from './webhook-post.ts'

const HANDSHAKE_FAILED =
  'Subscription validation request failed. Notification endpoint must respond with 200 OK to ' +
  'validation request.'
/** Shakes hands with every address; Graph answers only afterwards. @throws GraphError 400 when one fails. */
export async function validateEndpoints(
  call: GraphCall,
  poster: WebhookPoster,
  urls: readonly string[],
): Promise<void> {
  const failed = new GraphError(400, 'InvalidRequest', HANDSHAKE_FAILED)
  if (call.tenant.faults.isOn('subscription-validation-fails')) throw failed
  const results = await Promise.all(
    urls.map(async (url) => {
      const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`
      // Spaces come as “+”, as Graph writes them: a listener has to decode a query, not only percent signs.
      const query = new URLSearchParams({ validationToken: token }).toString()
      const address = `${url}${url.includes('?') ? '&' : '?'}${query}`
      try {
        const { status, contentType, body } = await poster.post({
          url: address,
          contentType: 'text/plain; charset=utf-8',
          body: '',
        })
        return (
          status === 200 && contentType.toLowerCase().startsWith('text/plain') && body === token
        )
      } catch {
        // Not reachable, or too slow: the same refusal as for a wrong answer.
        return false
      }
    }),
  )
  if (results.includes(false)) throw failed
}
