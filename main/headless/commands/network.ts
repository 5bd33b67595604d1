// emi-tray network: the proxy, a check of everything that has to be reached, and the text for the network team.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Mode } from '../../contract/models/connection.ts'
import type { TextFile } from '../../contract/models/handover.ts'
import type { NetworkState, NetworkTarget } from '../../contract/models/network.ts'
import type { ConnectionSettings, ProxySettings } from '../../contract/models/settings.ts'
import type { TunnelProviderId } from '../../contract/models/tunnel.ts'
import { AppError, cancelled } from '../../core/app-error.ts'
import { firewallRequest } from '../../core/firewall-request.ts'
import { LogBook } from '../../core/log.ts'
import { NetworkCheck } from '../../core/network-check.ts'
import { withStartedApp, type CliApp, type CommandContext } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import {
  call,
  progressLine,
  ReportedError,
  requireConnection,
  runJob,
  throwAppError,
} from '../follow.ts'
import type { UnsetNetwork } from '../unset-network.ts'

export interface NetworkOptions {
  proxy?: string
  bypass?: string
  proxyUser?: string
  proxyPasswordFile?: string
  caFile?: string
  firewallRequest?: TunnelProviderId | true
}

const WORDS = 'The network check'

/**
 * Takes over what the options change, then prints the request or checks. Without a change nothing is set up for it.
 * Exits with 5 when a hop failed.
 */
export async function runNetwork(
  context: CommandContext,
  options: NetworkOptions,
): Promise<number> {
  const change = await readChange(options)
  const unset = change === null ? await context.world.openUnsetNetwork(context.common) : null
  if (unset === null) return withStartedApp(context, (app) => inApp(context, app, options, change))
  try {
    return await beforeSetUp(context, unset, options)
  } finally {
    await unset.close()
  }
}

async function inApp(
  context: CommandContext,
  app: CliApp,
  { firewallRequest: asked }: NetworkOptions,
  change: Change | null,
): Promise<number> {
  // First: what is changed may be why the connection could not be opened.
  if (change) await apply(app, change)
  throwAppError(app)
  if (asked !== undefined) {
    const provider = asked === true ? settingsOf(app).tunnelProvider : asked
    return giveRequest(context, await call(app, 'network.firewallRequest', { provider }))
  }
  const { network } = await runJob(app, {
    call: 'network.check',
    input: undefined,
    cancel: 'network.cancel',
    jobOf: (state) => state.network.job,
    words: WORDS,
    signal: context.world.signal,
    onDoing: (line) => context.output.progress(line),
  })
  return giveFindings(context, network)
}

async function beforeSetUp(
  context: CommandContext,
  { settings, cloud, network, secrets }: UnsetNetwork,
  { firewallRequest: asked }: NetworkOptions,
): Promise<number> {
  if (asked !== undefined) {
    const provider = asked === true ? settings.tunnelProvider : asked
    return giveRequest(context, firewallRequest(provider, { settings, cloud }))
  }
  const { clock, random, signal } = context.world
  let said = ''
  const check = new NetworkCheck({
    ...{
      network,
      cloud,
      secrets,
      clock,
      random,
      log: new LogBook({ clock, sink: () => undefined }),
    },
    settings: () => settings,
    livePublicUrl: () => null,
    onChange: () => {
      const line = progressLine(check.state().job)
      if (line !== '' && line !== said) context.output.progress(line)
      said = line
    },
  })
  if (settings.proxy.username !== '') await check.load()
  signal.throwIfAborted()
  const onAbort = () => check.cancel()
  signal.addEventListener('abort', onAbort, { once: true })
  check.start()
  await check.idle()
  signal.removeEventListener('abort', onAbort)
  if (signal.aborted) throw cancelled(WORDS)
  const { error } = check.state().job
  if (error) throw new ReportedError(error)
  return giveFindings(context, check.state())
}

function giveRequest({ output }: CommandContext, { text }: TextFile): number {
  output.result({ command: 'network', request: text }, [text.trimEnd()])
  return exitCodes.ok
}

function giveFindings({ output }: CommandContext, network: NetworkState): number {
  const { passwordSet, targets } = network
  output.result({ command: 'network', passwordSet, targets }, lines(network))
  const isBad = targets.some(({ hops }) => hops.some(({ state }) => state === 'failed'))
  return isBad ? exitCodes.network : exitCodes.ok
}

/** What the options change. */
interface Change {
  proxy: Partial<ProxySettings>
  caFile: string | null
  /** Empty to forget it. */
  password: string | null
}

/** Null where they change nothing. Throws AppError input-invalid for a password file that cannot be read. */
async function readChange(options: NetworkOptions): Promise<Change | null> {
  const { proxy, bypass, proxyUser, proxyPasswordFile, caFile } = options
  const isNone = [proxy, bypass, proxyUser, proxyPasswordFile, caFile].every(
    (one) => one === undefined,
  )
  if (isNone) return null
  return {
    proxy: {
      ...(proxy === undefined ? {} : wayOf(proxy)),
      ...(bypass === undefined ? {} : { bypass }),
      ...(proxyUser === undefined ? {} : { username: proxyUser }),
    },
    // A service has another working folder. An empty name forgets the file.
    caFile: caFile === undefined ? null : caFile && resolve(caFile),
    password: proxyPasswordFile === undefined ? null : await readPassword(proxyPasswordFile),
  }
}

/** All of it, or nothing where a part is refused. */
async function apply(app: CliApp, { proxy, caFile, password }: Change): Promise<void> {
  const connection: Partial<ConnectionSettings> = {
    ...(Object.keys(proxy).length > 0 && { proxy: { ...settingsOf(app).proxy, ...proxy } }),
    ...(caFile !== null && { caFile }),
  }
  if (app.state.mode === null) {
    // Before the first set-up there may be no other way to it than through the proxy that is set here.
    await call(app, 'connection.choose', { mode: modeOf(app), connection })
    requireConnection(app)
  } else if (Object.keys(connection).length > 0) await call(app, 'settings.update', { connection })
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

function modeOf({ state }: CliApp): Mode {
  return state.mode ?? state.settings.mode ?? 'microsoft'
}

function settingsOf(app: CliApp): ConnectionSettings {
  return app.state.settings.connections[modeOf(app)]
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
