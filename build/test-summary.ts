// Adds up the JSON reports of vitest and Playwright: counts, what failed and how, and what was skipped and why.
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import * as v from 'valibot'
import { projectRoot } from './child.ts'

export interface Summary {
  passed: number
  failed: { name: string; message: string }[]
  skipped: { name: string; reason: string }[]
}

/** Counts of a vitest JSON report. A file that could not be loaded counts as one failure. */
export function summarizeVitest(report: unknown): Summary {
  const { testResults } = v.parse(vitestReport, report)
  const summary: Summary = { passed: 0, failed: [], skipped: [] }
  for (const file of testResults) {
    const name = relative(projectRoot, file.name)
    if (file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed')) {
      summary.failed.push({ name, message: file.message })
    }
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      if (status === 'passed') summary.passed += 1
      else if (status === 'failed') {
        summary.failed.push({ name: `${name}: ${fullName}`, message: failureMessages.join('\n') })
      } else summary.skipped.push({ name: fullName, reason: noReason })
    }
  }
  return summary
}

/** Counts of a Playwright JSON report; flaky tests count as failed, as nothing is retried. */
export function summarizePlaywright(report: unknown): Summary {
  const { suites, errors } = v.parse(playwrightReport, report)
  const outside = errors.map(({ message }) => ({ name: 'outside of the tests', message }))
  const summary: Summary = { passed: 0, failed: outside, skipped: [] }
  for (const { file, title, tests } of suites.flatMap(specsOf)) {
    for (const test of tests) {
      const name = `${test.projectName}: ${title}`
      if (test.status === 'expected') summary.passed += 1
      else if (test.status === 'skipped') {
        const reason = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')
        summary.skipped.push({ name, reason: reason?.description ?? noReason })
      } else {
        const messages = test.results.flatMap((one) => one.errors).map((error) => error.message)
        summary.failed.push({ name: `${file}: ${name}`, message: messages.join('\n') })
      }
    }
  }
  return summary
}

/** Both halves as one. */
export function addSummaries(parts: Summary[]): Summary {
  return {
    passed: parts.reduce((sum, part) => sum + part.passed, 0),
    failed: parts.flatMap((part) => part.failed),
    skipped: parts.flatMap((part) => part.skipped),
  }
}

/**
 * The end of a run's output: each failure with the beginning of its message, so that a record which keeps only the end
 * names it, and as the last line `N passed, N failed`, with the skipped ones if there are any.
 */
export function closingLines({ passed, failed, skipped }: Summary): string[] {
  const failures = failed.flatMap(({ name, message }) => [
    `Failed: ${name}`,
    ...stripVTControlCharacters(message).split('\n').slice(0, linesOfMessage),
  ])
  const rest = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  return [...failures, `${passed} passed, ${failed.length} failed${rest}`]
}

const linesOfMessage = 25
const noReason = 'no reason given'

const vitestReport = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      message: v.string(),
      assertionResults: v.array(
        v.object({
          status: v.string(),
          fullName: v.string(),
          failureMessages: v.array(v.string()),
        }),
      ),
    }),
  ),
})

const error = v.object({ message: v.optional(v.string(), 'no message given') })

const spec = v.object({
  title: v.string(),
  file: v.string(),
  tests: v.array(
    v.object({
      projectName: v.string(),
      status: v.picklist(['expected', 'unexpected', 'flaky', 'skipped']),
      annotations: v.array(v.object({ type: v.string(), description: v.optional(v.string()) })),
      results: v.array(v.object({ errors: v.array(error) })),
    }),
  ),
})

interface Suite {
  specs: v.InferOutput<typeof spec>[]
  suites?: Suite[] | undefined
}

const suite: v.GenericSchema<unknown, Suite> = v.object({
  specs: v.array(spec),
  suites: v.optional(v.array(v.lazy(() => suite))),
})

const playwrightReport = v.object({ suites: v.array(suite), errors: v.array(error) })

function specsOf({ specs, suites = [] }: Suite): Suite['specs'] {
  return [...specs, ...suites.flatMap(specsOf)]
}
