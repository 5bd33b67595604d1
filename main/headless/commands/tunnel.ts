// emi-tray tunnel: how Microsoft reaches this computer, the token of a Dev Tunnel, and texts for proxies and gateways.
import { readFile } from 'node:fs/promises'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type { ConfigSnippet, ProbeResult, TunnelProviderId } from '../../contract/models/tunnel.ts'
import { AppError } from '../../core/app-error.ts'
import { proxySnippets } from '../../core/tunnel/proxy-snippets.ts'
import { besides, sayingLines, type Told } from '../beside.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, notSetUp, requireConnection } from '../follow.ts'
import { columns } from '../output.ts'

export interface TunnelCommandOptions {
  snippet?: ConfigSnippet['name']
  hostTokenFile?: string
  test?: boolean
}

/** These services give out the address when they connect. */
const GIVEN: TunnelProviderId[] = ['hosted-ssh', 'devtunnels']

/**
 * Keeps a token, where a file is given, then tests the way, or prints one text or the settings. Beside the app that runs
 * it only shows: the settings with how the tunnel stands, and the texts that hold no key. Exits as every command does
 * where there is no connection yet.
 */
export async function runTunnel(
  context: CommandContext,
  { snippet: name, hostTokenFile, test: isTest }: TunnelCommandOptions,
): Promise<number> {
  const token = hostTokenFile === undefined ? null : await readToken(hostTokenFile)
  const alone = async (app: CliApp) => {
    // Before anything is kept: there may be no such text.
    const snippet = name === undefined ? null : await snippetOf(app, name)
    if (token !== null) await call(app, 'tunnel.setSecret', { secret: 'devtunnels', text: token })
    if (isTest) return testOnce(context, app)
    if (snippet) return giveSnippet(context, snippet)
    return showSettings(context, app, token !== null)
  }
  if (token !== null || isTest || name === 'sshd') {
    return withStartedApp(context, (app) => {
      requireConnection(app)
      return alone(app)
    })
  }
  return besides(context, {
    alone,
    told: (seen) => Promise.resolve(showBeside(context, seen, name)),
  })
}

async function snippetOf(app: CliApp, name: ConfigSnippet['name']): Promise<ConfigSnippet> {
  const found = (await call(app, 'tunnel.snippets', undefined)).find((one) => one.name === name)
  if (!found) throw onlyForSsh(name)
  return found
}

function giveSnippet({ output }: CommandContext, snippet: ConfigSnippet): number {
  output.result({ command: 'tunnel', snippet }, [snippet.text.trimEnd()])
  return exitCodes.ok
}

async function showSettings(
  { output }: CommandContext,
  app: CliApp,
  hasNewToken: boolean,
): Promise<number> {
  const { mode, settings } = app.state
  const connection = settings.connections[mode ?? 'microsoft']
  const { tunnelProvider, publicUrl, webhookPort } = connection
  const asksForToken = tunnelProvider === 'devtunnels' || hasNewToken
  const kept = asksForToken ? await call(app, 'tunnel.keptSecrets', undefined) : []
  const hostToken = kept.find(({ secret }) => secret === 'devtunnels') ?? null
  const tokenValidUntil = hostToken?.validUntil ?? null
  output.result(
    { command: 'tunnel', tunnelProvider, publicUrl, webhookPort, tokenValidUntil, running: null },
    columns(settingRows(connection, hostToken && (tokenValidUntil ?? 'it does not say'))),
  )
  return exitCodes.ok
}

/** What the app that runs says; the token itself is with that one. */
function showBeside(context: CommandContext, seen: Told, name?: ConfigSnippet['name']): number {
  const { settings, tunnel } = seen.status
  if (settings === null) throw notSetUp()
  const snippet = proxySnippets(settings).find((one) => one.name === name)
  if (snippet) return giveSnippet(context, snippet)
  const { tunnelProvider, publicUrl, webhookPort } = settings
  const { validUntil: tokenValidUntil, lastProbe } = tunnel
  const running = { ...seen.running, tunnel }
  context.output.result(
    { command: 'tunnel', tunnelProvider, publicUrl, webhookPort, tokenValidUntil, running },
    [
      ...sayingLines(seen),
      ...columns([
        ...settingRows(settings, tokenValidUntil),
        ['State', tunnel.phase],
        ['Reached at', tunnel.publicUrl ?? 'nowhere at the moment'],
        ['Last test', lastProbe ? probeText(lastProbe) : 'none yet'],
      ]),
      ...(tunnel.error ? [tunnel.error.message, tunnel.error.nextStep] : []),
    ],
  )
  return exitCodes.ok
}

function probeText({ at, ok, hops }: ProbeResult): string {
  const failed = hops.find((hop) => !hop.ok)
  return `${at}: ${ok ? 'leads here' : `does not lead here. ${failed?.message ?? ''}`.trim()}`
}

/** Opens the tunnel once, tests through it and closes it. Exits with 5 when the way does not lead here. */
async function testOnce({ output }: CommandContext, app: CliApp): Promise<number> {
  output.progress('Opening the tunnel once, and testing through it.')
  const { publicUrl, probe } = await call(app, 'tunnel.tryOut', { connection: {} })
  const hops = probe.hops.map(({ name, ok, message }): [string, string] => [
    `${ok ? 'ok' : 'failed'}: ${name}`,
    message,
  ])
  output.result({ command: 'tunnel', publicUrl, probe }, [publicUrl, ...columns(hops)])
  return probe.ok ? exitCodes.ok : exitCodes.network
}

/** What `devtunnel token` printed, as it is; an empty file forgets the token. */
async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new AppError('input-invalid', {
      message: `The token file ${file} cannot be read.`,
      nextStep: 'Check the path and that you may read it.',
      cause: error,
    })
  }
}

function settingRows(
  { tunnelProvider, publicUrl, ssh, devTunnels }: ConnectionSettings,
  tokenValidUntil: string | null,
): [string, string][] {
  const rows: [string, string][] = [
    ['Provider', tunnelProvider],
    ['Public address', publicUrl || (GIVEN.includes(tunnelProvider) ? 'given out' : 'not set')],
  ]
  if (tunnelProvider === 'devtunnels') rows.push(['Let in by', devTunnels.signIn])
  if (tokenValidUntil !== null) rows.push(['Token valid until', tokenValidUntil])
  if (tunnelProvider === 'ssh') {
    rows.push(['Gateway', `${ssh.username}@${ssh.host}:${ssh.port}`])
    rows.push(['Listens there at', ssh.remoteBind])
  }
  return rows
}

function onlyForSsh(name: string): AppError {
  return new AppError('input-invalid', {
    message: `There is no text for ${name} with the provider that is chosen.`,
    nextStep: 'Choose the ssh gateway on the Webhook page first.',
  })
}
