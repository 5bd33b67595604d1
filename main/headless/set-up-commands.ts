// The commands that set up, prove and show what is set up.
import type { Command } from 'commander'
import { connecting } from './command-options.ts'
import type { RunCommand } from './commands.ts'
import type { ConnectOptions } from './commands/connect.ts'
import { type ConsentOptions, runConsent } from './commands/consent.ts'
import { runPreflight } from './commands/preflight.ts'
import { runSetup, type SetupOptions } from './commands/setup.ts'
import { runStatus } from './commands/status.ts'
import { runVerify, type VerifyOptions } from './commands/verify.ts'

/** In the order of --help. */
export function addSettingUp(program: Command, run: RunCommand): void {
  run<ConnectOptions>(
    connecting(
      program
        .command('preflight')
        .description('Sign in and look for what would stop the set-up. Writes nothing.'),
    ),
    runPreflight,
    { startsAnew: true },
  )
  run<SetupOptions>(
    connecting(
      program
        .command('setup')
        .description(
          'Sign in, check the tenant and show the plan; with --yes also apply it and verify the result.',
        )
        .option('--yes', 'apply the plan; without it nothing is written to the tenant'),
    ),
    runSetup,
    { startsAnew: true },
  )
  run<VerifyOptions>(
    connecting(
      program
        .command('verify')
        .description(
          'Prove with a real token that the application and its permissions work. With --tenant-id and --app-id it ' +
            'checks credentials that somebody gave you, without an administrator; their secret comes from ' +
            'EMI_CLIENT_SECRET or --secret-file.',
        )
        .option('--tenant-id <id>', 'Directory (Tenant) ID of the credentials to check')
        .option('--app-id <guid>', 'Client ID of the credentials to check')
        .option('--secret-file <file>', 'file with the client secret to check'),
    ),
    runVerify,
    { startsAnew: true },
  )
  run<ConsentOptions>(
    program
      .command('consent')
      .description(
        'Make a link with which another administrator consents, and ask whether it was used.',
      )
      .option('--wait', 'stay until every permission has arrived'),
    runConsent,
  )
  run(
    program
      .command('status')
      .description(
        'Show what is set up and, while EMI Tray runs, how it fares; also where the data folder may only be read. ' +
          'Exits with 4 while the set-up is not finished.',
      ),
    runStatus,
    { startsAnew: true },
  )
}
