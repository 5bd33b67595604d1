// The webhook itself, Request → Response: handshake, probe, clientState, store, then 202.
import { LIFECYCLE_PATH, NOTIFICATION_PATH, PROBE_PATH } from '../webhook-paths.ts'
import { AppError } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { ReceivedRequest } from '../ports/http-server.ts'
import type { NewDelivery } from '../ports/stored.ts'
import { base64url, type ClientStates } from './client-states.ts'
import type { Inbox } from './inbox.ts'
import { keptHeaders } from './kept-headers.ts'
import type { LatencyHistogram } from './latency.ts'
import {
  parseNotifications,
  type ChangeNotification,
  type Claimed,
  type LifecycleNotification,
} from './notifications.ts'
import { changeDelivery, lifecycleDelivery, prove, testDelivery, type PostFacts } from './proven.ts'
import { readJson } from './read-json.ts'
import { handshakeLogger, refusalLogger } from './stranger-log.ts'

/** Graph names no limit for a post; what it sends over Event Hubs stays below 1 MB a message. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

/**
 * Graph promises a retry for an error that comes within ten seconds, and none for silence.
 * https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
 */
const ANSWER_WITHIN_MS = 8_000

/** Why items were refused, in words that follow “Refused”. */
const UNREADABLE = 'what is no notification'
const NOT_OURS = 'notifications that are not from our subscriptions'

const NONCE = /^[A-Za-z0-9_-]{1,128}$/

export interface EndpointOptions {
  inbox: Inbox
  clientStates: ClientStates
  /** HMAC-SHA256 key that answers the probe: who knows it can tell this endpoint from any other. */
  probeKey: CryptoKey
  clock: Clock
  log: Log
  /** Where the time from a request that held something of ours to its answer is noted. */
  latency?: Pick<LatencyHistogram, 'note'>
  /** Makes the validationTokens of a post fit to be stored; without it content cannot be proven later. */
  sealTokens?: (tokens: string[]) => Promise<string>
  /** True for the test notification that this program itself has sent just now. */
  takeTest?: (claim: { subscriptionId: string; clientState: string | null }) => boolean
  /** Called with proven lifecycleNotifications once they are stored. */
  onLifecycle: (items: LifecycleNotification[]) => void
  /** Called when notifications could not be stored, and Graph was asked to send them again. */
  onNotStored?: () => void
  /** Called with the number of items that were not ours. */
  onRefused: (count: number, reason: string) => void
}

/**
 * Makes the handler of the webhook's port. Its answers:
 * 200 to handshake and probe; 202 once everything that is ours is stored, also when nothing was ours, so that a
 * forger learns nothing; 503 when it could not be stored, so that Graph posts again; 400 to what is no envelope of
 * notifications (Graph never sends that); 413 above MAX_BODY_BYTES; 404 without a body to everything else.
 */
export function createEndpoint(
  options: EndpointOptions,
): (request: Request | ReceivedRequest) => Promise<Response> {
  const logRefused = refusalLogger(options)
  const logHandshake = handshakeLogger(options)
  const addressed = addressReader()

  return async (request) => {
    const refuse = (count: number, reason: string) => {
      if (count === 0) return
      options.onRefused(count, reason)
      logRefused(count, { reason, from: 'client' in request ? request.client() : undefined })
    }
    const startedAt = options.clock.now()
    const { path, nonce, validationToken } = addressed(request.url)
    if (request.method === 'GET' && path === PROBE_PATH) {
      return answerProbe(nonce, options.probeKey)
    }
    const isOurs = path === NOTIFICATION_PATH || path === LIFECYCLE_PATH
    if (request.method !== 'POST' || !isOurs) return empty(404)

    if (validationToken) {
      logHandshake(path)
      return text(validationToken)
    }

    const reading = readJson(request, MAX_BODY_BYTES)
    const body = reading instanceof Promise ? await reading : reading
    if (body.kind === 'too-large') return empty(413)
    const posted = body.kind === 'json' ? parseNotifications(body.value) : body
    if (posted.kind === 'unreadable') {
      refuse(1, UNREADABLE)
      return empty(400)
    }
    // Before the vault was read nothing can be proven: better late than lost.
    if (!options.clientStates.loaded) return empty(503)

    refuse(posted.unreadable, UNREADABLE)
    const { tests, others } = apartFromTests(posted.changeNotifications, options)
    const changes = prove(others, options.clientStates)
    const lifecycle = prove(posted.lifecycleNotifications, options.clientStates)
    refuse(changes.refused + lifecycle.refused, NOT_OURS)

    const isOurPost = changes.proven.length + lifecycle.proven.length > 0
    const hasContent = changes.proven.some(({ notification }) => notification.rich)
    const sealed = hasContent ? await sealTokens(options, posted.validationTokens) : null
    if (sealed?.kind === 'failed') return empty(503)
    const post: PostFacts = {
      receivedAt: startedAt.toISOString(),
      headers: isOurPost || tests.length > 0 ? keptHeaders(request) : {},
      sealedTokens: sealed?.tokens,
    }
    const stored = await store(options, [
      ...tests.map((test) => testDelivery(test, post)),
      ...changes.proven.map((change) => changeDelivery(change, post)),
      ...lifecycle.proven.map((event) => lifecycleDelivery(event, post)),
    ])
    if (isOurPost) options.latency?.note(options.clock.now().getTime() - startedAt.getTime())
    if (!stored) {
      options.onNotStored?.()
      return empty(503)
    }
    passOn(
      options,
      lifecycle.proven.map(({ notification }) => notification),
    )
    return empty(202)
  }
}

