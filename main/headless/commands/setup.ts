// emi-tray setup: sign in, plan and, with --yes, apply and verify.
import type { ErrorCode } from '../../contract/errors.ts'
import type { AdminAccount, CheckResult } from '../../contract/models/setup.ts'
import type { AppState } from '../../contract/models/state.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { ReportedError, runStep, stepOf } from '../follow.ts'
import { connect, type ConnectOptions } from './connect.ts'
import { applyLines, planLines, progressPrinter } from './setup-text.ts'
import { signIn } from './sign-in.ts'

export interface SetupOptions extends ConnectOptions {
  yes?: boolean
}

/** Runs the command; returns the exit code. */
export async function runSetup(context: CommandContext, options: SetupOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output, world } = context
    const { signal } = world
    await connect(app, options, { tenantUrl: true })

    const account = await signIn(context, { app, deviceCode: options.deviceCode === true })
    output.progress(
      `Signed in as ${account.displayName} (${account.username}) in ${account.tenantDisplayName} (${account.tenantDomain}).`,
    )
    await runStep(app, { call: 'setup.plan', step: 'plan', words: 'Making the plan', signal })
    throwFailedCheck(app.state)
    const { plan, checks } = app.state.setup
    for (const check of checks.filter((one) => one.state === 'warning')) {
      output.progress([check.message, check.nextStep].filter(Boolean).join(' '))
    }
    if (!options.yes) {
      output.result(
        { command: 'setup', applied: false, ...about(app.state, account), checks, plan },
        [
          ...planLines(app.state),
          '',
          'Nothing has been written. To apply this plan, run the same command with --yes.',
        ],
      )
      return exitCodes.ok
    }
    await applyAndVerify(context, app)
    const { applySteps, verified } = app.state.setup
    output.result(
      {
        command: 'setup',
        applied: true,
        ...about(app.state, account),
        checks,
        plan,
        applySteps,
        verified,
        handover: app.state.handover,
      },
      [
        ...applyLines(applySteps),
        `Verified: a real token carries ${verified?.roles.join(', ') ?? 'no roles'}.`,
        'Next: run “emi-tray handover” for the values of the integration account.',
      ],
    )
    return exitCodes.ok
  })
}

async function applyAndVerify({ output, world }: CommandContext, app: CliApp): Promise<void> {
  const { signal } = world
  // Applying ends with a verification of its own.
  await runStep(app, {
    call: 'setup.apply',
    step: 'apply',
    words: 'Applying the plan',
    signal,
    onState: progressPrinter((line) => output.progress(line)),
  })
  const error = stepOf(app.state, 'verify')?.error
  if (error) throw new ReportedError(error)
}

/** What each check means for a program when it failed. */
export const checkCodes: Record<CheckResult['name'], ErrorCode> = {
  tenant: 'wrong-tenant',
  account: 'wrong-account-type',
  roles: 'admin-role-missing',
  'app-registration': 'admin-role-missing',
  'secret-policy': 'secret-forbidden',
  'existing-application': 'graph-conflict',
  graph: 'graph-unavailable',
  clock: 'clock-wrong',
}

/** A check that failed is shown on the page as a finding; here it is why the command stops. */
function throwFailedCheck({ setup }: AppState): void {
  const failed = setup.checks.find((check) => check.state === 'failed')
  if (!failed) return
  throw new AppError(checkCodes[failed.name], {
    message: failed.message,
    nextStep: failed.nextStep ?? 'Correct this, then run the command again.',
  })
}

function about(state: AppState, account: AdminAccount) {
  return { mode: state.mode, cloud: state.cloud, account }
}
