// HTML of a message made safe to show, its plain text, and the pictures that it names.
import type { Element, Root, RootContent } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { sanitize, type Schema } from 'hast-util-sanitize'
import { toHtml } from 'hast-util-to-html'
import { toText } from 'hast-util-to-text'

/** A message of Teams has 28 KB at most; more than this is not read. */
const MAX_HTML_CHARACTERS = 100_000
/** Deeper than any message; nesting without end must not exhaust the stack. */
const MAX_DEPTH = 100

export interface ReadHtml {
  html: string
  text: string
  /** Ids of hosted contents with their descriptions, in order. */
  images: { id: string; description: string | null }[]
}

/**
 * An allow-list of what a message may keep. Pictures are taken out beforehand: their addresses need a token, and
 * foreign ones would tell the sender who looks.
 */
const schema: Schema = {
  tagNames: [
    ...['p', 'div', 'span', 'br', 'hr', 'blockquote', 'pre', 'code', 'a'],
    ...['b', 'strong', 'i', 'em', 'u', 's', 'strike', 'del', 'sub', 'sup', 'mark'],
    ...['ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  attributes: { a: ['href'], td: ['colSpan', 'rowSpan'], th: ['colSpan', 'rowSpan'] },
  protocols: { href: ['http', 'https', 'mailto', 'tel'] },
  // With their text: what stands in them is no text of the message.
  strip: ['script', 'style', 'template', 'noscript', 'iframe', 'object', 'svg', 'math', 'title'],
  ancestors: {
    ...{ thead: ['table'], tbody: ['table'], tr: ['table'], th: ['table'], td: ['table'] },
    li: ['ul', 'ol'],
  },
  required: {},
  allowComments: false,
  allowDoctypes: false,
}

/** Reads a body as Graph sends it. `hostedIdOf` names the hosted content behind a picture's address, or null. */
export function readMessageHtml(
  body: string,
  hostedIdOf: (src: string) => string | null,
): ReadHtml {
  const parsed = body.length > MAX_HTML_CHARACTERS ? null : parse(body)
  if (!parsed) return unreadable
  const images: ReadHtml['images'] = []
  const plain = replaceOwn(parsed, { images, hostedIdOf })
  const safe = sanitize(plain, schema)
  const root: Root = safe.type === 'root' ? safe : { type: 'root', children: [] }
  for (const child of root.children) protectLinks(child)
  return { html: toHtml(root).trim(), text: tidy(toText(root)), images }
}

const unreadable: ReadHtml = {
  html: '<p>[This message cannot be shown.]</p>',
  text: '[This message cannot be shown.]',
  images: [],
}

/** null for what is nested deeper than any message. */
function parse(body: string): Root | null {
  let root: Root
  try {
    root = fromHtml(body, { fragment: true })
  } catch {
    // The parser itself walks down once more, and runs out of stack where there is no end.
    return null
  }
  let level: RootContent[] = root.children
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    level = level.flatMap((node) => ('children' in node ? node.children : []))
    if (level.length === 0) return root
  }
  return null
}

interface Found {
  images: ReadHtml['images']
  hostedIdOf: (src: string) => string | null
}

/** Teams' own elements and pictures become text; hosted pictures are noted. */
function replaceOwn(root: Root, found: Found): Root {
  return { ...root, children: root.children.flatMap((child) => replaced(child, found)) }
}

function replaced(node: RootContent, found: Found): RootContent[] {
  if (node.type !== 'element') return [node]
  switch (node.tagName) {
    case 'img':
      return pictureText(node, found)
    case 'emoji':
    case 'customemoji':
      return textOf(property(node, 'alt'))
    // What is attached is told beside the text; a system event has no text of its own.
    case 'attachment':
    case 'systemeventmessage':
      return node.children.flatMap((child) => replaced(child, found))
    case 'at': {
      const children = node.children.flatMap((child) => replaced(child, found))
      return [{ ...node, tagName: 'span', properties: {}, children: onlyElementContent(children) }]
    }
    default: {
      const children = node.children.flatMap((child) => replaced(child, found))
      return [{ ...node, children: onlyElementContent(children) }]
    }
  }
}

function pictureText(node: Element, { images, hostedIdOf }: Found): RootContent[] {
  const description = property(node, 'alt')
  const id = hostedIdOf(property(node, 'src') ?? '')
  if (id === null) return textOf(description)
  if (!images.some((image) => image.id === id)) images.push({ id, description })
  return []
}

function onlyElementContent(nodes: RootContent[]): Element['children'] {
  return nodes.filter((node) => node.type !== 'doctype')
}

function textOf(value: string | null): RootContent[] {
  return value === null ? [] : [{ type: 'text', value }]
}

function property({ properties }: Element, name: string): string | null {
  const value = properties[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** A link must not tell where it was clicked, nor reach back into the page that shows it. */
function protectLinks(node: RootContent): void {
  if (node.type !== 'element') return
  if (node.tagName === 'a') {
    const { href } = node.properties
    // Without a scheme it would lead into whatever page shows the message.
    const isWhole = typeof href === 'string' && /^(https?|mailto|tel):/i.test(href)
    node.properties = isWhole
      ? { href, target: '_blank', rel: ['noopener', 'noreferrer', 'nofollow'] }
      : {}
  }
  for (const child of node.children) protectLinks(child)
}

function tidy(text: string): string {
  return text
    .replaceAll('\u00a0', ' ')
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}
