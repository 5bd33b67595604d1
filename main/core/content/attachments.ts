// Attachments of a message: what each is, in words, with its name, link and text.
import * as v from 'valibot'
import type { AttachmentKind, MessageAttachment } from '../../contract/models/message.ts'
import type { GraphAttachment } from './graph-message.ts'

/** Text of a card is cut here: it is shown beside a message, not instead of it. */
const MAX_TEXT = 2_000

// https://learn.microsoft.com/graph/api/resources/chatmessageattachment
const KINDS: Partial<Record<string, AttachmentKind>> = {
  reference: 'file',
  messagereference: 'quoted reply',
  forwardedmessagereference: 'forwarded message',
  meetingreference: 'meeting',
  tabreference: 'tab',
  'application/vnd.microsoft.card.codesnippet': 'code snippet',
  'application/vnd.microsoft.card.announcement': 'announcement',
  'application/vnd.microsoft.card.fluidembedcard': 'file',
}

/** One attachment as people understand it. */
export function attachmentOf(attachment: GraphAttachment): MessageAttachment {
  const kind = kindOf(attachment.contentType ?? '')
  return {
    kind,
    name: attachment.name ?? null,
    url: webLinkOf(attachment.contentUrl),
    text: textOf(attachment.content),
  }
}

function kindOf(contentType: string): AttachmentKind {
  const type = contentType.toLowerCase()
  const known = KINDS[type]
  if (known) return known
  if (/^application\/vnd\.microsoft\.(?:teams\.)?card\./.test(type)) return 'card'
  return type.startsWith('image/') ? 'image' : 'other'
}

/** A link for a browser; nothing else may be opened. */
function webLinkOf(address: string | null | undefined): string | null {
  const url = address && URL.canParse(address) ? new URL(address) : null
  return url?.protocol === 'https:' ? url.href : null
}

const line = v.fallback(v.optional(v.string()), undefined)
const card = v.looseObject({
  title: line,
  subtitle: line,
  text: line,
  name: line,
  language: line,
  messagePreview: line,
  body: v.fallback(v.optional(v.array(v.fallback(v.looseObject({ text: line }), {}))), undefined),
})

/** The words in an attachment's content, which is JSON inside a string. */
function textOf(content: string | null | undefined): string | null {
  if (!content) return null
  const parsed = v.safeParse(card, parseJson(content))
  if (!parsed.success) return null
  const { title, subtitle, text, messagePreview, body = [] } = parsed.output
  const lines = [title, subtitle, messagePreview, text, ...body.map((block) => block.text)]
  const words = lines
    .filter((one) => one !== undefined && one !== '')
    .map((one) => withoutTags(String(one)))
    .join('\n')
    .trim()
  return words === '' ? null : words.slice(0, MAX_TEXT)
}

/** Shown as text only, so that this is about reading, not about safety. */
function withoutTags(text: string): string {
  return text.replace(/<br\s*\/?>/gi, '\n').replace(/<\/?[a-z][^>]*>/gi, '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Some kinds bring plain text: nothing that is known to be for people.
    return undefined
  }
}
