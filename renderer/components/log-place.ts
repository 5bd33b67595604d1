// Which chat or channel a notification is about, short enough for one line.
import { t } from '../texts/texts.ts'

/** Characters that tell one chat from another; Graph's ids begin alike and differ at their end. */
const tailLength = 6

/**
 * The place of a resource path as Graph writes it, such as “Chat …29ec09” for
 * `chats('19:…29ec09@thread.v2')/messages('1')`. What is neither chat nor channel stays as it came.
 */
export function logPlace(resource: string): string {
  const channel = idAfter('channels', resource)
  if (channel !== null) return t.log.channelOf(channel)
  const chat = idAfter('chats', resource)
  return chat === null ? resource : t.log.chatOf(chat)
}

function idAfter(collection: string, resource: string): string | null {
  const id = new RegExp(`(?:^|/)${collection}(?:\\('|/)([^')/]+)`).exec(resource)?.[1]
  const tail = id?.split('@')[0]?.slice(-tailLength)
  return tail ? tail : null
}
