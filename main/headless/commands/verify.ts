// emi-tray verify: prove that the application works, or check credentials that somebody gave you.
import { readFile } from 'node:fs/promises'
import type { CredentialsCheck } from '../../contract/models/handover.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, notSetUp, ReportedError, requireConnection, runStep } from '../follow.ts'
import { connectOrResume, type ConnectOptions } from './connect.ts'

const SECRET_VARIABLE = 'EMI_CLIENT_SECRET'

export interface VerifyOptions extends ConnectOptions {
  tenantId?: string
  appId?: string
  secretFile?: string
}

/** Runs the command; returns the exit code. */
export async function runVerify(context: CommandContext, options: VerifyOptions): Promise<number> {
  const { tenantId, appId, secretFile } = options
  const isOwn = tenantId === undefined && appId === undefined
  // Otherwise the application of this installation would pass for what somebody gave.
  if (isOwn ? secretFile !== undefined : tenantId === undefined || appId === undefined) {
    throw new AppError('input-invalid', {
      message: 'Credentials that somebody gave you are three values together.',
      nextStep:
        'Give --tenant-id, --app-id and the secret (--secret-file or EMI_CLIENT_SECRET). With none of them the ' +
        'application of this installation is verified.',
    })
  }
  if (isOwn && context.world.isNew(context.common)) throw notSetUp()
  return withStartedApp(context, (app) =>
    isOwn ? verifyOwn(context, app) : verifyGiven(context, app, options),
  )
}

async function verifyOwn({ output, world }: CommandContext, app: CliApp): Promise<number> {
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
}

/** Needs no administrator and keeps nothing. */
async function verifyGiven(
  context: CommandContext,
  app: CliApp,
  options: VerifyOptions,
): Promise<number> {
  const { output } = context
  const clientSecret = await readSecret(context, options)
  const isUnset = app.state.settings.mode === null
  await connectOrResume(app, options)
  const { tenantId = '', appId: clientId = '' } = options
  let check: CredentialsCheck
  try {
    check = await call(app, 'credentials.verify', { tenantId, clientId, clientSecret })
  } finally {
    // Somebody else's values set nothing up here.
    if (isUnset) await app.dispatch('connection.leave', undefined)
  }
  if (check.error) throw new ReportedError(check.error)
  output.result({ command: 'verify', check }, [
    `These credentials work. A real token carries ${check.roles.join(', ')}.`,
    ...(check.surplus.length > 0 ? [`More than is needed: ${check.surplus.join(', ')}.`] : []),
  ])
  return exitCodes.ok
}

async function readSecret(
  { world }: CommandContext,
  { secretFile }: VerifyOptions,
): Promise<string> {
  if (secretFile === undefined) {
    const text = world.env[SECRET_VARIABLE]
    if (text) return text
    throw new AppError('input-invalid', {
      message: 'The client secret is missing.',
      nextStep: `Give it with ${SECRET_VARIABLE} or --secret-file. It is never taken as an option.`,
    })
  }
  try {
    return (await readFile(secretFile, 'utf8')).trim()
  } catch (error) {
    throw new AppError('input-invalid', {
      message: `The file ${secretFile} cannot be read.`,
      nextStep: 'Check the path, and that you may read the file.',
      cause: error,
    })
  }
}
