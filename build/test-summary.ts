// Adds up the JSON reports of vitest and Playwright: counts, and what was skipped and why.
import * as v from 'valibot'

export interface Summary {
  passed: number
  failed: number
  skipped: { name: string; reason: string }[]
}

/** Counts of a vitest JSON report. A file that could not be loaded counts as one failure. */
export function summarizeVitest(report: unknown): Summary {
  const { testResults } = v.parse(vitestReport, report)
  const summary: Summary = { passed: 0, failed: 0, skipped: [] }
  for (const file of testResults) {
    if (file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed')) {
      summary.failed += 1
    }
    for (const { status, fullName } of file.assertionResults) {
      if (status === 'passed') summary.passed += 1
      else if (status === 'failed') summary.failed += 1
      else summary.skipped.push({ name: fullName, reason: noReason })
    }
  }
  return summary
}

/** Counts of a Playwright JSON report; flaky tests count as failed, as nothing is retried. */
export function summarizePlaywright(report: unknown): Summary {
  const { suites, errors } = v.parse(playwrightReport, report)
  const summary: Summary = { passed: 0, failed: errors.length, skipped: [] }
  for (const spec of suites.flatMap(specsOf)) {
    for (const test of spec.tests) {
      if (test.status === 'expected') summary.passed += 1
      else if (test.status === 'skipped') {
        const reason = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')
        summary.skipped.push({
          name: `${test.projectName}: ${spec.title}`,
          reason: reason?.description ?? noReason,
        })
      } else summary.failed += 1
    }
  }
  return summary
}

/** Both halves as one. */
export function addSummaries(parts: Summary[]): Summary {
  return {
    passed: parts.reduce((sum, part) => sum + part.passed, 0),
    failed: parts.reduce((sum, part) => sum + part.failed, 0),
    skipped: parts.flatMap((part) => part.skipped),
  }
}

/** `N passed, N failed`, and the skipped ones if there are any. */
export function summaryLine({ passed, failed, skipped }: Summary): string {
  const rest = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  return `${passed} passed, ${failed} failed${rest}`
}

const noReason = 'no reason given'

const vitestReport = v.object({
  testResults: v.array(
    v.object({
      status: v.string(),
      assertionResults: v.array(v.object({ status: v.string(), fullName: v.string() })),
    }),
  ),
})

const spec = v.object({
  title: v.string(),
  tests: v.array(
    v.object({
      projectName: v.string(),
      status: v.picklist(['expected', 'unexpected', 'flaky', 'skipped']),
      annotations: v.array(v.object({ type: v.string(), description: v.optional(v.string()) })),
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

const playwrightReport = v.object({ suites: v.array(suite), errors: v.array(v.unknown()) })

function specsOf({ specs, suites = [] }: Suite): Suite['specs'] {
  return [...specs, ...suites.flatMap(specsOf)]
}
