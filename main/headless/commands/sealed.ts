// emi-tray seal and open: the whole hand-over in one file under a passphrase, and taking it over elsewhere.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection, waitForState } from '../follow.ts'
import { writeNewFile } from '../new-file.ts'
import { connectOrResume, type ConnectOptions } from './connect.ts'

const DEFAULT_DAYS = 7
/** The passphrase of a sealed file; not the one of the vault. */
const PASSPHRASE_VARIABLE = 'EMI_SEAL_PASSPHRASE'

export interface SealOptions {
  to: string
  days?: number
  sealPassphraseFile?: string
}

export interface OpenOptions extends ConnectOptions {
  replace?: boolean
  sealPassphraseFile?: string
}

/** Writes the sealed hand-over. */
export function runSeal(context: CommandContext, options: SealOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    const validDays = options.days ?? DEFAULT_DAYS
    const passphrase = await readPassphrase(context, options)
    const { text, name } = await call(app, 'handover.seal', { passphrase, validDays })
    const path = await writeNewFile(options.to, { text, what: name })
    context.output.result({ command: 'seal', file: path, validDays }, [
      `The sealed hand-over is in ${path}. EMI Tray opens it for ${validDays} days.`,
      'Send it one way and the passphrase another.',
    ])
    return exitCodes.ok
  })
}

/** Opens a sealed hand-over and keeps what is in it; then asks Microsoft whether it works. */
export function runOpen(
  context: CommandContext,
  options: OpenOptions,
  file: string,
): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output, world } = context
    // Before a connection is chosen, which stays so.
    const passphrase = await readPassphrase(context, options)
    const text = await readText(file, 'The sealed hand-over')
    await connectOrResume(app, options)
    const replace = options.replace === true
    const opened = await call(app, 'handover.open', { text, passphrase, replace })
    output.progress('Asking Microsoft for a token of the application.')
    const isVerifying = () => app.state.setup.steps.some((step) => step.state === 'running')
    await waitForState(app, () => !isVerifying(), world.signal)
    const { verified, steps } = app.state.setup
    const error = steps.find((step) => step.id === 'verify')?.error ?? null
    output.result({ command: 'open', ...opened, verified, verifyError: error }, [
      `Took over ${opened.applicationName} (Client ID ${opened.appId}) of ${opened.tenantDisplayName}.`,
      verified
        ? `Verified: a real token carries ${verified.roles.join(', ')}.`
        : `It could not be verified: ${error?.message ?? 'no answer.'} ${error?.nextStep ?? ''}`,
      'Next: run “emi-tray handover” for the values of the integration account.',
    ])
    return verified ? exitCodes.ok : exitCodes.notReady
  })
}

async function readPassphrase(
  { world }: CommandContext,
  { sealPassphraseFile }: { sealPassphraseFile?: string },
): Promise<string> {
  if (sealPassphraseFile !== undefined) {
    return (await readText(sealPassphraseFile, 'The passphrase file')).replace(/\r?\n$/, '')
  }
  const fromEnvironment = world.env[PASSPHRASE_VARIABLE]
  if (fromEnvironment) return fromEnvironment
  throw new AppError('input-invalid', {
    message: 'The passphrase of the sealed file is missing.',
    nextStep: `Give it with ${PASSPHRASE_VARIABLE} or --seal-passphrase-file.`,
  })
}

async function readText(file: string, what: string): Promise<string> {
  const path = resolve(file)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new AppError('input-invalid', {
      message: `${what} ${path} cannot be read.`,
      nextStep: 'Check the path, and that you may read the file.',
      details: error instanceof Error && 'code' in error ? String(error.code) : undefined,
      cause: error,
    })
  }
}
