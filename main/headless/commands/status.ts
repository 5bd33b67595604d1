// emi-tray status: what is set up, and how the app fares that runs on the same data.
import { AppError } from '../../core/app-error.ts'
import { look, type Seen } from '../beside.ts'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { throwAppError } from '../follow.ts'
import { columns } from '../output.ts'
import { nothingSetUp, storedStatus, type SetUpStatus } from '../stored-status.ts'

/** Runs the command, also where the data folder may only be read; returns the exit code. */
export async function runStatus(context: CommandContext): Promise<number> {
  const seen = await lookOrRead(context)
  const { status } = seen
  const { version, mode, cloud, account, steps, verified, handover, settings } = status
  // What has changed since it was verified does not undo the set-up.
  const isSetUp = verified !== null && isDone(status, 'apply')
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

type Found = Seen | { status: SetUpStatus; running: null }

async function lookOrRead(context: CommandContext): Promise<Found> {
  const { world, common } = context
  if (world.isNew(common)) return { status: nothingSetUp(world.version), running: null }
  try {
    return await look(context, (app) => {
      throwAppError(app)
      return Promise.resolve()
    })
  } catch (error) {
    const isOnlyRead = error instanceof AppError && error.code === 'data-folder-unwritable'
    if (!isOnlyRead) throw error
    try {
      return { status: await storedStatus(context), running: null }
    } catch (why) {
      // There may be nothing to read yet: then it matters that nothing can be made there.
      throw why instanceof AppError && why.code === 'not-set-up' ? error : why
    }
  }
}

function runningPart({ running, status }: Found): Record<string, unknown> | null {
  if (running === null) return null
  const { health, stations, webhook, tunnel, subscriptions } = status
  return { ...running, health, stations, webhook, tunnel, subscriptions }
}

function statusLines({ mode, cloud, steps, handover }: SetUpStatus, isSetUp: boolean): string[] {
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

function runningLines({ running, status }: Found): string[] {
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
      ...(health.nextStep === null ? [] : [['  next step', health.nextStep] as const]),
      ['  tunnel', `${tunnel.phase}${tunnel.publicUrl === null ? '' : `: ${tunnel.publicUrl}`}`],
      ['  subscriptions', `${active} of ${subscriptions.length} active`],
      ['  received', `${webhook.received}, the last at ${webhook.lastReceivedAt ?? 'no time yet'}`],
      ['  as of', at],
    ]),
  ]
}

function isDone({ steps }: SetUpStatus, id: 'apply'): boolean {
  return steps.some((step) => step.id === id && step.state === 'done')
}
