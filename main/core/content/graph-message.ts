// What Graph sends of a message, read with care: every field may be missing, of another kind, or new.
import * as v from 'valibot'

const text = v.fallback(v.nullish(v.string()), undefined)
const identity = v.fallback(
  v.nullish(v.object({ id: text, displayName: text, userIdentityType: text })),
  undefined,
)
const identitySet = v.fallback(
  v.nullish(v.object({ user: identity, application: identity, device: identity })),
  undefined,
)

const attachment = v.object({
  id: text,
  contentType: text,
  contentUrl: text,
  content: text,
  name: text,
})
const mention = v.object({ mentionText: text, mentioned: identitySet })

const message = v.object({
  id: v.string(),
  replyToId: text,
  messageType: text,
  createdDateTime: text,
  lastEditedDateTime: text,
  deletedDateTime: text,
  subject: text,
  importance: text,
  from: identitySet,
  body: v.fallback(v.nullish(v.object({ contentType: text, content: text })), undefined),
  attachments: v.fallback(v.nullish(v.array(attachment)), undefined),
  mentions: v.fallback(v.nullish(v.array(mention)), undefined),
  eventDetail: v.fallback(v.nullish(v.looseObject({ '@odata.type': text })), undefined),
})

export type GraphMessage = v.InferOutput<typeof message>
export type GraphIdentitySet = v.InferOutput<typeof identitySet>
export type GraphAttachment = v.InferOutput<typeof attachment>
export type GraphEventDetail = NonNullable<GraphMessage['eventDetail']>

/** The message in an answer; undefined for what is none, such as a chat or a member. */
export function readGraphMessage(answer: unknown): GraphMessage | undefined {
  const parsed = v.safeParse(message, answer)
  const isMessage = parsed.success && parsed.output.messageType != null
  return isMessage ? parsed.output : undefined
}

const person = v.object({ id: text, displayName: text })
const chat = v.object({
  topic: text,
  displayName: text,
  members: v.fallback(v.optional(v.array(v.object({ displayName: text }))), undefined),
})

/** The name of a user in an answer; null without one. */
export function readUserName(answer: unknown): string | null {
  const parsed = v.safeParse(person, answer)
  return (parsed.success && parsed.output.displayName) || null
}

/** More members than this are counted, not named. */
const NAMED_MEMBERS = 4

/** Topic or name of a chat or channel, else the names of its members; null without any. */
export function readPlaceName(answer: unknown): string | null {
  const parsed = v.safeParse(chat, answer)
  if (!parsed.success) return null
  const { topic, displayName, members = [] } = parsed.output
  const given = topic ?? displayName
  if (given) return given
  const names = members.flatMap((one) => one.displayName ?? [])
  const named = names.slice(0, NAMED_MEMBERS).join(', ')
  if (named === '') return null
  return names.length > NAMED_MEMBERS ? `${named} +${names.length - NAMED_MEMBERS}` : named
}
