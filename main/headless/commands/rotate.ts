// emi-tray rotate: a new client secret beside the old one, which goes only when the new one is confirmed.
import type { SecretInfo } from '../../contract/models/application.ts'
import type { AppState } from '../../contract/models/state.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { requireConnection, runJob } from '../follow.ts'
import type { SignInOptions } from './drift.ts'
import { signIn } from './sign-in.ts'

export interface RotateOptions extends SignInOptions {
  yes?: boolean
  confirm?: boolean
  abandon?: boolean
}

/** Shows the secret; with --yes starts or goes on with a rotation, with --confirm ends it, with --abandon undoes it. */
export function runRotate(context: CommandContext, options: RotateOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output } = context
    requireConnection(app)
    const step = options.confirm
      ? 'rotation.confirm'
      : options.abandon
        ? 'rotation.abandon'
        : options.yes
          ? 'rotation.start'
          : null
    if (step) {
      await signIn(context, { app, deviceCode: options.deviceCode === true })
      await run(context, app, step)
    }
    const { secretCare } = app.state
    output.result({ command: 'rotate', changed: step !== null, secretCare }, [
      ...secretLines(app.state),
      ...(step ? doneLines(step) : writeLines(app.state)),
    ])
    return exitCodes.ok
  })
}

function doneLines(step: 'rotation.start' | 'rotation.confirm' | 'rotation.abandon'): string[] {
  if (step === 'rotation.confirm') return ['The old secret was removed. The rotation is complete.']
  if (step === 'rotation.abandon') return ['The new secret was removed. The old one stays in use.']
  return []
}

function writeLines({ secretCare: { current, rotation } }: AppState): string[] {
  if (rotation) return ['Nothing has been written.']
  return current
    ? ['Nothing has been written. To rotate the secret, add --yes.']
    : ['Set the application up first: run “emi-tray setup”.']
}

async function run(
  { output, world }: CommandContext,
  app: CliApp,
  step: 'rotation.start' | 'rotation.confirm' | 'rotation.abandon',
): Promise<void> {
  await runJob(app, {
    call: step,
    input: undefined,
    cancel: 'rotation.cancel',
    jobOf: (state) => state.secretCare.job,
    words: 'The rotation',
    signal: world.signal,
    onDoing: (line) => output.progress(line),
  })
}

function secretLines({ secretCare }: AppState): string[] {
  const { current, daysLeft, rotation } = secretCare
  const first = current
    ? `The secret ${nameOf(current)} is valid until ${current.endDateTime.slice(0, 10)} (${daysLeft ?? 0} days).`
    : 'There is no client secret yet.'
  if (rotation?.phase !== 'handing-over') {
    return rotation
      ? [first, `A rotation was interrupted while ${rotation.phase}. Go on with --yes.`]
      : [first]
  }
  const old = rotation.oldSecret
  return [
    first,
    'It is new and has proven to work. Enter it in Bright Pattern now: run “emi-tray handover --show-secret”.',
    'Edit the integration account there, never delete it: deleting it disables Teams for every agent.',
    old
      ? `When Test connection says OK, run “emi-tray rotate --confirm”: it removes the old secret ${nameOf(old)}. Until then both work.`
      : 'When Test connection says OK, run “emi-tray rotate --confirm”.',
  ]
}

function nameOf({ hint, keyId }: SecretInfo): string {
  return `${hint}… (${keyId})`
}
