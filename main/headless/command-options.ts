// Options that several commands share, and the parsers of their numbers.
import { type Command, InvalidArgumentError, Option } from 'commander'

/** Options of the commands that choose where to connect. */
export function connecting(command: Command): Command {
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
      guid,
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
    .option('--client-id <guid>', 'client id of the public client that signs you in', guid)
}

/** Options of the commands that sign in. */
export function signingIn(command: Command): Command {
  return command.option(
    '--device-code',
    'sign in with a code on another device instead of a browser here',
  )
}

/** Parses 1 to 24; throws InvalidArgumentError. */
export function months(text: string): number {
  return wholeNumber(text, { least: 1, most: 24 })
}

/** Parses 1 to 100,000; throws InvalidArgumentError. */
export function limit(text: string): number {
  return wholeNumber(text, { least: 1, most: 100_000 })
}

/** Parses 1 to 90; throws InvalidArgumentError. */
export function days(text: string): number {
  return wholeNumber(text, { least: 1, most: 90 })
}

/** Parses 1 to 999,999; throws InvalidArgumentError. */
export function entryNumber(text: string): number {
  return wholeNumber(text, { least: 1, most: 999_999 })
}

/** Parses 1 to 65,535; throws InvalidArgumentError. */
export function port(text: string): number {
  return wholeNumber(text, { least: 1, most: 65_535 })
}

/** Accepts a client id, or none; throws InvalidArgumentError, which names the option. */
export function guid(text: string): string {
  const trimmed = text.trim()
  if (/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i.test(trimmed)) return trimmed
  throw new InvalidArgumentError('It must be a client id, which is a GUID.')
}

function wholeNumber(text: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most) return value
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
}
