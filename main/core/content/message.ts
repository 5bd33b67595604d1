// A message of Graph → MessageContent: one shape for texts, cards, system events, deleted messages and guests.
import type { MessageContent, MessageImage, MessagePerson } from '../../contract/models/message.ts'
import { attachmentOf } from './attachments.ts'
import type { GraphIdentitySet, GraphMessage } from './graph-message.ts'
import { systemEventOf } from './system-event.ts'

export interface MessageMaking {
  placeName: string | null
  /** The id of the hosted content behind a picture's address; null for any other picture. */
  hostedIdOf: (src: string) => string | null
  /** Signed addresses; null where the content endpoint is off. */
  photoUrl: (userId: string) => Promise<string | null>
  image: (hostedId: string) => Promise<Pick<MessageImage, 'url' | 'location'>>
}

/** Makes the documented shape. Rejects only with what `image` and `photoUrl` reject with. */
export async function messageContentOf(
  message: GraphMessage,
  making: MessageMaking,
): Promise<MessageContent> {
  const { deletedDateTime: deletedAt } = message
  const isSystem = message.messageType !== 'message' && message.messageType !== 'typing'
  const kind = isSystem ? 'system event' : deletedAt ? 'deleted message' : 'message'
  const event = isSystem ? systemEventOf(message.eventDetail) : null
  const body = kind === 'message' ? await bodyOf(message, making) : plainBody(event?.text ?? '')
  return {
    kind,
    id: message.id,
    sender: await senderOf(message.from, making),
    placeName: making.placeName,
    sentAt: message.createdDateTime ?? null,
    editedAt: message.lastEditedDateTime ?? null,
    deletedAt: deletedAt ?? null,
    subject: message.subject ?? null,
    text: body.text,
    html: body.html,
    importance: importanceOf(message.importance),
    replyToId: message.replyToId ?? null,
    mentions: kind === 'message' ? await mentionsOf(message, making) : [],
    attachments: kind === 'message' ? (message.attachments ?? []).map(attachmentOf) : [],
    images: await Promise.all(
      body.images.map(async (image) => ({ ...image, ...(await making.image(image.id)) })),
    ),
    event: event?.event ?? null,
  }
}

/** Who wrote it; null for what Teams itself says. */
export function personOf(from: GraphIdentitySet): Omit<MessagePerson, 'photoUrl'> | null {
  const { user, application } = from ?? {}
  if (user) {
    const isGuest = /guest|anonymous/i.test(user.userIdentityType ?? '')
    return {
      kind: isGuest ? 'guest' : 'person',
      id: user.id ?? null,
      name: user.displayName ?? null,
    }
  }
  if (application) {
    return {
      kind: 'application',
      id: application.id ?? null,
      name: application.displayName ?? null,
    }
  }
  return from ? { kind: 'unknown', id: null, name: null } : null
}

/** True for an id that the directory knows: those of guests without an account are no GUIDs. */
export function isDirectoryId(id: string | null): id is string {
  return id !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
}

interface Body {
  text: string
  html: string
  images: { id: string; description: string | null }[]
}

async function bodyOf({ body }: GraphMessage, { hostedIdOf }: MessageMaking): Promise<Body> {
  const content = body?.content ?? ''
  if (body?.contentType !== 'html') return plainBody(content)
  // The parser is large: whoever never looks at content never loads it.
  const { readMessageHtml } = await import('./message-html.ts')
  return readMessageHtml(content, hostedIdOf)
}

function plainBody(text: string): Body {
  const html = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\n', '<br>')
  return { text, html, images: [] }
}

async function senderOf(
  from: GraphIdentitySet,
  making: Pick<MessageMaking, 'photoUrl'>,
): Promise<MessagePerson | null> {
  const person = personOf(from)
  return person && withPhoto(person, making)
}

function mentionsOf(
  { mentions }: GraphMessage,
  making: Pick<MessageMaking, 'photoUrl'>,
): Promise<MessagePerson[]> {
  return Promise.all(
    (mentions ?? []).map(({ mentioned, mentionText }) => {
      const person = personOf(mentioned) ?? { kind: 'unknown' as const, id: null, name: null }
      return withPhoto({ ...person, name: person.name ?? mentionText ?? null }, making)
    }),
  )
}

async function withPhoto(
  person: Omit<MessagePerson, 'photoUrl'>,
  { photoUrl }: Pick<MessageMaking, 'photoUrl'>,
): Promise<MessagePerson> {
  const hasPhoto = person.kind === 'person' && isDirectoryId(person.id)
  return { ...person, photoUrl: hasPhoto ? await photoUrl(person.id ?? '') : null }
}

function importanceOf(given: string | null | undefined): MessageContent['importance'] {
  return given === 'high' || given === 'urgent' ? given : 'normal'
}
