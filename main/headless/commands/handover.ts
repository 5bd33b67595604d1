// emi-tray handover: the values for the integration account, in the order of its form.
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection } from '../follow.ts'
import { columns } from '../output.ts'

export interface HandoverOptions {
  showSecret?: boolean
  secretTo?: string
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
    const isSecretWanted = options.showSecret === true || options.secretTo !== undefined
    const secretText = isSecretWanted
      ? (await call(app, 'clientSecret.reveal', undefined)).secretText
      : null
    const secretFile = options.secretTo === undefined ? null : resolve(options.secretTo)
    if (secretFile !== null && secretText !== null) await writeSecret(secretFile, secretText)

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

/** Writes a new file that only its owner can read; never follows a link or replaces a file. */
async function writeSecret(file: string, secretText: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(secretText)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new AppError('input-invalid', {
      message: `The client secret cannot be written to ${file}.`,
      nextStep: 'Name a file that does not exist yet, in a folder you may write to.',
      details: error instanceof Error && 'code' in error ? String(error.code) : undefined,
      cause: error,
    })
  }
}
