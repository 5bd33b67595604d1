// emi-tray status: what is set up, and how the app fares that runs on the same data.
import { AppError } from '../../core/app-error.ts'
import { statusOf, type AppStatus, type RunningStatus } from '../../node/status-file.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { columns } from '../output.ts'
import { ReportedError, throwAppError } from '../follow.ts'

/** Runs the command; returns the exit code. */
export async function runStatus(context: CommandContext): Promise<number> {
  let running: RunningStatus | null = null
  let status: AppStatus
  try {
    status = await withStartedApp(context, (app) => {
      throwAppError(app)
      return Promise.resolve(statusOf(app.state))
    })
  } catch (error) {
    running = await statusOfHolder(context, error)
    if (running === null) throw error
    status = running.status
    if (status.error) throw new ReportedError(status.error)
  }
  const { version, mode, cloud, account, steps, verified, handover, settings } = status
  const isSetUp = isDone(status, 'apply') && isDone(status, 'verify')
  context.output.result(
    {
      command: 'status',
      version,
      setUp: isSetUp,
      mode,
      cloud,
      account,
      steps,
      verified,
      handover,
      settings,
      running: running && runningPart(running),
    },
    [...statusLines(status, isSetUp), ...(running ? runningLines(running) : [])],
  )
  return isSetUp ? exitCodes.ok : exitCodes.notReady
}

/** What the app says that holds the data folder; null when the error is another, or it says nothing. */
async function statusOfHolder(
  { world, common }: CommandContext,
  error: unknown,
): Promise<RunningStatus | null> {
  if (!(error instanceof AppError) || error.code !== 'data-folder-in-use') return null
  const running = await world.readRunningStatus(common)
  // One that was killed may have left its file, and another command may hold the folder now.
  return running && error.details === `process ${running.pid}` ? running : null
}

function runningPart({ pid, at, status }: RunningStatus): Record<string, unknown> {
  const { health, stations, webhook, tunnel, subscriptions } = status
  return { pid, at, health, stations, webhook, tunnel, subscriptions }
}

function statusLines({ mode, cloud, steps, handover }: AppStatus, isSetUp: boolean): string[] {
  if (mode === null) return ['Nothing is set up yet. Run “emi-tray setup”.']
  const rows = steps.map(
    ({ id, state: stepState, summary }) =>
      [`  ${id}`, summary === null ? stepState : `${stepState}: ${summary}`] as const,
  )
  return [
    isSetUp ? 'The set-up is finished.' : 'The set-up is not finished.',
    ...columns([
      ['Connected to', mode === 'practice' ? 'the practice tenant' : (cloud?.displayName ?? '')],
      ['Secret expires', handover.secretExpiresAt ?? 'there is none yet'],
    ]),
    ...columns(rows),
  ]
}

function runningLines({ pid, at, status }: RunningStatus): string[] {
  const { mode, health, webhook, tunnel, subscriptions } = status
  const first = `EMI Tray is running (process ${pid}).`
  if (mode === null) return [first]
  const active = subscriptions.filter((one) => one.status === 'active').length
  return [
    first,
    ...columns([
      ['  health', health.sentence],
      ['  tunnel', `${tunnel.phase}${tunnel.publicUrl === null ? '' : `: ${tunnel.publicUrl}`}`],
      ['  subscriptions', `${active} of ${subscriptions.length} active`],
      ['  received', `${webhook.received}, the last at ${webhook.lastReceivedAt ?? 'no time yet'}`],
      ['  as of', at],
    ]),
  ]
}

function isDone({ steps }: AppStatus, id: 'apply' | 'verify'): boolean {
  return steps.some((step) => step.id === id && step.state === 'done')
}
