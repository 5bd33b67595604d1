// emi-tray network: the proxy, a check of everything that has to be reached, and the text for the network team.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { NetworkState, NetworkTarget } from '../../contract/models/network.ts'
import type { ConnectionSettings, ProxySettings } from '../../contract/models/settings.ts'
import type { TunnelProviderId } from '../../contract/models/tunnel.ts'
import { AppError } from '../../core/app-error.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { call, runJob } from '../follow.ts'

export interface NetworkOptions {
  proxy?: string
  bypass?: string
  proxyUser?: string
  proxyPasswordFile?: string
  caFile?: string
  firewallRequest?: TunnelProviderId | true
}

/** Takes over what the options change, then prints the request or checks. Exits with 5 when a hop failed. */
export function runNetwork(context: CommandContext, options: NetworkOptions): Promise<number> {
  const { output, world } = context
  return withStartedApp(context, async (app) => {
    // Before the first set-up there may be no other way to it than through the proxy that is set here.
    if (app.state.mode === null) await call(app, 'connection.choose', { mode: 'microsoft' })
    await change(app, options)
    if (options.firewallRequest !== undefined) {
      const asked = options.firewallRequest
      const provider = asked === true ? settingsOf(app).tunnelProvider : asked
      const file = await call(app, 'network.firewallRequest', { provider })
      output.result({ command: 'network', request: file.text }, [file.text.trimEnd()])
      return exitCodes.ok
    }
    const { network } = await runJob(app, {
      call: 'network.check',
      input: undefined,
      cancel: 'network.cancel',
      jobOf: (state) => state.network.job,
      words: 'The network check',
      signal: world.signal,
      onDoing: (line) => output.progress(line),
    })
    const { passwordSet, targets } = network
    output.result({ command: 'network', passwordSet, targets }, lines(network))
    const isBad = targets.some(({ hops }) => hops.some(({ state }) => state === 'failed'))
    return isBad ? exitCodes.network : exitCodes.ok
  })
}

/** All of it, or nothing where a part is refused. */
async function change(app: CliApp, options: NetworkOptions): Promise<void> {
  const { proxy, bypass, proxyUser, proxyPasswordFile, caFile } = options
  const password = proxyPasswordFile === undefined ? null : await readPassword(proxyPasswordFile)
  const changed = {
    ...(proxy === undefined ? {} : wayOf(proxy)),
    ...(bypass === undefined ? {} : { bypass }),
    ...(proxyUser === undefined ? {} : { username: proxyUser }),
  }
  const connection: Partial<ConnectionSettings> = {
    ...(Object.keys(changed).length > 0 && { proxy: { ...settingsOf(app).proxy, ...changed } }),
    // A service has another working folder. An empty name forgets the file.
    ...(caFile !== undefined && { caFile: caFile === '' ? '' : resolve(caFile) }),
  }
  if (Object.keys(connection).length > 0) await call(app, 'settings.update', { connection })
  if (password !== null) await call(app, 'network.setProxyPassword', { password })
}

function wayOf(proxy: string): Partial<ProxySettings> {
  return proxy === 'system' || proxy === 'none'
    ? { kind: proxy }
    : { kind: 'address', address: proxy }
}

/** The first line of the file; an empty file forgets the password. */
async function readPassword(file: string): Promise<string> {
  try {
    const [first = ''] = (await readFile(file, 'utf8')).split(/\r?\n/)
    return first
  } catch (error) {
    throw new AppError('input-invalid', {
      message: `The password file ${file} cannot be read.`,
      nextStep: 'Check the path and that you may read it.',
      cause: error,
    })
  }
}

function settingsOf({ state }: CliApp) {
  return state.settings.connections[state.mode ?? 'microsoft']
}

function lines({ targets }: NetworkState): string[] {
  return targets.flatMap(({ name, address, hops }) => [
    `${name} (${address})`,
    ...hops.flatMap(hopLines),
  ])
}

const MARKS = { ok: 'ok', warning: 'look', failed: 'FAILED' }

function hopLines(hop: NetworkTarget['hops'][number]): string[] {
  const start = `  ${MARKS[hop.state].padEnd(8)}${hop.name.padEnd(16)}${`${hop.durationMs} ms`.padStart(8)}  `
  const next = hop.nextStep === null ? [] : [`${' '.repeat(start.length)}${hop.nextStep}`]
  return [`${start}${hop.message}`, ...next]
}
