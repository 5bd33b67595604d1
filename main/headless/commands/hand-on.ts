// emi-tray hand-on: where events go after the inbox, how that fares, a test, and what was given up.
import { eventSchema } from '../../core/hand-on/event-schema.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { AppError } from '../../core/app-error.ts'
import { lookAlone, lookAtConnection, sayingLines, type Seen } from '../beside.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, notSetUp, requireConnection } from '../follow.ts'
import { columns } from '../output.ts'

export interface HandOnOptions {
  to?: string
  test?: boolean
  redeliver?: boolean
  showKey?: boolean
  schema?: boolean
}

/**
 * Does the one thing that an option names; without any it shows the state, also beside the app that runs. Exits with 4
 * when events were given up or cannot go out.
 */
export async function runHandOn(context: CommandContext, options: HandOnOptions): Promise<number> {
  const { output } = context
  if (options.schema) {
    output.result({ command: 'hand-on', schema: eventSchema }, [
      JSON.stringify(eventSchema, null, 2),
    ])
    return exitCodes.ok
  }
  if (context.world.isNew(context.common)) throw notSetUp()
  const { to } = options
  if (options.test || options.redeliver || options.showKey) {
    return withStartedApp(context, async (app) => {
      await choose(app, to)
      return act(context, app, options)
    })
  }
  const seen = await (to === undefined
    ? lookAtConnection(context)
    : lookAlone(context, (app) => choose(app, to)))
  const { handOn } = seen.status
  output.result({ command: 'hand-on', handOn, running: seen.running }, [
    ...sayingLines(seen),
    ...stateLines(seen),
  ])
  const isBad = handOn.dead > 0 || handOn.phase === 'failing'
  return isBad ? exitCodes.notReady : exitCodes.ok
}

async function choose(app: CliApp, to: string | undefined): Promise<void> {
  requireConnection(app)
  if (to !== undefined) await call(app, 'settings.update', { connection: targetOf(to) })
}

async function act(context: CommandContext, app: CliApp, options: HandOnOptions): Promise<number> {
  if (!options.showKey && app.state.handOn.target === 'none') throw switchedOff()
  if (options.test) return test(context, app)
  if (options.redeliver) return redeliver(context, app)
  const { key } = await call(app, 'handOn.revealKey', undefined)
  context.output.result({ command: 'hand-on', key }, [key])
  return exitCodes.ok
}

function switchedOff(): AppError {
  return new AppError('hand-on-url-invalid', {
    message: 'Events are not handed on: no target is set.',
    nextStep: 'Give an https address with --to, or file.',
  })
}

function targetOf(to: string): Partial<ConnectionSettings> {
  if (to === 'none' || to === 'file') return { handOnTarget: to }
  if (to === '') {
    throw new AppError('input-invalid', {
      message: 'The address for events is empty.',
      nextStep: 'Give an https address with --to, or file, or none.',
    })
  }
  return { handOnTarget: 'http', handOnUrl: to }
}

async function test({ output }: CommandContext, app: CliApp): Promise<number> {
  const answer = await call(app, 'handOn.test', undefined)
  const { target, place } = app.state.handOn
  output.result({ command: 'hand-on', ...answer }, [
    target === 'file'
      ? `Written to ${place ?? 'the file'}.`
      : `${place ?? 'The contact center'} answered ${answer.status} after ${answer.durationMs} ms.`,
  ])
  return exitCodes.ok
}

async function redeliver({ output }: CommandContext, app: CliApp): Promise<number> {
  const { count } = await call(app, 'handOn.redeliver', { deliveryIds: [] })
  output.result({ command: 'hand-on', count }, [
    count === 0
      ? 'No event was given up.'
      : `${count} ${count === 1 ? 'event waits' : 'events wait'} again. “emi-tray serve” hands them on.`,
  ])
  return exitCodes.ok
}

function stateLines(seen: Seen): string[] {
  const { status, running } = seen
  const { handOn } = status
  const { phase, place, waiting, dead, error, failingSince, nextAttemptAt } = handOn
  if (phase === 'off') {
    return [
      'Events are not handed on. They are kept in the inbox.',
      ...(waiting > 0 ? [`${waiting} still wait from before.`] : []),
    ]
  }
  const rows: [string, string | null][] = [
    ['Handed on to', place ?? 'no valid address'],
    // The app of this command hands nothing on.
    ['State', running || phase !== 'working' ? phase : 'stopped; “emi-tray serve” hands on'],
    ['Waiting', String(waiting)],
    ['Given up', String(dead)],
    ['Last one', running && (handOn.lastHandedOnAt ?? 'none since EMI Tray started')],
    ['Not taken since', failingSince],
    ['Next attempt', nextAttemptAt],
  ]
  return [
    ...columns(rows.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))),
    ...(error ? [error.message, error.nextStep] : []),
    ...(dead > 0 ? [redeliverLine(seen)] : []),
  ]
}

function redeliverLine({ running }: Seen): string {
  return running
    ? '“Hand all on again” on the Webhook page has what was given up wait again.'
    : '“emi-tray hand-on --redeliver” has what was given up wait again.'
}
