// emi-tray hand-on: where events go after the inbox, how that fares, a test, and what was given up.
import { eventSchema } from '../../core/hand-on/event-schema.ts'
import type { HandOnState } from '../../contract/models/contact-center.ts'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection } from '../follow.ts'
import { columns } from '../output.ts'

export interface HandOnOptions {
  to?: string
  test?: boolean
  redeliver?: boolean
  showKey?: boolean
  schema?: boolean
}

/** Does the one thing that an option names; without any it shows the state. Exits with 4 when events were given up. */
export function runHandOn(context: CommandContext, options: HandOnOptions): Promise<number> {
  const { output } = context
  if (options.schema) {
    output.result({ command: 'hand-on', schema: eventSchema }, [
      JSON.stringify(eventSchema, null, 2),
    ])
    return Promise.resolve(exitCodes.ok)
  }
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    if (options.to !== undefined) {
      await call(app, 'settings.update', { connection: targetOf(options.to) })
    }
    if (options.test) return test(context, app)
    if (options.redeliver) return redeliver(context, app)
    if (options.showKey) {
      const { key } = await call(app, 'handOn.revealKey', undefined)
      output.result({ command: 'hand-on', key }, [key])
      return exitCodes.ok
    }
    const { handOn } = app.state
    output.result({ command: 'hand-on', handOn }, stateLines(handOn))
    return handOn.dead > 0 ? exitCodes.notReady : exitCodes.ok
  })
}

function targetOf(to: string): Partial<ConnectionSettings> {
  if (to === 'none' || to === 'file') return { handOnTarget: to }
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

function stateLines(handOn: HandOnState): string[] {
  if (handOn.phase === 'off') {
    return [
      'Events are not handed on. They are kept in the inbox.',
      ...(handOn.waiting > 0 ? [`${handOn.waiting} still wait from before.`] : []),
    ]
  }
  return columns([
    ['Handed on to', handOn.place ?? 'no valid address'],
    ['State', handOn.phase],
    ['Waiting', String(handOn.waiting)],
    ['Given up', String(handOn.dead)],
  ])
}
