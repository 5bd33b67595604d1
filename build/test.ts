// `npm test`: system programs, build, vitest inside a keyring session beside Playwright, and one line that sums it up.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll } from './build.ts'
import { findProgram, ownProgram, projectRoot, run } from './child.ts'
import { isDesktopCovered } from './desktop-coverage.ts'
import { ensureSystemPrograms, pathOf, systemPrograms, thisMachine } from './system-programs.ts'
import {
  addSummaries,
  closingLines,
  summarizePlaywright,
  summarizeVitest,
  type Summary,
} from './test-summary.ts'

const results = join(projectRoot, 'test-results')
const halves = ['unit', 'app'] as const
const [first = '', ...rest] = process.argv.slice(2)
const only = halves.find((half) => half === first)
const extraArgs = only === undefined ? process.argv.slice(2) : rest
/** Some of the specs alone say nothing about what all of them run. */
const countsLines = extraArgs.every((one) => one === '--project=electron-double')

process.exitCode = await testAll()

async function testAll(): Promise<number> {
  const machine = thisMachine()
  if (!(await ensureSystemPrograms(machine))) return 1
  const chromium = systemPrograms.find(({ name }) => name === 'chromium')
  process.env.CHROMIUM_PATH = chromium && pathOf(chromium, machine)
  await buildAll()
  await mkdir(results, { recursive: true })

  const runs = { unit: runUnit, app: runApp }
  // Beside each other: the unit tests mostly wait for timers and other processes, the browser needs the processor.
  const chosen = only === undefined ? halves : [only]
  const summary = addSummaries(await Promise.all(chosen.map((half) => runs[half]())))
  for (const { name, reason } of summary.skipped) console.log(`Skipped: ${name} (${reason})`)
  const closing = closingLines(summary).join('\n')
  console.log(closing)
  // For a caller that prints more and wants these lines last.
  const summaryFile = process.env.EMI_TEST_SUMMARY
  if (summaryFile) await writeFile(summaryFile, `${closing}\n`)
  return summary.failed.length === 0 && summary.passed > 0 ? 0 : 1
}

async function runUnit(): Promise<Summary> {
  const report = join(results, 'unit.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const vitest = [ownProgram('vitest'), 'run', ...reporters, ...extraArgs]
  // Secret Service exists on Linux only; elsewhere the system's own keychain is there.
  const command =
    process.platform === 'linux'
      ? ['bash', join(projectRoot, 'test', 'with-keyring.sh'), ...vitest]
      : vitest
  return runHalf({
    command: [...(await inOwnNetwork()), ...command],
    report,
    summarize: summarizeVitest,
  })
}

/**
 * A browser gives up what it is loading whenever the computer gets or loses an address, and some tests lay cables. So
 * each half runs in a network of its own where that is possible: there is nobody else in that of the browser.
 */
async function inOwnNetwork(): Promise<string[]> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return []
  const links = [
    'ip link set lo up',
    // The interface to other computers: whoever listens on it must be heard.
    'ip link add emi0 type bridge',
    // No IPv6 address of its own, which would come some seconds later.
    'ip link set emi0 addrgenmode none',
    'ip addr add 198.19.0.1/24 dev emi0',
    'ip link set emi0 up',
  ]
  const wrapper = ['unshare', '--net', 'bash', '-c', `${links.join(' && ')} && exec "$@"`, 'bash']
  const [program = '', ...args] = wrapper
  const isPossible = findProgram('unshare') !== undefined && findProgram('ip') !== undefined
  return isPossible && (await run(program, { args: [...args, 'true'] })) === 0 ? wrapper : []
}

async function runApp(): Promise<Summary> {
  const command = [...(await inOwnNetwork()), ownProgram('playwright'), 'test', ...extraArgs]
  const report = join(results, 'app.json')
  if (!countsLines) return runHalf({ command, report, summarize: summarizePlaywright })
  const folder = await mkdtemp(join(tmpdir(), 'emi-coverage-'))
  process.env.EMI_COVERAGE = folder
  try {
    const summary = await runHalf({ command, report, summarize: summarizePlaywright })
    if (!(await isDesktopCovered(folder))) {
      summary.failed.push({ name: 'lines covered', message: 'Too few; the counts are above.' })
    }
    return summary
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runHalf(half: {
  command: string[]
  report: string
  summarize: (report: unknown) => Summary
}): Promise<Summary> {
  const [program = '', ...args] = half.command
  await rm(half.report, { force: true })
  const code = await run(program, {
    args,
    // Two programs that redraw their lines would tear up each other's.
    stdio: only === undefined ? ['inherit', 'pipe', 'pipe'] : 'inherit',
  })
  const text = await readFile(half.report, 'utf8').catch(() => undefined)
  if (text === undefined) {
    const message = `It ended with code ${code} and left no report.`
    return { passed: 0, failed: [{ name: half.command.join(' '), message }], skipped: [] }
  }
  const summary = half.summarize(JSON.parse(text))
  // Such as an unhandled rejection, which belongs to no test.
  if (code !== 0 && summary.failed.length === 0) {
    const message = `It ended with code ${code}; see above.`
    summary.failed.push({ name: half.command.join(' '), message })
  }
  return summary
}
