// emi-tray status: what is set up, and how the app fares that runs on the same data.
import type { AppStatus } from '../../node/status-file.ts'
import { look, type Seen } from '../beside.ts'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { throwAppError } from '../follow.ts'
import { columns } from '../output.ts'

/** Runs the command; returns the exit code. */
export async function runStatus(context: CommandContext): Promise<number> {
  const seen = await look(context, (app) => {
    throwAppError(app)
    return Promise.resolve()
  })
  const { status } = seen
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
      running: runningPart(seen),
    },
    [...statusLines(status, isSetUp), ...runningLines(seen)],
  )
  return isSetUp ? exitCodes.ok : exitCodes.notReady
}

function runningPart({ running, status }: Seen): Record<string, unknown> | null {
  if (running === null) return null
  const { health, stations, webhook, tunnel, subscriptions } = status
  return { ...running, health, stations, webhook, tunnel, subscriptions }
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

function runningLines({ running, status }: Seen): string[] {
  if (running === null) return []
  const { pid, at } = running
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
