// Telling subscribers: change notifications and lifecycle notifications, delivered with a few attempts.
import { randomUUID } from 'node:crypto'
import type { After } from './after.ts'
import type { JsonObject } from './json.ts'
import { encryptContent } from './rich-content.ts'
import type { LiveSubscription, Subscriptions } from './subscriptions.ts'
import { messagePath, type TeamsChange } from './teams.ts'
import { chatJson, memberJson, messageJson } from './teams-json.ts'
import type { Tenant } from './tenant.ts'
import { validationToken } from './tokens.ts'
import type { WebhookPoster } from './webhook-post.ts'

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed'

export interface DeliveryCounts {
  /** Notifications answered with 2xx. */
  delivered: number
  /** Notifications given up after the last attempt. */
  failed: number
  /** Attempts after the first. */
  retried: number
}

export interface Notifier {
  readonly counts: Readonly<DeliveryCounts>
  /** Tells of a change; resolves after the first attempts with how many notifications were accepted. */
  tell(change: TeamsChange): Promise<number>
  tellLifecycle(subscription: LiveSubscription, event: LifecycleEvent): Promise<void>
  /** Delivers what was held back while a subscription's token was over. */
  release(subscription: LiveSubscription): void
  close(): void
}

interface Held {
  change: TeamsChange
  at: number
}

// Graph tries for four hours; a rehearsal wants to see the end of it within seconds.
const RETRY_WAITS_MS: readonly number[] = [500, 2_000, 6_000]
const HOLD_MS = 4 * 60 * 60_000
const MAX_HELD = 200

