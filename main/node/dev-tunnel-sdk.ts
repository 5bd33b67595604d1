// Microsoft's Dev Tunnels SDK, loaded only when a tunnel is opened: its client on our network, and one hosted session.
import type { Agent } from 'node:https'
import {
  ConnectionStatus,
  RelayConnectionError,
  TunnelRelayTunnelHost,
} from '@microsoft/dev-tunnels-connections'
import {
  type Tunnel,
  TunnelAccessControlEntryType,
  TunnelAccessScopes,
  type TunnelPort,
  TunnelServiceProperties,
} from '@microsoft/dev-tunnels-contracts'
import {
  ManagementApiVersions,
  TunnelManagementHttpClient,
} from '@microsoft/dev-tunnels-management'
import { knownFault } from '../core/network-error.ts'
import { type Refusal, wordsOf } from './dev-tunnel-errors.ts'
import { untilAborted } from './dial.ts'

export type { Tunnel, TunnelPort } from '@microsoft/dev-tunnels-contracts'

/** The service's id in Entra, which a token is asked for. */
export const SERVICE_APP_ID = TunnelServiceProperties.production.serviceAppId

/** SSH's reason “too many connections”: the relay says so when another host connects. */
const TAKEN_OVER: number = 12

const anonymous = {
  entries: [
    {
      type: TunnelAccessControlEntryType.Anonymous,
      subjects: [],
      scopes: [TunnelAccessScopes.Connect],
    },
  ],
}

/** What is asked for with a tunnel. The host token comes only where it is not what we are let in by. */
export const WITH_PORTS = { includePorts: true }
export const WITH_HOST_TOKEN = { ...WITH_PORTS, tokenScopes: [TunnelAccessScopes.Host] }

export interface DevTunnelClientOptions {
  fetch: typeof fetch
  agent: Agent
  /** Microsoft's unless given. */
  serviceUri?: string | undefined
}

/** The SDK's client, with what is needed to say why it failed. */
export class DevTunnelClient {
  /** The Authorization header of each request; never logged. */
  authorization: string
  /** Ends requests while a tunnel is opened. */
  limit: AbortSignal | null = null
  readonly api: TunnelManagementHttpClient & { httpsAgent: Agent }
  #options: DevTunnelClientOptions
  #fault: unknown

  constructor(authorization: string, options: DevTunnelClientOptions) {
    this.authorization = authorization
    this.#options = options
    const { agent: httpsAgent, serviceUri } = options
    const api = new TunnelManagementHttpClient(
      'EMI-Tray',
      ManagementApiVersions.Version20230927preview,
      () => Promise.resolve(this.authorization),
      serviceUri,
      httpsAgent,
      (config) => this.#send(config),
    )
    this.api = Object.assign(api, { httpsAgent })
  }

  /** Ends what the SDK keeps for it. */
  close(): void {
    // It waits for reports to Microsoft, which are off.
    void this.api.dispose()
  }

  /** The tunnel of that id; null where there is none any more. */
  async find(place: Tunnel, options: typeof WITH_PORTS): Promise<Tunnel | null> {
    try {
      return await this.api.getTunnel(place, options)
    } catch (error) {
      if (this.refusalOf(error).status === 404) return null
      throw error
    }
  }

  /** What the service said. Throws AppError proxy-…, tls-untrusted where that is what kept us from asking. */
  refusalOf(error: unknown): Refusal {
    // The SDK makes an error of its own out of some of ours.
    const fault = knownFault(error) ?? knownFault(this.#fault)
    if (fault) throw fault
    return { status: statusOf(error), words: wordsOf(error) }
  }

  /** The SDK's requests as requests of ours, so that they take our way out. It takes other proxies from elsewhere. */
  async #send(config: AxiosConfig): Promise<AxiosAnswer> {
    const signals = [config.signal, this.limit].filter((one) => one instanceof AbortSignal)
    const { fetch } = this.#options
    let response: Response
    try {
      response = await fetch(config.url ?? '', {
        method: config.method?.toUpperCase() ?? 'GET',
        headers: config.headers.toJSON() as Record<string, string>,
        body: (config.data as string | undefined) ?? null,
        signal: AbortSignal.any(signals),
      })
    } catch (error) {
      this.#fault = error
      throw error
    }
    const { status, statusText } = response
    const headers = Object.fromEntries(response.headers)
    const answer = { status, statusText, headers, config, data: await response.text() }
    if (response.ok) return answer
    // Without the request: it holds the token.
    const { config: _, ...rest } = answer
    throw Object.assign(new Error(`status ${status}`), { isAxiosError: true, response: rest })
  }
}

