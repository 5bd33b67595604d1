// The table of permissions with reasons: what an identity team reads before it consents.
import { type Permission, permissionTable } from '../entra/permissions.ts'
import type { PackagePlan } from './package-plan.ts'
import { markdownCode, markdownText } from './quote.ts'

const MAY_CONSENT: Record<Permission['kind'], string> = {
  delegated:
    'Application Administrator, Cloud Application Administrator, Privileged Role Administrator, Global Administrator',
  application: 'Privileged Role Administrator, Global Administrator',
}

/** The document as Markdown. */
export function permissionsDocument(plan: PackagePlan): string {
  const { permissions, displayName } = plan
  const extras = permissionTable.filter((one) => one.optional)
  return `# Permissions of ${markdownText(displayName)}

All of them belong to Microsoft Graph (${markdownCode(plan.graphAppId)}).

- **Delegated** permissions work only while a person is signed in, and never reach further than that person may.
- **Application** permissions work without anybody signed in, for the whole organization.

## What is asked for

${table(permissions)}

Consent for the whole organization (${markdownCode(plan.consentType)}) is asked for, so that agents can connect Teams without one
request each. Who may consent: https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent

## Optional extras

These are off unless the contact center’s administrator chose them. A chosen one is in the table above too.

${extraTable(extras, permissions)}

## What the application cannot do

- It cannot send messages by itself. Messages are only sent in the name of an agent who is signed in; Microsoft Graph
  does not let an application send chat messages on its own.
- It cannot change users, groups or the directory: its directory permissions only read.
- It cannot read anybody’s mailbox or calendar.
- It cannot give itself or others more permissions.
- Nobody outside your organization can sign in to it: it is a single-tenant application (${markdownCode(plan.signInAudience)}).

## What these permissions reach beyond that

- ${markdownCode('Group.Read.All')}, in the name of a signed-in agent, also opens the conversations, calendar and files of those groups
  that the agent can open anyway. Microsoft offers no narrower one for the teams and groups of an expert.
- ${markdownCode('Chat.ReadWrite.All')} also lets the application change chats themselves, such as their topic.

The application permissions reach all chats and channel messages of the organization. Microsoft offers no narrower
permission for a contact center that hears of messages while nobody is signed in. Guard the client secret
accordingly: whoever has it can use these permissions from anywhere, unless a Conditional Access policy for workload
identities limits the addresses it may be used from.
https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
`
}

function table(permissions: Permission[]): string {
  const rows = permissions.map(
    ({ value, kind, reason, link }) =>
      `| ${markdownCode(value)} | ${kind} | ${markdownText(reason)} | ${MAY_CONSENT[kind]} | [Microsoft’s description](${link}) |`,
  )
  return [
    '| Permission | Kind | Why | Who may consent | Reference |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function extraTable(extras: Permission[], chosen: Permission[]): string {
  const rows = extras.map((extra) => {
    const isChosen = chosen.some((one) => one.value === extra.value && one.kind === extra.kind)
    return `| ${markdownCode(extra.value)} | ${extra.kind} | ${isChosen ? '**chosen**' : 'not chosen'} | ${markdownText(extra.reason)} | [Microsoft’s description](${extra.link}) |`
  })
  return [
    '| Permission | Kind | Here | What it is for | Reference |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}
