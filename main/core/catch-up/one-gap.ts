// The catch-up of one gap: begun, told, ended; what fails goes on later.
import type { Alert } from '../../contract/models/health.ts'
import { AppError, isAbort } from '../app-error.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../ports/clock.ts'
import type { CatchUpArea, GapRecord } from './gap.ts'
import { endedAlert, endedText, isOverWith, reasonText } from './gap-text.ts'
import { Run, type RunDeps } from './run.ts'

export interface OneGapDeps extends RunDeps {
  /** What of the gap is read. */
  areas: CatchUpArea[]
  clock: Clock
  log: Log
  raise: (alert: Alert) => void
  /** Takes back the alerts that are over. */
  withdraw: (isOver: (alert: Alert) => boolean) => void
  /** Changes the gap, keeps and shows it; undefined when it is no longer kept. */
  change: (change: Partial<GapRecord>) => Promise<GapRecord | undefined>
  /** What an attempt that failed now changes. */
  failedAttempt: () => Pick<GapRecord, 'phase' | 'attempt' | 'nextAttemptAt'>
  signal: AbortSignal
}

/** Reads what was missed, from where an earlier attempt ended. Rejects only with what `change` throws. */
export async function catchUpGap(gap: GapRecord, deps: OneGapDeps): Promise<void> {
  const { areas, clock, log, raise, withdraw, change, signal } = deps
  await change({ phase: 'catching-up', nextAttemptAt: null, error: null })
  log.info('catch-up', 'Reading from Microsoft Graph what was missed.', {
    since: gap.since,
    until: gap.until ?? '',
    reason: reasonText(gap.reasons),
  })
  try {
    const run = new Run(
      { ...gap, areas },
      {
        deps,
        tell: async (progress) => {
          await change({ ...progress, attempt: 0 })
        },
      },
    )
    const phase = await run.all(signal)
    const endedAt = clock.now()
    const ended = await change({
      ...{ phase, endedAt: endedAt.toISOString(), progress: null, cursor: null, attempt: 0 },
    })
    if (!ended) return
    const level = phase === 'done' ? 'info' : 'warning'
    log[level]('catch-up', endedText(ended), { since: gap.since, until: gap.until ?? '' })
    withdraw((alert) => isOverWith(ended, alert))
    const alert = endedAlert(ended, endedAt)
    if (alert) raise(alert)
  } catch (error) {
    if (signal.aborted || isAbort(error)) {
      await change({ phase: 'waiting' })
      return
    }
    const failed = deps.failedAttempt()
    const message = error instanceof Error ? error.message : 'Something unexpected happened.'
    await change({ ...failed, error: message })
    log.warning('catch-up', `Catching up was interrupted and goes on later: ${message}`, {
      ...{ attempt: failed.attempt, code: error instanceof AppError ? error.code : 'unexpected' },
    })
  }
}
