// emi-tray drift and repair: the application compared with what it should be, and what is missing added again.
import type { DriftPermission, DriftReport } from '../../contract/models/application.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { requireConnection, runJob } from '../follow.ts'
import { columns } from '../output.ts'
import { signIn } from './sign-in.ts'

export interface SignInOptions {
  deviceCode?: boolean
}

export interface RepairOptions extends SignInOptions {
  yes?: boolean
  remove?: string[]
}

/** Compares; returns 4 when something is missing or different. */
export function runDrift(context: CommandContext, options: SignInOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    await signIn(context, { app, deviceCode: options.deviceCode === true })
    const report = await compare(context, app)
    context.output.result({ command: 'drift', report }, driftLines(report))
    return report?.inOrder ? exitCodes.ok : exitCodes.notReady
  })
}

/** Compares and, with --yes, adds what is missing; takes away only what --remove names. */
export function runRepair(context: CommandContext, options: RepairOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output, world } = context
    requireConnection(app)
    await signIn(context, { app, deviceCode: options.deviceCode === true })
    const before = await compare(context, app)
    refuseUnknown(before, options.remove ?? [])
    if (!options.yes) {
      output.result({ command: 'repair', repaired: false, report: before }, [
        ...driftLines(before),
        '',
        before?.inOrder
          ? 'Nothing has been written, and nothing is missing.'
          : 'Nothing has been written. To set it right, run the same command with --yes.',
      ])
      return before?.inOrder ? exitCodes.ok : exitCodes.notReady
    }
    const { drift } = await runJob(app, {
      call: 'drift.repair',
      input: { removals: options.remove ?? [] },
      cancel: 'drift.cancel',
      jobOf: (state) => state.drift.job,
      words: 'The repair',
      signal: world.signal,
      onDoing: (line) => output.progress(line),
    })
    const { report } = drift
    output.result({ command: 'repair', repaired: true, before, report }, driftLines(report))
    return report?.inOrder ? exitCodes.ok : exitCodes.notReady
  })
}

async function compare(
  { output, world }: CommandContext,
  app: CliApp,
): Promise<DriftReport | null> {
  const { drift } = await runJob(app, {
    call: 'drift.check',
    input: undefined,
    cancel: 'drift.cancel',
    jobOf: (state) => state.drift.job,
    words: 'The comparison',
    signal: world.signal,
    onDoing: (line) => output.progress(line),
  })
  return drift.report
}

/** The core refuses them too, but there a page may show an old comparison: here it is a wrong option. */
function refuseUnknown(report: DriftReport | null, removals: string[]): void {
  const { rows = [], permissions = [], secrets = [] } = report ?? {}
  const offered = [...rows, ...permissions, ...secrets].map(({ removalId }) => removalId)
  const unknown = removals.find((id) => !offered.includes(id))
  if (unknown === undefined) return
  throw new AppError('input-invalid', {
    message: `The application has nothing by the name “${unknown}” that could be taken away.`,
    nextStep: 'Run “emi-tray drift”: what is more than needed stands at its end, with these names.',
  })
}

function driftLines(report: DriftReport | null): string[] {
  if (!report) return ['There is nothing to compare.']
  const surplus = [
    ...report.rows.map(({ removalId, name }) => ({ removalId, name })),
    ...report.permissions.map(({ removalId, value, kind }) => ({
      removalId,
      name: `${value} (${kind})`,
    })),
    ...report.secrets.map(({ removalId, hint, displayName }) => ({
      removalId,
      name: `secret ${hint}… ${displayName}`,
    })),
  ].filter((one) => one.removalId !== null)
  return [
    report.inOrder
      ? `${report.displayName} (Client ID ${report.appId}) is in order.`
      : `${report.displayName} (Client ID ${report.appId}) is not as it should be.`,
    '',
    ...report.rows.flatMap(({ state, name, expected, found, detail }) => [
      `  ${state}: ${name}`,
      ...(state === 'ok' ? [] : [`      should be: ${expected}`, `      is: ${found}`]),
      ...(detail === '' ? [] : [`      ${detail}`]),
    ]),
    '',
    'Permissions (required, configured, granted):',
    ...columns(
      report.permissions.map(({ value, kind, required, configured, granted, state }) => [
        `  ${value} (${kind})`,
        `${yesNo(required)}  ${yesNo(configured)}  ${yesNo(granted)}  ${isOff({ required, configured, granted }) ? 'off' : state}`,
      ]),
    ),
    ...(surplus.length === 0
      ? []
      : [
          '',
          'More than is needed. It stays unless “repair --yes --remove <id>” names it:',
          ...columns(surplus.map(({ removalId, name }) => [`  ${removalId ?? ''}`, name])),
        ]),
  ]
}

/** An extra that nobody asked for and nobody granted. */
function isOff({
  required,
  configured,
  granted,
}: Pick<DriftPermission, 'required' | 'configured' | 'granted'>): boolean {
  return !required && !configured && !granted
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no '
}
