// The Graph permissions that the application asks for, each with its reason in words for an identity team.
import type { ConnectionSettings, OptionalPermission } from '../../contract/models/settings.ts'

export interface Permission {
  value: string
  kind: 'delegated' | 'application'
  /** Why the contact center needs it. */
  reason: string
  /** True for extras that are off by default. */
  optional: boolean
  /** Microsoft's own description. */
  link: string
}

/** What one configuration asks for, by Graph's names. */
export interface WantedPermissions {
  /** Every permission of the table with those extras that are switched on. */
  permissions: Permission[]
  delegated: string[]
  application: string[]
}

/** Microsoft Graph's appId in every tenant and cloud. */
export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'

const REFERENCE = 'https://learn.microsoft.com/graph/permissions-reference'

/** The whole table: what Bright Pattern's procedure lists, and the optional extras. */
export const permissionTable: Permission[] = [
  delegated(
    'Chat.ReadWrite',
    'An agent who connects Teams opens chats with experts and reads their answers, in the agent’s own name.',
  ),
  delegated(
    'ChatMessage.Send',
    'An agent sends chat messages to experts, in the agent’s own name.',
  ),
  delegated(
    'ChannelMessage.Send',
    'An agent asks a question in a Teams channel, in the agent’s own name.',
  ),
  delegated(
    'Directory.Read.All',
    'An agent finds experts in the organization’s directory by name, department or title.',
  ),
  delegated(
    'Group.Read.All',
    'An agent sees the teams and groups that experts belong to, to find the right one to ask.',
  ),
  delegated(
    'Presence.Read.All',
    'An agent sees which experts are available before disturbing them.',
  ),
  delegated(
    'Subscription.Read.All',
    'The contact center sees which notifications from Teams are set up, and repairs them.',
  ),
  delegated(
    'User.Read.All',
    'An agent sees an expert’s name, title, photo and contact data beside the chat.',
  ),
  application(
    'Chat.ReadWrite.All',
    'The contact center hears of new and changed chats without anybody signed in, and fetches the pictures shown in them.',
  ),
  application(
    'ChannelMessage.Read.All',
    'The contact center hears of answers in Teams channels without anybody signed in.',
  ),
  application(
    'User.Read.All',
    'The contact center matches the people in a Teams chat to their names and photos.',
  ),
  extra(
    'Chat.Read.All',
    'Microsoft sends notifications for all chat messages of the tenant only to applications with this permission; Chat.ReadWrite.All is not enough for that one subscription.',
  ),
  extra(
    'Application.Read.All',
    'The contact center reads when the client secret expires, and shows it as “Expires at” in version 5.19. Without it everything works, but that field may stay empty. It lets the application see the settings of all applications of the tenant, never their secrets.',
  ),
  extra(
    'Presence.Read.All',
    'The contact center sees which experts are available even while no agent is signed in. Agents who connected Teams see it without this permission.',
  ),
  extra(
    'Files.Read.All',
    'The contact center fetches files that people share in a Teams chat, to show their content. Pictures pasted into a message need no such permission. It lets the application read every file of the tenant in OneDrive and SharePoint.',
  ),
]

/** What these settings ask for. */
export function wantedPermissions(
  settings: Pick<ConnectionSettings, 'optionalPermissions'>,
): WantedPermissions {
  const chosen: readonly string[] = settings.optionalPermissions satisfies OptionalPermission[]
  // The same name may be a fixed permission of one kind and an extra of the other.
  const permissions = permissionTable.filter((one) => !one.optional || chosen.includes(one.value))
  const valuesOf = (kind: Permission['kind']) =>
    permissions.filter((one) => one.kind === kind).map((one) => one.value)
  return {
    permissions,
    delegated: valuesOf('delegated'),
    application: valuesOf('application'),
  }
}

function delegated(value: string, reason: string): Permission {
  return { value, kind: 'delegated', reason, optional: false, link: linkTo(value) }
}

function application(value: string, reason: string): Permission {
  return { value, kind: 'application', reason, optional: false, link: linkTo(value) }
}

/** An application permission that is off by default. */
function extra(value: OptionalPermission, reason: string): Permission {
  return { ...application(value, reason), optional: true }
}

/** The reference has one anchor per permission name: lower case, without its dots. */
function linkTo(value: string): string {
  return `${REFERENCE}#${value.toLowerCase().replaceAll('.', '')}`
}
