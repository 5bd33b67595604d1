// emi-tray gaps: when notifications may have been missed, what was recovered, and catching up now.
import type { Gap } from '../../contract/models/gaps.ts'
import { endedText, whyText } from '../../core/catch-up/gap-text.ts'
import { lookAlone, lookAtConnection, sayingLines } from '../beside.ts'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection, waitForState } from '../follow.ts'

export interface GapsOptions {
  catchUp?: boolean
}

/** Lists the gaps, with --catch-up after catching up. Exits with 4 where one is not made good. */
export async function runGaps(context: CommandContext, { catchUp }: GapsOptions): Promise<number> {
  const { output, world } = context
  const seen = catchUp
    ? await lookAlone(context, async (app) => {
        requireConnection(app)
        await call(app, 'gaps.check', undefined)
        await waitForState(app, ({ gaps }) => !gaps.checking, world.signal)
      })
    : await lookAtConnection(context)
  const { gaps } = seen.status
  const lines = gaps.entries.flatMap(gapLines)
  output.result({ command: 'gaps', gaps, running: seen.running }, [
    ...sayingLines(seen),
    ...(lines.length > 0 ? lines : ['No gap is known.']),
  ])
  const isGood = gaps.entries.every(({ phase }) => phase === 'done' || phase === 'elsewhere')
  return isGood ? exitCodes.ok : exitCodes.notReady
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
