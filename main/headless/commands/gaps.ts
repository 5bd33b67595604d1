// emi-tray gaps: when notifications may have been missed, what was recovered, and catching up now.
import type { Gap, GapLog } from '../../contract/models/gaps.ts'
import { AppError } from '../../core/app-error.ts'
import { endedText, whyText } from '../../core/catch-up/gap-text.ts'
import { lookAlone, lookAtConnection, sayingLines, type Seen } from '../beside.ts'
import type { CliApp, CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection, waitForState } from '../follow.ts'

export interface GapsOptions {
  catchUp?: boolean
  read?: number
  yes?: boolean
}

/**
 * Lists the gaps, with --catch-up after catching up; or has one read that another server received. Exits with 4 where
 * one is not made good.
 */
export async function runGaps(context: CommandContext, options: GapsOptions): Promise<number> {
  const { catchUp, read, yes } = options
  if (read !== undefined) return readElsewhere(context, { id: read, yes: yes === true })
  if (yes) throw onlyWithRead()
  const seen = catchUp
    ? await lookAlone(context, async (app) => {
        requireConnection(app)
        await call(app, 'gaps.check', undefined)
        await finished(context, app)
      })
    : await lookAtConnection(context)
  const { gaps } = seen.status
  const lines = gaps.entries.flatMap((gap) => [...gapLines(gap), ...readLines(gap, seen)])
  context.output.result({ command: 'gaps', gaps, running: seen.running }, [
    ...sayingLines(seen),
    ...(lines.length > 0 ? lines : ['No gap is known.']),
  ])
  return gaps.entries.every(isGood) ? exitCodes.ok : exitCodes.notReady
}

/** Without --yes it says what would be read; that also works beside the app that runs. */
async function readElsewhere(
  context: CommandContext,
  { id, yes }: { id: number; yes: boolean },
): Promise<number> {
  const seen = yes
    ? await lookAlone(context, async (app) => {
        requireConnection(app)
        find(app.state.gaps, id)
        await call(app, 'gaps.readElsewhere', { id })
        await finished(context, app)
      })
    : await lookAtConnection(context)
  const { gaps, handOn } = seen.status
  const gap = yes ? gaps.entries.find((one) => one.id === id) : find(gaps, id)
  const lines = gap ? gapLines(gap) : []
  context.output.result({ command: 'gaps', read: yes, gap: gap ?? null, running: seen.running }, [
    ...sayingLines(seen),
    ...lines,
    ...(yes
      ? handOn.waiting > 0
        ? ['“emi-tray serve” hands on what was read.']
        : []
      : [
          '',
          'It would be read from Microsoft and handed on like everything else. What the contact center got from the other server it would get a second time.',
          `Nothing has been read. To read it, ${seen.running ? 'use “Read it…” on the Webhook page, or stop EMI Tray and ' : ''}run the same command with --yes.`,
        ]),
  ])
  return !yes || (gap && isGood(gap)) ? exitCodes.ok : exitCodes.notReady
}

function finished({ world }: CommandContext, app: CliApp): Promise<unknown> {
  return waitForState(app, ({ gaps }) => !gaps.checking, world.signal)
}

/** One that can be read. Throws AppError input-invalid for any other. */
function find({ entries }: GapLog, id: number): Gap {
  const readable = entries.filter(isReadable)
  const found = readable.find((gap) => gap.id === id)
  if (found) return found
  throw new AppError('input-invalid', {
    message: `The gap log has no time with the number ${id} in which another server received, and which is over.`,
    nextStep:
      readable.length > 0
        ? `Use one of these: ${readable.map((gap) => gap.id).join(', ')}.`
        : 'Run “emi-tray gaps”: such times stand there with their numbers.',
  })
}

function isReadable({ phase, until }: Gap): boolean {
  return phase === 'elsewhere' && until !== null
}

function isGood({ phase }: Gap): boolean {
  return phase === 'done' || phase === 'elsewhere'
}

function gapLines(gap: Gap): string[] {
  const { since, until, phase, error, lost } = gap
  const head = `${since} to ${until ?? 'now'}: ${whyText(gap)}.`
  const state =
    phase === 'open' || phase === 'waiting' || phase === 'catching-up'
      ? `Not caught up yet. ${error ?? ''}`.trim()
      : endedText(gap)
  return [head, `  ${state}`, ...lost.map(({ what, why }) => `  Lost: ${what} ${why}`)]
}

function readLines(gap: Gap, { running }: Seen): string[] {
  if (!isReadable(gap)) return []
  const command = `“emi-tray gaps --read ${gap.id}”`
  return [
    running
      ? `  “Read it…” on the Webhook page reads it after all; ${command} says what that means.`
      : `  To have it read after all: ${command}.`,
  ]
}

function onlyWithRead(): AppError {
  return new AppError('input-invalid', {
    message: '--yes belongs to --read.',
    nextStep: 'Name what is to be read with --read <number>, or leave out --yes.',
  })
}
