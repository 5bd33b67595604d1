// CSV for people and spreadsheets: RFC 4180, and no cell that a spreadsheet would run as a formula.

// What spreadsheets take for the start of a formula, and the mark itself.
// https://owasp.org/www-community/attacks/CSV_Injection
const NEEDS_MARK = /^[=+\-@\t\r\n＝＋－＠']/
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/

/**
 * Rows as CSV text, every line ended by CRLF. A cell that begins like a formula gets an apostrophe in front; so
 * does one that begins with an apostrophe. Taking one leading apostrophe off every cell that has one therefore
 * gives back exactly what went in. https://www.rfc-editor.org/rfc/rfc4180
 */
export function formatCsv(rows: string[][]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** True for a text that formatCsv puts an apostrophe in front of. */
export function isMarkedInCsv(text: string): boolean {
  return NEEDS_MARK.test(text)
}

function cell(text: string): string {
  const safe = isMarkedInCsv(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
