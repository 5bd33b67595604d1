// The report as Markdown (GitHub's dialect, for its tables).
import type { ReportContent, ReportSection } from './report-content.ts'
import { onOneLine } from './report-text.ts'

/** The report; whatever is in its values, they stay plain text in their cells. */
export function reportMarkdown({ title, subtitle, sections }: ReportContent): string {
  return [`# ${plain(title)}`, plain(subtitle), ...sections.map(section)].join('\n\n') + '\n'
}

function section({ title, columns, rows, note }: ReportSection): string {
  const head = columns ?? ['Name', 'Value']
  const table = [head, head.map(() => '---'), ...rows.map((row) => row.map(plain))]
  const lines = table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  return [`## ${plain(title)}`, lines, ...(note === null ? [] : [plain(note)])].join('\n\n')
}

/** Any ASCII punctuation may be escaped: https://spec.commonmark.org/0.31.2/#backslash-escapes */
function plain(text: string): string {
  return onOneLine(text).replaceAll(/[\\`*_{}[\]<>#!|~&$]/g, (character) => `\\${character}`)
}
