// emi-tray handover: the values for the integration account, in the order of its form.
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection } from '../follow.ts'
import { writeNewFile } from '../new-file.ts'
import { columns } from '../output.ts'

export interface HandoverOptions {
  showSecret?: boolean
  secretTo?: string
  format?: 'env' | 'json' | 'csv'
}

/** Runs the command; returns the exit code. */
export function runHandover(context: CommandContext, options: HandoverOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    const { handover } = app.state
    if (!handover.ready) {
      throw new AppError('not-set-up', {
        message: 'There is nothing to hand over yet: the set-up is not finished.',
        nextStep: 'Run “emi-tray setup --yes” first.',
      })
    }
    if (options.format) {
      const withSecret = options.showSecret === true
      const file = await call(app, 'handover.export', { format: options.format, withSecret })
      context.output.result({ command: 'handover', file }, [file.text.trimEnd()])
      return exitCodes.ok
    }
    const isSecretWanted = options.showSecret === true || options.secretTo !== undefined
    const secretText = isSecretWanted
      ? (await call(app, 'clientSecret.reveal', undefined)).secretText
      : null
    const { secretTo } = options
    const secretFile =
      secretTo === undefined || secretText === null
        ? null
        : await writeNewFile(secretTo, { text: secretText, what: 'The client secret' })

    const shown = options.showSecret ? secretText : null
    const values = handover.values.map((value) =>
      value.secret ? { ...value, value: shown } : value,
    )
    const hidden =
      secretFile === null ? 'hidden; add --show-secret to print it' : `written to ${secretFile}`
    context.output.result({ command: 'handover', ...handover, values, secretFile }, [
      ...columns(
        values.map(({ label, value, secret }) => [label, value ?? (secret ? hidden : 'not known')]),
      ),
      '',
      `Enter them in Bright Pattern ${handover.form}: Call Center Configuration > Integration Accounts > Microsoft Teams.`,
      'Then press Test connection, and Apply.',
    ])
    return exitCodes.ok
  })
}
