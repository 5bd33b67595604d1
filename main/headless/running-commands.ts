// The commands about what runs: serving, stored notifications, subscriptions, hand-on, tunnel and network.
import { type Command, Option } from 'commander'
import { entryNumber, limit, port } from './command-options.ts'
import type { RunCommand } from './commands.ts'
import { type GapsOptions, runGaps } from './commands/gaps.ts'
import { type HandOnOptions, runHandOn } from './commands/hand-on.ts'
import { type LogOptions, runLog } from './commands/log.ts'
import { type NetworkOptions, runNetwork } from './commands/network.ts'
import { runPractice } from './commands/practice.ts'
import { runServe, type ServeOptions } from './commands/serve.ts'
import { runSubscriptions, type SubscriptionsOptions } from './commands/subscriptions.ts'
import { runTry, type TryOptions } from './commands/try.ts'
import { runTunnel, type TunnelCommandOptions } from './commands/tunnel.ts'

/** In the order of --help. */
export function addRunning(program: Command, run: RunCommand): void {
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
    { startsAnew: true },
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
        'Show when notifications may have been missed and what was recovered, also while EMI Tray runs. ' +
          'Exits with 4 when something is not.',
      )
      .option('--catch-up', 'read from Microsoft now what is missing')
      .addOption(
        new Option(
          '--read <number>',
          'say what it means to read what another server received, by its number in the list; with --yes read it',
        )
          .argParser(entryNumber)
          .conflicts('catchUp'),
      )
      .option('--yes', 'with --read: read it'),
    runGaps,
  )
  run<SubscriptionsOptions>(
    program
      .command('subscriptions')
      .description(
        'Compare the subscriptions with Microsoft’s list and show them, or settle who holds a place. ' +
          'While EMI Tray runs, show them as it sees them. ' +
          'Exits with 4 when one is not in order.',
      )
      .addOption(
        new Option(
          '--observe <key>',
          'leave a place, by its key in the list, to the server that holds it',
        ).conflicts([...['takeOver', 'handBack']]),
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
        'Show how events are handed on to the contact center, also while EMI Tray runs; or change and try it. ' +
          'Exits with 4 when events were given up or cannot go out.',
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
      .addOption(new Option('--schema', 'print the JSON Schema of the events').conflicts('to')),
    runHandOn,
    { startsAnew: true },
  )
  run<TunnelCommandOptions>(
    program
      .command('tunnel')
      .description(
        'Show how Microsoft reaches this computer, also while EMI Tray runs; test it, or print what to write into the ' +
          'configuration of a reverse proxy or ssh gateway.',
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
        'Check hop by hop everything that has to be reached, or change the way out. A check sets nothing up; a change ' +
          'before the first set-up chooses Microsoft. Exits with 5 when something failed.',
      )
      .option('--proxy <proxy>', 'system, none, or an address such as proxy.example.com:8080')
      .option(
        '--bypass <hosts>',
        'hosts reached directly in spite of that address, with commas: names or IP addresses, each with :PORT for that one only; * for all',
      )
      .option('--proxy-user <name>', 'user name for a proxy that asks for a sign-in')
      .option(
        '--proxy-password-file <file>',
        'file with its password, which goes to the vault; an empty file forgets it',
      )
      .option('--ca-file <file>', 'PEM file of an extra certificate authority')
      .addOption(
        new Option(
          '--firewall-request [tunnel]',
          'print the text for the network team, for the tunnel in use or another kind',
        ).choices([...['static', 'ssh', 'hosted-ssh', 'devtunnels', 'command']]),
      ),
    runNetwork,
    { startsAnew: true },
  )
  run(
    program
      .command('practice')
      .description(
        'Run the practice tenant alone, for other programs to use, until it is interrupted.',
      ),
    runPractice,
    { startsAnew: true },
  )
}
