// emi-tray setup: sign in, plan and, with --yes, apply and verify.
import { resolve } from 'node:path'
import type { SettingsChange } from '../../contract/calls.ts'
import type { ErrorCode } from '../../contract/errors.ts'
import type { AdminAccount, AppState, CheckResult, CloudId } from '../../contract/models.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection, ReportedError, runStep, stepOf } from '../follow.ts'
import { planLines, progressPrinter } from './setup-text.ts'
import { signIn } from './sign-in.ts'

export interface SetupOptions {
  yes?: boolean
  practice?: boolean
  tenantUrl?: string
  cloud?: CloudId
  loginHost?: string
  graphHost?: string
  caFile?: string
  clientId?: string
  deviceCode?: boolean
  name?: string
  secretMonths?: number
  withChatReadAll?: boolean
}

/** Runs the command; returns the exit code. */
export async function runSetup(context: CommandContext, options: SetupOptions): Promise<number> {
  refuseContradictions(options)
  return withStartedApp(context, async (app) => {
    const { output, world } = context
    const { signal } = world
    await call(app, 'connection.choose', { mode: options.practice ? 'practice' : 'microsoft' })
    requireConnection(app)
    await call(app, 'settings.update', toChange(options))
    requireConnection(app)
    requireTenantUrl(app)

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
        ...applySteps.flatMap(({ result }) => result ?? []),
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

function refuseContradictions(options: SetupOptions): void {
  const { cloud, loginHost, graphHost } = options
  const isCustom = loginHost !== undefined || graphHost !== undefined
  if (isCustom && cloud !== undefined && cloud !== 'custom') {
    throw new AppError('input-invalid', {
      message: `--login-host and --graph-host belong to a custom cloud, but --cloud says ${cloud}.`,
      nextStep: 'Leave out --cloud, or leave out the two addresses.',
    })
  }
  const ofMicrosoft = cloud !== undefined || isCustom || options.caFile !== undefined
  if (options.practice && (ofMicrosoft || options.deviceCode)) {
    throw new AppError('input-invalid', {
      message: 'The practice tenant brings its own cloud, certificate authority and sign-in.',
      nextStep:
        'Leave out --practice, or leave out --cloud, --login-host, --graph-host, --ca-file and --device-code.',
    })
  }
}

function toChange(options: SetupOptions): SettingsChange {
  const isCustom = options.loginHost !== undefined || options.graphHost !== undefined
  return {
    connection: {
      cloud: options.cloud ?? (isCustom ? 'custom' : undefined),
      customLoginHost: options.loginHost,
      customGraphHost: options.graphHost,
      caFile: options.caFile === undefined ? undefined : resolve(options.caFile),
      bootstrapClientId: options.clientId,
      tenantUrl: options.tenantUrl,
      applicationName: options.name,
      secretLifetimeMonths: options.secretMonths,
      optionalPermissions: options.withChatReadAll ? ['Chat.Read.All'] : undefined,
    },
  }
}

function requireTenantUrl(app: CliApp): void {
  const { mode, settings } = app.state
  if (mode !== null && settings.connections[mode].tenantUrl) return
  throw new AppError('tenant-url-invalid', {
    message: 'The address of your contact center is missing.',
    nextStep:
      'Give the host name your agents use with --tenant-url, such as --tenant-url acme.brightpattern.com.',
  })
}

const checkCodes: Record<CheckResult['name'], ErrorCode> = {
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
