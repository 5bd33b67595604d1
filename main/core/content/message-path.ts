// Paths below v1.0 that content may be read from: made of ids alone, so that no address from outside is ever fetched.
import type { Cloud } from '../../contract/models/connection.ts'
import { placeOf, readResource } from '../hand-on/resource.ts'

/** A message that a notification names. */
export interface MessagePath {
  /** Such as `/chats/19:…/messages/161…`, encoded. */
  path: string
  /** The chat or channel that it lies in, as names are kept under. */
  place: string
  /** Path of that chat or channel. */
  placePath: string
}

/** The path of the message behind a notification's resource; null where it names none. */
export function messagePathOf(resource: string): MessagePath | null {
  const { messageId, replyToId } = readResource(resource).ids
  const at = namedPlaceOf(resource)
  if (messageId === null || !at) return null
  const rest =
    replyToId === null
      ? `messages/${encodeURIComponent(messageId)}`
      : `messages/${encodeURIComponent(replyToId)}/replies/${encodeURIComponent(messageId)}`
  return { ...at, path: `${at.placePath}/${rest}` }
}

/** The chat or channel that a resource names, with its path; null for what lies in none. */
export function namedPlaceOf(resource: string): Pick<MessagePath, 'place' | 'placePath'> | null {
  const place = placeOf(resource)
  const { chatId, teamId, channelId } = readResource(resource).ids
  if (place === null) return null
  if (chatId !== null) return { place, placePath: `/chats/${encodeURIComponent(chatId)}` }
  if (teamId === null || channelId === null) return null
  const placePath = `/teams/${encodeURIComponent(teamId)}/channels/${encodeURIComponent(channelId)}`
  return { place, placePath }
}

/** The bytes of a picture in a message. */
export function hostedPathOf({ path }: MessagePath, hostedId: string): string {
  return `${path}/hostedContents/${encodeURIComponent(hostedId)}/$value`
}

/** The profile photo of a person. */
export function photoPathOf(userId: string): string {
  return `/users/${encodeURIComponent(userId)}/photo/$value`
}

/**
 * The id in a picture's address, where it is hosted content of Graph; null for any other address. Where the address
 * leads does not matter: bytes are read from the message that shows the picture, never from elsewhere.
 */
export function hostedIdOf(src: string, { graphHost }: Pick<Cloud, 'graphHost'>): string | null {
  const url = URL.canParse(src) ? new URL(src) : null
  if (!url || url.host !== new URL(graphHost).host) return null
  const id = /\/hostedContents\/([^/]+)\/\$value$/.exec(url.pathname)?.[1]
  try {
    return id === undefined ? null : decodeURIComponent(id)
  } catch {
    // Not percent-encoded after all: no id that Graph made.
    return null
  }
}
