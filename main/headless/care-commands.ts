// The commands that compare, repair, rotate and remove.
import { type Command, Option } from 'commander'
import { signingIn } from './command-options.ts'
import type { RunCommand } from './commands.ts'
import { type RepairOptions, runDrift, runRepair, type SignInOptions } from './commands/drift.ts'
import { type RemoveOptions, runRemove } from './commands/remove.ts'
import { type RotateOptions, runRotate } from './commands/rotate.ts'

/** In the order of --help. */
export function addCare(program: Command, run: RunCommand): void {
  run<SignInOptions>(
    signingIn(
      program
        .command('drift')
        .description(
          'Compare the application with what it should be. Exits with 4 when it differs.',
        ),
    ),
    runDrift,
  )
  run<RepairOptions>(
    signingIn(
      program
        .command('repair')
        .description('Add again what is missing. Takes nothing away unless --remove names it.')
        .option('--yes', 'repair; without it the command only compares')
        .option(
          '--remove <id...>',
          'also remove these surplus things, by the ids that drift shows',
        ),
    ),
    runRepair,
  )
  run<RotateOptions>(
    signingIn(
      program
        .command('rotate')
        .description(
          'Show the client secret; with --yes add a new one beside it and prove it. The old one works until --confirm.',
        )
        .option('--yes', 'add a new secret, or go on with a rotation that was interrupted')
        .addOption(
          new Option('--confirm', 'Test connection said OK: remove the old secret').conflicts([
            'yes',
            'abandon',
          ]),
        )
        .addOption(
          new Option('--abandon', 'go back to the old secret and remove the new one').conflicts([
            'yes',
            'confirm',
          ]),
        ),
    ),
    runRotate,
  )
  run<RemoveOptions>(
    signingIn(
      program
        .command('remove')
        .description('List everything that EMI Tray made; with --yes remove it step by step.')
        .option('--yes', 'remove; without it nothing is removed')
        .option('--only <id...>', 'only these, by the names that the list shows')
        .option('--only-here', 'only what is on this machine; needs no sign-in'),
    ),
    runRemove,
  )
}
