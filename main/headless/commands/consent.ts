// emi-tray consent: the link for another administrator, and waiting until it was used.
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection, waitForState } from '../follow.ts'

export interface ConsentOptions {
  wait?: boolean
}

/** Prints the link; with --wait stays until every permission has arrived. Returns 4 while some are missing. */
export function runConsent(context: CommandContext, options: ConsentOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output, world } = context
    requireConnection(app)
    if (app.state.consent === null) await call(app, 'consent.start', undefined)
    else await call(app, 'consent.check', undefined)
    if (options.wait && app.state.consent?.phase === 'waiting') {
      output.progress(
        `Send this link to an administrator who may consent:\n${app.state.consent.url}`,
      )
      await waitForState(app, ({ consent }) => consent?.phase !== 'waiting', world.signal)
    }
    const { consent } = app.state
    const granted = consent?.phase === 'granted'
    output.result({ command: 'consent', consent }, [
      granted
        ? 'Every application permission is granted.'
        : `Send this link to an administrator who may consent:\n${consent?.url ?? ''}`,
      ...(consent && consent.missing.length > 0
        ? [`Still missing: ${consent.missing.join(', ')}.`]
        : []),
    ])
    return granted ? exitCodes.ok : exitCodes.notReady
  })
}
