// What a command prints: one result on stdout, as text or as one JSON document; everything else on stderr.
import type { ErrorReport } from '../contract/errors.ts'

export interface OutputStreams {
  stdout: (text: string) => void
  stderr: (text: string) => void
}

export class Output {
  readonly json: boolean
  #streams: OutputStreams

  constructor(streams: OutputStreams, options: { json: boolean }) {
    this.#streams = streams
    this.json = options.json
  }

  /** What is being done, for a person who waits. */
  progress(line: string): void {
    this.#streams.stderr(`${printable(line)}\n`)
  }

  /** The one result of the command. */
  result(data: Record<string, unknown>, lines: string[]): void {
    if (this.json) this.#streams.stdout(`${JSON.stringify({ ok: true, ...data }, null, 2)}\n`)
    else this.#streams.stdout(`${printable(lines.join('\n'))}\n`)
  }

  /** The failure that took the place of the result. */
  failure(error: ErrorReport): void {
    if (this.json) {
      this.#streams.stdout(`${JSON.stringify({ ok: false, error }, null, 2)}\n`)
      return
    }
    const details = error.details === null ? [] : [`Details: ${error.details}`]
    const reference = error.reference ? `, reference ${error.reference}` : ''
    const lines = [error.message, error.nextStep, ...details, `(${error.code}${reference})`]
    this.#streams.stderr(`${printable(lines.join('\n'))}\n`)
  }
}

/** The text without what a terminal obeys: names from a tenant could otherwise move its cursor or paint over lines. */
export function printable(text: string): string {
  return text.replace(
    // The line ends of a CSV file stay; a carriage return elsewhere would paint over its line.
    /\r(?!\n)|[^\P{Cc}\n\r]/gu,
    (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** The text on one line, for a line that stands for one thing. */
export function oneLine(text: string): string {
  return text.replaceAll('\n', '\\n')
}

/** Rows of two columns, the first one padded. */
export function columns(rows: (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length)) + 2
  return rows.map(([first, second]) => `${first.padEnd(width)}${second}`)
}
