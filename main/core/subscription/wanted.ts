// The subscriptions that the settings ask for.
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { SubscriptionKey } from '../../contract/models/subscription.ts'

export interface WantedSubscription {
  key: SubscriptionKey
  /** For one person it still names the user principal name; Graph wants the user's id there. */
  resource: string
  changeTypes: string[]
  /** The application permission it takes, for explanations. */
  permissionText: string
  /** Set when it is about one person's chats. */
  userPrincipalName: string | null
  /** True when the content shall come along, encrypted; all of these resources can. */
  withContent: boolean
}

const USER_KEY_PREFIX = 'user:'
const MESSAGE_CHANGES = ['created', 'updated', 'deleted']

/**
 * What is wanted, in the order it is shown. Watching the messages of all chats takes Chat.Read.All, of one person's
 * chats also Chat.ReadWrite.All. https://learn.microsoft.com/graph/teams-changenotifications-chatmessage
 */
export function wantedSubscriptions(settings: ConnectionSettings): WantedSubscription[] {
  const withContent = settings.richNotifications
  const people = [...new Set(settings.perUserSubscriptions.map((name) => name.toLowerCase()))]
  const chatMessages: WantedSubscription[] = people.length
    ? people.map((userPrincipalName) => ({
        key: `user:${userPrincipalName}`,
        resource: userResource(userPrincipalName),
        changeTypes: MESSAGE_CHANGES,
        permissionText: 'Chat.ReadWrite.All',
        userPrincipalName,
        withContent,
      }))
    : [
        {
          key: 'chat-messages',
          resource: '/chats/getAllMessages',
          changeTypes: MESSAGE_CHANGES,
          permissionText: 'Chat.Read.All',
          userPrincipalName: null,
          withContent,
        },
      ]
  return [
    {
      key: 'chats',
      resource: '/chats',
      changeTypes: ['created', 'updated'],
      permissionText: 'Chat.ReadWrite.All',
      userPrincipalName: null,
      withContent,
    },
    ...chatMessages,
    {
      key: 'channel-messages',
      resource: '/teams/getAllMessages',
      changeTypes: MESSAGE_CHANGES,
      permissionText: 'ChannelMessage.Read.All',
      userPrincipalName: null,
      withContent,
    },
  ]
}

/** The resource of one person's chat messages, by user id or user principal name. */
export function userResource(user: string): string {
  return `/users/${user}/chats/getAllMessages`
}

/** What a subscription is about, in words that follow “the subscription to”. */
export function subjectOf(key: SubscriptionKey): string {
  switch (key) {
    case 'chats':
      return 'new and changed chats'
    case 'chat-messages':
      return 'messages in chats'
    case 'channel-messages':
      return 'messages in channels'
    case 'presence':
      return 'the presence of chosen people'
    default:
      return `chat messages of ${key.slice(USER_KEY_PREFIX.length)}`
  }
}
