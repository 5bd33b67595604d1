// What Teams itself says in a chat or channel, in words.
import * as v from 'valibot'
import type { GraphEventDetail } from './graph-message.ts'

// https://learn.microsoft.com/graph/system-messages
const WORDS: Partial<Record<string, string>> = {
  callEnded: 'A call ended.',
  callRecording: 'A recording of a call is there.',
  callStarted: 'A call started.',
  callTranscript: 'A transcript of a call is there.',
  channelAdded: 'A channel was added.',
  channelDeleted: 'A channel was deleted.',
  channelDescriptionUpdated: 'The description of the channel was changed.',
  channelRenamed: 'The channel was renamed.',
  chatRenamed: 'The chat was renamed.',
  conversationMemberRoleUpdated: 'The role of a member was changed.',
  meetingPolicyUpdated: 'The policy of the meeting was changed.',
  membersAdded: 'Members were added.',
  membersDeleted: 'Members were removed.',
  membersJoined: 'Members joined.',
  membersLeft: 'Members left.',
  messagePinned: 'A message was pinned.',
  messageUnpinned: 'A message is no longer pinned.',
  tabUpdated: 'A tab was changed.',
  teamArchived: 'The team was archived.',
  teamCreated: 'The team was created.',
  teamDescriptionUpdated: 'The description of the team was changed.',
  teamJoiningDisabled: 'Joining the team by link was switched off.',
  teamJoiningEnabled: 'Joining the team by link was switched on.',
  teamRenamed: 'The team was renamed.',
  teamsAppInstalled: 'An app was installed.',
  teamsAppRemoved: 'An app was removed.',
  teamsAppUpgraded: 'An app was brought up to date.',
  teamUnarchived: 'The team was taken out of the archive.',
}

const names = v.object({
  chatDisplayName: v.fallback(v.nullish(v.string()), undefined),
  channelDisplayName: v.fallback(v.nullish(v.string()), undefined),
  teamDisplayName: v.fallback(v.nullish(v.string()), undefined),
})

/** The event's name in Graph, such as `membersAdded`, and a sentence for people. */
export function systemEventOf(detail: GraphEventDetail | null | undefined): {
  event: string | null
  text: string
} {
  const type = detail?.['@odata.type'] ?? ''
  const event = /^#microsoft\.graph\.(\w+)EventMessageDetail$/i.exec(type)?.[1] ?? null
  const sentence = (event !== null && WORDS[event]) || 'Teams noted that something changed.'
  const given = v.safeParse(names, detail)
  const name = given.success
    ? (given.output.chatDisplayName ??
      given.output.channelDisplayName ??
      given.output.teamDisplayName)
    : undefined
  const isRenamed = event?.endsWith('Renamed') === true && name
  return { event, text: isRenamed ? `${sentence} It is now called “${name}”.` : sentence }
}
