// The administrator's sign-in from a terminal: browser, device code, or a person of the practice tenant.
import type { AdminAccount, SetupStep, SignInState } from '../../contract/models/setup.ts'
import type { AppState } from '../../contract/models/state.ts'
import { AppError } from '../../core/app-error.ts'
import type { CliApp, CommandContext } from '../command-context.ts'
import { call, ReportedError, stepOf, waitForState } from '../follow.ts'

/** Signs in unless an earlier sign-in is still good. Throws ReportedError, or AppError cancelled. */
export async function signIn(
  context: CommandContext,
  { app, deviceCode }: { app: CliApp; deviceCode: boolean },
): Promise<AdminAccount> {
  const { signal } = context.world
  if (app.state.signIn.phase === 'signed-in') return app.state.signIn.account
  const unlisten = app.onStateChanged(instructionsPrinter(context))
  try {
    if (app.state.mode === 'practice') {
      await call(app, 'practice.signIn', { personId: globalAdminOf(app.state) })
    } else {
      await call(app, 'signIn.start', { method: deviceCode ? 'device-code' : 'browser' })
    }
    const { signIn: state, ...rest } = await waitForState(app, isOver, signal)
    if (state.phase === 'signed-in') {
      // The core plans by itself after a sign-in; what the command asks for comes after that.
      await waitForState(app, ({ setup }) => !setup.steps.some(isRunning), signal)
      return state.account
    }
    const error = stepOf({ signIn: state, ...rest }, 'sign-in')?.error
    if (error) throw new ReportedError(error)
    throw new AppError('sign-in-failed', {
      message: 'The sign-in ended without an account.',
      nextStep: 'Run the command again.',
    })
  } catch (error) {
    if (signal.aborted) await app.dispatch('signIn.cancel', undefined)
    throw error
  } finally {
    unlisten()
  }
}

function isRunning(step: SetupStep): boolean {
  return step.state === 'running'
}

function isOver(state: AppState): boolean {
  const step = stepOf(state, 'sign-in')?.state
  return state.signIn.phase === 'signed-in' || step === 'failed' || step === 'stopped'
}

function globalAdminOf({ practice }: AppState): string {
  const admin = practice?.people.find((person) => /^global[- ]admin/i.test(person.role))
  if (admin) return admin.id
  throw new AppError('not-found', {
    message: 'The practice tenant has no global administrator.',
    nextStep: 'Start with a fresh data folder.',
  })
}

/** Says once what the person has to do. The practice tenant's people do it by themselves. */
function instructionsPrinter({ output }: CommandContext): (state: AppState) => void {
  let said: SignInState['phase'] | null = null
  return ({ signIn: state, mode }) => {
    if (state.phase === said || mode === 'practice') return
    if (state.phase === 'waiting-for-browser') {
      said = state.phase
      output.progress(`Sign in as an administrator in your browser:\n${state.url}`)
    } else if (state.phase === 'waiting-for-code') {
      said = state.phase
      output.progress(
        `Open ${state.verificationUri} on any device and enter the code ${state.userCode}.`,
      )
    }
  }
}
