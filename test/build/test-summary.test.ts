// Adding up the reports of both test runners.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../build/child.ts'
import {
  addSummaries,
  closingLines,
  summarizePlaywright,
  summarizeVitest,
  type Summary,
} from '../../build/test-summary.ts'

describe('the summary of a test run', () => {
  it('counts what vitest reports, and a file that could not be loaded as one failure', () => {
    const summary = summarizeVitest({
      testResults: [
        {
          name: join(projectRoot, 'test', 'one.test.ts'),
          status: 'failed',
          message: '',
          assertionResults: [
            { status: 'passed', fullName: 'a', failureMessages: [] },
            { status: 'failed', fullName: 'b', failureMessages: ['expected 1 to be 2'] },
            { status: 'skipped', fullName: 'c', failureMessages: [] },
          ],
        },
        { name: 'two', status: 'failed', message: 'no such module', assertionResults: [] },
      ],
    })
    expect(summary).toMatchObject({
      passed: 1,
      failed: [
        { name: join('test', 'one.test.ts') + ': b', message: 'expected 1 to be 2' },
        { message: 'no such module' },
      ],
      skipped: [{ name: 'c' }],
    })
  })

  it('counts what Playwright reports, in nested suites and with errors outside of tests', () => {
    const results = [{ errors: [] }, { errors: [{ message: 'not seen' }] }]
    const spec = (title: string, status: string, annotations: unknown[] = []) => ({
      title,
      file: 'x.spec.ts',
      tests: [{ projectName: 'headless', status, annotations, results }],
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
      failed: [
        { name: 'outside of the tests', message: 'a file did not load' },
        { name: 'x.spec.ts: headless: b', message: 'not seen' },
        { name: 'x.spec.ts: headless: d', message: 'not seen' },
      ],
      skipped: [{ name: 'headless: c', reason: 'no runtime' }],
    })
  })

  it('ends with the failures and one line for both, which names skipped tests only when there are some', () => {
    const one: Summary = { passed: 2, failed: [], skipped: [] }
    const message = `\u001b[31mexpected\u001b[39m 1\n${'more\n'.repeat(100)}`
    const lines = closingLines(addSummaries([one, { ...one, failed: [{ name: 'a', message }] }]))
    expect(lines.slice(0, 3)).toEqual(['Failed: a', 'expected 1', 'more'])
    expect(lines.length).toBeLessThan(30)
    expect(lines.at(-1)).toBe('4 passed, 1 failed')
    expect(closingLines({ ...one, skipped: [{ name: 'x', reason: 'y' }] })).toEqual([
      '2 passed, 0 failed, 1 skipped',
    ])
  })
})
