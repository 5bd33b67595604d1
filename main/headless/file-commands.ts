// The commands that print or write something to hand over, send or keep; all that only read also work beside the app.
import { type Command, Option } from 'commander'
import { connecting, days } from './command-options.ts'
import type { RunCommand } from './commands.ts'
import type { ConnectOptions } from './commands/connect.ts'
import { runDiagnostics } from './commands/diagnostics.ts'
import { runAudit, runCalendar, runPackage, runReport } from './commands/files.ts'
import { type HandoverOptions, runHandover } from './commands/handover.ts'
import { type OpenOptions, runOpen, runSeal, type SealOptions } from './commands/sealed.ts'

/** In the order of --help. */
export function addFiles(program: Command, run: RunCommand): void {
  run<HandoverOptions>(
    program
      .command('handover')
      .description(
        'Print the values for the integration account, in the order of its form, also while EMI Tray runs.',
      )
      .addOption(
        new Option('--format <format>', 'print a file instead').choices(['env', 'json', 'csv']),
      )
      .option('--show-secret', 'print the client secret as well')
      .addOption(
        new Option(
          '--secret-to <file>',
          'write the client secret to a new file of mode 0600',
        ).conflicts(['showSecret', 'format']),
      ),
    runHandover,
  )
  run<SealOptions>(
    program
      .command('seal')
      .description(
        'Write the whole hand-over, with its secret, into one file under a passphrase. That comes from ' +
          'EMI_SEAL_PASSPHRASE or --seal-passphrase-file.',
      )
      .requiredOption('--to <file>', 'the new file')
      .option('--days <days>', 'how long it can be opened, 1 to 90 days; 7 when left out', days)
      .option(
        '--seal-passphrase-file <file>',
        'file with the passphrase of the sealed file, instead of EMI_SEAL_PASSPHRASE',
      ),
    runSeal,
  )
  run<OpenOptions>(
    connecting(
      program
        .command('open')
        .description('Take over a sealed hand-over that another EMI Tray made, and verify it.')
        .argument('<file>', 'the sealed file')
        .option('--replace', 'also where another application is set up here already')
        .option(
          '--seal-passphrase-file <file>',
          'file with the passphrase of the sealed file, instead of EMI_SEAL_PASSPHRASE',
        ),
    ),
    (context, options, [file = '']) => runOpen(context, options, file),
    { startsAnew: true },
  )
  run<ConnectOptions & { to: string }>(
    connecting(
      program
        .command('package')
        .description(
          'Write scripts, permission table and steps for an identity team that sets it up itself. Needs no sign-in.',
        )
        .requiredOption('--to <folder>', 'folder for the files'),
    ),
    runPackage,
    { startsAnew: true },
  )
  run<{ format?: 'markdown' | 'html'; to?: string }>(
    program
      .command('report')
      .description(
        'Write a report without secrets: ids, permissions, consent, expiry. Also while EMI Tray runs.',
      )
      .addOption(
        new Option('--format <format>', 'markdown when left out').choices(['markdown', 'html']),
      )
      .option('--to <file>', 'a new file; printed when left out'),
    runReport,
  )
  run<{ to?: string }>(
    program
      .command('calendar')
      .description(
        'Write a calendar file (.ics) that reminds of the secret’s expiry, also while EMI Tray runs.',
      )
      .option('--to <file>', 'a new file; printed when left out'),
    runCalendar,
  )
  run<{ format?: 'csv' | 'json'; to?: string }>(
    program
      .command('audit')
      .description(
        'Write the audit trail: each write to the tenant with time, account and request-id. Also while EMI Tray runs.',
      )
      .addOption(new Option('--format <format>', 'csv when left out').choices(['csv', 'json']))
      .option('--to <file>', 'a new file; printed when left out'),
    runAudit,
  )
  run<{ to?: string }>(
    program
      .command('diagnostics')
      .description(
        'Collect logs, settings and crash records for whoever helps you, without secrets; ' +
          'works also while the app runs or cannot start.',
      )
      .option('--to <file>', 'a new .zip file; in the data folder when left out'),
    runDiagnostics,
    { startsAnew: true },
  )
}