type Adapter = Extract<
  ConstructorParameters<typeof TunnelManagementHttpClient>[5],
  (...given: never[]) => unknown
>
type AxiosConfig = Parameters<Adapter>[0]
type AxiosAnswer = Awaited<ReturnType<Adapter>>

/** A port that whoever knows its address may reach, as Microsoft Graph does; the tunnel's other ports stay closed. */
export function openPort(portNumber: number): TunnelPort {
  return { portNumber, protocol: 'http', accessControl: anonymous }
}

/** Whether everybody may reach the port; null where the service does not tell. */
export function isOpenToAll({ accessControl }: TunnelPort): boolean | null {
  return (
    accessControl?.entries.some(
      ({ type, scopes, isDeny }) =>
        type === TunnelAccessControlEntryType.Anonymous &&
        scopes.includes(TunnelAccessScopes.Connect) &&
        isDeny !== true,
    ) ?? null
  )
}

/** The token that lets a host connect, where one came with the tunnel. */
export function hostTokenOf({ accessTokens }: Tunnel): string | undefined {
  return accessTokens?.[TunnelAccessScopes.Host]
}

/** Why a hosted session is over. */
export type Ending = { kind: 'taken-over' } | { kind: 'lost'; words: string }

export interface HostedTunnel {
  ended: Promise<Ending>
  close(): Promise<void>
}

/**
 * Connects to the relay and forwards the ports that `tunnel` names, once: the SDK's own retries give up for ever after
 * a few refusals, so that they are off. Rejects with the SDK's error.
 */
export async function hostTunnel(
  client: DevTunnelClient,
  { tunnel, signal }: { tunnel: Tunnel; signal: AbortSignal },
): Promise<HostedTunnel> {
  const host = new TunnelRelayTunnelHost(client.api)
  const ended = Promise.withResolvers<Ending>()
  // Asked again, the service would name all ports of the tunnel, and the SDK would forward them.
  host.refreshingTunnel((event) => {
    event.tunnelPromise = Promise.resolve(tunnel)
  })
  host.connectionStatusChanged(({ status }) => {
    if (status !== ConnectionStatus.Disconnected) return
    ended.resolve(
      Number(host.disconnectReason) === TAKEN_OVER
        ? { kind: 'taken-over' }
        : { kind: 'lost', words: wordsOf(host.disconnectError) },
    )
  })
  const close = async () => {
    try {
      await host.dispose()
    } catch {
      // Microsoft forgets the endpoint by itself.
    }
    client.close()
  }
  try {
    const options = { enableRetry: false, enableReconnect: false }
    await untilAborted(host.connect(tunnel, options), signal)
  } catch (error) {
    void close()
    throw error
  }
  return { ended: ended.promise, close }
}

/** The address of the relay as https, once the service has told it. */
export function relayAddressOf({ endpoints }: Tunnel): string | null {
  const relay = endpoints?.find((one) => 'hostRelayUri' in one)
  const uri = relay && 'hostRelayUri' in relay ? relay.hostRelayUri : null
  return typeof uri === 'string' ? uri.replace(/^ws/, 'http') : null
}

function statusOf(error: unknown): number | null {
  if (error instanceof RelayConnectionError) return error.errorContext.statusCode ?? null
  if (!(error instanceof Error) || !('response' in error)) return null
  const { response } = error
  if (typeof response !== 'object' || response === null || !('status' in response)) return null
  return typeof response.status === 'number' ? response.status : null
}
