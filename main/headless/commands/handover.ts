// emi-tray handover: the values for the integration account, in the order of its form.
import type { Input } from '../../contract/calls.ts'
import type { Handover, TextFile } from '../../contract/models/handover.ts'
import { AppError } from '../../core/app-error.ts'
import { CLIENT_SECRET_NAME } from '../../core/entra/provisioning-record.ts'
import { exportHandover } from '../../core/handover-formats.ts'
import type { AppStatus } from '../../node/status-file.ts'
import { besides } from '../beside.ts'
import type { CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call } from '../follow.ts'
import { writeNewFile } from '../new-file.ts'
import { columns } from '../output.ts'

export interface HandoverOptions {
  showSecret?: boolean
  secretTo?: string
  format?: 'env' | 'json' | 'csv'
}

/** The values, and where the secret comes from when it is asked for. */
interface Source {
  handover: Handover
  revealSecret: () => Promise<string>
  exportFile: (input: Input<'handover.export'>) => Promise<TextFile>
}

/** Runs the command, also beside the app that runs; returns the exit code. */
export function runHandover(context: CommandContext, options: HandoverOptions): Promise<number> {
  return besides(context, {
    alone: (app) =>
      handOver(context, options, {
        handover: app.state.handover,
        revealSecret: async () => (await call(app, 'clientSecret.reveal', undefined)).secretText,
        exportFile: (input) => call(app, 'handover.export', input),
      }),
    told: ({ status }) => {
      const { handover } = status
      const revealSecret = () => secretBeside(context, status)
      return handOver(context, options, {
        ...{ handover, revealSecret },
        exportFile: async ({ format, withSecret }) =>
          exportHandover(handover, {
            format,
            clientSecret: withSecret ? await revealSecret() : null,
          }),
      })
    },
  })
}

async function handOver(
  context: CommandContext,
  options: HandoverOptions,
  { handover, revealSecret, exportFile }: Source,
): Promise<number> {
  if (!handover.ready) throw unfinished()
  const { showSecret = false, secretTo, format } = options
  if (format) {
    const file = await exportFile({ format, withSecret: showSecret })
    context.output.result({ command: 'handover', file }, [file.text.trimEnd()])
    return exitCodes.ok
  }
  const isSecretWanted = showSecret || secretTo !== undefined
  const secretText = isSecretWanted ? await revealSecret() : null
  const secretFile =
    secretTo === undefined || secretText === null
      ? null
      : await writeNewFile(secretTo, { text: secretText, what: 'The client secret' })

  const shown = showSecret ? secretText : null
  const values = handover.values.map((value) => (value.secret ? { ...value, value: shown } : value))
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
}

/** Out of the vault, which is only read: the app that runs has it open. Throws AppError secret-unknown, and as the vault. */
async function secretBeside(
  { world, common }: CommandContext,
  { mode }: AppStatus,
): Promise<string> {
  const secret =
    mode === null
      ? undefined
      : await world.readSecret(common, { area: mode, name: CLIENT_SECRET_NAME })
  if (secret !== undefined) return secret
  throw new AppError('secret-unknown', {
    message: 'EMI Tray does not hold the value of a client secret.',
    nextStep: 'Apply the plan in Setup: it makes a new secret and keeps its value.',
  })
}

/** Nothing can be handed over yet. */
export function unfinished(): AppError {
  return new AppError('not-set-up', {
    message: 'There is nothing to hand over yet: the set-up is not finished.',
    nextStep: 'Run “emi-tray setup --yes” first.',
  })
}
