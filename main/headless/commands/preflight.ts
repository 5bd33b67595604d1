// emi-tray preflight: everything that would stop the set-up, found without writing.
import { withStartedApp, type CommandContext } from '../command-context.ts'
import type { ApplicationCandidate, CheckResult } from '../../contract/models/setup.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import { runStep } from '../follow.ts'
import { connect, type ConnectOptions } from './connect.ts'
import { checkCodes } from './setup.ts'
import { signIn } from './sign-in.ts'

const marks: Record<CheckResult['state'], string> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'failed ',
}

/** Runs the command; returns 0 when nothing stands in the way, else the exit code of the first failure. */
export function runPreflight(context: CommandContext, options: ConnectOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output, world } = context
    await connect(app, options, { tenantUrl: true })
    const account = await signIn(context, { app, deviceCode: options.deviceCode === true })
    await runStep(app, {
      call: 'setup.check',
      step: 'check',
      words: 'The check',
      signal: world.signal,
    })
    const { checks, candidates } = app.state.setup
    const failed = checks.find((check) => check.state === 'failed')
    output.result({ command: 'preflight', passed: !failed, account, checks, candidates }, [
      ...checks.flatMap(checkLines),
      ...candidateLines(candidates),
      '',
      `${verdictOf(checks)} Nothing has been written.`,
    ])
    return failed ? exitCodeOf(checkCodes[failed.name]) : exitCodes.ok
  })
}

function verdictOf(checks: CheckResult[]): string {
  if (checks.some((check) => check.state === 'failed')) return 'Something stands in the way.'
  return checks.some((check) => check.state === 'warning')
    ? 'Nothing stops the set-up, but the warnings need a look.'
    : 'Nothing stands in the way.'
}

function checkLines({ name, state, message, reason, nextStep, askText }: CheckResult): string[] {
  return [
    `${marks[state]}  ${name}: ${message}`,
    ...[reason, nextStep, askText && `To send on: ${askText}`]
      .filter((line) => line !== null)
      .map((line) => `           ${line}`),
  ]
}

function candidateLines(candidates: ApplicationCandidate[]): string[] {
  if (candidates.length === 0) return []
  return [
    '',
    'Applications that look like this one (use one of them with --adopt <client id>):',
    ...candidates.map(candidateLine),
  ]
}

function candidateLine(candidate: ApplicationCandidate): string {
  const { appId, displayName, matchedBy, owners, deletedAt, chosen } = candidate
  const about = [
    `same ${matchedBy.join(', ')}`,
    owners.length > 0 ? `owned by ${owners.join(', ')}` : null,
    deletedAt === null ? null : `deleted ${deletedAt.slice(0, 10)}`,
    chosen ? 'in use' : null,
  ].filter((part) => part !== null)
  return `  ${appId}  ${displayName} (${about.join('; ')})`
}