/** Delivery for one tenant. */
export function createNotifier(parts: {
  tenant: Tenant
  subscriptions: Subscriptions
  poster: WebhookPoster
  after: After
  retryWaitsMs?: readonly number[]
}): Notifier {
  const { tenant, subscriptions, poster, after, retryWaitsMs = RETRY_WAITS_MS } = parts
  const counts: DeliveryCounts = { delivered: 0, failed: 0, retried: 0 }
  const timers = new Set<() => void>()
  const held = new Map<string, Held[]>()
  let closed = false

  const attempt = async (url: string, body: string): Promise<boolean> => {
    try {
      const { status } = await poster.post({ url, contentType: 'application/json', body })
      return status >= 200 && status < 300
    } catch {
      // No answer within the limit, or nobody there: tried again like any other failure.
      return false
    }
  }

  const retry = (message: { url: string; body: string; size: number }, round: number): void => {
    const waitMs = retryWaitsMs[round]
    if (closed) return
    if (waitMs === undefined) {
      counts.failed += message.size
      return
    }
    const cancel = after(waitMs, () => {
      timers.delete(cancel)
      counts.retried += 1
      void attempt(message.url, message.body).then((ok) => {
        if (ok) counts.delivered += message.size
        else retry(message, round + 1)
      })
    })
    timers.add(cancel)
  }

  const send = async (url: string, envelope: { value: JsonObject[] }): Promise<boolean> => {
    const message = { url, body: JSON.stringify(envelope), size: envelope.value.length }
    const ok = await attempt(url, message.body)
    if (ok) counts.delivered += message.size
    else retry(message, 0)
    return ok
  }

  const deliverTo = async (
    url: string,
    { group, change }: { group: LiveSubscription[]; change: TeamsChange },
  ): Promise<number> => {
    try {
      const value = group.map((target) => changeItem(tenant, target, change))
      const audiences = group
        .filter(({ record }) => record.includeResourceData)
        .map(({ record }) => record.notificationUrlAppId ?? record.applicationId)
      const tokens = [...new Set(audiences)].map((audience) => validationToken(tenant, audience))
      const validationTokens = await Promise.all(tokens)
      const envelope = validationTokens.length > 0 ? { value, validationTokens } : { value }
      return (await send(url, envelope)) ? value.length : 0
    } catch {
      // A certificate that cannot encrypt, for one: counted, and no reason to stop the tenant.
      counts.failed += group.length
      return 0
    }
  }

  const deliver = async (targets: LiveSubscription[], change: TeamsChange): Promise<number> => {
    // One POST per address: it may carry items of several subscriptions and several applications.
    const byUrl = Map.groupBy(targets, ({ record }) => record.notificationUrl)
    const accepted = await Promise.all(
      [...byUrl].map(([url, group]) => deliverTo(url, { group, change })),
    )
    return accepted.reduce((sum, count) => sum + count, 0)
  }

  const isPaused = ({ record }: LiveSubscription): boolean =>
    record.tokenExpiresAt <= tenant.now() || record.sealed !== null

  return {
    counts,
    tell: async (change) => {
      if (closed || tenant.faults.isOn('notifications-stop')) return 0
      const wanted = subscriptions
        .list()
        .filter(({ record }) => record.changeType.split(',').includes(change.changeType))
        .filter(({ resource }) => resource.matches(change))
      for (const target of wanted.filter(isPaused)) {
        const list = held.get(target.record.id) ?? []
        list.push({ change, at: tenant.now() })
        held.set(target.record.id, list.slice(-MAX_HELD))
      }
      return deliver(
        wanted.filter((target) => !isPaused(target)),
        change,
      )
    },
    tellLifecycle: async ({ record }, lifecycleEvent) => {
      const url = record.lifecycleNotificationUrl
      if (url === null || closed || tenant.faults.isOn('notifications-stop')) return
      const item: JsonObject = {
        lifecycleEvent,
        subscriptionId: record.id,
        subscriptionExpirationDateTime: graphTime(record.expiresAt),
        tenantId: tenant.id,
        ...(record.clientState === null ? {} : { clientState: record.clientState }),
      }
      await send(url, { value: [item] })
    },
    release: (subscription) => {
      const { id } = subscription.record
      const waiting = held.get(id) ?? []
      if (isPaused(subscription)) return
      held.delete(id)
      const fresh = waiting.filter(({ at }) => tenant.now() - at < HOLD_MS)
      void fresh.reduce<Promise<unknown>>(
        (before, { change }) => before.then(() => deliver([subscription], change)),
        Promise.resolve(),
      )
    },
    close: () => {
      closed = true
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}

function changeItem(tenant: Tenant, target: LiveSubscription, change: TeamsChange): JsonObject {
  const { record, resource } = target
  const { capitalised } = resource.rules
  const { path, id, type, content } = describe(tenant, change)
  const item: JsonObject = {
    ...(capitalised ? {} : { id: randomUUID() }),
    subscriptionId: record.id,
    changeType: capitalised ? capitalise(change.changeType) : change.changeType,
    ...(record.clientState === null ? {} : { clientState: record.clientState }),
    subscriptionExpirationDateTime: graphTime(record.expiresAt),
    resource: path,
    resourceData: { id, '@odata.type': type, '@odata.id': path },
    tenantId: tenant.id,
    ...(change.kind === 'presence' ? { organizationId: tenant.id } : {}),
  }
  const { includeResourceData, encryptionCertificate, encryptionCertificateId } = record
  if (includeResourceData && encryptionCertificate !== null && encryptionCertificateId !== null) {
    // Chats and members come with a capital E in Microsoft's samples.
    item[capitalised ? 'EncryptedContent' : 'encryptedContent'] = encryptContent(content, {
      base64: encryptionCertificate,
      id: encryptionCertificateId,
    })
  }
  return item
}

function describe(
  tenant: Tenant,
  change: TeamsChange,
): { path: string; id: string; type: string; content: JsonObject } {
  switch (change.kind) {
    case 'message': {
      const { message } = change
      const type = '#Microsoft.Graph.chatMessage'
      const content = { ...messageJson(tenant, message, true), replies: [], hostedContents: [] }
      return { path: messagePath(message), id: message.id, type, content }
    }
    case 'chat': {
      const { chat } = change
      const content = {
        ...chatJson(tenant, chat),
        members: chat.memberIds.map((id) => memberJson(tenant, chat, id)),
      }
      return { path: `chats('${chat.id}')`, id: chat.id, type: '#microsoft.graph.chat', content }
    }
    case 'presence': {
      const { personId, availability } = change
      const content = { id: personId, availability, activity: availability }
      const path = `communications/presences('${personId}')`
      return { path, id: personId, type: '#Microsoft.Graph.presence', content }
    }
    case 'member': {
      const content = memberJson(tenant, change.chat, change.personId)
      const id = String(content['id'])
      const path = `chats('${change.chat.id}')/members('${id}')`
      return { path, id, type: '#microsoft.graph.aadUserConversationMember', content }
    }
  }
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Notifications carry times with an offset, not with “Z”. */
function graphTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '0000+00:00')
}
