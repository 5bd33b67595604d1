// The report as one printable page of HTML: no scripts, nothing loaded from anywhere.
import type { ReportContent, ReportSection } from './report-content.ts'
import { onOneLine } from './report-text.ts'

const STYLE = `
:root { color-scheme: light; }
body { font: 14px/1.5 system-ui, 'Segoe UI', sans-serif; color: #1b1b1f; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; color: #4a4a52; }
table { width: 100%; border-collapse: collapse; }
table.pairs { table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid #d9d9e0; overflow-wrap: break-word; }
.pairs td { overflow-wrap: anywhere; }
th { font-weight: 600; }
.pairs th { width: 17rem; }
@page { margin: 18mm; }
@media print {
  body { font-size: 10pt; max-width: none; margin: 0; padding: 0; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
}
`

/** The page; whatever is in its values, they stay text. */
export function reportHtml({ title, subtitle, sections }: ReportContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
<p>${escape(subtitle)}</p>
${sections.map(section).join('\n')}
</main>
</body>
</html>
`
}

function section({ title, columns, rows, note }: ReportSection): string {
  const head = columns
    ? `<thead><tr>${columns.map((one) => `<th scope="col">${escape(one)}</th>`).join('')}</tr></thead>\n`
    : ''
  const body = rows.map(
    ([first = '', ...rest]) =>
      `<tr><th scope="row">${escape(first)}</th>${rest.map((one) => `<td>${escape(one)}</td>`).join('')}</tr>`,
  )
  return `<section>
<h2>${escape(title)}</h2>
<table${columns ? '' : ' class="pairs"'}>
${head}<tbody>
${body.join('\n')}
</tbody>
</table>
${note === null ? '' : `<p>${escape(note)}</p>\n`}</section>`
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return onOneLine(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
