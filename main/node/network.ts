// The ways out of this computer: fetch, sockets and an agent for libraries, each directly or through the proxy.
import { lookup } from 'node:dns/promises'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import { Agent, buildConnector } from 'undici'
import type { ProxySettings } from '../contract/models/settings.ts'
import { AppError } from '../core/app-error.ts'
import {
  describeNetworkFault,
  isUntrustedIssuer,
  knownFault,
  untrustedIssuer,
} from '../core/network-error.ts'
import type { Clock } from '../core/ports/clock.ts'
import type { Network } from '../core/ports/network.ts'
import type { SecretStore } from '../core/ports/secret-store.ts'
import { type Dial, dialDirectly, untilAborted } from './dial.ts'
import { chooseWays, nameOf, type Way } from './proxy-choice.ts'
import { connectThroughProxy, unsupportedProxy } from './proxy-connect.ts'
import { ProxySignIn } from './proxy-sign-in.ts'
import { systemClock } from './system-clock.ts'
import { inspectTls } from './tls-inspection.ts'

const CONNECT_LIMIT_MS = 20_000
const INSPECT_LIMIT_MS = 10_000

/** The core's Network, and what adapters need besides. */
export interface NodeNetwork extends Network {
  dial: Dial
  /** For libraries that want an https agent. */
  agent: HttpsAgent
  close(): Promise<void>
}

export interface NetworkOptions {
  proxy: ProxySettings
  secrets: SecretStore
  env: NodeJS.ProcessEnv
  resolveProxy?: ((url: string) => Promise<string>) | undefined
  clock?: Clock
}

/** The network of one connection. Nothing is connected before the first use. */
export function openNetwork(options: NetworkOptions): NodeNetwork {
  const { env, secrets, resolveProxy, clock = systemClock } = options
  let { proxy } = options
  const signIn = new ProxySignIn({ secrets, clock })

  const waysTo = (host: string, port: number) =>
    chooseWays({ host, port }, { proxy, env, resolveProxy })

  const connectThrough = async (way: Way, target: Parameters<Dial>[0]): Promise<Socket> => {
    const { host, port } = target
    const signal = AbortSignal.any([target.signal, AbortSignal.timeout(CONNECT_LIMIT_MS)])
    if (way.kind === 'direct') return dialDirectly({ host, port, signal })
    if (way.kind === 'unsupported') throw unsupportedProxy(way)
    const { origin } = way
    signIn.throwIfRefused(nameOf(origin))
    const credentials = way.credentials ?? (await signIn.stored(proxy.username))
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    try {
      return await connectThroughProxy({ origin, credentials, target: address, signal })
    } catch (error) {
      if (error instanceof AppError && error.code === 'proxy-auth' && credentials) {
        signIn.noteRefused(nameOf(origin), error)
      }
      throw error
    }
  }

  /** The first of the ways that leads anywhere. Only a proxy that is not there makes the next one worth a try. */
  const tryWays = async (ways: Way[], target: Parameters<Dial>[0]): Promise<Socket> => {
    let failure: unknown
    for (const way of ways) {
      try {
        return await connectThrough(way, target)
      } catch (error) {
        target.signal.throwIfAborted()
        failure = failure ?? error
        const mayTryNext =
          error instanceof AppError &&
          (error.code === 'proxy-unreachable' || error.code === 'proxy-unsupported')
        if (!mayTryNext) throw error
      }
    }
    throw failure
  }

  const dial: Dial = async ({ host, port, signal }) => {
    const bare = host.replace(/^\[(.*)\]$/, '$1')
    const { ways } = await waysTo(bare, port)
    return tryWays(ways, { host: bare, port, signal })
  }

  const connect = connectorOver({ waysTo, tryWays })
  let dispatcher = new Agent({ allowH2: false, connect })
  const inspect = (url: string, signal: AbortSignal) => inspectTls(url, signal, { dial })

  return {
    dial,
    agent: new DialingAgent(dial),
    inspectTls: inspect,
    fetch: async (input, init) => {
      const routed = { ...init, dispatcher }
      try {
        return await fetch(input, routed)
      } catch (error) {
        throw (await explain(error, { input, init, inspect })) ?? error
      }
    },
    routeTo: async (host, port) => {
      const { from, ways } = await waysTo(host, port)
      const [first] = ways
      return { from, proxy: first.kind === 'proxy' ? nameOf(first.origin) : null }
    },
    lookUp: async (host, signal) => {
      // It cannot be stopped; what it finds later concerns nobody.
      const found = await untilAborted(lookup(host, { all: true }), signal)
      return found.map(({ address }) => address)
    },
    reach: async (host, port, signal) => {
      try {
        const socket = await dial({ host, port, signal })
        socket.on('error', () => undefined).destroy()
      } catch (error) {
        signal.throwIfAborted()
        const { code, text } = describeNetworkFault(error, `${host}:${port}`)
        throw new AppError(code, text)
      }
    },
    signInTo: (question) => signIn.answer(proxy.username, question),
    configure: (settings) => {
      proxy = settings
      signIn.forget()
      // Connections that wait to be used again still go the old way.
      void dispatcher.close()
      dispatcher = new Agent({ allowH2: false, connect })
    },
    close: () => dispatcher.destroy(),
  }
}

