// emi-tray serve: the webhook and the pages, until it is interrupted.
import type { LogEntry } from '../../contract/models/log.ts'
import { LogBook } from '../../core/log.ts'
import { withApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, throwAppError } from '../follow.ts'
import { oneLine } from '../output.ts'
import { startWebHost } from '../web-host.ts'

export interface ServeOptions {
  port?: number
  open?: boolean
  practice?: boolean
}

/** A connection that takes longer to open goes on doing so while the pages show it. */
const startPatienceMs = 5_000

/** Runs the command; returns the exit code once it was asked to stop. */
export function runServe(context: CommandContext, options: ServeOptions): Promise<number> {
  const { world, output } = context
  const openBrowser = async (url: string) => {
    // Explicit --no-open is for people and programs that want every address on the terminal.
    if (world.hasDisplay && options.open !== false) await world.openBrowser(url)
    else output.progress(`Open this address in a browser: ${url}`)
  }
  return withApp(context, { runsWebhook: true, openBrowser }, async ({ app, logSink }) => {
    const unlisten = app.onLogAppended((entries) => {
      for (const entry of entries) if (entry.level !== 'debug') output.progress(logLine(entry))
    })
    const host = await startWebHost({
      app,
      pagesFolder: world.pagesFolder,
      port: options.port ?? 0,
      log: new LogBook({ clock: world.clock, sink: logSink }),
      clock: world.clock,
      random: world.random,
    })
    const stopAsking = world.onNewAddressWanted(() => {
      output.progress(`Another one-time address: ${host.newUrl()}`)
    })
    try {
      await startPatiently(context, startApp(app, options))
      throwAppError(app)
      output.result({ command: 'serve', url: host.url, origin: host.origin, pid: process.pid }, [
        `EMI Tray is ready. Open this address once, within 10 minutes: ${host.url}`,
        'Press Enter for another one. Press Ctrl-C to stop.',
      ])
      if (options.open && world.hasDisplay) await openPages(context, host.newUrl())
      await aborted(world.signal)
      output.progress('Stopping.')
      return exitCodes.ok
    } finally {
      stopAsking()
      unlisten()
      await host.close()
    }
  })
}

async function startApp(app: CliApp, { practice }: ServeOptions): Promise<void> {
  await app.start()
  // Where it was chosen before, the start has opened it, or has said why not.
  const isChosen = app.state.settings.mode === 'practice'
  if (practice && !isChosen) await call(app, 'connection.choose', { mode: 'practice' })
}

/** Resolves when the app has started, and after a while in any case. Rejects when it cannot start. */
async function startPatiently(
  { world, output }: CommandContext,
  starting: Promise<void>,
): Promise<void> {
  const { promise: patience, resolve } = Promise.withResolvers<'late'>()
  const undo = world.clock.after(startPatienceMs, () => resolve('late'))
  try {
    if ((await Promise.race([starting, patience])) !== 'late') return
    starting.catch((error: unknown) => {
      output.progress(error instanceof Error ? error.message : 'The app did not start.')
    })
  } finally {
    undo()
  }
}

async function openPages({ world, output }: CommandContext, url: string): Promise<void> {
  try {
    await world.openBrowser(url)
  } catch {
    // The printed address is still good.
    output.progress('The browser could not be opened. Use the address above.')
  }
}

/** Resolves when the command is asked to stop. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function logLine({ at, level, area, message, facts }: LogEntry): string {
  const rest = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
  return oneLine([at, level, area, message, ...rest].join(' '))
}
