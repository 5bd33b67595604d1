// emi-tray status: what is set up.
import type { AppState } from '../../contract/models.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { columns } from '../output.ts'
import { throwAppError } from '../follow.ts'

/** Runs the command; returns the exit code. */
export function runStatus(context: CommandContext): Promise<number> {
  return withStartedApp(context, (app) => {
    throwAppError(app)
    const { state } = app
    const { mode, cloud, signIn, setup, handover } = state
    const account = signIn.phase === 'signed-in' ? signIn.account : null
    const isSetUp = isDone(state, 'apply') && isDone(state, 'verify')
    context.output.result(
      {
        command: 'status',
        version: state.version,
        setUp: isSetUp,
        mode,
        cloud,
        account,
        steps: setup.steps,
        verified: setup.verified,
        handover,
        settings: mode === null ? null : state.settings.connections[mode],
      },
      statusLines(state, isSetUp),
    )
    return Promise.resolve(isSetUp ? exitCodes.ok : exitCodes.notReady)
  })
}

function statusLines(state: AppState, isSetUp: boolean): string[] {
  const { mode, cloud, setup, handover } = state
  if (mode === null) return ['Nothing is set up yet. Run “emi-tray setup”.']
  const steps = setup.steps.map(
    ({ id, state: stepState, summary }) =>
      [`  ${id}`, summary === null ? stepState : `${stepState}: ${summary}`] as const,
  )
  return [
    isSetUp ? 'The set-up is finished.' : 'The set-up is not finished.',
    ...columns([
      ['Connected to', mode === 'practice' ? 'the practice tenant' : (cloud?.displayName ?? '')],
      ['Secret expires', handover.secretExpiresAt ?? 'there is none yet'],
    ]),
    ...columns(steps),
  ]
}

function isDone({ setup }: AppState, id: 'apply' | 'verify'): boolean {
  return setup.steps.some((step) => step.id === id && step.state === 'done')
}
