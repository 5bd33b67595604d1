// Writing values into scripts and Markdown so that none of them can end its own quotes; scripts stay plain ASCII.

/**
 * A PowerShell expression for this text. All but printable ASCII is written as `[char]0x…`: Windows PowerShell reads a
 * file without a byte order mark in the machine's code page, and takes typographic quotes for quotes.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export function powerShellText(text: string): string {
  const parts = text.match(/[ -~]+|[^ -~]/g) ?? []
  const written = parts.map((part) =>
    /^[ -~]/.test(part) ? `'${part.replaceAll("'", "''")}'` : `[char]0x${hex(part, 4)}`,
  )
  const first = written.at(0)
  if (first === undefined) return "''"
  // The first operand decides: a character plus a text would be arithmetic.
  const all = first.startsWith('[') ? ["''", ...written] : written
  return all.length === 1 ? first : `(${all.join(' + ')})`
}

/** A bash word for this text: nothing is special between single quotes. */
export function bashText(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** JSON in ASCII, on one line. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[^ -~]/g, (unit) => `\\u${hex(unit, 4)}`)
}

/**
 * An HCL string for this text.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function hclText(text: string): string {
  const escaped = text
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    // Doubling the sign would be ambiguous where one stands before it already.
    .replaceAll(/(?<=[$%])\{/g, String.raw`\u007B`)
    .replaceAll(/[^ -~]/gu, (character) => {
      const code = character.codePointAt(0) ?? 0
      return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`
    })
  return `"${escaped}"`
}

/** Markdown that shows this text as it is, on one line. */
export function markdownText(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|~#$@]/g, String.raw`\$&`)
    .replaceAll('://', '&#58;//')
}

/** A Markdown code span, for what is copied letter by letter; also right in a table. */
export function markdownCode(text: string): string {
  const line = oneLine(text)
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  // A span loses one space at each side if it has one at both; and needs them next to a backtick.
  const pad = /^[` ]|[` ]$/.test(line) ? ' ' : ''
  return `${fence}${pad}${line.replaceAll('|', String.raw`\|`)}${pad}${fence}`
}

/** Line breaks, control characters and those that turn the direction of text would show something else than is there. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()
}

function hex(unit: string | number, digits: number): string {
  const code = typeof unit === 'number' ? unit : unit.charCodeAt(0)
  return code.toString(16).toUpperCase().padStart(digits, '0')
}
