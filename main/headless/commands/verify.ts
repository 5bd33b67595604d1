// emi-tray verify: prove that the application works.
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { AppError } from '../../core/app-error.ts'
import { exitCodes } from '../exit-codes.ts'
import { requireConnection, runStep } from '../follow.ts'

/** Runs the command; returns the exit code. */
export function runVerify(context: CommandContext): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output, world } = context
    requireConnection(app)
    output.progress('Asking Microsoft for a token of the application.')
    await runStep(app, {
      call: 'setup.verify',
      step: 'verify',
      words: 'The verification',
      signal: world.signal,
    })
    const { verified } = app.state.setup
    if (verified === null || verified.missingRoles.length > 0) {
      const missing = verified?.missingRoles.join(', ') ?? 'all roles'
      throw new AppError('consent-missing', {
        message: `The application’s token lacks ${missing}.`,
        nextStep: 'Run “emi-tray setup --yes” as an administrator who may grant consent.',
      })
    }
    output.result({ command: 'verify', mode: app.state.mode, verified }, [
      `Verified: a real token carries ${verified.roles.join(', ')}.`,
    ])
    return exitCodes.ok
  })
}
