// The commands that make files: package, report, calendar and audit; none of them holds a secret.
import type { TextFile } from '../../contract/models/handover.ts'
import { createCalendar } from '../../core/calendar.ts'
import { exportAudit } from '../../core/entra/audit-export.ts'
import { wholeTrail } from '../../core/entra/audit.ts'
import { createReport } from '../../core/report.ts'
import { readStoredSetup } from '../../core/stored-setup.ts'
import { besides, type Told } from '../beside.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call } from '../follow.ts'
import { writeNewFile, writeNewFiles } from '../new-file.ts'
import type { StoredData } from '../stored-data.ts'
import { connectOrResume, type ConnectOptions } from './connect.ts'
import { unfinished } from './handover.ts'

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

/** The report without secrets; beside the app that runs, with what that one found. */
export async function runReport(
  context: CommandContext,
  options: ToFileOptions & { format?: 'markdown' | 'html' },
): Promise<number> {
  const format = options.format ?? 'markdown'
  const file = await besides(context, {
    alone: (app) => call(app, 'report.create', { format }),
    told: (seen) => reportBeside(context, seen, format),
  })
  return give(context, 'report', file, options)
}

async function reportBeside(
  context: CommandContext,
  { status: { cloud, drift } }: Told,
  format: 'markdown' | 'html',
): Promise<TextFile> {
  const { version, clock } = context.world
  return reading(context, async ({ settings, database }) => {
    const { record, verified, confirmedAt } = await readStoredSetup(database)
    if (!record?.completedAt || !cloud) throw unfinished()
    const audit = await wholeTrail(database)
    const found = { record, settings, cloud, verified, drift, audit, confirmedAt }
    return createReport({ ...found, version, now: clock.now() }, format)
  })
}

/** The calendar file of the secret's expiry. */
export async function runCalendar(
  context: CommandContext,
  options: ToFileOptions,
): Promise<number> {
  const file = await reading(context, async ({ database }) => {
    const { record } = await readStoredSetup(database)
    return createCalendar({ record, now: context.world.clock.now() })
  })
  return give(context, 'calendar', file, options)
}

/** The audit trail: each write to the tenant. */
export async function runAudit(
  context: CommandContext,
  options: ToFileOptions & { format?: 'csv' | 'json' },
): Promise<number> {
  const entries = await reading(context, ({ database }) => wholeTrail(database))
  return give(context, 'audit', exportAudit(entries, options.format ?? 'csv'), options)
}

/** Reads what is stored, which disturbs no app that runs and needs no key. */
async function reading<T>(
  { world, common }: CommandContext,
  read: (stored: StoredData) => Promise<T>,
): Promise<T> {
  const stored = await world.openStored(common)
  try {
    return await read(stored)
  } finally {
    await stored.close()
  }
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
