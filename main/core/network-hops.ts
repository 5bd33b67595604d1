// Tries one address hop by hop: the way, the name, the connection, the certificate, the answers, the clock.
import type { NetworkHop } from '../contract/models/network.ts'
import { AppError, isAbort } from './app-error.ts'
import { describeNetworkFault, untrustedIssuer } from './network-error.ts'
import type { Target } from './network-targets.ts'
import type { Clock } from './ports/clock.ts'
import type { Network, NetworkRoute, TlsInspection } from './ports/network.ts'

/** Longer than this a firewall that drops everything is not waited for. */
const HOP_LIMIT_MS = 10_000
/** Tokens and secrets are refused when the clock is further off than this. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

export interface HopDeps {
  network: Network
  clock: Clock
  signal: AbortSignal
  /** Hears of each hop as soon as it is known. */
  onHop: (hop: NetworkHop) => void
}

type Found = Omit<NetworkHop, 'name' | 'durationMs'>

/** Goes as far as it gets. Rejects only when its signal aborts. */
export async function tryTarget(target: Target, deps: HopDeps): Promise<void> {
  const { host, port, protocol } = target
  const { network } = deps
  const way: { route: NetworkRoute | null } = { route: null }
  const isOk = async (name: string, work: (signal: AbortSignal) => Promise<Found>) =>
    (await tryHop(name, { work, host: `${host}:${port}`, deps })).state !== 'failed'

  const found = await isOk('Way', async () => {
    way.route = await network.routeTo(host, port)
    return fine(describeRoute(way.route))
  })
  if (!found) return
  // Behind a proxy it is the proxy that has to know the name.
  if (way.route?.proxy === null) {
    const known = await isOk('Name', async (signal) => nameFound(host, await look(signal)))
    if (!known) return
  }
  const connected = await isOk('Connection', async (signal) => {
    await network.reach(host, port, signal)
    const { proxy = null } = way.route ?? {}
    return fine(proxy ? `The proxy ${proxy} connected to ${host}:${port}.` : 'Connected.')
  })
  if (!connected) return
  const address = `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (protocol === 'https') {
    const trusted = await isOk('Certificate', async (signal) =>
      certificateFound(target, await network.inspectTls(address, signal)),
    )
    if (!trusted) return
  }
  const dates: string[] = []
  for (const { name, path, method, expected } of target.requests) {
    await isOk(name, async (signal) => {
      const response = await network.fetch(`${address}${path}`, {
        ...{ method, signal, redirect: 'manual' },
        ...(method === 'POST' ? { body: new URLSearchParams() } : {}),
      })
      dates.push(response.headers.get('date') ?? '')
      await response.body?.cancel()
      return answered(response.status, expected)
    })
  }
  const date = dates.find((one) => Number.isFinite(Date.parse(one)))
  if (date !== undefined) {
    await isOk('Clock', () => Promise.resolve(clockFound(date, deps.clock)))
  }

  function look(signal: AbortSignal): Promise<string[]> {
    return network.lookUp(host.replace(/^\[|\]$/g, ''), signal)
  }
}

async function tryHop(
  name: string,
  {
    work,
    host,
    deps,
  }: { work: (signal: AbortSignal) => Promise<Found>; host: string; deps: HopDeps },
): Promise<NetworkHop> {
  const { clock, signal, onHop } = deps
  const startedAt = clock.now().getTime()
  const limit = new AbortController()
  const cancelLimit = clock.after(HOP_LIMIT_MS, () => limit.abort())
  let found: Found
  try {
    found = await work(AbortSignal.any([signal, limit.signal]))
  } catch (error) {
    signal.throwIfAborted()
    found = failed(error, host, limit.signal.aborted && isAbort(error))
  } finally {
    cancelLimit()
  }
  const hop = { name, ...found, durationMs: clock.now().getTime() - startedAt }
  onHop(hop)
  return hop
}

function failed(error: unknown, host: string, timedOut: boolean): Found {
  if (timedOut) {
    return {
      state: 'failed',
      message: `${host} did not answer within ${HOP_LIMIT_MS / 1_000} seconds. A firewall that drops connections looks like this.`,
      nextStep: 'Send the text below to your network team.',
    }
  }
  const { text } = describeNetworkFault(error, host)
  const reason = error instanceof AppError || text.details === undefined ? '' : ` (${text.details})`
  return { state: 'failed', message: `${text.message}${reason}`, nextStep: text.nextStep }
}

function fine(message: string): Found {
  return { state: 'ok', message, nextStep: null }
}

const SOURCES: Record<NetworkRoute['from'], string> = {
  loopback: 'it is this computer',
  setting: 'as the settings say',
  environment: 'as HTTPS_PROXY and NO_PROXY say',
  system: 'as this computer’s network settings say',
}

function describeRoute({ proxy, from }: NetworkRoute): string {
  return proxy
    ? `Through the proxy ${proxy}, ${SOURCES[from]}.`
    : `Without a proxy, ${SOURCES[from]}.`
}

function nameFound(host: string, addresses: string[]): Found {
  const [first = ''] = addresses
  if (first === host) return fine('It is an address; there is no name to look up.')
  const more = addresses.length > 1 ? ` and ${addresses.length - 1} more` : ''
  return fine(`${host} is ${first}${more}.`)
}

function certificateFound(
  { host, publicOnly }: Target,
  { issuer, isTrusted, isPublic }: TlsInspection,
): Found {
  if (!isTrusted) {
    const { message, nextStep } = untrustedIssuer(host, issuer)
    return { state: 'failed', message, nextStep }
  }
  if (publicOnly && !isPublic) {
    return {
      state: 'warning',
      message: `${issuer} signed the certificate, which is no public authority: a proxy opens the traffic and signs it anew. This computer trusts it.`,
      nextStep: `It works. Better is an exemption of ${host} from TLS inspection; Microsoft recommends that for its sign-in.`,
    }
  }
  return fine(`${issuer} signed the certificate${isPublic ? '; nobody opens the traffic' : ''}.`)
}

function answered(status: number, expected: number[]): Found {
  if (expected.includes(status)) return fine(`It answered ${status}, as it should without a token.`)
  if (status === 429 || status >= 500) {
    return {
      state: 'warning',
      message: `It answered ${status}: the way is open, but the service has a problem.`,
      nextStep: 'Look at the service health of Microsoft 365, and check again later.',
    }
  }
  return {
    state: 'failed',
    message: `It answered ${status}, which Microsoft does not here. A proxy or a sign-in page of this network may have answered instead.`,
    nextStep: 'Open the address in a browser to see who answers, and ask your network team.',
  }
}

function clockFound(date: string, clock: Clock): Found {
  const aheadMs = clock.now().getTime() - Date.parse(date)
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) {
    const seconds = Math.round(Math.abs(aheadMs) / 1_000)
    return fine(`The clock of this computer is right (${seconds} s apart).`)
  }
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  return {
    state: 'failed',
    message: `The clock of this computer is ${minutes} minutes ${aheadMs > 0 ? 'ahead of' : 'behind'} theirs. Tokens and secrets are refused then.`,
    nextStep: 'Set the date, time and time zone of this computer.',
  }
}
