// What a stored notification shows: its kind in one line of the log, its item without the content.
import type { Delivery } from '../../contract/models/delivery.ts'

const CHAT_WORDS: Record<string, string> = {
  created: 'New chat',
  updated: 'Chat changed',
  deleted: 'Chat deleted',
}
const MESSAGE_WORDS: Record<'chat' | 'channel', Record<string, string>> = {
  chat: {
    created: 'New chat message',
    updated: 'Chat message changed',
    deleted: 'Chat message deleted',
  },
  channel: {
    created: 'New channel message',
    updated: 'Channel message changed',
    deleted: 'Channel message deleted',
  },
}

/** Such as “New channel message”. Resources are those of Graph’s Teams notifications. */
export function describeDelivery(delivery: Delivery): string {
  const { kind, changeType, resource } = delivery
  if (kind === 'lifecycleNotification') {
    return `Microsoft sent the lifecycle event ${changeType}.`
  }
  if (delivery.origin === 'test') return 'Test notification, sent by EMI Tray itself'
  const words = resource.includes('/messages(')
    ? resource.startsWith('teams(')
      ? MESSAGE_WORDS.channel
      : MESSAGE_WORDS.chat
    : CHAT_WORDS
  return words[changeType] ?? `Notification: ${changeType}`
}

/** The item as JSON text to look at, with encrypted content left out. Graph writes the name in both ways. */
export function withoutContent(itemJson: string): string {
  const hidden = (name: string, value: unknown): unknown =>
    name.toLowerCase() === 'encryptedcontent' ? '[kept encrypted]' : value
  return JSON.stringify(JSON.parse(itemJson), hidden, 2)
}
