// emi-tray tunnel: how Microsoft reaches this computer, the token of a Dev Tunnel, and texts for proxies and gateways.
import { readFile } from 'node:fs/promises'
import type { ConnectionSettings } from '../../contract/models/settings.ts'
import type {
  ConfigSnippet,
  KeptTunnelSecret,
  TunnelProviderId,
} from '../../contract/models/tunnel.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection } from '../follow.ts'
import { columns } from '../output.ts'

export interface TunnelCommandOptions {
  snippet?: ConfigSnippet['name']
  hostTokenFile?: string
  test?: boolean
}

/** These services give out the address when they connect. */
const GIVEN: TunnelProviderId[] = ['hosted-ssh', 'devtunnels']

/**
 * Keeps a token, where a file is given, then tests the way, or prints one text or the settings. Exits as every command
 * does where there is no connection yet.
 */
export function runTunnel(
  context: CommandContext,
  { snippet: name, hostTokenFile, test: isTest }: TunnelCommandOptions,
): Promise<number> {
  const { output } = context
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    if (hostTokenFile !== undefined) {
      const text = await readToken(hostTokenFile)
      await call(app, 'tunnel.setSecret', { secret: 'devtunnels', text })
    }
    if (isTest) return testOnce(context, app)
    const { mode, settings } = app.state
    const connection = settings.connections[mode ?? 'microsoft']
    if (name === undefined) {
      const { tunnelProvider, publicUrl, webhookPort } = connection
      const asksForToken = tunnelProvider === 'devtunnels' || hostTokenFile !== undefined
      const kept = asksForToken ? await call(app, 'tunnel.keptSecrets', undefined) : []
      const hostToken = kept.find(({ secret }) => secret === 'devtunnels') ?? null
      const tokenValidUntil = hostToken?.validUntil ?? null
      output.result(
        { command: 'tunnel', tunnelProvider, publicUrl, webhookPort, tokenValidUntil },
        settingLines(connection, hostToken),
      )
      return exitCodes.ok
    }
    const snippet = (await call(app, 'tunnel.snippets', undefined)).find((one) => one.name === name)
    if (!snippet) throw onlyForSsh(name)
    output.result({ command: 'tunnel', snippet }, [snippet.text.trimEnd()])
    return exitCodes.ok
  })
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

function settingLines(
  { tunnelProvider, publicUrl, ssh, devTunnels }: ConnectionSettings,
  hostToken: KeptTunnelSecret | null,
): string[] {
  return columns([
    ['Provider', tunnelProvider],
    ['Public address', publicUrl || (GIVEN.includes(tunnelProvider) ? 'given out' : 'not set')],
    ...(tunnelProvider === 'devtunnels'
      ? ([['Let in by', devTunnels.signIn]] satisfies [string, string][])
      : []),
    ...(hostToken
      ? ([['Token valid until', hostToken.validUntil ?? 'it does not say']] satisfies [
          string,
          string,
        ][])
      : []),
    ...(tunnelProvider === 'ssh'
      ? ([
          ['Gateway', `${ssh.username}@${ssh.host}:${ssh.port}`],
          ['Listens there at', ssh.remoteBind],
        ] satisfies [string, string][])
      : []),
  ])
}

function onlyForSsh(name: string): AppError {
  return new AppError('input-invalid', {
    message: `There is no text for ${name} with the provider that is chosen.`,
    nextStep: 'Choose the ssh gateway on the Webhook page first.',
  })
}
