// Reads CSV as RFC 4180 says, strictly, and takes EMI Tray's mark against formulas off again.

/** The rows. Throws where the text is not CSV with CRLF. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex
    const match = cell.exec(text)
    if (!match) throw new Error(`Not CSV at ${at}: ${text.slice(at, at + 40)}`)
    const [, raw = '', end] = match
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (end === '\r\n') {
      rows.push(row)
      row = []
    }
  }
  return rows
}

/** One leading apostrophe, if there is one, is the mark. */
export function withoutMark(value: string): string {
  return value.startsWith("'") ? value.slice(1) : value
}
