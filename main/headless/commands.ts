// The commands of emi-tray with their options; what they do is in commands/.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from './command-context.ts'
import type { ConnectOptions } from './commands/connect.ts'
import { type ConsentOptions, runConsent } from './commands/consent.ts'
import { runDiagnostics } from './commands/diagnostics.ts'
import { type RepairOptions, runDrift, runRepair, type SignInOptions } from './commands/drift.ts'
import { runAudit, runCalendar, runPackage, runReport } from './commands/files.ts'
import { type GapsOptions, runGaps } from './commands/gaps.ts'
import { type HandOnOptions, runHandOn } from './commands/hand-on.ts'
import { runSubscriptions, type SubscriptionsOptions } from './commands/subscriptions.ts'
import { type HandoverOptions, runHandover } from './commands/handover.ts'
import { type LogOptions, runLog } from './commands/log.ts'
import { type NetworkOptions, runNetwork } from './commands/network.ts'
import { runPractice } from './commands/practice.ts'
import { runPreflight } from './commands/preflight.ts'
import { type RemoveOptions, runRemove } from './commands/remove.ts'
import { type RotateOptions, runRotate } from './commands/rotate.ts'
import { type OpenOptions, runOpen, runSeal, type SealOptions } from './commands/sealed.ts'
import { runServe, type ServeOptions } from './commands/serve.ts'
import { runSetup, type SetupOptions } from './commands/setup.ts'
import { runStatus } from './commands/status.ts'
import { runTry, type TryOptions } from './commands/try.ts'
import { runTunnel, type TunnelCommandOptions } from './commands/tunnel.ts'
import { runVerify, type VerifyOptions } from './commands/verify.ts'

/** What a command does with its options and arguments; resolves with the exit code. */
export type CommandWork<O> = (
  context: CommandContext,
  options: O,
  args: string[],
) => Promise<number>

export type RunCommand = <O extends object>(command: Command, work: CommandWork<O>) => void

/** Adds every command to the program, in the order of --help. */
export function addCommands(program: Command, run: RunCommand): void {
  addSettingUp(program, run)
  addCare(program, run)
  addFiles(program, run)
  addRunning(program, run)
}

function addSettingUp(program: Command, run: RunCommand): void {
  run<ConnectOptions>(
    connecting(
      program
        .command('preflight')
        .description('Sign in and look for what would stop the set-up. Writes nothing.'),
    ),
    runPreflight,
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
      .description('Show what is set up. Exits with 4 while the set-up is not finished.'),
    runStatus,
  )
}

