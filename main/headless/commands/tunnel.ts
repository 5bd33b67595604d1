// emi-tray tunnel: how Microsoft reaches this computer, and texts for the proxies and gateways on that way.
import type { ConfigSnippet, ConnectionSettings } from '../../contract/models.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, requireConnection } from '../follow.ts'
import { columns } from '../output.ts'

export interface TunnelCommandOptions {
  snippet?: ConfigSnippet['name']
}

/** Prints one text, or the settings. Exits as every command does where there is no connection yet. */
export function runTunnel(
  context: CommandContext,
  { snippet: name }: TunnelCommandOptions,
): Promise<number> {
  const { output } = context
  return withStartedApp(context, async (app) => {
    requireConnection(app)
    const { mode, settings } = app.state
    const connection = settings.connections[mode ?? 'microsoft']
    if (name === undefined) {
      const { tunnelProvider, publicUrl, webhookPort } = connection
      output.result(
        { command: 'tunnel', tunnelProvider, publicUrl, webhookPort },
        settingLines(connection),
      )
      return exitCodes.ok
    }
    const snippet = (await call(app, 'tunnel.snippets', undefined)).find((one) => one.name === name)
    if (!snippet) throw onlyForSsh(name)
    output.result({ command: 'tunnel', snippet }, [snippet.text.trimEnd()])
    return exitCodes.ok
  })
}

function settingLines({ tunnelProvider, publicUrl, ssh }: ConnectionSettings): string[] {
  return columns([
    ['Provider', tunnelProvider],
    ['Public address', publicUrl || 'not set'],
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
