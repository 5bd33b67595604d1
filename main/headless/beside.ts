// What a command shows: the state of its own app or, where another one holds the data folder, what that one says of itself.
import { AppError } from '../core/app-error.ts'
import { statusOf, type AppStatus, type RunningStatus } from '../node/status-file.ts'
import { type CliApp, type CommandContext, withStartedApp } from './command-context.ts'
import { notSetUp, ReportedError, requireConnection } from './follow.ts'

export interface Seen {
  status: AppStatus
  /** The other app that says so, and when anything last changed there; null for the command's own. */
  running: Pick<RunningStatus, 'pid' | 'at'> | null
}

/** What another app says. */
export type Told = Seen & { running: NonNullable<Seen['running']> }

type Work = (app: CliApp) => Promise<void>

/** What an app of its own shows after the work. Throws what opening the data folder and the work throw. */
export async function lookAlone(context: CommandContext, work: Work): Promise<Seen> {
  const status = await withStartedApp(context, async (app) => {
    await work(app)
    return statusOf(app.state)
  })
  return { status, running: null }
}

/**
 * As lookAlone, but where another app holds the data folder its word stands in: only that one knows what it is doing.
 * Throws data-folder-in-use where the holder says nothing.
 */
export async function look(context: CommandContext, work: Work): Promise<Seen> {
  try {
    return await lookAlone(context, work)
  } catch (error) {
    return toldInstead(context, error)
  }
}

/** As look, for commands that need a connection; the work begins when there is one. */
export async function lookAtConnection(context: CommandContext, work?: Work): Promise<Seen> {
  const seen = await look(context, async (app) => {
    requireConnection(app)
    await work?.(app)
  })
  if (seen.status.mode === null) throw notSetUp()
  return seen
}

/** Says whose word the following is; nothing where it is the command's own. */
export function sayingLines({ running }: Seen): string[] {
  if (running === null) return []
  const { pid, at } = running
  return [`EMI Tray is running (process ${pid}) and says this, last changed at ${at}:`]
}

/** Works with an app of its own or, where another one holds the data folder, with what that one says. */
export async function besides<T>(
  context: CommandContext,
  { alone, told }: { alone: (app: CliApp) => Promise<T>; told: (seen: Told) => Promise<T> },
): Promise<T> {
  let seen: Told
  try {
    return await withStartedApp(context, (app) => {
      requireConnection(app)
      return alone(app)
    })
  } catch (error) {
    seen = await toldInstead(context, error)
  }
  if (seen.status.mode === null) throw notSetUp()
  return told(seen)
}

/** What the app says that holds the data folder. Throws the error again when it is another, or nobody says anything. */
async function toldInstead(context: CommandContext, error: unknown): Promise<Told> {
  const told = await statusOfHolder(context, error)
  if (told === null) throw error
  const { pid, at, status } = told
  if (status.error) throw new ReportedError(status.error)
  return { status, running: { pid, at } }
}

async function statusOfHolder(
  { world, common }: CommandContext,
  error: unknown,
): Promise<RunningStatus | null> {
  if (!(error instanceof AppError)) return null
  // Whoever may only read the folder cannot try to take it.
  const isOnlyRead = error.code === 'data-folder-unwritable'
  if (isOnlyRead) return world.isHeld(common) ? world.readRunningStatus(common) : null
  if (error.code !== 'data-folder-in-use') return null
  const running = await world.readRunningStatus(common)
  // One that was killed may have left its file, and another command may hold the folder now.
  return running && error.details === `process ${running.pid}` ? running : null
}