/** How undici connects: its own way where that is direct; else TLS, where wanted, on top of what the proxy gave. */
function connectorOver({
  waysTo,
  tryWays,
}: {
  waysTo: (host: string, port: number) => Promise<{ ways: [Way, ...Way[]] }>
  tryWays: (ways: Way[], target: Parameters<Dial>[0]) => Promise<Socket>
}): buildConnector.connector {
  const connect = buildConnector({ allowH2: false, timeout: CONNECT_LIMIT_MS })
  return (options, callback) => {
    const isTls = options.protocol === 'https:'
    const { hostname: host } = options
    const port = Number(options.port) || (isTls ? 443 : 80)
    const open = async (): Promise<void> => {
      const { ways } = await waysTo(host, port)
      if (ways[0].kind === 'direct') {
        connect(options, callback)
        return
      }
      // undici gives up the request itself; the connection serves whoever asks next.
      const { signal } = new AbortController()
      const httpSocket = await tryWays(ways, { host, port, signal })
      if (isTls) connect({ ...options, httpSocket }, callback)
      else callback(null, httpSocket)
    }
    open().catch((error: unknown) =>
      callback(error instanceof Error ? error : new Error('no connection'), null),
    )
  }
}

/** Node's https over our own connections, for libraries that take an agent. */
class DialingAgent extends HttpsAgent {
  #dial: Dial

  constructor(dial: Dial) {
    super({ keepAlive: true })
    this.#dial = dial
  }

  override createConnection(
    ...[options, callback]: Parameters<HttpsAgent['createConnection']>
  ): undefined {
    const host = options.host ?? 'localhost'
    this.#dial({
      host,
      port: Number(options.port ?? 443),
      signal: AbortSignal.timeout(CONNECT_LIMIT_MS),
    }).then(
      (socket) => callback?.(null, tls.connect({ ...options, socket } as tls.ConnectionOptions)),
      (error: unknown) => callback?.(error as Error, undefined as never),
    )
  }
}

/** What a request that got no answer means, where more is known than fetch says; undefined otherwise. */
async function explain(
  error: unknown,
  {
    input,
    init,
    inspect,
  }: {
    input: Parameters<typeof fetch>[0]
    init: RequestInit | undefined
    inspect: Network['inspectTls']
  },
): Promise<AppError | undefined> {
  const known = knownFault(error)
  if (known || !isUntrustedIssuer(error)) return known
  const url = input instanceof Request ? input.url : String(input)
  const limit = AbortSignal.timeout(INSPECT_LIMIT_MS)
  try {
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit
    const { issuer, isTrusted } = await inspect(url, signal)
    if (isTrusted) return undefined
    const { host } = new URL(url)
    const details = `${host}: signed by ${issuer}`
    return new AppError('tls-untrusted', {
      ...untrustedIssuer(host, issuer),
      details,
      cause: error,
    })
  } catch {
    // The name of the issuer is all that is missing then.
    return undefined
  }
}