function addCare(program: Command, run: RunCommand): void {
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

function addFiles(program: Command, run: RunCommand): void {
  run<HandoverOptions>(
    program
      .command('handover')
      .description('Print the values for the integration account, in the order of its form.')
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
  )
  run<{ format?: 'markdown' | 'html'; to?: string }>(
    program
      .command('report')
      .description('Write a report without secrets: ids, permissions, consent, expiry.')
      .addOption(
        new Option('--format <format>', 'markdown when left out').choices(['markdown', 'html']),
      )
      .option('--to <file>', 'a new file; printed when left out'),
    runReport,
  )
  run<{ to?: string }>(
    program
      .command('calendar')
      .description('Write a calendar file (.ics) that reminds of the secret’s expiry.')
      .option('--to <file>', 'a new file; printed when left out'),
    runCalendar,
  )
  run<{ format?: 'csv' | 'json'; to?: string }>(
    program
      .command('audit')
      .description(
        'Write the audit trail: each write to the tenant with time, account and request-id.',
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
  )
}

function addRunning(program: Command, run: RunCommand): void {
  run<ServeOptions>(
    program
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
      .option('--practice', 'use the built-in practice tenant'),
    runServe,
  )
  run<LogOptions>(
    program
      .command('log')
      .argument('[text]', 'an id of a message, chat, person or subscription, or a part of a name')
      .description(
        'Search the stored notifications, the newest first, also while EMI Tray runs. ' +
          'What messages say is not searched: it lies encrypted.',
      )
      .option('--from <time>', 'received at this time or later, such as 2026-03-02T09:00Z')
      .option('--to <time>', 'received before this time')
      .addOption(
        new Option('--kind <kind>', 'kind of notification').choices(['change', 'lifecycle']),
      )
      .addOption(
        new Option('--origin <origin>', 'how it came').choices(['graph', 'catch-up', 'test']),
      )
      .option('--change <type>', 'changeType or lifecycleEvent, such as created')
      .option('--place <id>', 'id of a chat, or channel:<team id>/<channel id>')
      .option('--sender <guid>', 'Entra id of the person who sent it')
      .option('--subscription <guid>', 'id of the subscription')
      .addOption(
        new Option('--hand-on <state>', 'how handing it on fares').choices([
          ...['none', 'waiting', 'done', 'dead'],
        ]),
      )
      .addOption(
        new Option('--content <verdict>', 'whether its content is proven').choices([
          ...['none', 'waiting', 'valid', 'refused'],
        ]),
      )
      .option('--limit <number>', 'how many are printed, 50 when left out', limit)
      .addOption(
        new Option('--export <format>', 'write all that match to --out').choices(['jsonl', 'har']),
      )
      .option('--out <file>', 'a new file for --export'),
    runLog,
  )
  run<GapsOptions>(
    program
      .command('gaps')
      .description(
        'Show when notifications may have been missed and what was recovered. ' +
          'Exits with 4 when something is not.',
      )
      .option('--catch-up', 'read from Microsoft now what is missing'),
    runGaps,
  )
  run<SubscriptionsOptions>(
    program
      .command('subscriptions')
      .description(
        'Compare the subscriptions with Microsoft’s list and show them, or settle who holds a place. ' +
          'Exits with 4 when one is not in order.',
      )
      .addOption(
        new Option('--observe <key>', 'leave a place to the server that holds it').conflicts([
          ...['takeOver', 'handBack'],
        ]),
      )
      .option('--take-when-free', 'with --observe: take the place when nobody holds it any more')
      .addOption(
        new Option(
          '--take-over <key>',
          'delete the other server’s subscription, or end observing, and make ours',
        ).conflicts('handBack'),
      )
      .option('--hand-back <key>', 'delete ours that was taken over, and leave the place again'),
    runSubscriptions,
  )
  run<HandOnOptions>(
    program
      .command('hand-on')
      .description(
        'Show how events are handed on to the contact center, or change and try it. ' +
          'Exits with 4 when events were given up.',
      )
      .option('--to <target>', 'where to: an https address, file, or none')
      .addOption(
        new Option('--test', 'send a signed test event').conflicts([
          ...['redeliver', 'showKey', 'schema'],
        ]),
      )
      .addOption(
        new Option('--redeliver', 'have everything that was given up wait again').conflicts([
          ...['showKey', 'schema'],
        ]),
      )
      .addOption(new Option('--show-key', 'print the signing key').conflicts('schema'))
      .option('--schema', 'print the JSON Schema of the events'),
    runHandOn,
  )
  run<TunnelCommandOptions>(
    program
      .command('tunnel')
      .description(
        'Show how Microsoft reaches this computer, test it, or print what to write into the configuration of a ' +
          'reverse proxy or ssh gateway.',
      )
      .option(
        '--test',
        'open the tunnel once and test through it; exits with 5 when it leads elsewhere',
      )
      .addOption(
        new Option('--snippet <name>', 'print the text for one program').choices([
          ...['nginx', 'caddy', 'iis', 'sshd'],
        ]),
      )
      .option(
        '--host-token-file <file>',
        'file with what “devtunnel token” printed; its token goes to the vault, an empty file forgets it',
      ),
    runTunnel,
  )
  run<TryOptions>(
    program
      .command('try')
      .description(
        'Start the webhook, send a test notification through the public address and follow it into the inbox. ' +
          'Exits with 5 when it did not arrive.',
      )
      .option('--message', 'wait for a real Teams message instead'),
    runTry,
  )
  run<NetworkOptions>(
    program
      .command('network')
      .description(
        'Check hop by hop everything that has to be reached, or change the way out. Exits with 5 when something failed.',
      )
      .option('--proxy <proxy>', 'system, none, or an address such as proxy.example.com:8080')
      .option('--bypass <hosts>', 'hosts reached directly in spite of that address, with commas')
      .option('--proxy-user <name>', 'user name for a proxy that asks for a sign-in')
      .option(
        '--proxy-password-file <file>',
        'file with its password, which goes to the vault; an empty file forgets it',
      )
      .option('--ca-file <file>', 'PEM file of an extra certificate authority')
      .option(
        '--firewall-request [tunnel]',
        'print the text for the network team, for the tunnel in use or another kind',
      ),
    runNetwork,
  )
  run(
    program
      .command('practice')
      .description(
        'Run the practice tenant alone, for other programs to use, until it is interrupted.',
      ),
    runPractice,
  )
}

/** Options of the commands that choose where to connect. */
function connecting(command: Command): Command {
  return signingIn(command)
    .option('--practice', 'use the built-in practice tenant, signed in as its global administrator')
    .option(
      '--tenant-url <host>',
      'host name of the contact center, such as acme.brightpattern.com',
    )
    .option('--name <name>', 'name of the application in Microsoft Entra')
    .option(
      '--adopt <guid>',
      'use the application with this client id, which somebody made by hand',
    )
    .option('--secret-months <months>', 'life of the client secret, 1 to 24 months', months)
    .addOption(
      new Option('--with <permission...>', 'also ask for these optional permissions').choices([
        'Chat.Read.All',
        'Application.Read.All',
        'Presence.Read.All',
        'Files.Read.All',
      ]),
    )
    .option('--with-chat-read-all', 'the same as --with Chat.Read.All')
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

function signingIn(command: Command): Command {
  return command.option(
    '--device-code',
    'sign in with a code on another device instead of a browser here',
  )
}

function months(text: string): number {
  return wholeNumber(text, { least: 1, most: 24 })
}

function limit(text: string): number {
  return wholeNumber(text, { least: 1, most: 100_000 })
}

function days(text: string): number {
  return wholeNumber(text, { least: 1, most: 90 })
}

function port(text: string): number {
  return wholeNumber(text, { least: 1, most: 65_535 })
}

function wholeNumber(text: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most) return value
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
}
