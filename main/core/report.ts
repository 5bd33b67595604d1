// The report without secrets: what was set up, with ids, permissions, who consented when, and when the secret expires.
import type { TextFile } from '../contract/models/handover.ts'
import { type ReportFacts, reportContent } from './report-content.ts'
import { reportHtml } from './report-html.ts'
import { reportMarkdown } from './report-markdown.ts'

export type { ReportFacts } from './report-content.ts'

/** The report as Markdown, or as one printable page of HTML. */
export function createReport(facts: ReportFacts, format: 'markdown' | 'html'): TextFile {
  const content = reportContent(facts)
  return format === 'markdown'
    ? { name: 'emi-report.md', mediaType: 'text/markdown', text: reportMarkdown(content) }
    : { name: 'emi-report.html', mediaType: 'text/html', text: reportHtml(content) }
}
