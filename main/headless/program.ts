// The emi-tray command line: options that all commands share, and turning every ending into an exit code.
import { Command, CommanderError } from 'commander'
import { toErrorReport } from '../core/app-error.ts'
import type { CliWorld, CommonOptions } from './command-context.ts'
import { addCommands, type CommandTraits, type CommandWork, type RunCommand } from './commands.ts'
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-codes.ts'
import { notSetUp, ReportedError } from './follow.ts'
import { Output } from './output.ts'

const gettingStarted = `Every command has --help, --json, --data, --passphrase-file and --key-file, written after its name.
To try everything first, without Microsoft:
  emi-tray setup --practice --yes --data <folder>
  emi-tray status --data <folder>`

const jsonHelp = `With --json a result is {"ok": true, "command": …} with what the command found, and a failure
{"ok": false, "error": {"code", "message", "nextStep", "details", "reference", "at"}}; the exit codes are the same.`

const secretsHelp = `Secrets are never given as options. The vault is opened with the system's keychain or, where there is none, with
  EMI_PASSPHRASE, EMI_PASSPHRASE_FILE or --passphrase-file   a passphrase
  EMI_KEY_FILE or --key-file                                 a key file of mode 0600`

/** Runs one command line to its end. Never rejects. Returns the exit code. */
export async function runCli(args: string[], world: CliWorld): Promise<number> {
  const output = new Output(world, { json: wantsJson(args) })
  let exitCode: number = exitCodes.ok
  const program = createProgram(world, output, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, { output, world })
    const report = error instanceof ReportedError ? error.report : toErrorReport(error, world)
    output.failure(report)
    return exitCodeOf(report.code)
  }
}

function createProgram(
  world: CliWorld,
  output: Output,
  setExitCode: (code: number) => void,
): Command {
  const program = new Command('emi-tray')
    .description('Connects Microsoft Teams to an on-premises Bright Pattern contact center.')
    .version(world.version)
    .usage('<command> [options]')
    .exitOverride()
    .configureOutput({
      writeOut: world.stdout,
      // With --json the failure is the document on stdout.
      writeErr: (text) => output.json || world.stderr(text),
    })
    .showHelpAfterError('Add --help to see the options.')
    .addHelpText('after', `\n${gettingStarted}\n\n${exitCodeHelp}`)

  const run: RunCommand = <O extends object>(
    command: Command,
    work: CommandWork<O>,
    { startsAnew = false }: CommandTraits = {},
  ) => {
    addCommonOptions(command).action(async () => {
      const common = command.opts<CommonOptions>()
      if (!startsAnew && world.isNew(common)) throw notSetUp()
      setExitCode(await work({ world, output, common }, command.opts<O>(), command.args))
    })
  }

  addCommands(program, run)
  return program
}

function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print exactly one JSON document on stdout; progress goes to stderr')
    .option('--data <folder>', 'data folder; the usual one of this system when left out')
    .option('--passphrase-file <file>', 'file with the passphrase of the vault')
    .option('--key-file <file>', 'key file of the vault, mode 0600')
    .allowExcessArguments(false)
    .addHelpText('after', `\n${secretsHelp}\n\n${jsonHelp}\n\n${exitCodeHelp}`)
}

/** Help and version are no failures; everything else that commander throws is a wrong command line. */
function usageExit(
  error: CommanderError,
  { output, world }: { output: Output; world: CliWorld },
): number {
  if (error.exitCode === 0) return exitCodes.ok
  // commander has already printed its message as text.
  if (output.json) {
    output.failure({
      code: 'input-invalid',
      message:
        error.code === 'commander.help'
          ? 'The command is missing.'
          : error.message.replace(/^error: /, ''),
      nextStep: 'Add --help to see the options.',
      details: null,
      reference: '',
      at: world.clock.now().toISOString(),
    })
  }
  return exitCodes.usage
}

function wantsJson(args: string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? undefined : end).includes('--json')
}
