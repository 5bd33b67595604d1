// emi-tray remove: everything that EMI Tray made, listed and, with --yes, removed step by step.
import type { RemovalItem } from '../../contract/models/removal.ts'
import type { AppState } from '../../contract/models/state.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { requireConnection, runJob, ReportedError } from '../follow.ts'
import type { SignInOptions } from './drift.ts'
import { signIn } from './sign-in.ts'

export interface RemoveOptions extends SignInOptions {
  yes?: boolean
  only?: string[]
  onlyHere?: boolean
}

/** Lists; with --yes removes what is listed, or only what the options name. */
export function runRemove(context: CommandContext, options: RemoveOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    const { output } = context
    requireConnection(app)
    if (!options.onlyHere) await signIn(context, { app, deviceCode: options.deviceCode === true })
    await run(context, app, null)
    const { items } = app.state.removal
    const chosen = chosenOf(items, options)
    if (!options.yes) {
      output.result({ command: 'remove', removed: false, items }, [
        ...itemLines(items),
        '',
        'Nothing has been removed. To remove all of it, run the same command with --yes.',
      ])
      return exitCodes.ok
    }
    const state = await run(context, app, chosen)
    const failed = state.removal.items.find((item) => item.error !== null)
    if (failed?.error) throw new ReportedError(failed.error)
    output.result({ command: 'remove', removed: true, items: state.removal.items }, [
      ...itemLines(state.removal.items),
      '',
      doneLine(state.removal.items, chosen.length),
    ])
    return exitCodes.ok
  })
}

function chosenOf(items: RemovalItem[], { only, onlyHere }: RemoveOptions): string[] {
  const unknown = only?.find((id) => !items.some((item) => item.id === id && item.removable))
  if (unknown !== undefined) {
    throw new AppError('input-invalid', {
      message: `There is nothing to remove by the name “${unknown}”.`,
      nextStep: 'Run “emi-tray remove” without --yes: it lists the names.',
    })
  }
  return items
    .filter((item) => item.removable)
    .filter((item) => !onlyHere || item.place === 'this-machine')
    .map((item) => item.id)
    .filter((id) => only?.includes(id) ?? true)
}

function run(
  { output, world }: CommandContext,
  app: CliApp,
  ids: string[] | null,
): Promise<AppState> {
  const about = {
    cancel: 'removal.cancel' as const,
    jobOf: (state: AppState) => state.removal.job,
    words: 'The removal',
    signal: world.signal,
    onDoing: (line: string) => output.progress(line),
  }
  return ids === null
    ? runJob(app, { call: 'removal.list', input: undefined, ...about })
    : runJob(app, { call: 'removal.start', input: { ids }, ...about })
}

function doneLine(items: RemovalItem[], count: number): string {
  if (count === 0) return 'Nothing was chosen, so nothing was removed.'
  const stays = items.some((one) => one.state === 'listed' && one.removable)
  return stays
    ? 'What is marked “done” was removed. The rest stays.'
    : 'Everything listed was removed.'
}

function itemLines(items: RemovalItem[]): string[] {
  const of = (place: RemovalItem['place'], title: string) => {
    const found = items.filter((item) => item.place === place)
    if (found.length === 0) return []
    return [
      title,
      ...found.flatMap(({ id, name, detail, removable, state }) => [
        `  ${state === 'listed' ? (removable ? id : 'stays') : `${state} ${id}`}: ${name}`,
        `      ${detail}`,
      ]),
    ]
  }
  return [...of('tenant', 'In the tenant:'), ...of('this-machine', 'On this machine:')]
}
