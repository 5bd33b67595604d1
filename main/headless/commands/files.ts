// The commands that make files: package, report, calendar and audit; none of them holds a secret.
import type { TextFile } from '../../contract/models/handover.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection } from '../follow.ts'
import { writeNewFile, writeNewFiles } from '../new-file.ts'
import { connectOrResume, type ConnectOptions } from './connect.ts'

export interface ToFileOptions {
  to?: string
}

/** The package for an identity team, written into a folder. Needs no sign-in. */
export function runPackage(
  context: CommandContext,
  options: ConnectOptions & { to: string },
): Promise<number> {
  return withStartedApp(context, async (app) => {
    await connectOrResume(app, options, { tenantUrl: true })
    const { files } = await call(app, 'package.create', undefined)
    const paths = await writeNewFiles(options.to, files)
    context.output.result({ command: 'package', files: paths }, [
      'The package for your identity team. It holds no secret.',
      ...paths.map((path) => `  ${path}`),
    ])
    return exitCodes.ok
  })
}

/** The report without secrets. */
export function runReport(
  context: CommandContext,
  options: ToFileOptions & { format?: 'markdown' | 'html' },
): Promise<number> {
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    const format = options.format ?? 'markdown'
    return give(context, 'report', await call(app, 'report.create', { format }), options)
  })
}

/** The calendar file of the secret's expiry. */
export function runCalendar(context: CommandContext, options: ToFileOptions): Promise<number> {
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    return give(context, 'calendar', await call(app, 'calendar.create', undefined), options)
  })
}

/** The audit trail: each write to the tenant. */
export function runAudit(
  context: CommandContext,
  options: ToFileOptions & { format?: 'csv' | 'json' },
): Promise<number> {
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    const format = options.format ?? 'csv'
    return give(context, 'audit', await call(app, 'audit.export', { format }), options)
  })
}

/** Writes the file where --to names one; prints it otherwise. */
export async function give(
  { output }: CommandContext,
  command: string,
  file: TextFile,
  { to }: ToFileOptions,
): Promise<number> {
  if (to === undefined) {
    output.result({ command, ...file }, [file.text.trimEnd()])
    return exitCodes.ok
  }
  const path = await writeNewFile(to, { text: file.text, what: file.name })
  output.result({ command, file: path, mediaType: file.mediaType }, [`Written to ${path}.`])
  return exitCodes.ok
}