interface Address {
  path: string
  nonce: string
  validationToken: string | null
}

/** Nearly all posts come to one address: read anew only where it differs from the one before. */
function addressReader(): (url: string) => Address {
  let latest: { of: string; address: Address } | undefined
  return (url) => {
    if (latest?.of === url) return latest.address
    const { pathname: path, searchParams } = new URL(url)
    // searchParams decodes exactly once; decoding again would break a token that contains %25 or +.
    const validationToken = searchParams.get('validationToken')
    latest = { of: url, address: { path, nonce: searchParams.get('n') ?? '', validationToken } }
    return latest.address
  }
}

/** Tests are stored like notifications, but are none of Microsoft's. */
function apartFromTests(
  items: Claimed<ChangeNotification>[],
  { takeTest }: EndpointOptions,
): { tests: ChangeNotification[]; others: Claimed<ChangeNotification>[] } {
  const tests: ChangeNotification[] = []
  const others = items.filter(({ notification, clientState }) => {
    const { subscriptionId } = notification
    const isTest = takeTest?.({ subscriptionId, clientState }) === true
    if (isTest) tests.push(notification)
    return !isTest
  })
  return { tests, others }
}

/** The tokens for the disk; null where nobody seals them, `failed` when the vault cannot be used now. */
async function sealTokens(
  { sealTokens: seal, log }: EndpointOptions,
  tokens: string[],
): Promise<{ kind: 'sealed'; tokens: string } | { kind: 'failed' } | null> {
  if (!seal) return null
  try {
    return { kind: 'sealed', tokens: await seal(tokens) }
  } catch (error) {
    log.error(
      'inbox',
      'Notifications with content could not be stored. Graph will send them again.',
      {
        code: error instanceof AppError ? error.code : 'unexpected',
      },
    )
    return { kind: 'failed' }
  }
}

/** True once all items are on disk; false when they are not, in time. */
function store({ inbox, clock, log }: EndpointOptions, items: NewDelivery[]): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ANSWER_WITHIN_MS, () => {
      log.error(
        'inbox',
        'Storing notifications took too long. Microsoft Graph will send them again.',
      )
      resolve(false)
    })
    inbox.add(items).then(
      () => {
        cancel()
        resolve(true)
      },
      (error: unknown) => {
        cancel()
        log.error(
          'inbox',
          'Notifications could not be stored. Microsoft Graph will send them again.',
          {
            items: items.length,
            code: error instanceof AppError ? error.code : 'unexpected',
            reason: error instanceof Error ? error.message : typeof error,
          },
        )
        resolve(false)
      },
    )
  })
}

function passOn({ onLifecycle, log }: EndpointOptions, items: LifecycleNotification[]): void {
  if (items.length === 0) return
  try {
    onLifecycle(items)
  } catch (error) {
    // The items are stored; Graph must not send them again because of our own fault.
    log.error('webhook', 'Handling a lifecycle notification failed.', {
      reason: error instanceof Error ? error.message : typeof error,
    })
  }
}

async function answerProbe(nonce: string, key: CryptoKey): Promise<Response> {
  if (!NONCE.test(nonce)) return empty(404)
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(nonce))
  return text(base64url(new Uint8Array(signature)))
}

/** Plain text that no browser takes for a page. */
function text(body: string): Response {
  return new Response(body, {
    status: 200,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  })
}

const EMPTY = {
  202: new Response(null, { status: 202 }),
  400: new Response(null, { status: 400 }),
  404: new Response(null, { status: 404 }),
  413: new Response(null, { status: 413 }),
  503: new Response(null, { status: 503 }),
}

/** One for all posts: without a body there is nothing that could be read twice. */
function empty(status: keyof typeof EMPTY): Response {
  return EMPTY[status]
}
