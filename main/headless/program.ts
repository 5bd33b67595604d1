// The emi-tray command line: its commands and options, and turning every ending into an exit code.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { toErrorReport } from '../core/app-error.ts'
import type { CliWorld, CommandContext, CommonOptions } from './command-context.ts'
import { runHandover, type HandoverOptions } from './commands/handover.ts'
import { runPractice } from './commands/practice.ts'
import { runServe, type ServeOptions } from './commands/serve.ts'
import { runSetup, type SetupOptions } from './commands/setup.ts'
import { runStatus } from './commands/status.ts'
import { runVerify } from './commands/verify.ts'
import { exitCodeHelp, exitCodeOf, exitCodes } from './exit-codes.ts'
import { ReportedError } from './follow.ts'
import { Output } from './output.ts'

const secretsHelp = `Secrets are never given as options. The vault is opened with the system's keychain or, where there is none, with
  EMI_PASSPHRASE, EMI_PASSPHRASE_FILE or --passphrase-file   a passphrase
  EMI_KEY_FILE or --key-file                                 a key file of mode 0600`

type Run<O> = (context: CommandContext, options: O) => Promise<number>

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
    .exitOverride()
    .configureOutput({
      writeOut: world.stdout,
      // With --json the failure is the document on stdout.
      writeErr: (text) => output.json || world.stderr(text),
    })
    .showHelpAfterError('Add --help to see the options.')
    .addHelpText('after', `\n${exitCodeHelp}`)

  const run = <O extends object>(command: Command, work: Run<O>) => {
    addCommonOptions(command).action(async () => {
      const common = command.opts<CommonOptions>()
      setExitCode(await work({ world, output, common }, command.opts<O>()))
    })
  }

  run<SetupOptions>(addSetup(program), runSetup)
  run(
    program
      .command('verify')
      .description('Prove with a real token that the application and its permissions work.'),
    runVerify,
  )
  run(
    program
      .command('status')
      .description('Show what is set up. Exits with 4 while the set-up is not finished.'),
    runStatus,
  )
  run<HandoverOptions>(addHandover(program), runHandover)
  run<ServeOptions>(addServe(program), runServe)
  run(
    program
      .command('practice')
      .description(
        'Run the practice tenant alone, for other programs to use, until it is interrupted.',
      ),
    runPractice,
  )
  return program
}

function addSetup(program: Command): Command {
  return program
    .command('setup')
    .description(
      'Sign in, check the tenant and show the plan; with --yes also apply it and verify the result.',
    )
    .option('--yes', 'apply the plan; without it nothing is written to the tenant')
    .option('--practice', 'use the built-in practice tenant, signed in as its global administrator')
    .option(
      '--tenant-url <host>',
      'host name of the contact center, such as acme.brightpattern.com',
    )
    .option('--device-code', 'sign in with a code on another device instead of a browser here')
    .option('--name <name>', 'name of the application in Microsoft Entra')
    .option('--secret-months <months>', 'life of the client secret, 1 to 24 months', months)
    .option('--with-chat-read-all', 'also ask for the optional permission Chat.Read.All')
    .addOption(
      new Option('--cloud <cloud>', 'cloud of Microsoft').choices([
        'global',
        'us-gov-l4',
        'us-gov-l5',
        'china',
        'custom',
      ]),
    )
    .option('--login-host <url>', 'sign-in address of a custom cloud')
    .option('--graph-host <url>', 'Graph address of a custom cloud')
    .option('--ca-file <file>', 'PEM file of an extra certificate authority')
    .option('--client-id <guid>', 'client id of the public client that signs you in')
}

function addHandover(program: Command): Command {
  return program
    .command('handover')
    .description('Print the values for the integration account, in the order of its form.')
    .option('--show-secret', 'print the client secret as well')
    .addOption(
      new Option(
        '--secret-to <file>',
        'write the client secret to a new file of mode 0600',
      ).conflicts('showSecret'),
    )
}

function addServe(program: Command): Command {
  return program
    .command('serve')
    .description(
      'Run the webhook and serve the pages on 127.0.0.1 until it is interrupted. ' +
        'Press Enter, or send SIGUSR2, for another one-time address.',
    )
    .option('--port <port>', 'port of the pages; a free one when left out', port)
    .option(
      '--open',
      'open the pages in the system browser; other users of this machine may see that address',
    )
    .option('--no-open', 'open no browser at all, not even to sign in; print the addresses')
    .option('--practice', 'use the built-in practice tenant')
}

function addCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print exactly one JSON document on stdout; progress goes to stderr')
    .option('--data <folder>', 'data folder; the usual one of this system when left out')
    .option('--passphrase-file <file>', 'file with the passphrase of the vault')
    .option('--key-file <file>', 'key file of the vault, mode 0600')
    .allowExcessArguments(false)
    .addHelpText('after', `\n${secretsHelp}\n\n${exitCodeHelp}`)
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

function months(text: string): number {
  return wholeNumber(text, { least: 1, most: 24 })
}

function port(text: string): number {
  return wholeNumber(text, { least: 1, most: 65_535 })
}

function wholeNumber(text: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most) return value
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
}
