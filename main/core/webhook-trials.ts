// Trying the whole way of a notification: a test of our own through the public address, or a real Teams message.
import type { Delivery } from '../contract/models/delivery.ts'
import type { Subscription } from '../contract/models/subscription.ts'
import type { TunnelState } from '../contract/models/tunnel.ts'
import type { TestNotificationResult, WebhookState } from '../contract/models/webhook.ts'
import { AppError } from './app-error.ts'
import type { LogBook } from './log.ts'
import type { Clock, Random } from './ports/clock.ts'
import { sendTestNotification } from './tunnel/test-notification.ts'
import type { Inbox } from './webhook/inbox.ts'
import { MessageWait } from './webhook/message-wait.ts'
import { TEST_SUBSCRIPTION_ID, TestClaims } from './webhook/test-claims.ts'

export interface WebhookTrialsDeps {
  fetch: typeof fetch
  clock: Clock
  random: Random
  log: Pick<LogBook, 'onAppended'>
  inbox: () => Pick<Inbox, 'onAdded'>
  webhook: () => WebhookState
  tunnel: () => TunnelState
  subscriptions: () => Subscription[]
  onChange: () => void
}

export class WebhookTrials {
  readonly claims: TestClaims
  readonly wait: MessageWait
  #deps: WebhookTrialsDeps
  #stopped = new AbortController()

  constructor(deps: WebhookTrialsDeps) {
    this.#deps = deps
    this.claims = new TestClaims(deps)
    this.wait = new MessageWait({ ...deps, advice: () => adviceOf(deps) })
  }

  /** Sends a test notification through the public address, within seconds. Throws AppError public-url-unreachable. */
  async send(): Promise<TestNotificationResult> {
    const { fetch, clock, random, log, inbox } = this.#deps
    try {
      return await sendTestNotification(
        this.#publicUrl(),
        {
          ...{ fetch, clock, random },
          claim: (onArrived) => ({
            subscriptionId: TEST_SUBSCRIPTION_ID,
            clientState: this.claims.create(onArrived),
          }),
          onStored: (listener) => inbox().onAdded(listener),
          onLogged: (listener) =>
            log.onAppended((entries) => {
              for (const { delivery } of entries) if (delivery) listener(delivery.id)
            }),
        },
        this.#stopped.signal,
      )
    } finally {
      this.claims.forget()
    }
  }

  /** Waits for a real message; followed in the state. Throws AppError public-url-unreachable. */
  startWaiting(): void {
    this.#publicUrl()
    this.wait.start()
  }

  noteStored(deliveries: Delivery[]): void {
    this.wait.noteStored(deliveries)
  }

  stop(): void {
    this.#stopped.abort(new DOMException('The app is stopping.', 'AbortError'))
    this.wait.cancel()
  }

  #publicUrl(): string {
    const { webhook, tunnel } = this.#deps
    const { publicUrl } = webhook()
    if (webhook().running && publicUrl !== null) return publicUrl
    const error = webhook().error ?? tunnel().error
    throw new AppError('public-url-unreachable', {
      message: `Nothing can reach this computer yet. ${error?.message ?? 'The webhook or its tunnel is not running.'}`,
      nextStep: error?.nextStep ?? 'Start the webhook on the Webhook page, then try again.',
    })
  }
}

/** What stands in the way of a message, as far as it shows. */
function adviceOf({ webhook, tunnel, subscriptions }: WebhookTrialsDeps): string[] {
  const { running, error } = webhook()
  const { phase, error: tunnelError } = tunnel()
  const active = subscriptions().filter(({ key, status }) => status === 'active' && key !== 'chats')
  return [
    ...(running ? [] : [error?.message ?? 'The webhook is not running. Start it.']),
    ...(phase === 'up' ? [] : [tunnelError?.message ?? 'The tunnel is not connected.']),
    ...(active.length > 0
      ? []
      : ['No subscription for messages is active. Look at Subscriptions on this page.']),
  ]
}
