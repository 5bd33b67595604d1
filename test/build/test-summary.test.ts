// Adding up the reports of both test runners.
import { describe, expect, it } from 'vitest'
import {
  addSummaries,
  summarizePlaywright,
  summarizeVitest,
  summaryLine,
} from '../../build/test-summary.ts'

describe('the summary of a test run', () => {
  it('counts what vitest reports, and a file that could not be loaded as one failure', () => {
    const summary = summarizeVitest({
      testResults: [
        {
          status: 'failed',
          assertionResults: [
            { status: 'passed', fullName: 'a' },
            { status: 'failed', fullName: 'b' },
            { status: 'skipped', fullName: 'c' },
          ],
        },
        { status: 'failed', assertionResults: [] },
      ],
    })
    expect(summary).toMatchObject({ passed: 1, failed: 2, skipped: [{ name: 'c' }] })
  })

  it('counts what Playwright reports, in nested suites and with errors outside of tests', () => {
    const spec = (title: string, status: string, annotations: unknown[] = []) => ({
      title,
      tests: [{ projectName: 'headless', status, annotations }],
    })
    const summary = summarizePlaywright({
      errors: [{ message: 'a file did not load' }],
      suites: [
        {
          specs: [spec('a', 'expected'), spec('b', 'flaky')],
          suites: [
            {
              specs: [
                spec('c', 'skipped', [{ type: 'skip', description: 'no runtime' }]),
                spec('d', 'unexpected'),
              ],
            },
          ],
        },
      ],
    })
    expect(summary).toEqual({
      passed: 1,
      failed: 3,
      skipped: [{ name: 'headless: c', reason: 'no runtime' }],
    })
  })

  it('is one line for both, which names skipped tests only when there are some', () => {
    const one = { passed: 2, failed: 0, skipped: [] }
    expect(summaryLine(addSummaries([one, { ...one, failed: 1 }]))).toBe('4 passed, 1 failed')
    expect(summaryLine({ ...one, skipped: [{ name: 'x', reason: 'y' }] })).toBe(
      '2 passed, 0 failed, 1 skipped',
    )
  })
})
